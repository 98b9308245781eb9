//! Parlor's page, with the actions of a user.

use std::{cell::Cell, thread};

use serde_json::{Value, json};

use crate::{Browser, Device, Key, tools, wait_for, wait_for_described};

/// The app in a browser. When it is dropped, the browser's console must have no errors. If the test has failed, a
/// screenshot is saved in `target/e2e-screens`.
pub struct Page {
    /// The browser.
    pub browser: Browser,
    url: String,
}

/// A message in the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// Its seq.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its author, if the row has a header.
    pub username: Option<String>,
}

/// The selector of a test id.
pub fn test_id(name: &str) -> String {
    format!("[data-testid='{name}']")
}

impl Page {
    /// A new browser with the app in it.
    #[track_caller]
    pub fn open(url: &str) -> Self {
        Self::open_on(Device::Desktop, url)
    }

    /// A new browser on a device, with the app in it.
    #[track_caller]
    pub fn open_on(device: Device, url: &str) -> Self {
        Self::open_at(device, url, "")
    }

    /// A new browser on a device, with a path of the app in it.
    #[track_caller]
    pub fn open_at(device: Device, url: &str, path: &str) -> Self {
        let page = Self::in_browser(Browser::start(device), url);
        page.go(path);
        page
    }

    /// The app in a browser that runs already. The browser stays where it is.
    pub fn in_browser(browser: Browser, url: &str) -> Self {
        Self { browser, url: url.to_owned() }
    }

    /// Opens a path of the app, as an external link does.
    #[track_caller]
    pub fn go(&self, path: &str) {
        self.browser.go(&format!("{}{path}", self.url));
    }

    /// Signs in with a name.
    #[track_caller]
    pub fn sign_in_as(&self, name: &str) {
        self.wait("name-field");
        self.browser.run("document.querySelector(\"[data-testid='name-field']\").select()", &[]);
        self.browser.insert(name);
        self.click("name-submit");
    }

    /// Waits until the app is connected.
    #[track_caller]
    pub fn wait_until_live(&self) {
        self.wait_for_connection("live");
    }

    /// Waits for a connection state.
    #[track_caller]
    pub fn wait_for_connection(&self, state: &str) {
        wait_for(&format!("the connection to be {state}"), || (self.connection() == state).then_some(()));
    }

    /// The connection state that the app shows.
    #[track_caller]
    pub fn connection(&self) -> String {
        let script = "return document.querySelector(\"[data-testid='connection']\")?.dataset.state ?? ''";
        self.browser.run(script, &[]).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element with this test id exists.
    #[track_caller]
    pub fn wait(&self, name: &str) {
        wait_for(name, || self.has(name).then_some(()));
    }

    /// Waits until no element with this test id exists.
    #[track_caller]
    pub fn wait_without(&self, name: &str) {
        wait_for(&format!("{name} to go"), || (!self.has(name)).then_some(()));
    }

    /// Whether an element with this test id exists.
    #[track_caller]
    pub fn has(&self, name: &str) -> bool {
        self.count(&test_id(name)) > 0
    }

    /// The number of elements that match a selector.
    #[track_caller]
    pub fn count(&self, selector: &str) -> u64 {
        let count =
            self.browser.run("return document.querySelectorAll(arguments[0]).length", &[json!(selector)]);
        count.as_u64().unwrap_or_default()
    }

    /// Clicks the element with this test id.
    #[track_caller]
    pub fn click(&self, name: &str) {
        self.browser.click(&test_id(name));
    }

    /// The text of the first element that matches a selector.
    #[track_caller]
    pub fn text_of(&self, selector: &str) -> Option<String> {
        let script = "return document.querySelector(arguments[0])?.textContent ?? null";
        self.browser.run(script, &[json!(selector)]).as_str().map(str::to_owned)
    }

    /// The text in the composer.
    #[track_caller]
    pub fn draft(&self) -> String {
        let script = "return document.querySelector(\"[data-testid='composer']\")?.value ?? ''";
        self.browser.run(script, &[]).as_str().unwrap_or_default().to_owned()
    }

    /// Focuses the composer by a click.
    #[track_caller]
    pub fn to_composer(&self) {
        self.click("composer");
    }

    /// Types a message of one line, key by key, and sends it.
    #[track_caller]
    pub fn post(&self, text: &str) {
        self.to_composer();
        self.browser.type_keys(text);
        self.send();
    }

    /// Sends what is in the composer with Enter, or on a phone with the button.
    #[track_caller]
    pub fn send(&self) {
        if self.browser.device() == Device::Phone {
            self.click("send");
        } else {
            self.browser.press(&[Key::Enter]);
        }
        wait_for("the composer to be empty", || self.draft().is_empty().then_some(()));
    }

    /// The messages in the page, from top to bottom.
    #[track_caller]
    pub fn messages(&self) -> Vec<ShownMessage> {
        let script = "const said = text => {
                if (!text) return '';
                if (!text.querySelector('.edited')) return text.textContent;
                const copy = text.cloneNode(true);
                copy.querySelectorAll('.edited').forEach(edited => edited.remove());
                return copy.textContent.trimEnd();
            };
            const rows = document.querySelectorAll(\"[data-testid='timeline'] [data-testid='message']\");
            return [...rows].map(row => [
                Number(row.dataset.seq), row.dataset.id, said(row.querySelector(\"[data-testid='text']\")),
                row.querySelector('.message-head .name')?.textContent ?? null])";
        let rows = self.browser.run(script, &[]);
        rows.as_array().into_iter().flatten().map(shown).collect()
    }

    /// Their texts.
    #[track_caller]
    pub fn texts(&self) -> Vec<String> {
        self.messages().into_iter().map(|message| message.text).collect()
    }

    /// The texts of the pending posts.
    #[track_caller]
    pub fn pending(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll(\"[data-testid='pending'] [data-testid='text']\")].map(p => p.textContent)";
        let texts = self.browser.run(script, &[]);
        texts.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    }

    /// Waits until a message with this text is shown, and returns it.
    #[track_caller]
    pub fn wait_for_message(&self, text: &str) -> ShownMessage {
        let short: String = text.chars().take(60).collect();
        wait_for(&format!("the message {short:?}"), || {
            self.messages().into_iter().find(|message| message.text == text)
        })
    }

    /// Waits until exactly these messages are shown, in this order, and nothing is pending.
    #[track_caller]
    pub fn wait_for_texts(&self, texts: &[String]) {
        let last = Cell::new((Vec::new(), Vec::new()));
        let what = || {
            let (shown, pending) = last.take();
            format!("{texts:#?}\nshown {shown:#?}\npending {pending:#?}")
        };
        wait_for_described(what, || {
            let (shown, pending) = (self.texts(), self.pending());
            let met = shown == texts && pending.is_empty();
            last.set((shown, pending));
            met.then_some(())
        });
    }

    /// Goes to a room with the keyboard, or on a phone to one in the list by taps.
    #[track_caller]
    pub fn go_to_room(&self, room: &str) {
        if self.browser.device() == Device::Phone {
            self.click("open-rooms");
            self.browser.click(&format!("{}[data-room='{room}']", test_id("room-item")));
            return self.wait_for_room(room);
        }
        self.browser.press(&[Key::Control, Key::Char('k')]);
        self.wait("switcher-field");
        self.browser.type_keys(room);
        self.browser.press(&[Key::Enter]);
        self.wait_without("switcher-field");
        self.wait_for_room(room);
    }

    /// Waits until a room is the current one.
    #[track_caller]
    pub fn wait_for_room(&self, room: &str) {
        let title = format!("#{room}");
        wait_for(&format!("the room {room}"), || {
            (self.text_of(".bar-room")? == title && self.has("timeline")).then_some(())
        });
    }

    /// The unread badge of a room in the list.
    #[track_caller]
    pub fn badge_of(&self, room: &str) -> Option<String> {
        let selector = format!(
            "[data-testid='room-item'][data-room='{room}'] [data-testid='unread-badge'] [aria-hidden]"
        );
        self.text_of(&selector)
    }

    /// By how many CSS pixels the page is wider than its window.
    #[track_caller]
    pub fn overflow(&self) -> i64 {
        let script = "const t = document.querySelector(\"[data-testid='timeline']\");
            const over = e => e ? e.scrollWidth - e.clientWidth : 0;
            return Math.max(over(document.documentElement), over(t))";
        self.browser.run(script, &[]).as_i64().unwrap_or_default()
    }

    /// Saves a screenshot.
    pub fn screenshot(&self, name: &str) {
        let file = tools::screenshots().join(format!("{name}.png"));
        if let Err(error) = self.browser.screenshot(&file) {
            println!("no picture: {error}");
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let console_errors = self.browser.console_errors();
        if thread::panicking() {
            let test = thread::current().name().unwrap_or("test").replace("::", "-");
            let page = self.url.rsplit(':').next().unwrap_or_default();
            self.screenshot(&format!("failed-{test}-{page}-{}", self.browser.name()));
            println!("the page said: {console_errors:#?}");
            return;
        }
        // Requests fail while the network is down; that is not an error of the app.
        let faults: Vec<_> = console_errors.iter().filter(|said| !is_of_network(said)).collect();
        assert!(faults.is_empty(), "the page complained: {faults:#?}");
    }
}

fn is_of_network(said: &str) -> bool {
    said.contains("net::ERR_") || said.contains("WebSocket connection to") || said.contains("favicon.ico")
}

fn shown(row: &Value) -> ShownMessage {
    let text = |index: usize| row[index].as_str().map(str::to_owned);
    ShownMessage {
        seq: row[0].as_u64().unwrap_or_default(),
        id: text(1).unwrap_or_default(),
        text: text(2).unwrap_or_default(),
        username: text(3),
    }
}
