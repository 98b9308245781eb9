//! The user's read mark in a room, and the unread messages.
//!
//! Unread messages are tracked individually if they came while the client was connected or are in the timeline. Older
//! ones are only a number, which the server sends with `welcome`.

use std::collections::VecDeque;

use super::{entry::mentions, timeline::Timeline};
use crate::{
    frames::RoomSummary,
    message::Message,
    names::{Seq, Username},
};

/// The maximum number of unread messages that are tracked individually; older ones are only counted.
const MAX_TRACKED: usize = 1_000;

/// A room's read mark and unread messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread {
    /// The last message that was read, if any.
    seen: Option<Seq>,
    /// Messages and replies of others after it, oldest first.
    tracked: VecDeque<UnreadMessage>,
    /// The number of unread messages that are not tracked; none is after `untracked_upto`.
    untracked: u32,
    untracked_upto: Seq,
    /// All messages up to this one are counted.
    counted: Seq,
    server: Option<ServerCount>,
}

#[derive(Debug, Clone, Copy)]
struct UnreadMessage {
    seq: Seq,
    mentions: bool,
}

/// The counts of the last `welcome`.
#[derive(Debug, Clone, Copy)]
struct ServerCount {
    seen: Option<Seq>,
    head: Seq,
    count: u32,
}

impl Unread {
    /// The number of unread messages.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.tracked.len()).unwrap_or(u32::MAX).saturating_add(self.untracked)
    }

    /// How many of the tracked ones mention this user.
    pub(super) fn mentions(&self) -> u32 {
        u32::try_from(self.tracked.iter().filter(|tracked| tracked.mentions).count()).unwrap_or(u32::MAX)
    }

    /// The last message that was read, if any.
    pub(super) fn seen(&self) -> Option<Seq> {
        self.seen
    }

    /// Sets the counts of a `welcome`.
    pub(super) fn set_server_count(&mut self, summary: Option<&RoomSummary>, is_joined: bool) {
        self.server = summary.map(|summary| ServerCount {
            seen: summary.seen,
            head: summary.head,
            count: summary.unread,
        });
        if !is_joined {
            self.untracked = self.server.map_or(0, |server| server.count);
        } else if let Some(seen) = self.server.and_then(|server| server.seen) {
            // The messages that a joined room has missed come one by one, or the room restarts.
            self.seen_upto(seen);
        }
    }

    /// The room has a new epoch. Only the counts of the last `welcome` belong to it.
    pub(super) fn epoch_changed(&mut self) {
        *self = Self { server: self.server, ..Self::default() };
    }

    /// Counts a new message.
    pub(super) fn message(&mut self, message: &Message, me: Option<&Username>) {
        if message.seq > self.counted {
            self.counted = message.seq;
            self.tracked.extend(tracked(message, self.seen, me));
            if self.tracked.len() > MAX_TRACKED
                && let Some(oldest) = self.tracked.pop_front()
            {
                self.untracked += 1;
                self.untracked_upto = oldest.seq;
            }
        }
    }

    /// The user has read up to this message. Returns whether the mark has moved.
    pub(super) fn seen_upto(&mut self, seq: Seq) -> bool {
        if self.seen >= Some(seq) {
            return false;
        }
        self.seen = Some(seq);
        let read = self.tracked.partition_point(|tracked| tracked.seq <= seq);
        self.tracked.drain(..read);
        if self.untracked_upto <= seq {
            self.untracked = 0;
        }
        true
    }

    /// The room restarts at its head; `newest` are its latest messages.
    pub(super) fn start(&mut self, newest: &[Message], head: Seq, me: Option<&Username>) {
        let first = newest.first().map_or(head.next(), |first| first.seq);
        let before = self.tracked.partition_point(|tracked| tracked.seq < first);
        self.tracked.truncate(before);
        self.tracked.extend(newest.iter().filter_map(|message| tracked(message, self.seen, me)));
        if let Some(server) = self.server.filter(|server| server.seen == self.seen) {
            let known = self.tracked.partition_point(|tracked| tracked.seq <= server.head);
            self.untracked = server.count.saturating_sub(u32::try_from(known).unwrap_or(u32::MAX));
        }
        (self.untracked_upto, self.counted) = (first.before(), head);
        // All unread messages may be among the newest ones.
        if self.seen >= Some(self.untracked_upto) {
            self.untracked = 0;
        }
    }

    /// Counts in the timeline, if that is needed and the timeline reaches from the mark to the head.
    pub(super) fn recount(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some(seen) = self.seen else { return };
        if self.untracked_upto <= seen || timeline.has_newer() || !timeline.contains_all_after(seen) {
            return;
        }
        let after = timeline.position(seen.next()).unwrap_or_else(|at| at);
        let entries = timeline.entries().range(after..);
        self.tracked = entries.filter_map(|entry| tracked(&entry.message, self.seen, me)).collect();
        (self.untracked, self.untracked_upto) = (0, Seq::ZERO);
        self.counted = timeline.upto();
    }
}

/// An unread message or reply of another user after a mark.
fn tracked(message: &Message, after: Option<Seq>, me: Option<&Username>) -> Option<UnreadMessage> {
    let is_news = message.is_entry() && me != Some(&message.username) && after < Some(message.seq);
    let mentions = is_news && me.is_some_and(|me| mentions(&message.text, me));
    is_news.then_some(UnreadMessage { seq: message.seq, mentions })
}
