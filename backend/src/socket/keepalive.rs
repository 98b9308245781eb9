//! Finds clients that are frozen or out of reach: their kernel may take bytes for a long time after they stopped.

use std::time::Duration;

use shared::limits;
use tokio::time::Instant;

/// A client that gave no sign of life for so long is pinged.
pub const PING_AFTER: Duration = Duration::from_millis(limits::HEARTBEAT_MS / 2);
/// The same for a client that is being written to. It may have stopped reading for a while, and is not closed for that: so its
/// last sign of life must not be old.
pub const PING_WHEN_BUSY: Duration = Duration::from_secs(4);
/// A client that gave no sign of life for so long, though it was pinged, is gone.
pub const DEAD_AFTER: Duration = Duration::from_secs(30);

/// Whether a client was pinged since its last sign of life.
#[derive(Debug, Default)]
pub struct Keepalive {
    pinged: Option<Ping>,
}

#[derive(Debug, Clone, Copy)]
struct Ping {
    at: Instant,
    /// When the client is given up. The time counts from the ping: the server itself may have been suspended before it.
    dead_at: Instant,
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
    /// What to do now about a client whose last sign of life was at `alive_at`. `busy`: it was written to since.
    pub fn due(&mut self, alive_at: Instant, busy: bool, now: Instant) -> Due {
        if self.pinged.is_some_and(|ping| ping.at <= alive_at) {
            self.pinged = None;
        }
        let quiet = quiet(busy);
        match self.pinged {
            Some(ping) if now >= ping.dead_at => Due::Dead,
            None if now >= alive_at + quiet => {
                self.pinged = Some(Ping { at: now, dead_at: now + DEAD_AFTER.saturating_sub(quiet) });
                Due::Ping
            }
            _ => Due::Nothing,
        }
    }

    /// When something will be due, if there is no sign of life before.
    pub fn next(&self, alive_at: Instant, busy: bool) -> Instant {
        match self.pinged {
            Some(ping) if ping.at > alive_at => ping.dead_at,
            _ => alive_at + quiet(busy),
        }
    }
}

/// The time without a sign of life before a ping.
fn quiet(busy: bool) -> Duration {
    if busy { PING_WHEN_BUSY } else { PING_AFTER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_client_is_pinged_once_and_then_given_up() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, false, after(12_499)), Due::Nothing);
        assert_eq!(keepalive.next(begin, false), after(12_500));
        assert_eq!(keepalive.due(begin, false, after(12_500)), Due::Ping);
        assert_eq!(keepalive.due(begin, false, after(29_999)), Due::Nothing);
        assert_eq!(keepalive.next(begin, false), after(30_000));
        assert_eq!(keepalive.due(begin, false, after(30_000)), Due::Dead);
    }

    #[test]
    fn an_answer_begins_it_anew() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, false, after(12_500)), Due::Ping);
        assert_eq!(keepalive.next(after(12_600), false), after(25_100));
        assert_eq!(keepalive.due(after(12_600), false, after(25_099)), Due::Nothing);
        assert_eq!(keepalive.due(after(12_600), false, after(25_100)), Due::Ping);
    }

    #[test]
    fn a_server_that_was_suspended_pings_before_it_gives_up() {
        let begin = Instant::now();
        let hour = begin + Duration::from_hours(1);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.due(begin, false, hour), Due::Ping);
        assert_eq!(keepalive.due(begin, false, hour + Duration::from_secs(17)), Due::Nothing);
        assert_eq!(keepalive.due(begin, false, hour + Duration::from_secs(18)), Due::Dead);
    }

    #[test]
    fn a_client_that_is_written_to_is_pinged_soon_so_that_it_may_stop_reading_for_25_s() {
        let begin = Instant::now();
        let after = |millis| begin + Duration::from_millis(millis);
        let mut keepalive = Keepalive::default();
        assert_eq!(keepalive.next(begin, true), after(4_000));
        assert_eq!(keepalive.due(begin, true, after(3_999)), Due::Nothing);
        assert_eq!(keepalive.due(begin, true, after(4_000)), Due::Ping);
        // The last sign of life is at most as old as the ping when the client stops.
        assert_eq!(keepalive.due(begin, true, after(4_000 + 25_000)), Due::Nothing);
        assert_eq!(keepalive.next(begin, false), after(30_000));
        assert_eq!(keepalive.due(begin, false, after(30_000)), Due::Dead);
    }
}
