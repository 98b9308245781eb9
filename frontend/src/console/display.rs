//! How a frame is displayed: as JSON, text or a hex dump.

use std::borrow::Cow;

use super::{
    compose::{bytes, json},
    format,
    log::{Body, Entry, Line, export},
};

/// The maximum number of bytes that are shown. Copies and exports are complete.
pub(super) const MAX_SHOWN: usize = 64 << 10;
/// The maximum number of bytes of a hex dump, which needs five times the space.
pub(super) const MAX_DUMPED: usize = 16 << 10;

/// How a frame is displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameDisplay {
    Json,
    Text,
    Dump,
}

/// The possible displays of a frame, the best one first.
pub(super) fn possible_displays(body: &Body) -> Vec<FrameDisplay> {
    let text = match body {
        Body::Text(text) => Some(text.as_ref()),
        Body::Binary(bytes) => format::text_of(bytes),
    };
    let begins_as_json = |text: &&str| text.trim_start().starts_with(['{', '[']);
    match text {
        Some(text) if Some(text).filter(begins_as_json).is_some_and(|text| json::check(text).is_ok()) => {
            vec![FrameDisplay::Json, FrameDisplay::Text, FrameDisplay::Dump]
        }
        Some(_) => vec![FrameDisplay::Text, FrameDisplay::Dump],
        None => vec![FrameDisplay::Dump],
    }
}

/// The displayed part of a frame.
pub(super) fn shown(body: &Body, display: FrameDisplay) -> String {
    let bytes = body.bytes();
    let text = || String::from_utf8_lossy(bytes);
    let begin = |text: Cow<'_, str>| text[..text.floor_char_boundary(MAX_SHOWN)].to_owned();
    match display {
        FrameDisplay::Json => begin(json::pretty(&text()).into()),
        FrameDisplay::Text => begin(text()),
        FrameDisplay::Dump => bytes::dump(&bytes[..bytes.len().min(MAX_DUMPED)]),
    }
}

/// The complete content, for the clipboard.
pub(super) fn complete(line: &Line, display: Option<FrameDisplay>) -> String {
    match (&line.entry, display) {
        (Entry::Frame(frame), Some(FrameDisplay::Json)) => {
            json::pretty(&String::from_utf8_lossy(frame.body.bytes()))
        }
        (Entry::Frame(frame), Some(FrameDisplay::Text)) => {
            String::from_utf8_lossy(frame.body.bytes()).into_owned()
        }
        (Entry::Frame(frame), _) => bytes::dump(frame.body.bytes()),
        (Entry::Event(_), _) => export::json_line(line),
    }
}
