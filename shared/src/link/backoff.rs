//! The delay before the next connection attempt.

/// The upper bound of the first delay, in milliseconds. It doubles with each attempt.
const FIRST_DELAY_MS: u64 = 500;
/// The upper bound of all delays, in milliseconds.
const MAX_DELAY_MS: u64 = 30_000;
/// The number of attempts after which the delay no longer grows.
const MAX_DOUBLINGS: u32 = 6;

/// Exponential backoff with jitter, so that many clients do not reconnect at the same time.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    tries: u32,
    state: u64,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self { tries: 0, state: seed }
    }

    /// Starts again with the shortest delay. Called after a stable connection.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next delay, in milliseconds: between half of the upper bound and the bound itself.
    pub(super) fn next(&mut self) -> u64 {
        let longest = (FIRST_DELAY_MS << self.tries.min(MAX_DOUBLINGS)).min(MAX_DELAY_MS);
        self.tries = self.tries.saturating_add(1);
        longest / 2 + self.random() % (longest / 2)
    }

    /// A delay with the largest upper bound.
    pub(super) fn longest(&mut self) -> u64 {
        self.tries = self.tries.max(MAX_DOUBLINGS);
        self.next()
    }

    /// The next number of `SplitMix64` (Steele, Lea, Flood 2014).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_half_a_minute_and_are_at_least_half_of_their_bound() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            for longest in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000] {
                let wait = backoff.next();
                assert!((longest / 2..longest).contains(&wait), "{wait} of {longest}");
            }
            backoff.reset();
            assert!(backoff.next() < 500);
            assert!((15_000..30_000).contains(&backoff.longest()));
        }
    }

    #[test]
    fn clients_with_different_seeds_wait_differently() {
        let waits: std::collections::BTreeSet<u64> =
            (0..1_000).map(|seed| Backoff::new(seed).longest()).collect();
        assert!(waits.len() > 900, "only {} of 1,000 waits differ", waits.len());
    }
}
