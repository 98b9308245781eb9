//! The Console: a WebSocket client for people. It opens any address, sends, and shows every frame that goes and comes.
//!
//! A [`Console`] lives above its page and records while another page is shown; [`ConsolePage`] shows it. What was received
//! is only ever set as text.

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
    format::{size, span},
    preset::url,
    session::now,
};

use crate::{Ui, i18n::Language};

/// The page's name.
pub(crate) const fn title(language: Language) -> &'static str {
    texts::of(language).title
}

/// The name of the bar that leads to the pages.
pub(crate) const fn pages_label(language: Language) -> &'static str {
    texts::of(language).pages
}

/// What every part of the page needs.
#[derive(yew::Properties, Clone, PartialEq)]
pub(crate) struct PartProps {
    pub(crate) console: Console,
    pub(crate) ui: Ui,
    /// Changes with what is known.
    pub(crate) version: u64,
}

impl PartProps {
    fn texts(&self) -> &'static texts::Texts {
        texts::of(self.ui.language)
    }
}
