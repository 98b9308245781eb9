//! The browsers for the tests: Chromium, and Firefox where the machine has it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, tools};

const HOW_TO_INSTALL: &str = "the tests need Chromium and ChromeDriver on the search path; \
     on Debian: `apt-get install chromium chromium-driver`";

/// A browser and its WebDriver server.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds the browser. On Debian and its derivatives, as root, installs it.
pub(crate) fn provide() -> Result<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    let may_install = tools::find(&["apt-get"]).is_some()
        && process::output_of(Command::new("id").arg("-u")).is_ok_and(|user| user == "0");
    if may_install {
        eprintln!("xtask: installing Chromium and ChromeDriver");
        let mut apt = Command::new("apt-get");
        process::run(apt.args(["update", "--quiet"]))?;
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        process::run(apt.args(["install", "--quiet", "--yes", "chromium", "chromium-driver"]))?;
    }
    match find() {
        Some(browser) => Ok(browser),
        None => bail!(HOW_TO_INSTALL),
    }
}

fn find() -> Option<Browser> {
    let chromium = tools::find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])?;
    // Older Debian and Ubuntu packages do not put the driver on the `PATH`.
    let hidden = ["/usr/lib/chromium-browser/chromedriver", "/usr/lib/chromium/chromedriver"];
    let driver = tools::find(&["chromedriver"])
        .or_else(|| hidden.iter().map(PathBuf::from).find(|path| path.is_file()))?;
    Some(Browser { chromium, driver })
}

/// Firefox and its WebDriver server.
pub(crate) struct Firefox {
    pub(crate) firefox: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds Firefox. The error says in one line what is missing.
pub(crate) fn find_firefox() -> Result<Firefox> {
    let find = |variable: &str, names: &[&str]| {
        let named = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
        named.or_else(|| tools::find(names))
    };
    let Some(firefox) = find("FIREFOX", &["firefox-esr", "firefox"]) else {
        bail!("there is no Firefox; on Debian: `apt-get install firefox-esr`");
    };
    let Some(driver) = find("GECKODRIVER", &["geckodriver"]) else {
        bail!("there is no geckodriver on the search path or in GECKODRIVER; `cargo install geckodriver`");
    };
    Ok(Firefox { firefox, driver })
}

/// The WebDriver capabilities for wasm-bindgen's test runner. Chromium's sandbox does not work
/// for root or in most containers. The tests open their own pages only.
pub(crate) fn capabilities(chromium: &Path) -> String {
    format!(
        r#"{{"goog:chromeOptions": {{"binary": {:?}, "args": ["headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1280,900"]}}}}"#,
        chromium.display().to_string()
    )
}
