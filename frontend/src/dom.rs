//! The page that the app runs in.

use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlDocument, HtmlElement, HtmlTextAreaElement, MediaQueryList, Window};

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
    media(query).is_some_and(|media| media.matches())
}

/// A media query, to be listened to.
pub(crate) fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

/// Copies a text.
pub(crate) fn copy(text: &str) {
    let navigator = window().navigator();
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined())
    {
        let _ = navigator.clipboard().write_text(text);
    } else {
        // The clipboard exists in secure contexts only; on a plain address of the local network this still works.
        copy_selected(text);
    }
}

/// Copies a text by selecting it in a field that is there for a moment.
fn copy_selected(text: &str) -> Option<()> {
    let document = document().dyn_into::<HtmlDocument>().ok()?;
    let had_focus = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let field = document.create_element("textarea").ok()?.dyn_into::<HtmlTextAreaElement>().ok()?;
    field.set_value(text);
    document.body()?.append_child(&field).ok()?;
    field.select();
    let _ = document.exec_command("copy");
    field.remove();
    had_focus?.focus().ok()
}
