//! What a timeline drops when it has become too long. It can be loaded again.

use std::sync::Arc;

use super::Timeline;
use crate::{names::Seq, view::entry::Entry};

/// The maximum number of entries in the room that the user has entered. Above it, the far end is dropped and can be loaded
/// again.
pub const WINDOW: usize = 25_000;
/// The maximum number of entries in every other room: a few pages. The rest is loaded again when the room is entered.
pub const IDLE_WINDOW: usize = 300;
/// The maximum number of annotations of messages outside the range.
const MAX_DETACHED_ANNOTATIONS: usize = 10_000;
/// The same in a room that is not entered.
pub(super) const MAX_IDLE_DETACHED_ANNOTATIONS: usize = 1_000;
/// The maximum number of quoted messages that no loaded reply answers.
const MAX_DETACHED_QUOTES: usize = 1_000;

impl Timeline {
    /// Annotations of messages that are not loaded are kept for pages in flight, up to a limit.
    pub(super) fn evict_detached(&mut self) {
        let most = if self.is_entered { MAX_DETACHED_ANNOTATIONS } else { MAX_IDLE_DETACHED_ANNOTATIONS };
        let count = self.annotations.len() + self.reactions.len();
        if count <= self.evict_above.max(most + self.entries.len() * 4) {
            return;
        }
        self.drop_annotations(|detached| detached.len().div_ceil(2));
        // If most of them are of loaded messages, not every further one is worth a search.
        self.evict_above = self.annotations.len() + self.reactions.len() + most / 4;
    }

    /// Drops annotations of messages that are not loaded: those of the oldest, as many as `count` says.
    pub(super) fn drop_annotations(&mut self, count: fn(&[Seq]) -> usize) {
        let is_loaded = |seq: Seq| self.position(seq).is_ok() || self.quoted.get(&seq).is_some();
        let mut detached: Vec<Seq> = self.annotations.iter().map(|annotations| annotations.about).collect();
        detached.retain(|seq| !is_loaded(*seq));
        detached.truncate(count(&detached));
        let is_kept = |seq: &Seq| detached.binary_search(seq).is_err();
        self.annotations.retain(|annotations| is_kept(&annotations.about));
        self.reactions.retain(|(_, about)| is_kept(about));
        self.evict_above = 0;
    }

    pub(super) fn evict_detached_quotes(&mut self) {
        if self.quoted.len() > self.entries.len() + MAX_DETACHED_QUOTES {
            self.evict_quotes();
        }
    }

    pub(super) fn evict_quotes(&mut self) {
        let answered = |entry: &Arc<Entry>| entry.message.about.map(|about| about.seq);
        // Sorting the answered seqs would add the code of a sort.
        let mut needed = vec![false; self.quoted.len()];
        for seq in self.entries.iter().filter_map(answered) {
            if let Some(at) = self.quoted.position(&seq) {
                needed[at] = true;
            }
        }
        let mut needed = needed.into_iter();
        self.quoted.retain(|_| needed.next().unwrap_or_default());
    }

    fn window(&self) -> usize {
        if self.is_entered { WINDOW } else { IDLE_WINDOW }
    }

    pub(super) fn evict_oldest(&mut self) {
        while self.entries.len() > self.window() {
            self.entries.pop_front();
            self.has_older = true;
            self.from = self.entries.front().map_or(self.from, |entry| entry.message.seq);
        }
    }

    pub(super) fn evict_newest(&mut self) {
        while self.entries.len() > self.window() {
            self.entries.pop_back();
            self.has_newer = true;
            self.upto = self.entries.back().map_or(self.upto, |entry| entry.message.seq);
        }
    }
}
