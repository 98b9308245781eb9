//! Sending again and again: how many are due by now.

use gloo_timers::callback::Timeout;
use js_sys::wasm_bindgen::JsValue;

use super::compose::Draft;

/// More bytes than this are not left waiting in the browser.
pub(crate) const MAX_BUFFERED: u32 = 1 << 20;
/// So long, in milliseconds, the page is kept busy at a time.
pub(crate) const BUSY_MS: f64 = 8.0;
/// What became due longer ago, in milliseconds, is left out: a page that slept does not burst out.
const CATCH_UP_MS: f64 = 1000.0;

/// A series of sends.
pub(crate) struct Repeat {
    pub(crate) draft: Draft,
    pub(crate) pace: Pace,
    pub(crate) timer: Option<Timeout>,
}

/// When to send. Browsers call a page's timers every four milliseconds at most, so several may be due at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pace {
    /// Milliseconds between sends; zero for as fast as the network takes them.
    every: f64,
    limit: Option<u64>,
    pub(crate) done: u64,
    /// When the next one is due.
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

    /// One was sent.
    pub(crate) fn sent(&mut self, now: f64) {
        self.done += 1;
        self.next = (self.next + self.every).max(now - CATCH_UP_MS);
    }

    /// Milliseconds until the next one is due.
    pub(crate) fn wait(&self, now: f64) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let wait = (self.next - now).max(0.0).ceil() as u32;
        wait
    }
}

/// Reads the fields: milliseconds, and after how many to stop.
pub(crate) fn parse(every: &str, count: &str) -> Option<(f64, Option<u64>)> {
    let empty = every.trim().is_empty();
    // The browser has the code for numbers already; it takes an empty text for none.
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
    fn what_is_due_is_sent_even_if_timers_are_coarse() {
        let mut pace = Pace::new(1.0, Some(20), 100.0);
        assert_eq!(due(&mut pace, 100.0), 1);
        assert_eq!(pace.wait(100.0), 1);
        assert_eq!(due(&mut pace, 104.0), 4);
        assert_eq!(due(&mut pace, 200.0), 15, "not more than was asked for");
        assert!(pace.is_finished());
    }

    #[test]
    fn a_page_that_slept_does_not_burst_out() {
        let mut pace = Pace::new(100.0, None, 0.0);
        assert_eq!(due(&mut pace, 0.0), 1);
        assert!(due(&mut pace, 3_600_000.0) <= 12);
    }

    #[test]
    fn the_fields_are_read() {
        assert_eq!(parse("1000", ""), Some((1000.0, None)));
        assert_eq!(parse(" 0 ", "50000"), Some((0.0, Some(50_000))));
        for (every, count) in [("", ""), ("-1", ""), ("NaN", ""), ("1", "0"), ("1", "x")] {
            assert_eq!(parse(every, count), None, "{every} {count}");
        }
    }
}
