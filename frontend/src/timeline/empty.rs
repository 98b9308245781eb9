//! A room without messages: how to invite others, and how a program can speak here.

use shared::RoomName;
use yew::{Html, MouseEvent, Properties, function_component, html, use_state};

use crate::{Route, Ui, i18n::fill};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub(crate) struct EmptyProps {
    pub(crate) ui: Ui,
    pub(crate) room: RoomName,
}

/// See the module's page.
#[function_component]
pub(crate) fn EmptyRoom(props: &EmptyProps) -> Html {
    let texts = props.ui.texts();
    let origin = crate::dom::window().location().origin().unwrap_or_default();
    let curl = format!(
        "curl -d '{{\"username\":\"deploy-bot\",\"text\":\"Hello\"}}' -H 'content-type: application/json' \
         {origin}/api/rooms/{}/messages",
        props.room
    );
    html! {
        <div class="empty" data-testid="empty">
            <h2>{ fill(texts.empty_title, &[props.room.as_str()]) }</h2>
            <p>{ texts.empty_invite }</p>
            <ToCopy ui={props.ui.clone()} text={Route::url(&props.room, None)} />
            <p>{ texts.empty_push }</p>
            <ToCopy ui={props.ui.clone()} text={curl} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CopyProps {
    ui: Ui,
    text: String,
}

/// A line with a button that copies it.
#[function_component]
fn ToCopy(props: &CopyProps) -> Html {
    let texts = props.ui.texts();
    let copied = use_state(|| false);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        move |_: MouseEvent| {
            crate::dom::copy(&text);
            copied.set(true);
        }
    };
    html! {
        <div class="to-copy">
            <code dir="ltr">{ &props.text }</code>
            <button type="button" class="button" {onclick}>
                { if *copied { texts.copied } else { texts.copy } }
            </button>
        </div>
    }
}
