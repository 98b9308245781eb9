//! The keyboard shortcuts of the page, and their list.

mod texts;

use wasm_bindgen::JsCast;
use yew::{Callback, Html, html};

use crate::{Locale, dialog::Dialog};
use texts::texts;

/// A shortcut that works wherever the focus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Ctrl or ⌘ with K.
    Switcher,
    /// `?`, outside of text fields.
    Help,
    /// `/`, outside of text fields.
    Search,
    /// Alt with an arrow: moves down by this many rooms.
    Room(isize),
    /// Closes what is open, or moves the focus to the composer.
    Escape,
    /// A character that no text field would get: it goes to the composer.
    Text,
}

impl Key {
    /// The shortcut of a key press, if any.
    pub fn of(event: &web_sys::KeyboardEvent) -> Option<Self> {
        if event.default_prevented() || event.is_composing() || event.key_code() == 229 {
            return None;
        }
        let command = event.ctrl_key() || event.meta_key();
        let key = event.key();
        match key.as_str() {
            "k" | "K" if command && !event.shift_key() && !event.alt_key() => Some(Self::Switcher),
            "ArrowUp" if event.alt_key() && !command => Some(Self::Room(-1)),
            "ArrowDown" if event.alt_key() && !command => Some(Self::Room(1)),
            "Escape" => Some(Self::Escape),
            "?" if !command && !is_typing(event) => Some(Self::Help),
            "/" if !command && !is_typing(event) => Some(Self::Search),
            " " => None,
            _ if is_character(event) && is_on_page(event) => Some(Self::Text),
            _ => None,
        }
    }
}

/// Whether a key types a character. `AltGr` is reported as Ctrl with Alt.
fn is_character(event: &web_sys::KeyboardEvent) -> bool {
    let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
    (plain || event.get_modifier_state("AltGraph")) && event.key().chars().count() == 1
}

/// Whether the focus is on the page itself or on the messages.
fn is_on_page(event: &web_sys::KeyboardEvent) -> bool {
    let target: Option<web_sys::Element> = event.target().and_then(|target| target.dyn_into().ok());
    target.is_none_or(|target| target.matches("html, body, .timeline, .timeline *").unwrap_or(false))
}

/// Whether the key press goes into a text field, also an empty one: the user may want to type `?`.
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let target: Option<web_sys::Element> = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// The list of all shortcuts.
pub fn key_help(locale: &Locale, on_close: Callback<()>) -> Html {
    let (texts, words) = (texts(locale.language), locale.words());
    let keys = [
        ("Ctrl / ⌘ + K", texts.key_switcher),
        ("Alt + ↑ / ↓", texts.key_rooms),
        ("/", texts.key_search),
        ("Shift + Tab, ↑ / ↓", texts.key_messages),
        ("Enter, ← / →", texts.key_actions),
        ("Enter", texts.key_send),
        ("↑", texts.key_edit),
        ("Esc", texts.key_escape),
        ("?", texts.key_help),
    ];
    html! {
        <Dialog title={texts.keys} close={words.close} {on_close}>
            <dl class="keys" data-testid="keys">
                { for keys.iter().map(|(key, meaning)| html! {
                    <div key={*key}><dt><kbd>{ *key }</kbd></dt><dd>{ *meaning }</dd></div>
                }) }
            </dl>
        </Dialog>
    }
}
