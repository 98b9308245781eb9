//! How long a room's messages are kept: a menu that says how many go before it sets anything.

use shared::{Act, Keep, RoomName, house::Expiring};
use web_sys::HtmlSelectElement;
use yew::{
    Callback, Html, Properties, function_component, html, platform::spawn_local, use_callback,
    use_effect_with, use_node_ref, use_state,
};

use super::{
    super::{
        acting::use_act_in,
        api,
        confirm::{Confirm, Question, Weight},
        context::use_admin,
        fields::{choice_in, labelled_with},
    },
    texts::{Texts, texts},
};
use crate::i18n::fill;

/// The choices, as the protocol writes them. `texts::keep_choices` names them.
const CHOICES: [&str; 8] = ["forever", "1d", "1w", "30d", "90d", "1y", "100MB", "1GB"];
/// The units of time, as the protocol writes them. `texts::keep_times` names them.
const UNITS: [&str; 6] = ["s", "min", "h", "d", "w", "y"];
/// The choice to have no setting of one's own.
const HOUSE: &str = "house";
/// The value of the choice for any other setting.
const OTHER: &str = "other";

/// What the menu needs.
#[derive(Properties, PartialEq)]
pub(super) struct KeepProps {
    pub(super) room: RoomName,
    /// The room's own setting.
    pub(super) keep: Option<Keep>,
    pub(super) on_changed: Callback<()>,
}

#[function_component]
pub(super) fn KeepForm(props: &KeepProps) -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let on_act = use_callback(props.on_changed.clone(), |_, on_changed| on_changed.emit(()));
    let menu = use_node_ref();
    let acting = use_act_in(&menu, on_act.clone());
    let question = use_state(|| None::<Question>);
    let on_close = use_callback(question.clone(), |(), question| question.set(None));
    let on_choose = {
        let (propose, refuse) = (acting.act.clone(), acting.refuse.clone());
        let (question, room) = (question.clone(), props.room.clone());
        let (locale, menu) = (locale.clone(), menu.clone());
        Callback::from(move |word: String| {
            let keep = match word.as_str() {
                HOUSE => None,
                word => match Keep::parse(word) {
                    Ok(keep) => Some(keep),
                    Err(_) => return,
                },
            };
            let act = Act::SetKeep { room: room.clone(), keep };
            let query = keep.map_or_else(String::new, |keep| format!("?keep={keep}"));
            let path = format!("/api/rooms/{room}/expiring{query}");
            let (propose, refuse, question) = (propose.clone(), refuse.clone(), question.clone());
            let (locale, menu) = (locale.clone(), menu.clone());
            spawn_local(async move {
                match api::get::<Expiring>(&path).await {
                    Ok(Expiring { messages: Some(0), .. }) => propose.emit(act),
                    Ok(expiring) => question.set(Some(asked(&expiring, act, texts))),
                    Err(failure) => refuse.emit((menu, failure.sentence(&locale))),
                }
            });
        })
    };
    let named = CHOICES.iter().zip(texts.keep_choices).map(|(word, name)| (*word, name.to_owned()));
    let mut options: Vec<_> = std::iter::once((HOUSE, texts.keep_house.to_owned())).chain(named).collect();
    let saved = match props.keep.map(|keep| (keep, known(keep))) {
        Some((_, Some(at))) => CHOICES[at],
        Some((keep, None)) => {
            options.push((OTHER, said(keep, texts)));
            OTHER
        }
        None => HOUSE,
    };
    // What was refused, or not confirmed, is not what the room has.
    use_effect_with((acting.refusals, question.is_some(), saved), {
        let menu = menu.clone();
        move |(_, is_asked, saved)| {
            if let Some(menu) = menu.cast::<HtmlSelectElement>().filter(|_| !is_asked) {
                menu.set_value(saved);
            }
        }
    });
    let error = acting.error_at(&menu);
    html! {
        <section class="admin-section" aria-label={texts.keep}>
            { labelled_with(texts.keep, texts.keep_hint, error, choice_in(&menu, &options, saved, on_choose, "keep")) }
            if let Some(Question { title, text, action, act, weight }) = (*question).clone() {
                <Confirm {title} {text} {action} {act} {weight} on_done={on_act} {on_close} />
            }
        </section>
    }
}

/// Which of the choices a setting is.
fn known(keep: Keep) -> Option<usize> {
    CHOICES.into_iter().position(|choice| Keep::parse(choice) == Ok(keep))
}

/// A setting in words.
pub(super) fn said(keep: Keep, texts: &Texts) -> String {
    if let Some(at) = known(keep) {
        return texts.keep_choices[at].to_owned();
    }
    // The protocol writes a number and a unit.
    let word = keep.to_string();
    let (number, unit) = word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len()));
    match (UNITS.into_iter().position(|known| known == unit), number.parse::<u64>()) {
        (Some(at), Ok(number)) => texts.keep_times[at].of(number),
        _ => fill(texts.keep_size, &[&format!("{number} {unit}")]),
    }
}

/// The question before messages are deleted.
fn asked(expiring: &Expiring, act: Act, texts: &Texts) -> Question {
    let text = match expiring.messages {
        Some(messages) if expiring.at_least => fill(texts.keep_most, &[&messages.to_string()]),
        Some(messages) => texts.keep_count.of(messages),
        None => texts.keep_unknown.to_owned(),
    };
    Question {
        title: texts.keep_title.into(),
        text: text.into(),
        action: texts.keep_now,
        act,
        weight: Weight::Final,
    }
}
