//! What one transport costs, and how late and how completely it tells.

use std::collections::BTreeSet;

use serde::Deserialize;
use shared::Timestamp;

/// An event of the server's stream.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct StreamEvent {
    pub(crate) number: u64,
    pub(crate) made_at: Timestamp,
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
