//! What the end-to-end tests stand on: the real `parlor` binary, real browsers, and a network between them that can
//! be cut.
//!
//! A test takes a [`Stage`], which starts a server with an empty data folder and a [`Network`] in front of it, and asks
//! for [`Page`]s: each is a browser of its own, with its own storage, driven over WebDriver. Dropping these ends the
//! programs behind them, also when a test panics.
//!
//! `cargo xtask test --only e2e` builds the binary and says where it is, in `PARLOR_BIN`; the browser is named by
//! `CHROMIUM` and `CHROMEDRIVER`.

mod browser;
mod http;
mod network;
mod page;
mod seats;
mod server;
mod stage;
mod tools;

use std::{
    thread,
    time::{Duration, Instant},
};

pub use browser::{Browser, Key};
pub use network::{Network, Weather};
pub use page::{Page, Shown, hook};
pub use server::{Posted, Server, import};
pub use stage::Stage;
pub use tools::{axe, screenshots};

/// How long anything may take. Generous: the tests share their processors with builds.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(25);

/// Waits until `look` finds something; ends the test where it does not in time. `what` completes "waited for …".
#[track_caller]
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_for_described(|| what.to_owned(), look)
}

/// The same, with words that are found when the waiting is over.
#[track_caller]
pub fn wait_for_described<T>(what: impl Fn() -> String, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited for {}, which did not happen in {PATIENCE:?}", what());
        thread::sleep(POLL);
    }
}
