//! What the parts of the page share.

use yew::{Html, MouseEvent, html};

use super::{session::Console, texts};
use crate::Locale;

/// The properties of all parts of the page.
#[derive(yew::Properties, Clone, PartialEq)]
pub(crate) struct PartProps {
    pub(crate) console: Console,
    pub(crate) locale: Locale,
    /// Increases with every change.
    pub(crate) version: u64,
}

impl PartProps {
    pub(super) fn texts(&self) -> &'static texts::Texts {
        texts::of(self.locale.language)
    }
}

/// A line of code with a button that copies it.
pub(super) fn copy_line(props: &PartProps, text: String) -> Html {
    let (console, texts) = (props.console.clone(), props.texts());
    let copied = console.read(|state| state.copied.as_ref() == Some(&text));
    let onclick = {
        let text = text.clone();
        move |_: MouseEvent| {
            crate::browser::copy(&text);
            console.change(|state| state.copied = Some(text.clone()));
        }
    };
    html! {
        <div class="copy-line">
            <code>{ text }</code>
            <button class="button" type="button" {onclick}>
                { if copied { texts.copied } else { texts.copy } }
            </button>
        </div>
    }
}
