//! Limits how many tests run browsers at the same time: browsers are large, and too many slow each other down.

use std::sync::{Condvar, Mutex, PoisonError};

const MAX_RUNNING: usize = 2;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The permit to run browsers. Dropping it lets the next test run.
pub(crate) struct BrowserPermit(());

/// Waits for a permit.
pub(crate) fn acquire() -> BrowserPermit {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    while *taken >= MAX_RUNNING {
        taken = FREED.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    *taken += 1;
    BrowserPermit(())
}

impl Drop for BrowserPermit {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
