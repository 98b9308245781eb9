//! An empty room: how to invite others, and how to post from a program.

use shared::{Role, RoomKind, RoomName};
use yew::{Html, MouseEvent, Properties, UseStateHandle, function_component, html, use_state};

use super::texts::texts;
use crate::{
    Route,
    context::{use_app, use_client, use_label},
    i18n::{Locale, fill},
    navigation::follow,
};

/// The page of the Admin module with the form for an invitation.
const INVITE: &str = "/admin/invitations?new";

/// What the component needs.
#[derive(Properties, PartialEq)]
pub(crate) struct EmptyProps {
    pub(crate) room: RoomName,
}

/// The content of a timeline without messages.
#[function_component]
pub(crate) fn EmptyRoom(props: &EmptyProps) -> Html {
    let locale = use_app().locale;
    let room = props.room.clone();
    let (is_open, role, is_alone) = use_client(move |client| {
        let view = client.view();
        let is_alone = view.room(&room).is_some_and(|room| room.members().count <= 1);
        (view.access().is_open(), view.role(), is_alone)
    });
    let texts = texts(locale.language);
    let label = use_label(&props.room);
    let copied = use_state(String::new);
    let origin = crate::browser::origin();
    let what = if is_open {
        r#"'{"username":"deploy-bot","text":"Hello"}' -H 'content-type: application/json'"#
    } else {
        r#"'{"text":"Hello"}' -H 'content-type: application/json' -H "authorization: Bearer $BOT_TOKEN""#
    };
    let curl = format!("curl -d {what} {origin}/api/rooms/{}/messages", props.room);
    match label.kind() {
        RoomKind::Open => {}
        // The composer's place says that nobody is there any more.
        RoomKind::Direct if label.is_deserted() => return Html::default(),
        RoomKind::Direct => {
            return html! {
                <div class="empty" data-testid="empty"><h2>{ fill(texts.empty_direct, &[label.text()]) }</h2></div>
            };
        }
        RoomKind::Closed => {
            return html! {
                <div class="empty" data-testid="empty">
                    <h2>{ fill(texts.empty_title, &[&label.full()]) }</h2>
                    if is_alone && role != Role::Guest {
                        { link(Route::settings(&props.room), texts.empty_closed) }
                    } else {
                        <p>{ texts.empty_members }</p>
                    }
                </div>
            };
        }
    }
    html! {
        <div class="empty" data-testid="empty">
            <h2>{ fill(texts.empty_title, &[&label.full()]) }</h2>
            // Elsewhere the address of a room lets nobody in.
            if is_open {
                <p>{ texts.empty_invite }</p>
                { to_copy(&locale, Route::url(&props.room, None), &copied) }
            } else if role.moderates() {
                { link(INVITE.to_owned(), texts.empty_invite_people) }
            }
            // Only owners make the bots that have such tokens.
            if is_open || role == Role::Owner {
                <p>{ texts.empty_push }</p>
                { to_copy(&locale, curl, &copied) }
            }
        </div>
    }
}

/// A line with a link to a page of the app.
fn link(path: String, text: &'static str) -> Html {
    html! { <p><a href={path.clone()} onclick={follow(path)} data-testid="empty-link">{ text }</a></p> }
}

/// A line of code with a button that copies it.
fn to_copy(locale: &Locale, text: String, copied: &UseStateHandle<String>) -> Html {
    let words = locale.words();
    let is_copied = **copied == text;
    let onclick = {
        let (copied, text) = (copied.clone(), text.clone());
        move |_: MouseEvent| {
            crate::browser::copy(&text);
            copied.set(text.clone());
        }
    };
    html! {
        <div class="to-copy">
            <code dir="ltr">{ text }</code>
            <button type="button" class="button" {onclick}>
                { if is_copied { words.copied } else { words.copy } }
            </button>
        </div>
    }
}
