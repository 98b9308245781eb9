//! How long to wait before the next connection attempt.

/// The first wait after a lost connection is up to this, in milliseconds; it doubles from try to try.
const FIRST_MS: u64 = 500;
/// The longest wait, in milliseconds.
const LONGEST_MS: u64 = 30_000;
/// The tries after which waits are the longest.
const MANY: u32 = 6;

/// Backoff that grow from try to try, with chance in them, so that many clients do not come back at once.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    tries: u32,
    dice: u64,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self { tries: 0, dice: seed }
    }

    /// Starts again with the shortest delay. Called after a connection that lived.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next wait, in milliseconds: between half and all of a time that doubles from try to try.
    pub(super) fn next(&mut self) -> u64 {
        let longest = (FIRST_MS << self.tries.min(MANY)).min(LONGEST_MS);
        self.tries = self.tries.saturating_add(1);
        longest / 2 + self.roll() % (longest / 2)
    }

    /// One of the longest waits.
    pub(super) fn longest(&mut self) -> u64 {
        self.tries = self.tries.max(MANY);
        self.next()
    }

    /// The next number of `SplitMix64` (Steele, Lea, Flood 2014).
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_are_never_less_than_half_of_it() {
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
    fn clients_with_other_seeds_wait_for_other_times() {
        let waits: std::collections::BTreeSet<u64> =
            (0..1_000).map(|seed| Backoff::new(seed).longest()).collect();
        assert!(waits.len() > 900, "only {} of 1,000 waits differ", waits.len());
    }
}
