//! Finds clients that are frozen or out of reach: their kernel may take bytes for a long time after they stopped.

use std::time::Duration;

use shared::limits;
use tokio::time::Instant;

/// A client from which nothing came for so long is pinged.
pub const PING_AFTER: Duration = Duration::from_millis(limits::HEARTBEAT_MS / 2);
/// A client from which nothing came for so long, though it was pinged, is gone.
pub const DEAD_AFTER: Duration = Duration::from_secs(30);
/// The time for a client to answer a ping.
const ANSWER_TIME: Duration = DEAD_AFTER.saturating_sub(PING_AFTER);

/// Whether a client was pinged since it was last heard.
#[derive(Debug, Default)]
pub struct Keepalive {
    pinged_at: Option<Instant>,
}

/// What to do about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Ping it.
    Ping,
    /// Close the connection.
    Dead,
}

impl Keepalive {
    /// What to do now about a client from which a byte came last at `last_received`.
    pub fn due(&mut self, last_received: Instant, now: Instant) -> Due {
        if self.pinged_at.is_some_and(|at| at <= last_received) {
            self.pinged_at = None;
        }
        match self.pinged_at {
            // The time counts from the ping: the server itself may have been suspended before it.
            Some(at) if now >= at + ANSWER_TIME => Due::Dead,
            None if now >= last_received + PING_AFTER => {
                self.pinged_at = Some(now);
                Due::Ping
            }
            _ => Due::Nothing,
        }
    }

    /// When something will be due, if nothing comes before.
    pub fn next(&self, last_received: Instant) -> Instant {
        match self.pinged_at {
            Some(at) if at > last_received => at + ANSWER_TIME,
            _ => last_received + PING_AFTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_client_is_pinged_once_and_then_given_up() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, after(12_499)), Due::Nothing);
        assert_eq!(keepalive.next(begin), after(12_500));
        assert_eq!(keepalive.due(begin, after(12_500)), Due::Ping);
        assert_eq!(keepalive.due(begin, after(29_999)), Due::Nothing);
        assert_eq!(keepalive.next(begin), after(30_000));
        assert_eq!(keepalive.due(begin, after(30_000)), Due::Dead);
    }

    #[test]
    fn an_answer_begins_it_anew() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, after(12_500)), Due::Ping);
        assert_eq!(keepalive.next(after(12_600)), after(25_100));
        assert_eq!(keepalive.due(after(12_600), after(25_099)), Due::Nothing);
        assert_eq!(keepalive.due(after(12_600), after(25_100)), Due::Ping);
    }

    #[test]
    fn a_server_that_was_suspended_pings_before_it_gives_up() {
        let begin = Instant::now();
        let hour = begin + Duration::from_hours(1);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, hour), Due::Ping);
        assert_eq!(keepalive.due(begin, hour + Duration::from_secs(17)), Due::Nothing);
        assert_eq!(keepalive.due(begin, hour + Duration::from_secs(18)), Due::Dead);
    }
}
