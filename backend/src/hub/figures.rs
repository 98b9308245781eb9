//! What the hub tells of itself when somebody asks.

use std::{sync::atomic::Ordering, time::Duration};

use super::{Hub, TOTAL_RING_BYTES};
use crate::clock;

/// A client that has taken no bytes for so long is a slow reader.
const SLOW: Duration = Duration::from_secs(1);

/// Numbers of the hub at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Rooms with at least one follower.
    pub rooms_followed: usize,
    /// Rooms whose followers are to be woken.
    pub rooms_to_notify: usize,
    /// Bytes in all rings.
    pub ring_bytes: usize,
    /// The most of them.
    pub ring_bytes_limit: usize,
    /// Sessions whose client has taken no bytes for a second, although some wait.
    pub slow_readers: usize,
    /// Bytes that wait for single sessions.
    pub outbound_bytes: usize,
}

impl Hub {
    /// The present numbers. It looks at every session.
    pub fn figures(&self) -> Figures {
        self.figures_at(clock::since_1970())
    }

    fn figures_at(&self, now: Duration) -> Figures {
        let (mut slow_readers, mut outbound_bytes) = (0, 0);
        for (_, session) in &*self.0.sessions.lock() {
            slow_readers += usize::from(session.outbound.is_blocked_for(SLOW, now));
            outbound_bytes += session.outbound.waiting();
        }
        Figures {
            rooms_followed: self.0.rooms.read().len(),
            rooms_to_notify: self.0.to_notify.lock().len(),
            ring_bytes: self.0.ring_bytes.load(Ordering::Relaxed),
            ring_bytes_limit: TOTAL_RING_BYTES,
            slow_readers,
            outbound_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::hub::Outbound;

    #[test]
    fn a_client_that_takes_no_bytes_is_slow_after_a_second() {
        let hub = Hub::default();
        let outbound = Arc::new(Outbound::default());
        let _registration = hub.enter(&outbound);
        outbound.put("four");
        outbound.set_blocked(1000);
        let figures = hub.figures();
        assert_eq!((figures.slow_readers, figures.outbound_bytes), (0, 1000 + 2 + 4), "a frame has a header");
        let later = clock::since_1970() + SLOW;
        assert_eq!(hub.figures_at(later).slow_readers, 1);
        outbound.set_blocked(2000);
        let figures = hub.figures_at(later);
        assert_eq!(
            (figures.slow_readers, figures.outbound_bytes),
            (1, 2006),
            "the time goes on from when it began"
        );
        outbound.set_unblocked();
        assert_eq!((hub.figures().slow_readers, hub.figures().outbound_bytes), (0, 6));
    }
}
