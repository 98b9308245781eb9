//! Mouse and keyboard.

use std::cell::Cell;

use serde_json::{Value, json};
use thirtyfour::{
    By, WebElement,
    common::command::{Actions, Command},
    error::WebDriverResult,
};

use super::{Browser, Device, expect};
use crate::{client::block_on, wait_for, wait_for_described};

/// A key.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// Home.
    Home,
    /// Page up.
    PageUp,
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
    /// WebDriver's character for it.
    fn value(self) -> char {
        use thirtyfour::Key as Named;
        let named = match self {
            Self::Enter => Named::Enter,
            Self::Escape => Named::Escape,
            Self::Tab => Named::Tab,
            Self::Up => Named::Up,
            Self::Down => Named::Down,
            Self::Home => Named::Home,
            Self::PageUp => Named::PageUp,
            Self::End => Named::End,
            Self::Shift => Named::Shift,
            Self::Control => Named::Control,
            Self::Alt => Named::Alt,
            Self::Char(value) => return value,
        };
        named.value()
    }
}

impl Browser {
    /// Clicks the first element that matches a selector, as soon as it exists and nothing covers it. On a phone it is
    /// a tap.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        if self.device() == Device::Phone {
            return self.tap(selector);
        }
        let last = Cell::new(String::from("there is no such element"));
        let what = || format!("a click on {selector} ({})", last.take());
        wait_for_described(what, || {
            let element = self.find(selector)?;
            block_on(element.click()).map_err(|error| last.set(error.to_string())).ok()
        });
    }

    /// Moves the pointer over an element.
    #[track_caller]
    pub fn hover(&self, selector: &str) {
        wait_for(&format!("the pointer on {selector}"), || {
            let origin = origin_of(&self.find(selector)?);
            let moves = json!([
                { "type": "pointerMove", "duration": 0, "x": 1, "y": 0, "origin": origin },
                { "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin },
            ]);
            let parameters = json!({ "pointerType": "mouse" });
            let mouse =
                json!({ "type": "pointer", "id": "mouse", "parameters": parameters, "actions": moves });
            self.perform(json!([mouse])).ok()
        });
    }

    /// Scrolls with the wheel over an element; positive is down.
    #[track_caller]
    pub fn wheel(&self, selector: &str, pixels: i32) {
        let element = wait_for(selector, || self.find(selector));
        let origin = origin_of(&element);
        let turn = json!({ "type": "scroll", "duration": 0, "x": 0, "y": 0, "deltaX": 0, "deltaY": pixels, "origin": origin });
        let wheel = json!({ "type": "wheel", "id": "wheel", "actions": [turn] });
        expect("the wheel", self.perform(json!([wheel])));
    }

    /// Presses keys together: all but the last one are modifiers.
    #[track_caller]
    pub fn press(&self, keys: &[Key]) {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key.value() }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key.value() }));
        let actions: Vec<Value> = down.chain(up).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        expect("the keys", self.perform(json!([keyboard])));
    }

    /// Types into the focused element, key by key. A line feed is Enter. `ChromeDriver` can only type characters of the
    /// Basic Multilingual Plane.
    #[track_caller]
    pub fn type_keys(&self, text: &str) {
        let element = expect("something has the focus", block_on(self.session().active_element()));
        expect("typing", block_on(element.send_keys(text)));
    }

    /// Inserts any text into the focused element, like an input method or a paste. In Firefox, which has no command for
    /// it, the text is typed.
    #[track_caller]
    pub fn insert(&self, text: &str) {
        if self.device() == Device::Firefox {
            return self.type_keys(text);
        }
        self.cdp("Input.insertText", &json!({ "text": text }));
    }

    pub(super) fn find(&self, selector: &str) -> Option<WebElement> {
        block_on(self.session().find(By::Css(selector))).ok()
    }

    /// Performs the actions of input sources, as WebDriver defines them. `thirtyfour` has types for mouse and keys only.
    pub(super) fn perform(&self, sources: Value) -> WebDriverResult<()> {
        block_on(self.session().cmd(Command::PerformActions(Actions::from(sources)))).map(drop)
    }
}

/// An element as the origin of a movement.
fn origin_of(element: &WebElement) -> Value {
    element.to_json().expect("an element is an id")
}
