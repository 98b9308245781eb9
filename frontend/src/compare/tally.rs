//! The results of a transport: its cost, its delays, and whether events were missed.

use std::collections::BTreeSet;

use js_sys::{
    Array, JSON, Reflect,
    wasm_bindgen::{JsCast, JsValue},
};
use shared::Timestamp;

/// An event of the server's stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamEvent {
    pub(crate) number: u64,
    pub(crate) made_at: Timestamp,
}

/// Parses an event, or a list of events. The browser's own JSON parser adds nothing to the download.
pub(crate) fn read(json: &str) -> Option<Vec<StreamEvent>> {
    let get = |value: &JsValue, name: &str| Reflect::get(value, &JsValue::from_str(name)).ok();
    let event = |value: JsValue| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the server counts from 0"
        )]
        let number = get(&value, "number")?.as_f64()? as u64;
        let made_at = get(&value, "made_at")?.as_string()?.parse().ok()?;
        Some(StreamEvent { number, made_at })
    };
    let known = JSON::parse(json).ok()?;
    match get(&known, "events").and_then(|events| events.dyn_into::<Array>().ok()) {
        Some(events) => events.iter().map(event).collect(),
        None => Some(vec![event(known)?]),
    }
}

/// The arrival of an event, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arrival {
    /// Since the start of the run.
    pub(crate) at: f64,
    /// Since the server made the event.
    pub(crate) delay: f64,
}

/// The counts and delays of a transport.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u32,
    pub(crate) failures: u32,
    /// Bytes in both directions, as far as they are known.
    pub(crate) bytes: usize,
    pub(crate) duplicated: u64,
    /// Each event once, in the order of arrival.
    pub(crate) arrivals: Vec<Arrival>,
    /// Events up to this number are older than the run.
    after: u64,
    seen: BTreeSet<u64>,
}

impl Tally {
    /// For a run that starts after this number.
    pub(crate) fn after(after: u64) -> Self {
        Self { after, ..Self::default() }
    }

    /// The newest number that is known.
    pub(crate) fn newest(&self) -> u64 {
        self.seen.last().copied().unwrap_or(self.after)
    }

    /// An event has arrived. `server_now` is the server's time, `at` the time since the start of the run.
    pub(crate) fn arrived(&mut self, event: StreamEvent, at: f64, server_now: f64) {
        // A request without a number may return events that were known before.
        if event.number <= self.after {
            return;
        }
        if !self.seen.insert(event.number) {
            self.duplicated += 1;
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds up to the year 9999 are below 2^53")]
        let made = event.made_at.millis() as f64;
        // The clocks are synchronized to about a millisecond: no delay is negative.
        self.arrivals.push(Arrival { at, delay: (server_now - made).max(0.0) });
    }

    /// The number of missing events, up to the newest one.
    pub(crate) fn missed(&self) -> u64 {
        self.newest() - self.after - self.seen.len() as u64
    }

    /// The delay that this share of the events did not exceed, in milliseconds.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let mut delay: Vec<f64> = self.arrivals.iter().map(|arrival| arrival.delay).collect();
        delay.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let rank = (share * delay.len() as f64).ceil() as usize;
        delay.get(rank.max(1) - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn event(number: u64) -> StreamEvent {
        StreamEvent { number, made_at: Timestamp::from_millis(1_000) }
    }

    #[test]
    fn single_events_and_lists_are_parsed() {
        let numbers = |json: &str| Some(read(json)?.iter().map(|event| event.number).collect::<Vec<_>>());
        let event = r#"{"number":42,"made_at":"2026-11-21T09:30:00.000Z"}"#;
        assert_eq!(numbers(event), Some(vec![42]));
        assert_eq!(numbers(&format!(r#"{{"events":[{event},{event}]}}"#)), Some(vec![42, 42]));
        assert_eq!(numbers(r#"{"events":[]}"#), Some(vec![]));
        assert_eq!(numbers(r#"{"error":{}}"#), None);
        assert_eq!(numbers("<html>"), None);
    }

    #[test]
    fn gaps_count_as_missed_and_repetitions_as_duplicates() {
        let mut tally = Tally::after(10);
        assert_eq!((tally.newest(), tally.missed()), (10, 0));
        for number in [10, 11, 13, 13, 12, 16] {
            tally.arrived(event(number), 0.0, 1_005.0);
        }
        assert_eq!((tally.newest(), tally.missed(), tally.duplicated), (16, 2, 1));
        assert_eq!(tally.arrivals.len(), 4);
    }

    #[test]
    fn quantiles_are_measured_values() {
        let mut tally = Tally::after(0);
        assert_eq!(tally.quantile(0.5), None);
        for number in 1..=100_u32 {
            tally.arrived(event(u64::from(number)), 0.0, 1_000.0 + f64::from(number));
        }
        assert_eq!((tally.quantile(0.5), tally.quantile(0.99)), (Some(50.0), Some(99.0)));
        tally.arrived(event(101), 0.0, 500.0);
        assert_eq!(tally.quantile(0.001), Some(0.0), "never before it was made");
    }
}
