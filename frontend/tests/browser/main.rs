//! The app's components and its socket in a real browser.
//!
//! The tests run with `wasm-bindgen-test`; `cargo xtask test` installs what they need. Tests with a server need its URL
//! in `PARLOR_TEST_URL` when they are compiled.

#![cfg(target_arch = "wasm32")]

mod admin;
mod composer;
mod courier;
mod device_link;
mod fake;
mod fixtures;
mod house;
mod identity;
mod invitation;
mod keyboard;
mod languages;
mod layers;
mod no_room;
mod notifications;
mod outbox;
mod people;
mod pulse;
mod reading;
mod rename;
mod renders;
mod restored;
mod scrolling;
mod searching;
mod server;
mod sign_in;
mod storage;
mod timeline;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
