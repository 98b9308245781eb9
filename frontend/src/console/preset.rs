//! This server's addresses, each with a sample message.

use web_sys::Url;

use super::compose::{Draft, Format};

/// A server to try.
pub(crate) struct Preset {
    pub(crate) path: &'static str,
    /// The sample message.
    format: Format,
    text: &'static str,
}

const fn preset(path: &'static str, format: Format, text: &'static str) -> Preset {
    Preset { path, format, text }
}

/// All presets, in the order of the menu. `docs/lab.md` describes them.
pub(crate) const PRESETS: [Preset; 11] = [
    preset("/ws", Format::Text, "hello {{n}}"),
    preset("/ws?v=1", Format::Json, r#"{"type":"hello","username":"guest-{{random}}"}"#),
    preset("/lab/echo", Format::Text, "hello {{n}}"),
    preset("/lab/clock?every=1s", Format::Text, "what time is it?"),
    preset("/lab/number", Format::Json, r#"{"Num": {{n}}}"#),
    preset("/lab/worker", Format::Text, "task {{n}}"),
    preset("/lab/broadcast", Format::Json, r#"{"username":"ann","text":"hi, it is {{now}}"}"#),
    preset("/lab/ws?every=1s", Format::Text, ""),
    preset("/lab/fragments", Format::Text, "hello in pieces"),
    preset("/lab/close?code=4001&reason=bye", Format::Text, ""),
    preset("/lab/slow?delay=2s", Format::Text, "hello {{n}}"),
];

impl Preset {
    pub(crate) fn draft(&self) -> Draft {
        Draft { format: self.format, text: self.text.to_owned() }
    }
}

/// Whether an address is this server's `/ws`, with any parameters.
pub(crate) fn is_rooms(address: &str) -> bool {
    let location = crate::browser::window().location();
    Url::new_with_base(address, &location.href().unwrap_or_default())
        .is_ok_and(|url| url.pathname() == "/ws" && location.host().is_ok_and(|host| host == url.host()))
}

/// The URL of a path on this server.
pub(crate) fn url(path: &str) -> String {
    let location = crate::browser::window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}{path}", location.host().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn only_this_servers_ws_is_recognized() {
        for path in ["/ws", "/ws?v=1", "/ws?room=lobby#x"] {
            assert!(is_rooms(&url(path)), "{path}");
        }
        for address in [url("/lab/echo"), url("/wss"), "wss://example.com/ws".to_owned(), "ws://".to_owned()]
        {
            assert!(!is_rooms(&address), "{address}");
        }
    }
}
