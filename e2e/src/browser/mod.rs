//! A browser with its own profile, driven over WebDriver.
//!
//! [`Browser`] is a blocking facade of `thirtyfour`, whose client is asynchronous: a test reads from top to bottom, and
//! several tests run on several threads.

mod device;
mod driver;
mod emulation;
mod input;
mod port;
mod touch;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::{WebDriver, error::WebDriverResult};

pub use device::{Device, LoadStrategy};
pub use emulation::Throttling;
pub use input::Key;

use crate::client::{block_on, http_client};
use driver::Driver;

/// A browser with its own profile. Dropping it stops the browser and the driver and removes the profile.
pub struct Browser {
    device: Device,
    /// `None` once the browser is being stopped.
    session: Option<WebDriver>,
    driver: Driver,
    /// The browser's process, in case the driver does not stop it.
    process: Option<u64>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser on a device.
    #[track_caller]
    pub fn start(device: Device) -> Self {
        Self::start_with(device, LoadStrategy::Complete)
    }

    /// Starts a browser that waits differently for pages.
    #[track_caller]
    pub fn start_with(device: Device, load: LoadStrategy) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let driver = Driver::start(device.driver());
        let capabilities = device.capabilities(profile.path(), load);
        let connecting = WebDriver::builder(driver.url(), capabilities).client(http_client()).connect();
        let session = match block_on(connecting) {
            Ok(session) => session,
            Err(error) => panic!("no browser: {error}\nThe driver's output:\n{}", driver.output().join("\n")),
        };
        let process = device.process_of(session.capabilities());
        let browser = Self { device, session: Some(session), driver, process, _profile: profile };
        browser.emulate_device();
        browser
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.device
    }

    /// A short id, for file names.
    pub fn name(&self) -> String {
        self.session().session_id().to_string().chars().take(6).collect()
    }

    /// Opens a page and waits until it has loaded, or as the [`LoadStrategy`] says.
    #[track_caller]
    pub fn go(&self, url: &str) {
        expect("the page opens", block_on(self.session().goto(url)));
    }

    /// Reloads the page.
    #[track_caller]
    pub fn reload(&self) {
        expect("the page reloads", block_on(self.session().refresh()));
    }

    /// Opens another tab, and goes on in it. It has the storage of the other ones.
    #[track_caller]
    pub fn open_tab(&self) {
        let session = self.session();
        let tab = expect("a tab opens", block_on(session.new_tab()));
        expect("the tab is shown", block_on(session.switch_to_window(tab)));
        self.emulate_device();
    }

    /// Goes on in a tab, by its number in the order in which they were opened.
    #[track_caller]
    pub fn switch_to_tab(&self, number: usize) {
        let session = self.session();
        let tabs = expect("there are tabs", block_on(session.windows()));
        expect("the tab is shown", block_on(session.switch_to_window(tabs[number].clone())));
    }

    /// Runs the body of a function in the page and returns its result.
    #[track_caller]
    pub fn run(&self, script: &str, args: &[Value]) -> Value {
        let result = block_on(self.session().execute(script, args));
        expect(script, result).json().clone()
    }

    /// Like [`Self::run`], for a body that passes its result to its last argument.
    #[track_caller]
    pub fn run_async(&self, script: &str, args: &[Value]) -> Value {
        let result = block_on(self.session().execute_async(script, args));
        expect(script, result).json().clone()
    }

    /// Sends a command of the Chrome `DevTools` Protocol, which Firefox does not have.
    #[track_caller]
    pub fn cdp(&self, method: &str, params: &Value) -> Value {
        assert!(self.device != Device::Firefox, "{method}: Firefox does not speak Chrome's protocol");
        expect(method, block_on(self.session().cdp().send_raw(method, params)))
    }

    /// Saves a screenshot as PNG.
    pub fn screenshot(&self, file: &Path) -> Result<(), String> {
        let picture = block_on(self.session().screenshot_as_png()).map_err(|error| error.to_string())?;
        fs::write(file, picture).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// The errors in the browser's console since the last call: uncaught errors, panics, and failed requests. Firefox
    /// does not report failed requests.
    pub fn console_errors(&self) -> Vec<String> {
        if self.device == Device::Firefox {
            let output = self.driver.take_output();
            return output.into_iter().filter(|line| is_error_of_page(line)).collect();
        }
        let entries = block_on(self.session().browser_log()).unwrap_or_default();
        entries.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    fn session(&self) -> &WebDriver {
        self.session.as_ref().expect("only `drop` takes the session")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // The driver is killed in any case. Without `leak`, dropping the handle would try to stop the session again.
            if block_on(session.clone().quit()).is_err() {
                let _ = session.leak();
            }
        }
        self.driver.stop();
        if let Some(process) = self.process.filter(|process| Path::new(&format!("/proc/{process}")).exists())
        {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status();
        }
    }
}

/// Whether a line of Firefox's output is an error of a page. WebDriver has no log, so Firefox prints its console, and
/// geckodriver passes it on. Firefox's own scripts have no HTTP address, and print texts without quotes.
fn is_error_of_page(line: &str) -> bool {
    line.contains("JavaScript error: http") || line.contains("console.error: \"")
}

/// The result of a command that must succeed.
#[track_caller]
fn expect<T>(what: &str, result: WebDriverResult<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}
