//! Filters lines by text or regular expression, direction and kind.

use std::borrow::Cow;

use js_sys::{Array, Reflect, RegExp};
use wasm_bindgen::{JsCast, JsValue};

use super::{Body, Direction, Entry, Event, Line};
use crate::console::compose::bytes;

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    /// An event of a connection.
    Event,
}

impl Kind {
    pub(crate) fn of(line: &Line) -> Self {
        match line.frame().map(|frame| &frame.body) {
            Some(Body::Text(_)) => Self::Text,
            Some(Body::Binary(_)) => Self::Binary,
            None => Self::Event,
        }
    }
}

/// The user's choices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) text: String,
    /// Whether the text is a JavaScript regular expression.
    pub(crate) regex: bool,
    pub(crate) direction: Option<Direction>,
    pub(crate) kind: Option<Kind>,
}

/// A compiled filter.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    pattern: Pattern,
    direction: Option<Direction>,
    kind: Option<Kind>,
}

#[derive(Debug, Default)]
enum Pattern {
    #[default]
    Anything,
    Text(String),
    Regex(RegExp),
}

impl Filter {
    /// Compiles the filter. The error is the browser's message about an invalid expression.
    pub(crate) fn matcher(&self) -> Result<Matcher, String> {
        let pattern = if self.text.is_empty() {
            Pattern::Anything
        } else if self.regex {
            Pattern::Regex(regex(&self.text)?)
        } else {
            Pattern::Text(self.text.to_lowercase())
        };
        Ok(Matcher { pattern, direction: self.direction, kind: self.kind })
    }
}

impl Matcher {
    pub(crate) fn takes(&self, line: &Line) -> bool {
        let direction = line.frame().map(|frame| frame.direction);
        (self.direction.is_none() || self.direction == direction)
            && self.kind.is_none_or(|kind| kind == Kind::of(line))
            && match &self.pattern {
                Pattern::Anything => true,
                Pattern::Text(text) => searchable(line).to_lowercase().contains(text),
                Pattern::Regex(regex) => regex.test(&searchable(line)),
            }
    }
}

/// The constructor of `RegExp` throws, and only `Reflect` catches that.
fn regex(pattern: &str) -> Result<RegExp, String> {
    let constructor = Reflect::get(&js_sys::global(), &JsValue::from_str("RegExp")).ok();
    let constructor = constructor.and_then(|constructor| constructor.dyn_into::<js_sys::Function>().ok());
    let Some(constructor) = constructor else { return Err(String::new()) };
    let regex = Reflect::construct(&constructor, &Array::of1(&JsValue::from_str(pattern)));
    regex.map(JsCast::unchecked_into).map_err(|error| {
        error.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| error.message().into())
    })
}

/// The searched text: readable bytes as text, other bytes as hexadecimal digits.
fn searchable(line: &Line) -> Cow<'_, str> {
    match &line.entry {
        Entry::Frame(frame) => match &frame.body {
            Body::Text(text) => Cow::Borrowed(text),
            Body::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(bytes::hex(bytes)),
            },
        },
        Entry::Event(event) => match event {
            Event::Opening { url, .. } => Cow::Borrowed(url),
            Event::Closed { code, reason, .. } => Cow::Owned(format!("{code} {reason}")),
            Event::Refused(why) => Cow::Borrowed(why),
            Event::Opened { .. } | Event::Waiting { .. } | Event::Stays => Cow::Borrowed(""),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{super::Log, *};

    fn lines() -> Vec<Rc<Line>> {
        let mut log = Log::default();
        log.record_event(0.0, Event::Opening { url: "ws://example/ws".into(), protocols: vec![] });
        log.record(1.0, Direction::Sent, Body::Text("Hello 12".into()));
        log.record(2.0, Direction::Received, Body::Text("hello 345".into()));
        log.record(3.0, Direction::Received, Body::Binary(Box::from(*b"hello bytes")));
        log.record(4.0, Direction::Received, Body::Binary(Box::from([0xde, 0xad, 0xff])));
        log.lines().cloned().collect()
    }

    fn found(filter: &Filter) -> Vec<u64> {
        let matcher = filter.matcher().unwrap();
        lines().iter().filter(|line| matcher.takes(line)).map(|line| line.number).collect()
    }

    #[test]
    fn a_text_is_found_in_any_case_and_in_readable_bytes() {
        let text = |text: &str| Filter { text: text.into(), ..Filter::default() };
        assert_eq!(found(&Filter::default()), [1, 2, 3, 4, 5]);
        assert_eq!(found(&text("HELLO")), [2, 3, 4]);
        assert_eq!(found(&text("adff")), [5]);
        assert_eq!(found(&text("example")), [1]);
    }

    #[test]
    fn regular_expressions_are_javascripts_and_errors_are_explained() {
        let regex = |text: &str| Filter { text: text.into(), regex: true, ..Filter::default() };
        assert_eq!(found(&regex(r"\d{3}$")), [3]);
        assert_eq!(found(&regex("^Hello")), [2]);
        let why = regex("(").matcher().unwrap_err();
        assert!(why.contains("Invalid regular expression"), "{why}");
    }

    #[test]
    fn direction_and_kind_narrow_the_list() {
        let received = Filter { direction: Some(Direction::Received), ..Filter::default() };
        assert_eq!(found(&received), [3, 4, 5]);
        assert_eq!(found(&Filter { kind: Some(Kind::Binary), ..received }), [4, 5]);
        assert_eq!(found(&Filter { kind: Some(Kind::Event), ..Filter::default() }), [1]);
    }
}
