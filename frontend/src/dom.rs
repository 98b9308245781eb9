//! The page that the app runs in.

use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlElement, Window};

/// The window. There is always one: the app runs nowhere else.
pub(crate) fn window() -> Window {
    web_sys::window().expect("the app runs in a window")
}

/// The window's document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The `<html>` element, which carries the language and the theme.
pub(crate) fn root() -> Option<HtmlElement> {
    document().document_element().and_then(|root| root.dyn_into().ok())
}

/// Whether a media query holds now.
pub(crate) fn matches_media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|media| media.matches())
}

/// Copies a text, where the browser lets us.
pub(crate) fn copy(text: &str) {
    // The clipboard exists in secure contexts only.
    let navigator = window().navigator();
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined())
    {
        let _ = navigator.clipboard().write_text(text);
    }
}
