//! The Console: a WebSocket client. It opens any address, sends, and shows every frame in both directions.
//!
//! A [`Console`] outlives its page and keeps recording while another page is shown; [`ConsolePage`] shows it. Received
//! texts are never set as HTML.

mod address;
mod compose;
mod composer;
mod detail;
mod format;
mod list;
mod log;
mod page;
mod preset;
mod repeat;
mod saved;
mod session;
mod socket;
mod state;
mod texts;
mod toolbar;
mod wire;

pub use page::{ConsolePage, ConsoleProps};
pub use session::Console;

pub(crate) use self::{
    format::{fixed, size, span},
    preset::url,
    session::now,
};

use yew::{Html, MouseEvent, html};

use crate::Ui;

/// The properties of all parts of the page.
#[derive(yew::Properties, Clone, PartialEq)]
pub(crate) struct PartProps {
    pub(crate) console: Console,
    pub(crate) ui: Ui,
    /// Increases with every change.
    pub(crate) version: u64,
}

impl PartProps {
    fn texts(&self) -> &'static texts::Texts {
        texts::of(self.ui.language)
    }
}

/// A line of code with a button that copies it.
fn copy_line(props: &PartProps, text: String) -> Html {
    let (console, texts) = (props.console.clone(), props.texts());
    let copied = console.read(|state| state.copied.as_ref() == Some(&text));
    let onclick = {
        let text = text.clone();
        move |_: MouseEvent| {
            crate::dom::copy(&text);
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
