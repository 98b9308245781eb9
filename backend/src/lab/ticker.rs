//! A stream of events that is a function of time: event `n` happens `n` times `every` after the server's start. So nothing
//! is stored.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use shared::Timestamp;
use tokio::time::Instant;

/// The most events in one answer. A client that asks for more misses the older ones.
pub const EVENTS: u64 = 100;

/// The beginning of the stream, by both clocks.
#[derive(Debug)]
pub struct Ticker {
    began: Instant,
    began_at: SystemTime,
}

impl Default for Ticker {
    fn default() -> Self {
        Self { began: Instant::now(), began_at: SystemTime::now() }
    }
}

/// Something that happened on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Events are numbered from 0.
    pub number: u64,
    made_at: Timestamp,
}

impl Ticker {
    /// The number of the newest event.
    pub fn newest(&self, every: Duration) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos() / every.as_nanos()).unwrap_or(u64::MAX)
    }

    /// When an event is made.
    pub fn due(&self, number: u64, every: Duration) -> Instant {
        self.began + span(number, every)
    }

    /// An event, which may be yet to come.
    pub fn event(&self, number: u64, every: Duration) -> Event {
        let since = self.began_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let millis = (since + span(number, every)).as_millis();
        Event { number, made_at: Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)) }
    }

    /// The events after `after`, or the newest alone.
    pub fn after(&self, after: Option<u64>, every: Duration) -> Vec<Event> {
        let newest = self.newest(every);
        let first =
            after.map_or(newest, |after| after.saturating_add(1)).max(newest.saturating_sub(EVENTS - 1));
        (first..=newest).map(|number| self.event(number, every)).collect()
    }
}

fn span(number: u64, every: Duration) -> Duration {
    Duration::from_nanos(u64::try_from(every.as_nanos()).unwrap_or(u64::MAX).saturating_mul(number))
}
