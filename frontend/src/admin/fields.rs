//! The fields of the module's forms.

use std::rc::Rc;

use shared::{RoomName, Username};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::{
    AttrValue, Callback, Event, Html, NodeRef, TargetCast, UseStateHandle, hook, html, use_effect_with,
};

use super::{known::KnownRooms, words::texts};
use crate::{Locale, browser::is_touch, i18n::fill};

/// The text in a field.
pub(super) fn text_of(field: &NodeRef) -> String {
    field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default()
}

/// Writes a text into a field when it appears, and when the text changes. The attribute `value` would write it again at each
/// render, over what the user has written.
#[hook]
pub(super) fn use_text(field: &NodeRef, text: AttrValue) {
    use_effect_with(text, {
        let field = field.clone();
        move |text| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value(text);
            }
        }
    });
}

/// Empties a field.
pub(super) fn empty(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        field.set_value("");
    }
}

/// A username that was written into a field. The error says what is allowed.
pub(super) fn username(text: &str, locale: &Locale) -> Result<Username, String> {
    Username::parse(text.trim()).map_err(|_| texts(locale.language).bad_name.to_owned())
}

/// A room that was written into a field, with or without `#`.
pub(super) fn room(text: &str, locale: &Locale) -> Result<RoomName, String> {
    let text = text.trim().trim_start_matches('#');
    if text.is_empty() {
        return Err(texts(locale.language).no_name.to_owned());
    }
    RoomName::parse(text).map_err(|_| fill(texts(locale.language).bad_room, &[text]))
}

/// The known rooms that were written into a field.
pub(super) fn rooms(text: &str, known: &KnownRooms, locale: &Locale) -> Result<Vec<RoomName>, String> {
    let words = text.split([',', ' ', '、', '，']).filter(|word| !word.is_empty());
    words.map(|word| Ok(known.meant(room(word, locale)?))).collect()
}

/// A field with its label, and a hint below it.
pub(super) fn labelled(label: &'static str, hint: impl Into<AttrValue>, field: Html) -> Html {
    labelled_with(label, hint, None, field)
}

/// A field with its label, what is wrong with it, and a hint.
pub(super) fn labelled_with(
    label: &'static str,
    hint: impl Into<AttrValue>,
    error: Option<Rc<str>>,
    field: Html,
) -> Html {
    let hint = hint.into();
    html! {
        <label class="stack admin-field">
            <span class="label">{ label }</span>
            { field }
            if let Some(error) = error {
                <span key="error" class="error" role="alert" data-testid="field-error">{ error }</span>
            }
            if !hint.is_empty() {
                <span key="hint" class="hint">{ hint }</span>
            }
        </label>
    }
}

/// A menu. `options` are values and their names.
pub(super) fn choice<L: AsRef<str>>(
    options: &[(&'static str, L)],
    chosen: &str,
    choose: Callback<String>,
    name: &'static str,
) -> Html {
    choice_in(&NodeRef::default(), options, chosen, choose, name)
}

/// A menu whose element is needed elsewhere, or that is the first field of a dialog.
pub(super) fn choice_in<L: AsRef<str>>(
    menu: &NodeRef,
    options: &[(&'static str, L)],
    chosen: &str,
    choose: Callback<String>,
    name: &'static str,
) -> Html {
    let onchange =
        move |event: Event| choose.emit(event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <select ref={menu.clone()} class="field wide" {onchange} data-testid={name}>
            { for options.iter().map(|(value, label)| html! {
                <option key={*value} value={*value} selected={*value == chosen}>{ label.as_ref() }</option>
            }) }
        </select>
    }
}

/// A checkbox.
pub(super) fn check(label: &'static str, state: &UseStateHandle<bool>, name: &'static str) -> Html {
    let onchange = {
        let state = state.clone();
        move |event: Event| state.set(event.target_unchecked_into::<HtmlInputElement>().checked())
    };
    html! {
        <label class="check">
            <input type="checkbox" checked={**state} {onchange} data-testid={name} />
            <span>{ label }</span>
        </label>
    }
}

/// Whether the first field of a dialog gets the focus: on touch that would open the keyboard unasked.
pub(super) fn focus_first() -> bool {
    !is_touch()
}

/// Moves the focus to an element, for example because the one that had it is gone.
pub(super) fn focus(selector: &str) {
    let found = crate::browser::document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
