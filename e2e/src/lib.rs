//! The base of the end-to-end tests: the real `parlor` binary, real browsers, and a network between them that can
//! fail.
//!
//! A test creates a [`TestEnvironment`], which starts a server with an empty data folder and a [`Network`] in front of it. It opens
//! [`Page`]s: each is a browser with its own storage, driven over WebDriver, on a [`Device`]. Dropping these stops the
//! processes, also if a test panics.
//!
//! `cargo xtask test --only e2e` builds the binary and passes its path in `PARLOR_BIN`; `CHROMIUM` and `CHROMEDRIVER` name
//! the browser, and `FIREFOX` and `GECKODRIVER` the other one, without which its tests are skipped.

mod browser;
mod client;
mod environment;
mod network;
mod page;
mod permits;
mod server;
mod tools;

use std::{
    thread,
    time::{Duration, Instant},
};

pub use browser::{Browser, Device, Key, LoadStrategy, Throttling};
pub use environment::TestEnvironment;
pub use network::{Network, NetworkMode};
pub use page::{Page, ShownMessage, test_id};
pub use server::{Posted, Server, import};
pub use tools::{axe, screenshots};

/// The time limit of every wait. It is generous, because tests share the processors with builds.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// The interval at which conditions are checked.
const POLL: Duration = Duration::from_millis(25);

/// Waits until `find` returns something; fails the test after a time limit. `what` completes "waited for …".
#[track_caller]
pub fn wait_for<T>(what: &str, find: impl FnMut() -> Option<T>) -> T {
    wait_for_described(|| what.to_owned(), find)
}

/// The same with a description that is made when the time limit is over.
#[track_caller]
pub fn wait_for_described<T>(what: impl Fn() -> String, mut find: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < end, "waited for {}, which did not happen in {PATIENCE:?}", what());
        thread::sleep(POLL);
    }
}
