//! Where messages may be missing, and why.

use super::RoomView;
use crate::names::{Epoch, Seq};

/// Where messages may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The messages from this seq on are complete.
    pub before: Seq,
    /// Why.
    pub cause: GapCause,
}

/// Why messages may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapCause {
    /// Too many messages have come since the connection was lost.
    Absence,
    /// Messages that this client lacks are deleted, because they were not to be kept longer.
    Expired,
    /// The room has a new epoch: its numbering has begun anew. Messages may be lost, but need not be.
    NewEpoch,
}

impl RoomView {
    /// Where messages may be missing, if anywhere.
    pub fn gap(&self) -> Option<Gap> {
        self.gap
    }

    /// Why messages may be missing right above a loaded entry. In an empty timeline, why they may be missing at all.
    pub fn gap_above(&self, index: usize) -> Option<GapCause> {
        let Gap { before, cause } = self.gap?;
        let entries = self.timeline.entries();
        let is_behind = |at: usize| entries.get(at).is_none_or(|entry| entry.message.seq >= before);
        let is_first = match index.checked_sub(1) {
            Some(above) => !is_behind(above),
            None => self.timeline.contains_all_after(before.before()),
        };
        let is_there = index < entries.len() || !self.timeline.has_newer();
        (is_first && is_there && is_behind(index)).then_some(cause)
    }

    /// Why this client lacks messages if the answer to its join, which says this epoch and this floor, does not resume.
    pub(in crate::view) fn gap_cause(&self, epoch: &Epoch, floor: Seq) -> Option<GapCause> {
        let received = if self.timeline.has_newer() { self.head } else { self.timeline.upto() };
        if !self.joined {
            None
        } else if self.epoch.as_ref() != Some(epoch) {
            Some(GapCause::NewEpoch)
        } else if floor > received {
            // The server begins anew on the same connection, too, where what comes next for a slow reader is deleted.
            Some(GapCause::Expired)
        } else {
            self.was_joined.then_some(GapCause::Absence)
        }
    }
}
