//! What a test runs on: a browser, its screen, and how it is started.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::Once,
};

use serde_json::{Value, json};
use thirtyfour::Capabilities;

use super::port;

const CHROMIUM_FLAGS: &[&str] = &[
    "--headless=new",
    // The sandbox does not work for root or in most containers. The tests open their own pages only.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-smooth-scrolling",
    "--hide-scrollbars",
    "--lang=en-US",
    "--window-size=1280,800",
];

/// A browser and the screen that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// Chromium at 1280 × 800, with mouse and keyboard.
    #[default]
    Desktop,
    /// Chromium at 390 × 844, with touch.
    Phone,
    /// Firefox at 1280 × 800, with mouse and keyboard.
    Firefox,
}

/// What [`Browser::go`](super::Browser::go) waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStrategy {
    /// The page's `load` event.
    Complete,
    /// Nothing: it returns when the navigation has begun.
    None,
}

impl Device {
    /// Whether the device's browser is on this machine. If not, says so in one line of the run.
    pub fn is_available(self) -> bool {
        static SAID: Once = Once::new();
        let Some(reason) = self.missing() else { return true };
        // The test harness captures what a test prints with `println!`, but not this.
        SAID.call_once(|| {
            let _ = writeln!(std::io::stderr(), "skipped in Firefox: {reason}");
        });
        false
    }

    /// Why the device's browser cannot be started. Chromium is required, so its start fails instead.
    fn missing(self) -> Option<&'static str> {
        if self != Self::Firefox {
            None
        } else if firefox().is_none() {
            Some("there is no `firefox-esr` or `firefox` on the PATH, and FIREFOX names none")
        } else if geckodriver().is_none() {
            Some("there is no `geckodriver` on the PATH, and GECKODRIVER names none")
        } else {
            None
        }
    }

    /// The command of its WebDriver server.
    pub(super) fn driver(self) -> Command {
        if self == Self::Firefox {
            let mut command = Command::new(geckodriver().unwrap_or_else(|| "geckodriver".into()));
            // The port for WebDriver BiDi would otherwise be the same for every browser.
            command.args(["--port", "0", "--websocket-port", "0"]);
            return command;
        }
        let mut command = Command::new(env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into()));
        command.arg(format!("--port={}", port::reserve()));
        command
    }

    /// The capabilities of a new session.
    pub(super) fn capabilities(self, profile: &Path, load: LoadStrategy) -> Capabilities {
        let mut wanted = match self {
            Self::Desktop | Self::Phone => chromium_capabilities(profile),
            Self::Firefox => firefox_capabilities(),
        };
        wanted["unhandledPromptBehavior"] = json!("accept");
        wanted["pageLoadStrategy"] = match load {
            LoadStrategy::Complete => json!("normal"),
            LoadStrategy::None => json!("none"),
        };
        let Value::Object(wanted) = wanted else { unreachable!("capabilities are an object") };
        wanted.into()
    }

    /// The browser's process, from the capabilities of a started session.
    pub(super) fn process_of(self, started: &Capabilities) -> Option<u64> {
        let name = if self == Self::Firefox { "moz:processID" } else { "goog:processID" };
        started.get(name)?.as_u64()
    }
}

fn chromium_capabilities(profile: &Path) -> Value {
    let mut flags: Vec<String> = CHROMIUM_FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--user-data-dir={}", profile.display()));
    let mut options = json!({ "args": flags });
    if let Some(chromium) = env::var_os("CHROMIUM") {
        options["binary"] = json!(chromium.to_string_lossy());
    }
    json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } })
}

/// geckodriver makes the profile, and removes it.
fn firefox_capabilities() -> Value {
    let mut options = json!({
        "args": ["-headless"],
        "prefs": {
            // The console goes to the standard output, where `Browser::console_errors` finds it.
            "devtools.console.stdout.content": true,
            "general.smoothScroll": false,
            "intl.locale.requested": "en-US",
        },
    });
    if let Some(firefox) = firefox() {
        options["binary"] = json!(firefox.to_string_lossy());
    }
    json!({ "moz:firefoxOptions": options })
}

fn firefox() -> Option<PathBuf> {
    find("FIREFOX", &["firefox-esr", "firefox"])
}

fn geckodriver() -> Option<PathBuf> {
    find("GECKODRIVER", &["geckodriver"])
}

/// The program that a variable names, or the first of these on the `PATH`.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable).filter(|value| !value.is_empty()) {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let programs = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    programs.into_iter().find(|program| program.is_file())
}
