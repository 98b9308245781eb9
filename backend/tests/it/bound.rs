//! The one time limit of all tests, and chance from a seed.

use std::{future::Future, time::Duration};

use tokio::time::timeout;

/// Whatever is awaited has come by then, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Awaits something that must happen; a test that waits in vain says for what.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("in vain: {what}, for {PATIENCE:?}"))
}

/// Chance that is the same in every run (`SplitMix64`).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}
