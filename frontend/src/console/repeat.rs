//! Repeated sending: when sends are due.

use gloo_timers::callback::Timeout;
use js_sys::wasm_bindgen::JsValue;

use super::compose::Draft;

/// Sending pauses while more bytes than this are buffered in the browser.
pub(crate) const MAX_BUFFERED: u32 = 1 << 20;
/// The maximum time that the page is busy at once, in milliseconds.
pub(crate) const BUSY_MS: f64 = 8.0;
/// Sends that are overdue by more than this are skipped, in milliseconds: there is no burst after a sleep.
const CATCH_UP_MS: f64 = 1000.0;

/// A series of sends.
pub(crate) struct Repeat {
    pub(crate) draft: Draft,
    pub(crate) pace: Pace,
    pub(crate) timer: Option<Timeout>,
}

/// The schedule. Browsers run timers at most every four milliseconds, so several sends may be due at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pace {
    /// Milliseconds between sends; zero means as fast as the network allows.
    every: f64,
    limit: Option<u64>,
    pub(crate) done: u64,
    /// When the next send is due.
    next: f64,
}

impl Pace {
    pub(crate) fn new(every: f64, limit: Option<u64>, now: f64) -> Self {
        Self { every, limit, done: 0, next: now }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.limit.is_some_and(|limit| self.done >= limit)
    }

    pub(crate) fn is_due(&self, now: f64) -> bool {
        !self.is_finished() && self.next <= now
    }

    /// Counts a send.
    pub(crate) fn sent(&mut self, now: f64) {
        self.done += 1;
        self.next = (self.next + self.every).max(now - CATCH_UP_MS);
    }

    /// Milliseconds until the next send is due.
    pub(crate) fn wait(&self, now: f64) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let wait = (self.next - now).max(0.0).ceil() as u32;
        wait
    }
}

/// Parses the fields: the interval in milliseconds, and the number of sends.
pub(crate) fn parse(every: &str, count: &str) -> Option<(f64, Option<u64>)> {
    let empty = every.trim().is_empty();
    // The browser's parser adds nothing to the download, but takes an empty text for zero.
    let every = js_sys::Number::from(JsValue::from_str(every.trim())).value_of();
    let every = Some(every).filter(|ms| (0.0..=86_400_000.0).contains(ms) && !empty)?;
    let count = match count.trim() {
        "" => None,
        count => Some(count.parse().ok().filter(|count| *count > 0)?),
    };
    Some((every, count))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn due(pace: &mut Pace, now: f64) -> u32 {
        let mut sent = 0;
        while pace.is_due(now) {
            pace.sent(now);
            sent += 1;
        }
        sent
    }

    #[test]
    fn everything_due_is_sent_even_if_timers_are_coarse() {
        let mut pace = Pace::new(1.0, Some(20), 100.0);
        assert_eq!(due(&mut pace, 100.0), 1);
        assert_eq!(pace.wait(100.0), 1);
        assert_eq!(due(&mut pace, 104.0), 4);
        assert_eq!(due(&mut pace, 200.0), 15, "not more than the limit");
        assert!(pace.is_finished());
    }

    #[test]
    fn there_is_no_burst_after_a_sleep() {
        let mut pace = Pace::new(100.0, None, 0.0);
        assert_eq!(due(&mut pace, 0.0), 1);
        assert!(due(&mut pace, 3_600_000.0) <= 12);
    }

    #[test]
    fn the_fields_are_parsed() {
        assert_eq!(parse("1000", ""), Some((1000.0, None)));
        assert_eq!(parse(" 0 ", "50000"), Some((0.0, Some(50_000))));
        for (every, count) in [("", ""), ("-1", ""), ("NaN", ""), ("1", "0"), ("1", "x")] {
            assert_eq!(parse(every, count), None, "{every} {count}");
        }
    }
}
