//! What one transport costs, and how late and how completely it tells.

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

/// Reads an event, or a list of events, as the lab tells it. The browser's own reader is the least to download.
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
    let told = JSON::parse(json).ok()?;
    match get(&told, "events").and_then(|events| events.dyn_into::<Array>().ok()) {
        Some(events) => events.iter().map(event).collect(),
        None => Some(vec![event(told)?]),
    }
}

/// When an event arrived, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arrival {
    /// Since the beginning of the run.
    pub(crate) at: f64,
    /// Since the event was made.
    pub(crate) late: f64,
}

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u32,
    pub(crate) failures: u32,
    /// Bytes in both directions, as far as they are known.
    pub(crate) bytes: usize,
    pub(crate) doubled: u64,
    /// Each event once, in the order of arrival.
    pub(crate) arrivals: Vec<Arrival>,
    /// Numbers up to this one were told before the run.
    after: u64,
    seen: BTreeSet<u64>,
}

impl Tally {
    /// Of a run that follows the stream after a number.
    pub(crate) fn after(after: u64) -> Self {
        Self { after, ..Self::default() }
    }

    /// The newest number that is known.
    pub(crate) fn newest(&self) -> u64 {
        self.seen.last().copied().unwrap_or(self.after)
    }

    /// An event arrived at a moment of the server's clock; `at` is since the beginning of the run.
    pub(crate) fn arrived(&mut self, event: StreamEvent, at: f64, server_now: f64) {
        // Who asks without a number may be told once more what was known before.
        if event.number <= self.after {
            return;
        }
        if !self.seen.insert(event.number) {
            self.doubled += 1;
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds up to the year 9999 are below 2^53")]
        let made = event.made_at.millis() as f64;
        // The clocks are known to a millisecond or so: nothing arrives before it is made.
        self.arrivals.push(Arrival { at, late: (server_now - made).max(0.0) });
    }

    /// How many events are missing among those up to the newest.
    pub(crate) fn missed(&self) -> u64 {
        self.newest() - self.after - self.seen.len() as u64
    }

    /// How late a share of the events was at most, in milliseconds.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let mut late: Vec<f64> = self.arrivals.iter().map(|arrival| arrival.late).collect();
        late.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let rank = (share * late.len() as f64).ceil() as usize;
        late.get(rank.max(1) - 1).copied()
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
    fn events_are_read_alone_and_in_lists() {
        let numbers = |json: &str| Some(read(json)?.iter().map(|event| event.number).collect::<Vec<_>>());
        let event = r#"{"number":42,"made_at":"2026-11-21T09:30:00.000Z"}"#;
        assert_eq!(numbers(event), Some(vec![42]));
        assert_eq!(numbers(&format!(r#"{{"events":[{event},{event}]}}"#)), Some(vec![42, 42]));
        assert_eq!(numbers(r#"{"events":[]}"#), Some(vec![]));
        assert_eq!(numbers(r#"{"error":{}}"#), None);
        assert_eq!(numbers("<html>"), None);
    }

    #[test]
    fn gaps_are_missed_and_repetitions_doubled() {
        let mut tally = Tally::after(10);
        assert_eq!((tally.newest(), tally.missed()), (10, 0));
        for number in [10, 11, 13, 13, 12, 16] {
            tally.arrived(event(number), 0.0, 1_005.0);
        }
        assert_eq!((tally.newest(), tally.missed(), tally.doubled), (16, 2, 1));
        assert_eq!(tally.arrivals.len(), 4);
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
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
