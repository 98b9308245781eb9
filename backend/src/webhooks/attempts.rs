//! When a failed call is tried again, and when a webhook is given up. It has no clock: the time comes as an argument.

use std::time::Duration;

use shared::Timestamp;

/// The delay before the second attempt, at most. It doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(2);
/// The longest delay, also where the receiver asks for a longer one.
const MAX_DELAY: Duration = Duration::from_mins(15);
/// A webhook that has failed for so long is switched off.
const PATIENCE: Duration = Duration::from_hours(24);
/// … after so many attempts of this run at least: while the server was stopped, nothing was tried.
const LEAST_TRIES: u32 = 5;

/// The failed attempts since the last call that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Attempts {
    since: Option<Timestamp>,
    tries: u32,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another attempt after this time.
    Retry(Duration),
    /// The webhook is switched off.
    GiveUp,
}

impl Attempts {
    /// Calls fail since then, by the store. Nothing was tried in this run yet.
    pub(super) fn failing_since(since: Option<Timestamp>) -> Self {
        Self { since, tries: 0 }
    }

    /// Since when calls fail. `None`: they do not.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// A call was answered.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// An attempt failed at `now`. `asked` is the delay that the receiver asked for. `chance` is any number: it spreads
    /// the attempts of many webhooks.
    pub(super) fn failed(&mut self, now: Timestamp, asked: Option<Duration>, chance: u64) -> Next {
        let since = *self.since.get_or_insert(now);
        self.tries = self.tries.saturating_add(1);
        let failing_ms = u64::try_from(now.millis() - since.millis()).unwrap_or(0);
        if self.tries >= LEAST_TRIES && Duration::from_millis(failing_ms) >= PATIENCE {
            return Next::GiveUp;
        }
        let delay = delay(self.tries, chance);
        Next::Retry(asked.map_or(delay, |asked| delay.max(asked.min(MAX_DELAY))))
    }
}

/// The delay after so many failed attempts: between half of its bound and the bound.
fn delay(tries: u32, chance: u64) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let bound = (FIRST_DELAY * (1 << doublings)).min(MAX_DELAY);
    let half = u64::try_from(bound.as_millis() / 2).expect("a delay of minutes fits");
    Duration::from_millis(half + chance % (half + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(i64::try_from(seconds).unwrap() * 1000)
    }

    #[test]
    fn delays_double_from_a_second_to_a_quarter_of_an_hour() {
        let bounds = [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900].map(Duration::from_secs);
        for chance in [0, 1, 999, 12_345_678, u64::MAX] {
            let mut attempts = Attempts::default();
            for bound in bounds {
                let Next::Retry(delay) = attempts.failed(at(1), None, chance) else { panic!("gave up") };
                assert!((bound / 2..=bound).contains(&delay), "{delay:?} of {bound:?}");
            }
            attempts.succeeded();
            assert!(matches!(attempts.failed(at(1), None, chance), Next::Retry(delay) if delay <= bounds[0]));
        }
        assert_ne!(delay(3, 0), delay(3, 1000));
        assert_eq!(delay(u32::MAX, 0), MAX_DELAY / 2);
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_delay_within_bounds() {
        let asks = |seconds| Attempts::default().failed(at(1), Some(Duration::from_secs(seconds)), 0);
        assert_eq!(asks(60), Next::Retry(Duration::from_mins(1)));
        assert_eq!(asks(0), Next::Retry(Duration::from_secs(1)));
        assert_eq!(asks(u64::MAX), Next::Retry(MAX_DELAY));
    }

    #[test]
    fn a_webhook_is_given_up_after_a_day_of_failed_calls() {
        let mut attempts = Attempts::default();
        for hour in 0..24 {
            assert!(matches!(attempts.failed(at(hour * 3600), None, 0), Next::Retry(_)), "hour {hour}");
            assert_eq!(attempts.since(), Some(at(0)));
        }
        let mut recovered = attempts.clone();
        assert_eq!(attempts.failed(at(24 * 3600), None, 0), Next::GiveUp);
        recovered.succeeded();
        assert_eq!(recovered.since(), None);
        assert!(matches!(recovered.failed(at(24 * 3600), None, 0), Next::Retry(_)));
    }

    #[test]
    fn the_time_in_which_the_server_was_stopped_does_not_end_a_webhook_by_itself() {
        let mut attempts = Attempts::failing_since(Some(at(0)));
        for _ in 1..LEAST_TRIES {
            assert!(matches!(attempts.failed(at(1_000_000), None, 0), Next::Retry(_)));
        }
        assert_eq!(attempts.failed(at(1_000_000), None, 0), Next::GiveUp);
    }

    #[test]
    fn a_clock_that_was_set_back_gives_nothing_up() {
        let mut attempts = Attempts::failing_since(Some(at(1_000_000)));
        for _ in 0..10 {
            assert!(matches!(attempts.failed(at(1), None, 0), Next::Retry(_)));
        }
    }
}
