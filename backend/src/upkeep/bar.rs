//! Progress, for who looks on.

use crate::store::upkeep::Progress;

/// Shows how far the work is.
#[derive(Default)]
pub(super) struct Bar;

impl Bar {
    /// Takes note of progress.
    pub(super) fn show(&mut self, progress: Progress) {
        let _ = progress;
    }
}
