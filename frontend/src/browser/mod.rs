//! The browser's window and document.

mod arrows;
pub(crate) mod clock;
pub(crate) mod fragment;
pub(crate) mod http;
pub(crate) mod keyboard;

pub(crate) use arrows::move_by_arrow;
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{
    Blob, BlobPropertyBag, Document, HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlTextAreaElement,
    MediaQueryList, MouseEvent, Url, Window,
};

/// The window. The app runs only in windows.
pub(crate) fn window() -> Window {
    web_sys::window().expect("the app runs in a window")
}

/// The origin of the page's address.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The window's document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The `<html>` element, which has the language and the theme as attributes.
pub(crate) fn root() -> Option<HtmlElement> {
    document().document_element().and_then(|root| root.dyn_into().ok())
}

/// Emits an event of the window, which all modules hear.
pub(crate) fn announce(kind: &str) {
    if let Ok(event) = web_sys::Event::new(kind) {
        let _ = window().dispatch_event(&event);
    }
}

/// Whether a media query matches now.
pub(crate) fn matches_media(query: &str) -> bool {
    media(query).is_some_and(|media| media.matches())
}

/// Whether a finger is the usual pointer, so that the keyboard is on the screen.
pub(crate) fn is_touch() -> bool {
    matches_media("(hover: none) and (pointer: coarse)")
}

/// A media query, for listeners.
pub(crate) fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

/// Whether somebody probably looks at the page: it is visible, and its window has the focus.
pub(crate) fn is_looked_at() -> bool {
    let document = document();
    !document.hidden() && document.has_focus().unwrap_or(false)
}

/// A random number up to 9 × 10¹⁵, which others may guess: for names and seeds, not for secrets.
pub(crate) fn random_number() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 9e15")]
    let number = (js_sys::Math::random() * 9e15) as u64;
    number
}

/// 128 bits from the browser's cryptographic generator.
pub(crate) fn random_bytes() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let crypto = window().crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// A text in lower case. JavaScript has the Unicode tables.
pub(crate) fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// Copies a text to the clipboard.
pub(crate) fn copy(text: &str) {
    let navigator = window().navigator();
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined())
    {
        let _ = navigator.clipboard().write_text(text);
    } else {
        // The clipboard API exists in secure contexts only. This also works over plain HTTP in a local network.
        copy_selected(text);
    }
}

/// Copies a text by selecting it in a temporary field.
fn copy_selected(text: &str) -> Option<()> {
    let document = document().dyn_into::<HtmlDocument>().ok()?;
    let had_focus = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let field = document.create_element("textarea").ok()?.dyn_into::<HtmlTextAreaElement>().ok()?;
    field.set_value(text);
    // Outside of a modal dialog, nothing can be selected.
    let dialog = had_focus.as_ref().and_then(|element| element.closest("dialog").ok().flatten());
    match dialog {
        Some(dialog) => dialog.append_child(&field).ok()?,
        None => document.body()?.append_child(&field).ok()?,
    };
    field.select();
    let _ = document.exec_command("copy");
    field.remove();
    had_focus?.focus().ok()
}

/// Whether the app handles a click on a link. Clicks with a modifier key or another button are left to the
/// browser, which opens a new tab.
pub(crate) fn is_plain_click(event: &MouseEvent) -> bool {
    event.button() == 0 && !event.ctrl_key() && !event.meta_key() && !event.shift_key() && !event.alt_key()
}

/// For `mousedown`: the press leaves the focus where it is, so that a keyboard on the screen stays open.
#[expect(clippy::needless_pass_by_value, reason = "a handler gets the event itself")]
pub(crate) fn keep_focus(event: MouseEvent) {
    event.prevent_default();
}

/// Offers a text as a download.
pub(crate) fn download(name: &str, kind: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&text.into());
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let anchor = document().create_element("a").ok().and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser reads the blob asynchronously.
    gloo_timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}
