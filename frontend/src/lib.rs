//! Parlor's browser app.
//!
//! It contains no protocol logic: a [`Driver`] feeds [`shared::Client`] with the socket's events and the user's actions,
//! and the components render the client's view. No text is ever set as HTML.

pub mod acts;
pub mod admin;
mod app;
mod author;
mod browser;
pub mod compare;
pub mod composer;
mod connection;
pub mod console;
mod context;
pub mod device_link;
mod dialog;
pub mod driver;
pub mod i18n;
mod icon;
pub mod invitation;
pub mod layers;
pub mod members;
pub mod message;
mod navigation;
pub mod notifications;
mod on_demand;
pub mod person;
pub mod pulse;
pub mod room_bar;
pub mod room_label;
pub mod room_list;
pub mod rooms;
mod search;
pub mod settings;
mod shortcuts;
pub mod sign_in;
pub mod storage;
mod storage_notice;
mod switcher;
mod theme;
pub mod timeline;
pub mod tools;
pub mod typing;

pub use app::App;
pub use context::AppContext;
pub use driver::Driver;
pub use i18n::Locale;
pub use navigation::Route;

/// Renders the app into the page's first element. The other two have modules of their own: [`tools::run`] and
/// [`admin::run`].
pub fn run() {
    if let Some(root) = browser::document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(root).render();
    }
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
