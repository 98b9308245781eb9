//! What the log's thread is asked, and how the asker is answered.

use std::sync::mpsc;

use shared::{Refusal, RefusalCode, limits};

use crate::store::{
    StoreError,
    entry::{CommitTimes, Entry, Outcome},
    errors::RETRY_MS,
};

/// The units of the largest entry.
#[expect(clippy::cast_possible_truncation, reason = "the limit is some KiB")]
pub(super) const LARGEST: u32 = 1 + (limits::TEXT_BYTES / 1024) as u32;

/// The log's fault while the disk is full.
pub(super) const DISK_FULL: &str = "the disk is full";

/// The queue has no room for this entry now.
#[derive(Debug)]
pub(in crate::store) struct Full(pub(in crate::store) Entry);

/// What is called with an entry's outcome: `Unknown` if it is dropped before.
pub(super) struct Reply(Option<Answer>);

/// It is told the times of the commit, too, if there was one.
type Answer = Box<dyn FnOnce(Outcome, Option<CommitTimes>) + Send>;

impl Reply {
    pub(super) fn new(reply: impl FnOnce(Outcome, Option<CommitTimes>) + Send + 'static) -> Self {
        Self(Some(Box::new(reply)))
    }

    /// Answers without a commit.
    pub(super) fn send(self, outcome: Outcome) {
        self.send_timed(outcome, None);
    }

    /// Answers after a commit with these times.
    pub(super) fn send_timed(mut self, outcome: Outcome, times: Option<CommitTimes>) {
        if let Some(reply) = self.0.take() {
            reply(outcome, times);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(reply) = self.0.take() {
            reply(Outcome::UNKNOWN, None);
        }
    }
}

pub(super) enum Command {
    Propose {
        entry: Entry,
        units: u32,
        reply: Reply,
    },
    IndexAll {
        reply: mpsc::Sender<Result<(), StoreError>>,
    },
    /// There is something to do when there is time.
    Wake,
    /// What was deleted is to leave the write-ahead log, too.
    Scrub,
    Close,
    /// The database cannot grow any more, until it is opened again.
    #[cfg(test)]
    FillDisk,
}

impl Command {
    /// Answers what cannot be done now and was not tried. `why`: the log's fault, if that is known.
    pub(super) fn refuse(self, why: Option<&str>) {
        match self {
            Self::Propose { entry, reply, .. } => reply.send(Outcome::Refused(unavailable(&entry, why))),
            Self::IndexAll { reply } => drop(reply.send(Err(StoreError::closed()))),
            _ => {}
        }
    }
}

/// What an entry takes of the queue.
pub(super) fn units(entry: &Entry) -> u32 {
    let text = match entry {
        Entry::Post { post, .. } => post.text.len().min(limits::TEXT_BYTES),
        _ => 0,
    };
    1 + u32::try_from(text / 1024).unwrap_or(u32::MAX)
}

/// The refusal of an entry that the log cannot take now.
pub(super) fn unavailable(entry: &Entry, why: Option<&str>) -> Refusal {
    // Who runs the server hears of it from those who cannot post.
    let what = if why == Some(DISK_FULL) {
        "the server's disk is full, and nothing can be stored"
    } else {
        "the log cannot be written now"
    };
    let refusal = |then: &str| Refusal {
        retry_after_ms: Some(RETRY_MS),
        ..Refusal::new(RefusalCode::Unavailable, format!("{what}; {then}"))
    };
    match entry {
        Entry::Post { post, .. } => Refusal {
            id: Some(post.id.clone()),
            room: Some(post.room.clone()),
            ..refusal("post again with the same id")
        },
        _ => refusal("try again"),
    }
}
