//! Parlor's browser app.
//!
//! It contains no protocol logic: a [`Driver`] feeds [`shared::Client`] with the socket's events and the user's actions,
//! and the components render the client's view. No text is ever set as HTML.

mod app;
mod clock;
pub mod compare;
pub mod composer;
pub mod console;
mod dom;
pub mod driver;
pub mod i18n;
mod icon;
mod notify;
mod pages;
pub mod rooms;
mod route;
pub mod storage;
mod theme;
pub mod timeline;
mod ui;

pub use app::App;
pub use driver::Driver;
pub use route::Route;
pub use ui::Ui;

/// Renders the app into the page.
pub fn run() {
    yew::Renderer::<App>::new().render();
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
