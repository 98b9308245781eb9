//! An empty room: how to invite others, and how to post from a program.

use shared::{RoomKind, RoomName};
use yew::{Html, MouseEvent, Properties, UseStateHandle, function_component, html, use_state};

use super::texts::texts;
use crate::{
    Route,
    context::{use_app, use_label},
    i18n::{Locale, fill},
};

/// What the component needs.
#[derive(Properties, PartialEq)]
pub(crate) struct EmptyProps {
    pub(crate) room: RoomName,
}

/// The content of a timeline without messages.
#[function_component]
pub(crate) fn EmptyRoom(props: &EmptyProps) -> Html {
    let app = use_app();
    let is_open = app.driver.read(|client| client.view().access().is_open());
    let locale = app.locale;
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
        RoomKind::Direct => {
            return html! {
                <div class="empty" data-testid="empty"><h2>{ fill(texts.empty_direct, &[label.text()]) }</h2></div>
            };
        }
        RoomKind::Closed => {
            return html! {
                <div class="empty" data-testid="empty">
                    <h2>{ fill(texts.empty_title, &[&label.full()]) }</h2>
                    <p><a href={Route::settings(&props.room)}>{ texts.empty_closed }</a></p>
                </div>
            };
        }
    }
    html! {
        <div class="empty" data-testid="empty">
            <h2>{ fill(texts.empty_title, &[&label.full()]) }</h2>
            <p>{ texts.empty_invite }</p>
            { to_copy(&locale, Route::url(&props.room, None), &copied) }
            <p>{ texts.empty_push }</p>
            { to_copy(&locale, curl, &copied) }
        </div>
    }
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
