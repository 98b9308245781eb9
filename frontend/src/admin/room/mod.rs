//! A room's settings: for whoever manages it, and for its members to look at.

mod members;
mod texts;

use shared::{
    Act, RoomKind, RoomName, Topic,
    house::{ActDone, RoomMembers},
};
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_node_ref, use_state,
};

use super::{
    acting::use_act,
    confirm::{Confirm, Question},
    context::use_admin,
    fields::{choice, focus, labelled, text_of, use_text},
    loaded::use_pages,
    words::{self, kind_name},
};
use crate::{Route, i18n::fill};
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

/// What the page needs.
#[derive(Properties, PartialEq)]
pub(super) struct RoomPageProps {
    /// The room.
    pub(super) room: RoomName,
}

/// The page with a room's settings.
#[function_component]
pub(super) fn RoomPage(props: &RoomPageProps) -> Html {
    let locale = use_admin().locale;
    let loaded = use_pages::<RoomMembers>(format!("/api/rooms/{}/members", props.room), |page| {
        let after = js_sys::encode_uri_component(page.last_of_more()?.as_str());
        Some(format!("?after={after}"))
    });
    loaded.view(&locale, |first| {
        let mut members = (**first).clone();
        for page in loaded.pages.iter().skip(1) {
            members.members.extend_from_slice(&page.members);
            members.removed.extend_from_slice(&page.removed);
        }
        members.more = loaded.has_more;
        let more = loaded.more_button(&locale);
        html! { <Settings room={props.room.clone()} {members} {more} on_changed={loaded.reload.clone()} /> }
    })
}

/// What the settings need.
#[derive(Properties, PartialEq)]
struct SettingsProps {
    room: RoomName,
    members: RoomMembers,
    /// The button that loads more members, if there are more.
    more: Html,
    on_changed: Callback<()>,
}

#[function_component]
fn Settings(props: &SettingsProps) -> Html {
    let locale = use_admin().locale;
    let (texts, words) = (texts(locale.language), words::texts(locale.language));
    let SettingsProps { room, members, more, on_changed } = props;
    let (info, manages) = (&members.info, members.manages);
    let question = use_state(|| None::<Question>);
    let ask = |asked: Question| {
        let question = question.clone();
        Callback::from(move |_: MouseEvent| question.set(Some(asked.clone())))
    };
    let on_close = use_callback(question.clone(), |(), question| question.set(None));
    let on_done = use_callback(on_changed.clone(), |(act, _): (Act, ActDone), on_changed| {
        if matches!(act, Act::DeleteRoom { .. }) {
            Route::go("/");
        } else {
            // The button that had the focus may be another one now.
            focus(".admin-title");
            on_changed.emit(());
        }
    });
    if info.kind == RoomKind::Direct {
        return html! {
            <>
                <p>{ texts.direct }</p>
                <Members room={room.clone()} members={members.clone()} more={more.clone()} on_changed={on_changed.clone()} />
            </>
        };
    }
    let is_open = info.kind == RoomKind::Open;
    let change_kind = if is_open {
        let act = Act::SetKind { room: room.clone(), kind: RoomKind::Closed };
        Question {
            title: fill(texts.close_title, &[room.as_str()]),
            text: texts.close_text,
            action: texts.close,
            act,
        }
    } else {
        let act = Act::SetKind { room: room.clone(), kind: RoomKind::Open };
        Question {
            title: fill(texts.open_title, &[room.as_str()]),
            text: texts.open_text,
            action: texts.open,
            act,
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
                    <strong>{ kind_name(info.kind, &locale) }</strong>{ " · " }
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
            <Members room={room.clone()} members={members.clone()} more={more.clone()} on_changed={on_changed.clone()} />
            if manages {
                { end(room, info.archived, ask, texts) }
            }
            if let Some(Question { title, text, action, act }) = (*question).clone() {
                <Confirm {title} {text} {action} {act} {on_done} {on_close} />
            }
        </>
    }
}

/// Archiving and deleting.
fn end(
    room: &RoomName,
    archived: bool,
    ask: impl Fn(Question) -> Callback<MouseEvent>,
    texts: &'static Texts,
) -> Html {
    let action = if archived { texts.unarchive } else { texts.archive };
    let title =
        if archived { texts.unarchive.to_owned() } else { fill(texts.archive_title, &[room.as_str()]) };
    let on_archive = ask(Question {
        title,
        text: texts.archive_hint,
        action,
        act: Act::Archive { room: room.clone(), archived: !archived },
    });
    let on_delete = ask(Question {
        title: fill(texts.delete_title, &[room.as_str()]),
        text: texts.delete_text,
        action: texts.delete,
        act: Act::DeleteRoom { room: room.clone() },
    });
    html! {
        <section class="admin-section" aria-label={texts.end}>
            <h3>{ texts.end }</h3>
            <p class="secondary">{ texts.archive_hint }</p>
            <div class="admin-actions">
                <button class="button" type="button" onclick={on_archive} data-testid="archive">{ action }</button>
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
    let acting = use_act(on_act);
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
                Err(why) => refuse.emit(Some(why.to_string().into())),
            }
        }
    };
    html! {
        <form class="admin-section admin-form" {onsubmit}>
            { labelled(texts.topic, texts.topic_hint, html! {
                <input
                    ref={field} class="field wide" type="text" dir="auto" maxlength="200"
                    data-testid="topic"
                />
            }) }
            { acting.error_line() }
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
    let acting = use_act(on_act);
    let on_choose = {
        let (act, room) = (acting.act.clone(), props.room.clone());
        Callback::from(move |word: String| {
            let seconds = word.parse().unwrap_or_default();
            act.emit(Act::SlowDown { room: room.clone(), seconds });
        })
    };
    let named = SLOW.iter().zip(texts.slow_choices).map(|((_, word), name)| (*word, name));
    let options: Vec<_> = std::iter::once(("0", texts.slow_off)).chain(named).collect();
    // A command may have set any other number.
    let known = SLOW.iter().find(|(seconds, _)| *seconds == props.seconds).map(|(_, word)| *word);
    let is_other = props.seconds > 0 && known.is_none();
    html! {
        <section class="admin-section" aria-label={texts.slow}>
            { labelled(texts.slow, texts.slow_hint, choice(&options, known.unwrap_or("0"), on_choose, "slow")) }
            if is_other {
                <p class="secondary">{ words.slow.of(props.seconds) }</p>
            }
            { acting.error_line() }
        </section>
    }
}
