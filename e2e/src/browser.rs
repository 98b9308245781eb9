//! A browser with its own profile, driven over WebDriver.
//!
//! WebDriver is JSON over HTTP. The tests are synchronous and need few of its commands, while the client libraries
//! (fantoccini, thirtyfour) are asynchronous: each method below would remain, around a runtime of its own.

use std::{
    cell::Cell,
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
};

use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{http::Http, wait_for, wait_for_described};

const FLAGS: &[&str] = &[
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

/// A key. The values of keys without a character are defined by WebDriver.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Shift.
    Shift,
    /// Control.
    Control,
    /// Alt.
    Alt,
    /// The key of a character.
    Char(char),
}

impl Key {
    fn value(self) -> String {
        let value = match self {
            Self::Enter => '\u{E007}',
            Self::Escape => '\u{E00C}',
            Self::Up => '\u{E013}',
            Self::Down => '\u{E015}',
            Self::Home => '\u{E011}',
            Self::End => '\u{E010}',
            Self::Shift => '\u{E008}',
            Self::Control => '\u{E009}',
            Self::Alt => '\u{E00A}',
            Self::Char(value) => value,
        };
        value.to_string()
    }
}

/// A browser with its own profile. Dropping it stops the browser and the driver and removes the profile.
pub struct Browser {
    driver: Child,
    http: Mutex<Http>,
    session: String,
    /// The browser's process, in case the driver does not stop it.
    process: Option<u64>,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    #[track_caller]
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let (driver, address) = start_driver();
        let mut browser = Self {
            driver,
            http: Mutex::new(Http::to(address)),
            session: String::new(),
            process: None,
            profile,
        };
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", browser.profile.path().display()));
        let mut options = json!({ "args": flags });
        if let Some(chromium) = env::var_os("CHROMIUM") {
            options["binary"] = json!(chromium.to_string_lossy());
        }
        let wanted = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "accept",
        });
        let answer = browser.command("POST", "", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let answer = answer.unwrap_or_else(|error| panic!("no browser: {error}"));
        answer["sessionId"].as_str().expect("a session has a name").clone_into(&mut browser.session);
        browser.process = answer["capabilities"]["goog:processID"].as_u64();
        browser
    }

    /// A short id, for file names.
    pub fn name(&self) -> &str {
        self.session.get(..6).unwrap_or_default()
    }

    /// Opens a page and waits until it has loaded.
    #[track_caller]
    pub fn go(&self, url: &str) {
        self.expect_command("POST", "/url", &json!({ "url": url }));
    }

    /// Reloads the page.
    #[track_caller]
    pub fn reload(&self) {
        self.expect_command("POST", "/refresh", &json!({}));
    }

    /// Runs the body of a function in the page and returns its result.
    #[track_caller]
    pub fn run(&self, script: &str, args: &[Value]) -> Value {
        self.expect_command("POST", "/execute/sync", &json!({ "script": script, "args": args }))
    }

    /// Like [`Self::run`], for a body that passes its result to its last argument.
    #[track_caller]
    pub fn run_async(&self, script: &str, args: &[Value]) -> Value {
        self.expect_command("POST", "/execute/async", &json!({ "script": script, "args": args }))
    }

    /// Sends a command of the Chrome `DevTools` Protocol.
    #[track_caller]
    pub fn cdp(&self, method: &str, params: &Value) -> Value {
        self.expect_command("POST", "/goog/cdp/execute", &json!({ "cmd": method, "params": params }))
    }

    /// Clicks the first element that matches a selector, as soon as it exists and nothing covers it.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let last = Cell::new(String::from("there is no such element"));
        let what = || format!("a click on {selector} ({})", last.take());
        wait_for_described(what, || {
            let element = self.find(selector)?;
            let clicked = self.command("POST", &format!("/element/{element}/click"), &json!({}));
            clicked.map_err(|error| last.set(error)).ok()
        });
    }

    /// Moves the pointer over an element.
    #[track_caller]
    pub fn hover(&self, selector: &str) {
        wait_for(&format!("the pointer on {selector}"), || {
            let element = self.find(selector)?;
            let origin = json!({ "element-6066-11e4-a52e-4f735466cecf": element });
            let moves = json!([
                { "type": "pointerMove", "duration": 0, "x": 1, "y": 0, "origin": origin },
                { "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin },
            ]);
            let mouse = json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": moves });
            self.command("POST", "/actions", &json!({ "actions": [mouse] })).ok()
        });
    }

    /// Scrolls with the wheel over an element; positive is down.
    #[track_caller]
    pub fn wheel(&self, selector: &str, pixels: i32) {
        let element = wait_for(selector, || self.find(selector));
        let origin = json!({ "element-6066-11e4-a52e-4f735466cecf": element });
        let turn = json!({ "type": "scroll", "duration": 0, "x": 0, "y": 0, "deltaX": 0, "deltaY": pixels, "origin": origin });
        let wheel = json!({ "type": "wheel", "id": "wheel", "actions": [turn] });
        self.expect_command("POST", "/actions", &json!({ "actions": [wheel] }));
    }

    /// Presses keys together: all but the last one are modifiers.
    #[track_caller]
    pub fn press(&self, keys: &[Key]) {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key.value() }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key.value() }));
        let actions: Vec<Value> = down.chain(up).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.expect_command("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Types into the focused element, key by key. A line feed is Enter. The driver can only type characters of the Basic
    /// Multilingual Plane.
    #[track_caller]
    pub fn type_keys(&self, text: &str) {
        let active = self.expect_command("GET", "/element/active", &Value::Null);
        let element = element_of(&active).expect("something has the focus");
        self.expect_command("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Inserts any text into the focused element, like an input method or a paste.
    #[track_caller]
    pub fn insert(&self, text: &str) {
        self.cdp("Input.insertText", &json!({ "text": text }));
    }

    /// Sets the size of the page, in CSS pixels.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets the preferred colour scheme: `dark` or `light`.
    #[track_caller]
    pub fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Saves a screenshot as PNG.
    pub fn screenshot(&self, file: &Path) -> Result<(), String> {
        let picture = self.command("GET", "/screenshot", &Value::Null)?;
        let bytes = BASE64.decode(picture.as_str().unwrap_or_default().as_bytes());
        let bytes = bytes.map_err(|error| error.to_string())?;
        fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// The errors in the browser's console since the last call: uncaught errors, panics, and failed requests.
    pub fn console_errors(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({ "type": "browser" })).unwrap_or_default();
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.filter_map(|entry| Some(entry["message"].as_str()?.to_owned())).collect()
    }

    fn find(&self, selector: &str) -> Option<String> {
        let wanted = json!({ "using": "css selector", "value": selector });
        element_of(&self.command("POST", "/element", &wanted).ok()?)
    }

    #[track_caller]
    fn expect_command(&self, method: &str, path: &str, body: &Value) -> Value {
        match self.command(method, path, body) {
            Ok(value) => value,
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let path = if self.session.is_empty() {
            "/session".to_owned()
        } else {
            format!("/session/{}{path}", self.session)
        };
        let body = (method == "POST").then(|| body.to_string());
        let mut http = self.http.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let answer = http.request(method, &path, body.as_deref()).map_err(|error| error.to_string())?;
        drop(http);
        let mut value: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let value = value["value"].take();
        if answer.status == 200 {
            Ok(value)
        } else {
            let message = value["message"].as_str().unwrap_or_default();
            Err(format!("{}: {}", value["error"], message.lines().next().unwrap_or_default()))
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Each of these may have stopped already.
        if !self.session.is_empty() {
            let _ = self.command("DELETE", "", &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        if let Some(process) = self.process.filter(|process| Path::new(&format!("/proc/{process}")).exists())
        {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status();
        }
    }
}

/// Starts the driver on a free port, which it chooses itself.
fn start_driver() -> (Child, SocketAddr) {
    let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut driver = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("ChromeDriver starts; CHROMEDRIVER says where it is");
    let mut output = BufReader::new(driver.stdout.take().expect("the output is piped"));
    let mut said = String::new();
    let port = loop {
        let mut line = String::new();
        let length = output.read_line(&mut line).expect("the driver's output is text");
        assert!(length > 0, "ChromeDriver ended before it said its port: {said}");
        said.push_str(&line);
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim().trim_end_matches('.').parse::<u16>().expect("a port");
        }
    };
    // The rest of the output is discarded, so that the pipe never fills.
    thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (driver, SocketAddr::from(([127, 0, 0, 1], port)))
}

fn element_of(value: &Value) -> Option<String> {
    value.as_object()?.values().next()?.as_str().map(str::to_owned)
}
