//! The Console's log: frames in both directions, and events of connections.
//!
//! The log is bounded in lines, in total bytes and in bytes of one frame. What is dropped or truncated is counted.

pub(crate) mod diff;
mod echo;
pub(crate) mod export;
pub(crate) mod filter;
mod json;
pub(crate) mod view;
pub(crate) mod window;

use std::{collections::VecDeque, rc::Rc};

use echo::Echoes;
use shared::CloseCode;

/// The maximum number of lines. Older ones are dropped.
pub(crate) const MAX_LINES: usize = 100_000;
/// The maximum number of bytes of all frames.
pub(crate) const MAX_BYTES: usize = 64 << 20;
/// The maximum number of bytes of one frame.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// The direction of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Sent,
    Received,
}

/// The content of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Text(Box<str>),
    Binary(Box<[u8]>),
}

impl Body {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    fn cut(self) -> Self {
        if self.bytes().len() <= MAX_BODY {
            return self;
        }
        match self {
            Self::Text(text) => Self::Text(text[..text.floor_char_boundary(MAX_BODY)].into()),
            Self::Binary(bytes) => Self::Binary(bytes[..MAX_BODY].into()),
        }
    }
}

/// A frame as a browser sees it: a complete message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) direction: Direction,
    /// The content, which may be truncated.
    pub(crate) body: Body,
    /// The full size in bytes.
    pub(crate) size: usize,
    /// Milliseconds since the previous frame of the same connection.
    pub(crate) gap: Option<f64>,
    /// Milliseconds since the frame was sent that this one echoes.
    pub(crate) round_trip: Option<f64>,
}

/// An event of a connection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Opening {
        url: String,
        protocols: Vec<String>,
    },
    Opened {
        protocol: String,
        extensions: String,
        took: f64,
    },
    Closed {
        code: CloseCode,
        reason: String,
        clean: bool,
        opened: bool,
        /// Whether the user closed it.
        requested: bool,
        /// Whether it was connected to this server's `/ws`, where Parlor's own close codes apply.
        to_rooms: bool,
    },
    /// The browser rejected the URL.
    Refused(String),
    /// The next attempt is scheduled, after so many milliseconds.
    Waiting {
        ms: f64,
        tries: u32,
    },
    /// There is no next attempt: the close code says that it would not help.
    Stays,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    Frame(Frame),
    Event(Event),
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Lines are numbered from 1, and keep their number when older ones are dropped.
    pub(crate) number: u64,
    /// The number of its connection, counted from 1.
    pub(crate) connection: u32,
    /// Milliseconds since the Unix epoch, with decimals.
    pub(crate) at: f64,
    pub(crate) entry: Entry,
}

impl Line {
    pub(crate) fn frame(&self) -> Option<&Frame> {
        match &self.entry {
            Entry::Frame(frame) => Some(frame),
            Entry::Event(_) => None,
        }
    }

    fn memory(&self) -> usize {
        self.frame().map_or(0, |frame| frame.body.bytes().len())
    }
}

/// Counts of everything that was recorded, also if it was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) dropped: u64,
}

/// The recorded lines.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: VecDeque<Rc<Line>>,
    /// The number of lines ever recorded.
    count: u64,
    bytes: usize,
    connection: u32,
    last_frame: Option<f64>,
    totals: Totals,
    echoes: Echoes,
}

impl Log {
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = &Rc<Line>> + DoubleEndedIterator {
        self.lines.iter()
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// The line with a number, unless it was dropped.
    pub(crate) fn line(&self, number: u64) -> Option<&Rc<Line>> {
        let first = self.lines.front()?.number;
        self.lines.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// The number of the oldest line.
    pub(crate) fn first(&self) -> u64 {
        self.lines.front().map_or(self.count + 1, |line| line.number)
    }

    /// Records a frame.
    pub(crate) fn record(&mut self, at: f64, direction: Direction, body: Body) -> Rc<Line> {
        let number = self.count + 1;
        let round_trip = match direction {
            Direction::Sent => {
                self.totals.sent += 1;
                self.echoes.sent(number, at, &body);
                None
            }
            Direction::Received => {
                self.totals.received += 1;
                self.echoes.answer(&body).map(|sent| at - sent)
            }
        };
        let gap = self.last_frame.replace(at).map(|last| at - last);
        let frame = Frame { direction, size: body.bytes().len(), body: body.cut(), gap, round_trip };
        self.push(at, Entry::Frame(frame))
    }

    /// Records an event.
    pub(crate) fn record_event(&mut self, at: f64, event: Event) -> Rc<Line> {
        if matches!(event, Event::Opening { .. }) {
            self.connection += 1;
            self.last_frame = None;
            self.echoes = Echoes::default();
        }
        self.push(at, Entry::Event(event))
    }

    /// Clears the log. Numbers continue.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        (self.bytes, self.last_frame, self.totals) = (0, None, Totals::default());
        self.echoes = Echoes::default();
    }

    fn push(&mut self, at: f64, entry: Entry) -> Rc<Line> {
        self.count += 1;
        let line = Rc::new(Line { number: self.count, connection: self.connection, at, entry });
        self.bytes += line.memory();
        self.lines.push_back(Rc::clone(&line));
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.memory();
            self.totals.dropped += 1;
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn text(text: &str) -> Body {
        Body::Text(text.into())
    }

    #[test]
    fn a_full_log_drops_the_oldest_lines_and_counts_them() {
        let mut log = Log::default();
        for number in 0..MAX_LINES + 10 {
            log.record(0.0, Direction::Received, text(&number.to_string()));
        }
        assert_eq!(log.lines().len(), MAX_LINES);
        assert_eq!(log.totals(), Totals { sent: 0, received: 100_010, dropped: 10 });
        assert_eq!(log.first(), 11);
        assert_eq!(log.line(11).unwrap().frame().unwrap().body, text("10"));
        assert!(log.line(10).is_none());
    }

    #[test]
    fn large_frames_are_truncated_and_keep_their_size() {
        let mut log = Log::default();
        let large = "é".repeat(MAX_BODY);
        for _ in 0..70 {
            log.record(0.0, Direction::Received, text(&large));
        }
        let line = Rc::clone(log.lines().next_back().unwrap());
        let frame = line.frame().unwrap();
        assert_eq!((frame.size, frame.body.bytes().len()), (2 * MAX_BODY, MAX_BODY));
        assert_eq!((log.lines().len(), log.totals().dropped), (64, 6));
    }

    #[test]
    fn gaps_and_round_trips_belong_to_one_connection() {
        let mut log = Log::default();
        let opening = || Event::Opening { url: "ws://example".into(), protocols: vec![] };
        log.record_event(0.0, opening());
        log.record(10.0, Direction::Sent, text("ping"));
        let echo = log.record(12.5, Direction::Received, text("ping"));
        assert_eq!((echo.frame().unwrap().gap, echo.frame().unwrap().round_trip), (Some(2.5), Some(2.5)));
        log.record(20.0, Direction::Sent, text("lost"));
        log.record_event(30.0, opening());
        let late = log.record(40.0, Direction::Received, text("lost"));
        assert_eq!((late.frame().unwrap().gap, late.frame().unwrap().round_trip), (None, None));
        assert_eq!(late.connection, 2);
    }
}
