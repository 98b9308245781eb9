//! How many tests may have browsers at once. Browsers are large, and too many of them starve each other.

use std::sync::{Condvar, Mutex, PoisonError};

const SEATS: usize = 2;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// A place among the tests that run. Dropping it lets the next one in.
pub(crate) struct Seat(());

/// Waits for a seat.
pub(crate) fn take() -> Seat {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    while *taken >= SEATS {
        taken = FREED.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    *taken += 1;
    Seat(())
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
