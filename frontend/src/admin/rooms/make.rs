//! The dialog that makes a room.

use shared::{Act, RoomKind, Topic, house::ActDone};
use yew::{
    Callback, Html, Properties, SubmitEvent, function_component, html, use_callback, use_node_ref,
    use_state_eq,
};

use super::texts::texts;
use crate::{
    Route,
    admin::{
        acting::use_act_in,
        confirm::AdminDialog,
        context::use_admin,
        fields::{self, choice, focus_first, labelled, labelled_with, text_of},
        words::{self, as_sentence, kind_name},
    },
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct MakeRoomProps {
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// The dialog that makes a room, and goes to its settings.
#[function_component]
pub(super) fn MakeRoom(props: &MakeRoomProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let (name, topic) = (use_node_ref(), use_node_ref());
    let kind = use_state_eq(|| RoomKind::Open);
    let on_act = use_callback(props.on_close.clone(), |(act, done): (Act, ActDone), on_close| {
        let asked = match act {
            Act::MakeRoom { room, .. } => Some(room),
            _ => None,
        };
        // The address is changed while the dialog is open, so that it replaces the dialog's entry in the history.
        if let Some(room) = done.room.or(asked) {
            Route::go(&Route::settings(&room));
        }
        on_close.emit(());
    });
    let acting = use_act_in(&name, on_act);
    let onsubmit = {
        let (act, refuse, locale) = (acting.act.clone(), acting.refuse.clone(), app.locale.clone());
        let (name, topic_field, kind) = (name.clone(), topic.clone(), *kind);
        move |event: SubmitEvent| {
            event.prevent_default();
            let topic = text_of(&topic_field);
            let topic = Some(topic.trim()).filter(|topic| !topic.is_empty()).map(Topic::parse).transpose();
            match (fields::room(&text_of(&name), &locale), topic) {
                (Err(why), _) => refuse.emit((name.clone(), why.into())),
                (_, Err(why)) => refuse.emit((topic_field.clone(), as_sentence(&why.to_string()).into())),
                (Ok(room), Ok(topic)) => act.emit(Act::MakeRoom { room, kind, topic }),
            }
        }
    };
    let on_kind = {
        let kind = kind.clone();
        let of = |word: &str| if word == "closed" { RoomKind::Closed } else { RoomKind::Open };
        Callback::from(move |word: String| kind.set(of(&word)))
    };
    let kinds = [RoomKind::Open, RoomKind::Closed].map(|kind| (kind.as_str(), kind_name(kind, &app.locale)));
    let kind_hint = if *kind == RoomKind::Open { words.open_hint } else { words.closed_hint };
    html! {
        <AdminDialog title={texts.make} close={app.locale.words().close} on_close={props.on_close.clone()}>
            <form class="admin-form" {onsubmit}>
                { labelled_with(words.name, texts.name_hint, acting.error_at(&name), html! {
                    <input
                        ref={name} autofocus={focus_first()} class="field wide" type="text" maxlength="65" autocomplete="off" autocapitalize="none"
                        spellcheck="false" data-testid="room-name"
                    />
                }) }
                { labelled(texts.kind, kind_hint, choice(&kinds, kind.as_str(), on_kind, "room-kind")) }
                { labelled_with(texts.topic, texts.topic_hint, acting.error_at(&topic), html! {
                    <input ref={topic} class="field wide" type="text" dir="auto" maxlength="200" data-testid="room-topic" />
                }) }
                { acting.error_line() }
                <button class="button primary" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="make-room-now">
                    { texts.make }
                </button>
            </form>
        </AdminDialog>
    }
}
