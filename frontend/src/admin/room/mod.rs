//! A room's settings: for whoever manages it, and for its members to look at.

mod keep;
mod members;
mod texts;

use shared::{
    Act, RoomKind, RoomName, Topic,
    house::{ActDone, RoomMembers},
};
use web_sys::HtmlSelectElement;
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_effect_with, use_node_ref, use_state,
};

use super::{
    acting::{Acting, use_act, use_act_in},
    confirm::{Confirm, Question, Weight},
    context::{AdminContext, Notice, use_admin},
    fields::{choice_in, focus, labelled_with, text_of, use_text},
    known::label_by_name,
    loaded::use_pages,
    words::{self, as_sentence, kind_name},
};
use crate::{Route, i18n::fill, navigation::Part, room_label::RoomLabel};
use keep::KeepForm;
use members::Members;
use texts::{Texts, texts};

/// The choices for slowing a room down, in seconds. `texts::slow_choices` names them.
const SLOW: [(u32, &str); 8] = [
    (5, "5"),
    (15, "15"),
    (60, "60"),
    (300, "300"),
    (900, "900"),
    (3_600, "3600"),
    (21_600, "21600"),
    (86_400, "86400"),
];

/// The value of the choice for any other number of seconds.
const OTHER: &str = "other";

/// What the page needs.
#[derive(Properties, PartialEq)]
pub(super) struct RoomPageProps {
    /// The room.
    pub(super) room: RoomName,
}

/// The page with a room's settings.
#[function_component]
pub(super) fn RoomPage(props: &RoomPageProps) -> Html {
    let AdminContext { locale, me, set_label, .. } = use_admin();
    let loaded = use_pages::<RoomMembers>(format!("/api/rooms/{}/members", props.room), |page| {
        let after = js_sys::encode_uri_component(page.last_of_more()?.as_str());
        Some(format!("?after={after}"))
    });
    let label = loaded
        .value()
        .map(|first| RoomLabel::new(&props.room, Some(&first.info), Some(&me.username), locale.language));
    use_effect_with(label.clone(), {
        let room = props.room.clone();
        move |label| label.iter().for_each(|label| set_label.emit((room.clone(), label.clone())))
    });
    loaded.view(&locale, |first| {
        let label = label.unwrap_or_else(|| label_by_name(&props.room, locale.language));
        let mut members = (**first).clone();
        for page in loaded.pages.iter().skip(1) {
            members.members.extend_from_slice(&page.members);
            members.removed.extend_from_slice(&page.removed);
        }
        members.more = loaded.has_more;
        let more = loaded.more_button(&locale);
        html! { <Settings room={props.room.clone()} {label} {members} {more} on_changed={loaded.reload.clone()} /> }
    })
}

/// What the settings need.
#[derive(Properties, PartialEq)]
struct SettingsProps {
    room: RoomName,
    /// What it is called.
    label: RoomLabel,
    members: RoomMembers,
    /// The button that loads more members, if there are more.
    more: Html,
    on_changed: Callback<()>,
}

#[function_component]
fn Settings(props: &SettingsProps) -> Html {
    let app = use_admin();
    let locale = &app.locale;
    let (texts, words) = (texts(locale.language), words::texts(locale.language));
    let SettingsProps { room, label, members, more, on_changed } = props;
    let called = label.full();
    let (info, manages) = (&members.info, members.manages);
    let question = use_state(|| None::<Question>);
    let ask = |asked: Question| {
        let question = question.clone();
        Callback::from(move |_: MouseEvent| question.set(Some(asked.clone())))
    };
    let on_close = use_callback(question.clone(), |(), question| question.set(None));
    let on_done = {
        let (notify, moderates) = (app.notify.clone(), app.me.role.moderates());
        let text = AttrValue::from(fill(texts.deleted, &[&called]));
        use_callback(
            (on_changed.clone(), moderates, text),
            move |(act, _): (Act, ActDone), (on_changed, moderates, text)| {
                if !matches!(act, Act::DeleteRoom { .. }) {
                    // The button that had the focus may be another one now.
                    focus(".admin-title");
                    on_changed.emit(());
                } else if *moderates {
                    notify.emit(Notice { part: Part::Rooms, text: text.clone() });
                    Route::go(Part::Rooms.path());
                } else {
                    Route::go("/");
                }
            },
        )
    };
    let acting = use_act(on_done.clone());
    if info.kind == RoomKind::Direct {
        return html! {
            <>
                <p>{ texts.direct }</p>
                <Members room={room.clone()} label={label.clone()} members={members.clone()} more={more.clone()} on_changed={on_changed.clone()} />
            </>
        };
    }
    let is_open = info.kind == RoomKind::Open;
    let change_kind = if is_open {
        let act = Act::SetKind { room: room.clone(), kind: RoomKind::Closed };
        Question {
            title: fill(texts.close_title, &[&called]).into(),
            text: texts.close_text.into(),
            action: texts.close,
            act,
            weight: Weight::Danger,
        }
    } else {
        let act = Act::SetKind { room: room.clone(), kind: RoomKind::Open };
        Question {
            title: fill(texts.open_title, &[&called]).into(),
            text: texts.open_text.into(),
            action: texts.open,
            act,
            weight: Weight::Danger,
        }
    };
    let kind_action = change_kind.action;
    html! {
        <>
            if !manages {
                <p class="secondary">{ texts.look_only }</p>
            }
            if info.archived {
                <p><span class="tag">{ words.archived }</span></p>
            }
            if label.text() != room.as_str() {
                <p class="hint" data-testid="full-name">{ fill(texts.full_name, &[room.as_str()]) }</p>
            }
            if manages {
                <TopicForm room={room.clone()} topic={info.topic.as_ref().map_or("", Topic::as_str).to_owned()} on_changed={on_changed.clone()} />
            } else {
                <section class="admin-section" aria-label={texts.topic}>
                    <h3>{ texts.topic }</h3>
                    <p><bdi>{ info.topic.as_ref().map_or(texts.no_topic, Topic::as_str).to_owned() }</bdi></p>
                </section>
            }
            <section class="admin-section" aria-label={texts.kind}>
                <h3>{ texts.kind }</h3>
                <p>
                    <strong>{ kind_name(info.kind, locale) }</strong>{ " · " }
                    { if is_open { words.open_hint } else { words.closed_hint } }
                </p>
                if manages {
                    <button class="button admin-start" type="button" onclick={ask(change_kind)} data-testid="change-kind">
                        { kind_action }
                    </button>
                }
            </section>
            if manages {
                <SlowForm room={room.clone()} seconds={info.slow_seconds} on_changed={on_changed.clone()} />
            }
            if members.sets_keep {
                <KeepForm room={room.clone()} keep={info.keep} on_changed={on_changed.clone()} />
            } else if let Some(keep) = info.keep {
                <p class="secondary" data-testid="kept">{ fill(texts.kept, &[&keep::said(keep, texts)]) }</p>
            }
            <Members
                room={room.clone()} label={label.clone()} members={members.clone()} more={more.clone()}
                on_changed={on_changed.clone()}
            />
            if manages {
                { end(room, &called, info.archived, ask, &acting, texts) }
            }
            if let Some(Question { title, text, action, act, weight }) = (*question).clone() {
                <Confirm {title} {text} {action} {act} {weight} {on_done} {on_close} />
            }
        </>
    }
}

/// Archiving and deleting. `called` is the room.
fn end(
    room: &RoomName,
    called: &str,
    archived: bool,
    ask: impl Fn(Question) -> Callback<MouseEvent>,
    acting: &Acting,
    texts: &'static Texts,
) -> Html {
    let set_archived = Act::Archive { room: room.clone(), archived: !archived };
    let (action, on_archive) = if archived {
        // Nobody loses anything: there is nothing to ask.
        let act = acting.act.clone();
        (texts.unarchive, Callback::from(move |_: MouseEvent| act.emit(set_archived.clone())))
    } else {
        let on_archive = ask(Question {
            title: fill(texts.archive_title, &[called]).into(),
            text: texts.archive_hint.into(),
            action: texts.archive,
            act: set_archived,
            weight: Weight::Danger,
        });
        (texts.archive, on_archive)
    };
    let on_delete = ask(Question {
        title: fill(texts.delete_title, &[called]).into(),
        text: texts.delete_text.into(),
        action: texts.delete_now,
        act: Act::DeleteRoom { room: room.clone() },
        weight: Weight::Final,
    });
    html! {
        <section class="admin-section" aria-label={texts.end}>
            <h3>{ texts.end }</h3>
            <p class="secondary">{ if archived { texts.unarchive_hint } else { texts.archive_hint } }</p>
            <p class="secondary">{ texts.delete_hint }</p>
            { acting.error_line() }
            <div class="admin-actions">
                <button
                    class="button" type="button" onclick={on_archive} aria-disabled={acting.is_busy.to_string()}
                    data-testid="archive"
                >
                    { action }
                </button>
                <button class="button danger" type="button" onclick={on_delete} data-testid="delete-room">
                    { texts.delete }
                </button>
            </div>
        </section>
    }
}

/// What the form of the topic needs.
#[derive(Properties, PartialEq)]
struct TopicProps {
    room: RoomName,
    topic: AttrValue,
    on_changed: Callback<()>,
}

#[function_component]
fn TopicForm(props: &TopicProps) -> Html {
    let locale = use_admin().locale;
    let (texts, words) = (texts(locale.language), words::texts(locale.language));
    let field = use_node_ref();
    use_text(&field, props.topic.clone());
    let is_saved = yew::use_state_eq(|| false);
    let on_act = use_callback((props.on_changed.clone(), is_saved.clone()), |_, (on_changed, is_saved)| {
        is_saved.set(true);
        on_changed.emit(());
    });
    let acting = use_act_in(&field, on_act);
    let onsubmit = {
        let (act, refuse, field) = (acting.act.clone(), acting.refuse.clone(), field.clone());
        let (room, is_saved) = (props.room.clone(), is_saved.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            is_saved.set(false);
            let text = text_of(&field);
            let topic = Some(text.trim()).filter(|text| !text.is_empty()).map(Topic::parse).transpose();
            match topic {
                Ok(topic) => act.emit(Act::SetTopic { room: room.clone(), topic }),
                Err(why) => refuse.emit((field.clone(), as_sentence(&why.to_string()).into())),
            }
        }
    };
    html! {
        <form class="admin-section admin-form" {onsubmit}>
            { labelled_with(texts.topic, texts.topic_hint, acting.error_at(&field), html! {
                <input
                    ref={field} class="field wide" type="text" dir="auto" maxlength="200"
                    data-testid="topic"
                />
            }) }
            <div class="admin-actions">
                <button class="button" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="save-topic">
                    { words.save }
                </button>
                <span class="secondary" role="status">{ if *is_saved { words.saved } else { "" } }</span>
            </div>
        </form>
    }
}

/// What the menu for slowing down needs.
#[derive(Properties, PartialEq)]
struct SlowProps {
    room: RoomName,
    seconds: u32,
    on_changed: Callback<()>,
}

#[function_component]
fn SlowForm(props: &SlowProps) -> Html {
    let locale = use_admin().locale;
    let (texts, words) = (texts(locale.language), words::texts(locale.language));
    let on_act = use_callback(props.on_changed.clone(), |_, on_changed| on_changed.emit(()));
    let menu = use_node_ref();
    let acting = use_act_in(&menu, on_act);
    let on_choose = {
        let (act, room) = (acting.act.clone(), props.room.clone());
        Callback::from(move |word: String| {
            let Ok(seconds) = word.parse() else { return };
            act.emit(Act::SlowDown { room: room.clone(), seconds });
        })
    };
    let named = SLOW.iter().zip(texts.slow_choices).map(|((_, word), name)| (*word, name.to_owned()));
    let mut options: Vec<_> = std::iter::once(("0", texts.slow_off.to_owned())).chain(named).collect();
    // A command may have set any other number.
    let known = SLOW.iter().find(|(seconds, _)| *seconds == props.seconds).map(|(_, word)| *word);
    let saved = match known {
        Some(word) => word,
        None if props.seconds == 0 => "0",
        None => {
            options.push((OTHER, words.slow.of(props.seconds)));
            OTHER
        }
    };
    // What was refused is not what the room has.
    use_effect_with((acting.refusals, saved), {
        let menu = menu.clone();
        move |(_, saved)| {
            if let Some(menu) = menu.cast::<HtmlSelectElement>() {
                menu.set_value(saved);
            }
        }
    });
    let error = acting.error_at(&menu);
    html! {
        <section class="admin-section" aria-label={texts.slow}>
            { labelled_with(texts.slow, texts.slow_hint, error, choice_in(&menu, &options, saved, on_choose, "slow")) }
        </section>
    }
}
