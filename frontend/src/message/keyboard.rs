//! A row by keyboard: Enter goes to the actions, arrow keys move inside the actions, the reactions and the emoji picker, and
//! Escape goes back by one step.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{Msg, Open, Row};
use crate::browser::{document, move_by_arrow};

/// What gets the focus: the first action, the button that opened something, or the first button of what was opened.
const FIRST_ACTION: &str = ".actions > button";
const REACT: &str = "[data-testid=react]";
const DELETE: &str = "[data-testid=delete]";
const FIRST_EMOJI: &str = ".picker > button";
const CANCEL: &str = "[data-testid=delete-cancel]";

/// Handles a key that is pressed in a row, while something may be open next to the actions. It is handled at once, so that
/// nobody else handles it too. Returns what the row must do.
pub(super) fn key(event: &KeyboardEvent, open: Option<Open>) -> Option<Msg> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let key = event.key();
    let is_row = target.matches("article").unwrap_or(false);
    let opens_actions = match key.as_str() {
        "Enter" | "ContextMenu" => is_row,
        "F10" => event.shift_key(),
        _ => false,
    };
    let closes = key == "Escape" && matches!(open, Some(Open::Emoji | Open::Question));
    let message = match (opens_actions, closes) {
        (true, _) => Some(Msg::Actions),
        (_, true) => Some(Msg::Open(None)),
        _ => None,
    };
    let moved = message.is_none() && {
        let group = target.closest(".picker, .actions, .reactions").ok().flatten();
        group.is_some_and(|group| move_by_arrow(&group, event))
    };
    if moved || message.is_some() {
        event.prevent_default();
    }
    message
}

impl Row {
    /// Shows the actions and moves the focus there.
    pub(super) fn open_actions(&mut self) {
        (self.focused, self.focus_next) = (true, Some(FIRST_ACTION));
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
