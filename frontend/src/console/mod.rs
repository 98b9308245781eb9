//! The Console: a WebSocket client. It opens any address, sends, and shows every frame in both directions.
//!
//! A [`Console`] outlives its page and keeps recording while another page is shown; [`ConsolePage`] shows it. Received
//! texts are never set as HTML.

mod address;
mod compose;
mod composer;
mod detail;
mod display;
mod format;
mod list;
mod log;
mod page;
mod part;
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
