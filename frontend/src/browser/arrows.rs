//! Moves the focus between the buttons of a group with the arrow keys, as the toolbar pattern of the WAI-ARIA Authoring
//! Practices Guide has it.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::document;

/// Moves the focus from one button of a group to another: by one with ← and →, by a line with ↑ and ↓ if the group has
/// several lines, to its ends with Home and End. Returns whether the key does that.
pub(crate) fn move_by_arrow(group: &Element, event: &KeyboardEvent) -> bool {
    let buttons = buttons_of(group);
    let active = document().active_element();
    let Some(at) = buttons.iter().position(|button| active.as_ref() == Some(button)) else { return false };
    let count = buttons.len();
    let next = match event.key().as_str() {
        "ArrowRight" => (at + 1) % count,
        "ArrowLeft" => (at + count - 1) % count,
        "Home" => 0,
        "End" => count - 1,
        "ArrowDown" | "ArrowUp" => {
            let width = line_length(&buttons);
            if width == count {
                return false;
            }
            let next = if event.key() == "ArrowDown" { at.checked_add(width) } else { at.checked_sub(width) };
            next.filter(|next| *next < count).unwrap_or(at)
        }
        _ => return false,
    };
    let _ = buttons[next].focus();
    true
}

fn buttons_of(group: &Element) -> Vec<HtmlElement> {
    let Ok(found) = group.query_selector_all(":scope > button") else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// The number of buttons in the first line.
fn line_length(buttons: &[HtmlElement]) -> usize {
    let top = buttons.first().map(HtmlElement::offset_top);
    buttons.iter().take_while(|button| Some(button.offset_top()) == top).count()
}
