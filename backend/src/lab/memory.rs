//! The memory that all connections of the lab may take together.

use std::sync::Arc;

use shared::CloseCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::close_reason::CloseReason;

/// Bytes of messages that all connections may hold together …
const TOTAL_BYTES: usize = 128 << 20;
/// … beside so many bytes that each may hold for itself.
const OWN_BYTES: usize = 1 << 16;

/// See the module documentation. A permit is a byte.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Semaphore>);

/// What one connection has of it. Dropping it gives everything back.
#[derive(Debug)]
pub struct Share {
    memory: Memory,
    permit: Option<OwnedSemaphorePermit>,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(TOTAL_BYTES)))
    }
}

impl Memory {
    /// The share of a new connection.
    pub fn share(&self) -> Share {
        Share { memory: self.clone(), permit: None }
    }
}

impl Share {
    /// Says that the connection holds `bytes` now. An error if that is too much beside what others hold.
    pub fn resize(&mut self, bytes: usize) -> Result<(), CloseReason> {
        let has = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let needs = bytes.saturating_sub(OWN_BYTES);
        if needs == 0 {
            self.permit = None;
        } else if let Some(permit) = self.permit.as_mut().filter(|_| needs < has) {
            drop(permit.split(has - needs));
        } else if needs > has {
            let more = u32::try_from(needs - has).ok();
            let more = more.and_then(|more| self.memory.0.clone().try_acquire_many_owned(more).ok());
            let more = more.ok_or_else(full)?;
            match &mut self.permit {
                Some(permit) => permit.merge(more),
                None => self.permit = Some(more),
            }
        }
        Ok(())
    }
}

fn full() -> CloseReason {
    let total = TOTAL_BYTES >> 20;
    CloseReason::Lab(
        CloseCode::TRY_LATER,
        format!("the lab's connections hold {total} MiB of messages, which is all they may: try again later"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_hold_together_is_bounded_and_comes_back() {
        let memory = Memory::default();
        let (mut one, mut other) = (memory.share(), memory.share());
        one.resize(TOTAL_BYTES - 1_000).unwrap();
        one.resize(TOTAL_BYTES).unwrap();
        assert!(matches!(other.resize(2 * OWN_BYTES + 1), Err(CloseReason::Lab(CloseCode::TRY_LATER, _))));
        // What each has for itself is not counted.
        other.resize(2 * OWN_BYTES).unwrap();
        one.resize(TOTAL_BYTES / 2).unwrap();
        other.resize(TOTAL_BYTES / 2).unwrap();
        drop(one);
        other.resize(TOTAL_BYTES).unwrap();
        other.resize(0).unwrap();
        assert_eq!(memory.0.available_permits(), TOTAL_BYTES);
    }
}
