//! A row by keyboard: Enter goes to the actions, arrow keys move inside the actions, the reactions and the emoji picker, and
//! Escape goes back by one step.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{Open, Row};
use crate::browser::{document, move_by_arrow};

/// What gets the focus: the first action, the button that opened something, or the first button of what was opened.
const FIRST_ACTION: &str = ".actions > button";
const REACT: &str = "[data-testid=react]";
const DELETE: &str = "[data-testid=delete]";
const FIRST_EMOJI: &str = ".picker > button";
const CANCEL: &str = "[data-testid=delete-cancel]";

impl Row {
    /// Handles a key that is pressed in the row. Returns whether the row must be rendered.
    pub(super) fn key(&mut self, event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
        let (Some(target), Some(row)) = (target, self.node.cast::<Element>()) else { return false };
        if event.default_prevented() || modified {
            return false;
        }
        let key = event.key();
        let opens_actions = match key.as_str() {
            "Enter" | "ContextMenu" => target == row,
            "F10" => event.shift_key(),
            _ => false,
        };
        if opens_actions {
            event.prevent_default();
            (self.focused, self.focus_next) = (true, Some(FIRST_ACTION));
            return true;
        }
        if key == "Escape" && matches!(self.open, Some(Open::Emoji | Open::Question)) {
            event.prevent_default();
            self.set_open(None);
            return true;
        }
        let group = target.closest(".picker, .actions, .reactions").ok().flatten();
        if group.is_some_and(|group| move_by_arrow(&group, event)) {
            event.prevent_default();
        }
        false
    }

    /// Opens or closes the picker or the question. The focus follows.
    pub(super) fn set_open(&mut self, open: Option<Open>) {
        let before = std::mem::replace(&mut self.open, open);
        self.focus_next = match (before, open) {
            (_, Some(Open::Emoji)) => Some(FIRST_EMOJI),
            (_, Some(Open::Question)) => Some(CANCEL),
            (Some(Open::Emoji), None) => Some(REACT),
            (Some(Open::Question), None) => Some(DELETE),
            _ => self.focus_next,
        };
    }

    /// Whether the focus is in the row.
    pub(super) fn has_focus(&self) -> bool {
        let active = document().active_element();
        self.node.cast::<Element>().is_some_and(|row| active.is_some() && row.contains(active.as_deref()))
    }

    /// Moves the focus to what was opened or closed, when it is rendered.
    pub(super) fn move_focus(&mut self) {
        let Some(selector) = self.focus_next.take() else { return };
        let button = self.node.cast::<Element>().and_then(|row| row.query_selector(selector).ok().flatten());
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            let _ = button.focus();
        }
    }
}
