//! What surrounds a message in its timeline: who begins a group, where a day begins, what is on its way.

use std::sync::Arc;

use shared::{
    AboutKind, Entry, RoomView, Seq, Username,
    link::{Outgoing, Progress},
};

use crate::i18n::local_day;

/// Messages of one author that are no further apart than this stand under one header, in milliseconds.
const GROUP_MS: i64 = 5 * 60 * 1000;

/// How a row begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each may be there without the others")]
pub struct Lead {
    /// It shows its author.
    pub header: bool,
    /// A new day begins with it.
    pub day: bool,
    /// The "new" line stands above it.
    pub new: bool,
    /// Messages may be missing above it.
    pub gap: bool,
}

impl Lead {
    /// How the row of a room's entry begins, after the one above it. The "new" line stands after `line`.
    pub fn of(room: &RoomView, index: usize, line: Option<Seq>, me: Option<&Username>) -> Self {
        let entries = room.timeline().entries();
        let message = &entries[index].message;
        let above = index.checked_sub(1).map(|above| &entries[above].message);
        let day = above.is_none_or(|above| local_day(above.sent_at) != local_day(message.sent_at));
        let gap = room.gap() == Some(message.seq);
        let new = line.is_some_and(|line| is_first_new(room, index, line, me));
        let goes_on = above.is_some_and(|above| {
            (&above.username, above.authorship) == (&message.username, message.authorship)
                && (0..GROUP_MS).contains(&(message.sent_at.millis() - above.sent_at.millis()))
        });
        let reply = message.about.is_some();
        Self { header: !goes_on || day || gap || new || reply, day, new, gap }
    }
}

/// Whether the "new" line stands above an entry: it is the first one of somebody else's after the line.
fn is_first_new(room: &RoomView, index: usize, line: Seq, me: Option<&Username>) -> bool {
    let entries = room.timeline().entries();
    let is_mine = |index: usize| me == Some(&entries[index].message.username);
    if entries[index].message.seq <= line || is_mine(index) {
        return false;
    }
    let before = (0..index).rev().find(|above| !is_mine(*above) || entries[*above].message.seq <= line);
    before.is_some_and(|above| entries[above].message.seq <= line)
}

/// What was done to a message and is not yet acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Its new text.
    pub text: Option<String>,
    /// It is being deleted.
    pub deleting: bool,
    /// Reactions that are being added.
    pub reacting: Vec<String>,
    /// Reactions of ours that are being taken back.
    pub taking_back: Vec<Seq>,
}

/// What is on its way in a room, taken apart.
#[derive(Debug, Default)]
pub struct Underway {
    /// Posts that have rows of their own: messages, replies, and whatever failed.
    pub rows: Vec<Outgoing>,
    changes: Vec<Outgoing>,
}

impl Underway {
    /// Sorts what is in the outbox.
    pub fn new<'a>(pending: impl Iterator<Item = &'a Outgoing>) -> Self {
        let mut underway = Self::default();
        for outgoing in pending {
            let is_entry = outgoing.post.about.is_none_or(|about| about.kind == AboutKind::Reply);
            if is_entry || matches!(outgoing.progress, Progress::Failed(_)) {
                underway.rows.push(outgoing.clone());
            } else {
                underway.changes.push(outgoing.clone());
            }
        }
        underway
    }

    /// What is being done to an entry.
    pub fn changes_of(&self, entry: &Arc<Entry>) -> Changes {
        let mut changes = Changes::default();
        for outgoing in &self.changes {
            let Some(about) = outgoing.post.about else { continue };
            let of_entry = about.seq == entry.message.seq;
            match about.kind {
                AboutKind::Edit if of_entry => changes.text = Some(outgoing.post.text.clone()),
                AboutKind::Retraction if of_entry => changes.deleting = true,
                AboutKind::Reaction if of_entry => changes.reacting.push(outgoing.post.text.clone()),
                AboutKind::Retraction => changes.taking_back.push(about.seq),
                _ => {}
            }
        }
        changes
    }
}
