//! Completes the name after an `@`: the list of the field, which is a combobox. The focus stays in the field.

use shared::Username;
use web_sys::HtmlTextAreaElement;
use yew::{Callback, Html, KeyboardEvent, MouseEvent, classes, html};

use crate::{
    author,
    browser::{keep_focus, lower_case},
};

/// The maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 6;

/// The id of the list. There is one composer in a page.
pub(super) const LIST_ID: &str = "mention-list";

/// The list of suggestions.
pub struct Completion {
    /// The positions of the `@` and of the caret, in UTF-16 units.
    span: (u32, u32),
    names: Vec<Username>,
    at: usize,
}

/// A chosen name, and the range that it replaces.
#[derive(Debug, Clone)]
pub struct Choice {
    span: (u32, u32),
    name: Username,
}

impl Completion {
    /// The suggestions for the word before the caret, if it starts with `@`.
    pub(super) fn at_caret(
        field: &HtmlTextAreaElement,
        names: impl FnOnce() -> Vec<Username>,
    ) -> Option<Self> {
        let caret = field.selection_start().ok()??;
        if field.selection_end().ok()? != Some(caret) {
            return None;
        }
        let units: Vec<u16> = field.value().encode_utf16().take(usize::try_from(caret).ok()?).collect();
        let before = String::from_utf16_lossy(&units);
        let at = before.rfind('@')?;
        let (leading, typed) = (&before[..at], &before[at + 1..]);
        let begins_word = leading.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        if !begins_word || typed.chars().count() > 32 || typed.contains('\n') {
            return None;
        }
        let typed = lower_case(typed);
        let fits = |name: &Username| lower_case(name.as_str()).starts_with(&typed);
        let names: Vec<_> = names().into_iter().filter(fits).take(MAX_SUGGESTIONS).collect();
        // A complete name needs no suggestion.
        if names.is_empty() || names.iter().any(|name| lower_case(name.as_str()) == typed) {
            return None;
        }
        let from = u32::try_from(leading.encode_utf16().count()).ok()?;
        Some(Self { span: (from, caret), names, at: 0 })
    }

    /// Handles a key. Returns whether the list has used it.
    pub(super) fn key(&mut self, event: &KeyboardEvent) -> bool {
        let count = self.names.len();
        match event.key().as_str() {
            "ArrowDown" => self.at = (self.at + 1) % count,
            "ArrowUp" => self.at = (self.at + count - 1) % count,
            "Enter" | "Tab" if !event.shift_key() => {}
            "Escape" => {}
            _ => return false,
        }
        true
    }

    /// The selected name.
    pub(super) fn chosen(&self) -> Option<Choice> {
        Some(Choice { span: self.span, name: self.names.get(self.at)?.clone() })
    }

    /// The id of the selected option.
    pub(super) fn active_id(&self) -> String {
        option_id(self.at)
    }

    pub(super) fn show(&self, label: &'static str, on_choose: &Callback<Choice>) -> Html {
        let option = |(index, name): (usize, &Username)| {
            let choice = Choice { span: self.span, name: name.clone() };
            let on_choose = on_choose.clone();
            let onclick = move |_: MouseEvent| on_choose.emit(choice.clone());
            let chosen = index == self.at;
            html! {
                <li
                    key={name.as_str()} id={option_id(index)} role="option" aria-selected={chosen.to_string()}
                    class={classes!(chosen.then_some("chosen"))} {onclick}
                >
                    { author::badge(name) }{ author::name(name) }
                </li>
            }
        };
        html! {
            <ul
                id={LIST_ID} class="completion" role="listbox" aria-label={label} onmousedown={keep_focus}
                data-testid="completion"
            >
                { for self.names.iter().enumerate().map(option) }
            </ul>
        }
    }
}

fn option_id(index: usize) -> String {
    format!("mention-{index}")
}

impl Choice {
    /// Inserts the name into the field.
    pub(super) fn insert(&self, field: &HtmlTextAreaElement) {
        let (from, to) = self.span;
        let _ = field.set_range_text_with_start_and_end(&format!("@{} ", self.name), from, to);
        let length = u32::try_from(self.name.as_str().encode_utf16().count() + 2).unwrap_or_default();
        let caret = Some(from + length);
        let _ = field.set_selection_start(caret);
        let _ = field.set_selection_end(caret);
    }
}

/// Whether a key moves the caret within the line.
pub(super) fn is_caret_key(event: &KeyboardEvent) -> bool {
    matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End")
}
