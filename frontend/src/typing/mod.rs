//! The line that says who is typing.

mod texts;

use shared::{RoomName, Username};
use yew::{Html, Properties, function_component, html};

use crate::{
    context::{use_app, use_client},
    i18n::fill,
};
use texts::texts;

/// What the line needs.
#[derive(Properties, PartialEq)]
pub struct TypingProps {
    /// The room.
    pub room: RoomName,
}

/// Who is typing, in words.
#[function_component]
pub fn Typing(props: &TypingProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let room = props.room.clone();
    let names: Vec<Username> = use_client(move |client| {
        client.view().room(&room).map(|room| room.typing().cloned().collect()).unwrap_or_default()
    });
    let words = match &names[..] {
        [] => String::new(),
        [one] => fill(texts.typing_one, &[one.as_str()]),
        [one, two] => fill(texts.typing_two, &[one.as_str(), two.as_str()]),
        _ => texts.typing_many.to_owned(),
    };
    html! { <p class="typing" aria-live="off"><bdi data-testid="typing">{ words }</bdi></p> }
}
