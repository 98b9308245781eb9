//! Short texts for numbers and frames.

use super::{
    compose::bytes,
    log::{Body, Direction, Entry, Event, Line},
    texts::Texts,
};
use crate::i18n::fill;

/// The maximum number of characters in a row.
const PREVIEW: usize = 240;
/// The maximum number of bytes in a row, for frames that are not text.
const PREVIEW_BYTES: usize = 32;

/// A number with fixed decimals. The browser's function adds nothing to the download.
pub(crate) fn fixed(number: f64, decimals: u8) -> String {
    js_sys::Number::from(number).to_fixed(decimals).map(String::from).unwrap_or_default()
}

/// A size in bytes, with a unit.
pub(crate) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let amount = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => fixed(amount / 1024.0, 1) + " KiB",
        _ => fixed(amount / 1_048_576.0, 1) + " MiB",
    }
}

/// A duration in milliseconds, with a unit.
pub(crate) fn span(ms: f64) -> String {
    match ms {
        ..10.0 => fixed(ms.max(0.0), 1) + " ms",
        ..1000.0 => fixed(ms, 0) + " ms",
        ..60_000.0 => fixed(ms / 1000.0, 2) + " s",
        _ => fixed(ms / 60_000.0, 1) + " min",
    }
}

/// The local time with milliseconds.
pub(crate) fn clock(at: f64) -> String {
    let date = js_sys::Date::new(&at.into());
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds(),
        date.get_milliseconds()
    )
}

/// An arrow for a frame's direction, or a dot for an event.
pub(crate) fn arrow(line: &Line) -> &'static str {
    match line.frame().map(|frame| frame.direction) {
        Some(Direction::Sent) => "↑",
        Some(Direction::Received) => "↓",
        None => "•",
    }
}

/// The kind of a line, in a word.
pub(crate) fn kind(line: &Line, texts: &Texts) -> &'static str {
    match line.frame().map(|frame| &frame.body) {
        Some(Body::Text(_)) => texts.text,
        Some(Body::Binary(_)) => texts.binary,
        None => texts.event,
    }
}

/// The direction of a line, in a word.
pub(crate) fn direction(line: &Line, texts: &Texts) -> &'static str {
    match line.frame().map(|frame| frame.direction) {
        Some(Direction::Sent) => texts.sent,
        Some(Direction::Received) => texts.received,
        None => texts.event,
    }
}

/// The content of a row.
pub(crate) fn preview(line: &Line, texts: &Texts) -> String {
    match &line.entry {
        Entry::Event(event) => describe(event, texts),
        Entry::Frame(frame) => match &frame.body {
            Body::Text(text) => visible(text),
            Body::Binary(bytes) => match text_of(bytes) {
                Some(text) => visible(text),
                None => bytes[..bytes.len().min(PREVIEW_BYTES)]
                    .iter()
                    .map(|byte| bytes::hex(&[*byte]))
                    .collect::<Vec<_>>()
                    .join(" "),
            },
        },
    }
}

/// The bytes as text, if they are readable.
pub(crate) fn text_of(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.chars().all(|c| !c.is_control() || c.is_whitespace()).then_some(text)
}

/// The start of a text in one line, with control characters as symbols.
fn visible(text: &str) -> String {
    text.chars()
        .take(PREVIEW)
        .map(|c| match c {
            '\n' => '⏎',
            '\u{7f}' => '␡',
            c if u32::from(c) < 0x20 => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
            c if c.is_control() => '·',
            c => c,
        })
        .collect()
}

/// An event in words.
pub(crate) fn describe(event: &Event, texts: &Texts) -> String {
    match event {
        Event::Opening { url, protocols } if protocols.is_empty() => fill(texts.event_opening, &[url]),
        Event::Opening { url, protocols } => fill(texts.event_opening_with, &[url, &protocols.join(", ")]),
        Event::Opened { protocol, took, .. } if protocol.is_empty() => {
            fill(texts.event_opened, &[&span(*took)])
        }
        Event::Opened { protocol, took, .. } => fill(texts.event_opened_with, &[&span(*took), protocol]),
        Event::Closed { opened: false, code, .. } => fill(texts.event_failed, &[&code.to_string()]),
        Event::Closed { code, reason, to_rooms, .. } => {
            let meaning = (texts.close_meaning)(*code, *to_rooms);
            let words = fill(texts.event_closed, &[&code.to_string(), meaning]);
            if reason.is_empty() {
                words
            } else {
                format!("{words} {}", fill(texts.event_reason, &[&visible(reason)]))
            }
        }
        Event::Refused(why) => fill(texts.event_refused, &[why]),
        Event::Waiting { ms, tries } => fill(texts.event_waiting, &[&span(*ms), &tries.to_string()]),
        Event::Stays => texts.event_stays.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::i18n::Language;

    #[test]
    fn numbers_are_short() {
        assert_eq!([size(0), size(1023), size(1536), size(3 << 20)], ["0 B", "1023 B", "1.5 KiB", "3.0 MiB"]);
        assert_eq!(
            [span(0.04), span(12.4), span(1234.0), span(150_000.0)],
            ["0.0 ms", "12 ms", "1.23 s", "2.5 min"]
        );
    }

    #[test]
    fn close_codes_of_parlor_are_explained_on_this_servers_ws_only() {
        for language in [Language::English, Language::Simplified, Language::Traditional] {
            let texts = super::super::texts::of(language);
            let words = |code, to_rooms| {
                let (reason, code) = ("unauthorized".to_owned(), shared::CloseCode(code));
                let closed =
                    Event::Closed { code, reason, clean: true, opened: true, requested: false, to_rooms };
                describe(&closed, texts).replacen(&code.to_string(), "", 1)
            };
            for code in 4000..=4003 {
                assert_ne!(words(code, true), words(4999, true), "{code}");
                assert_eq!(words(code, false), words(4999, false), "{code}");
            }
            assert_eq!(words(1001, false), words(1001, true));
        }
    }

    #[test]
    fn a_row_is_one_line_and_hides_no_control_character() {
        assert_eq!(visible("a\nb\tc\u{1b}[31m"), "a⏎b␉c␛[31m");
        assert_eq!(text_of("心跳检查".as_bytes()), Some("心跳检查"));
        assert_eq!(text_of(&[0, 1, 2]), None);
    }
}
