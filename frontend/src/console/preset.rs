//! The addresses of this server, each with something to say to it.

use super::compose::{Draft, Format};

/// A server to try.
pub(crate) struct Preset {
    pub(crate) path: &'static str,
    /// What could be said to it.
    format: Format,
    text: &'static str,
}

const fn preset(path: &'static str, format: Format, text: &'static str) -> Preset {
    Preset { path, format, text }
}

/// All of them, as they are offered. `docs/lab.md` tells what they do.
pub(crate) const PRESETS: [Preset; 8] = [
    preset("/ws", Format::Text, "hello {{n}}"),
    preset("/ws?v=1", Format::Json, r#"{"type":"hello","username":"guest-{{random}}"}"#),
    preset("/lab/echo", Format::Text, "hello {{n}}"),
    preset("/lab/clock?every=1s", Format::Text, "what time is it?"),
    preset("/lab/number", Format::Json, r#"{"Num": {{n}}}"#),
    preset("/lab/worker", Format::Text, "task {{n}}"),
    preset("/lab/broadcast", Format::Json, r#"{"username":"ann","text":"hi, it is {{now}}"}"#),
    preset("/lab/ws?every=1s", Format::Text, ""),
];

impl Preset {
    pub(crate) fn draft(&self) -> Draft {
        Draft { format: self.format, text: self.text.to_owned() }
    }
}

/// The address of a path on the page's own server.
pub(crate) fn url(path: &str) -> String {
    let location = crate::dom::window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}{path}", location.host().unwrap_or_default())
}
