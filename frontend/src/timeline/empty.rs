//! An empty room: how to invite others, and how to post from a program.

use shared::RoomName;
use yew::{Html, MouseEvent, Properties, UseStateHandle, function_component, html, use_state};

use crate::{
    Route,
    context::use_app,
    i18n::{Texts, fill},
};

/// What the component needs.
#[derive(Properties, PartialEq)]
pub(crate) struct EmptyProps {
    pub(crate) room: RoomName,
}

/// The content of a timeline without messages.
#[function_component]
pub(crate) fn EmptyRoom(props: &EmptyProps) -> Html {
    let locale = use_app().locale;
    let texts = locale.texts();
    let copied = use_state(String::new);
    let origin = crate::browser::window().location().origin().unwrap_or_default();
    let curl = format!(
        "curl -d '{{\"username\":\"deploy-bot\",\"text\":\"Hello\"}}' -H 'content-type: application/json' \
         {origin}/api/rooms/{}/messages",
        props.room
    );
    html! {
        <div class="empty" data-testid="empty">
            <h2>{ fill(texts.empty_title, &[props.room.as_str()]) }</h2>
            <p>{ texts.empty_invite }</p>
            { to_copy(texts, Route::url(&props.room, None), &copied) }
            <p>{ texts.empty_push }</p>
            { to_copy(texts, curl, &copied) }
        </div>
    }
}

/// A line of code with a button that copies it.
fn to_copy(texts: &Texts, text: String, copied: &UseStateHandle<String>) -> Html {
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
                { if is_copied { texts.copied } else { texts.copy } }
            </button>
        </div>
    }
}
