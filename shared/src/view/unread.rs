//! The user's read mark in a room, and the unread messages.
//!
//! Unread messages are tracked individually if they came while the client was connected or are in the newest page. Older
//! ones are only a number: the server sends it with `welcome`, and it falls as the read mark passes messages.

use std::collections::VecDeque;

use super::{entry::mentions, timeline::Timeline};
use crate::{
    frames::RoomSummary,
    limits,
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
    /// The number of unread messages that are not tracked. Those that were missed while the connection was lost are among
    /// them until they come; no other is after `untracked_upto`.
    untracked: u32,
    untracked_upto: Seq,
    /// The mark that `untracked` is counted from: behind `seen` while it is not known how many messages that one passed.
    untracked_from: Seq,
    /// All messages up to this one have come.
    received: Seq,
    /// All messages up to this one are tracked or in `untracked`.
    counted: Seq,
    /// There may be more unread messages.
    is_at_least: bool,
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
        self.tracked_upto(Seq::MAX).saturating_add(self.untracked)
    }

    /// Whether there may be more unread messages than [`Self::count`].
    pub(super) fn is_at_least(&self) -> bool {
        self.is_at_least
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
    pub(super) fn set_server_count(
        &mut self,
        summary: Option<&RoomSummary>,
        timeline: &Timeline,
        me: Option<&Username>,
    ) {
        self.server = summary.map(|summary| ServerCount {
            seen: summary.seen,
            head: summary.head,
            count: summary.unread,
        });
        let Some(server) = self.server else { return };
        if let Some(seen) = server.seen.filter(|_| self.seen.is_some()) {
            self.seen_upto(seen, timeline, me);
        }
        self.seen = self.seen.or(server.seen);
        if self.seen == server.seen {
            self.count_from(server);
        }
    }

    /// Takes over the server's count, which is from the present mark.
    fn count_from(&mut self, ServerCount { seen, head, count }: ServerCount) {
        // Of a room that this user has not read yet, the server counts nothing.
        let Some(seen) = seen else { return };
        self.untracked = count.saturating_sub(self.tracked_upto(head));
        self.untracked_from = seen;
        self.is_at_least = count >= limits::UNREAD_COUNTED;
        self.counted = self.counted.max(head);
        if self.received == Seq::ZERO {
            self.untracked_upto = head;
        }
    }

    /// The room has a new epoch. Only the counts of the last `welcome` belong to it.
    pub(super) fn epoch_changed(&mut self) {
        let server = self.server;
        *self = Self { server, ..Self::default() };
        if let Some(server) = server {
            self.count_from(server);
        }
    }

    /// Counts a new message.
    pub(super) fn message(&mut self, message: &Message, me: Option<&Username>) {
        if message.seq <= self.received {
            return;
        }
        self.received = message.seq;
        let was_counted = message.seq <= self.counted;
        self.counted = self.counted.max(message.seq);
        let Some(unread) = tracked(message, self.seen, me) else { return };
        self.untracked = self.untracked.saturating_sub(u32::from(was_counted));
        self.tracked.push_back(unread);
        if self.tracked.len() > MAX_TRACKED
            && let Some(oldest) = self.tracked.pop_front()
        {
            self.set_untracked(self.untracked + 1);
            self.untracked_upto = oldest.seq;
        }
    }

    /// The user has read up to this message. Returns whether the mark has moved.
    pub(super) fn seen_upto(&mut self, seq: Seq, timeline: &Timeline, me: Option<&Username>) -> bool {
        if self.seen >= Some(seq) {
            return false;
        }
        self.seen = Some(seq);
        let read = self.tracked.partition_point(|tracked| tracked.seq <= seq);
        self.tracked.drain(..read);
        if self.untracked_upto <= seq {
            (self.untracked, self.untracked_from, self.is_at_least) = (0, seq, false);
        }
        self.pass_loaded(timeline, me);
        true
    }

    /// Subtracts the messages that the mark has passed, as far as they are loaded.
    pub(super) fn pass_loaded(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some((from, seen)) = self.passed() else { return };
        if timeline.contains_all_after(from) && from < timeline.upto() {
            let upto = seen.min(timeline.upto());
            let at = timeline.position(from.next()).unwrap_or_else(|at| at);
            let passed = timeline.entries().range(at..).map(|entry| &entry.message);
            self.pass(passed.take_while(|message| message.seq <= upto), me);
            self.untracked_from = upto;
        }
    }

    /// The messages that the mark has passed and that are not subtracted yet: those after the first seq, up to the second.
    pub(super) fn passed(&self) -> Option<(Seq, Seq)> {
        let seen = self.seen.filter(|seen| *seen > self.untracked_from)?;
        (self.untracked > 0).then_some((self.untracked_from, seen))
    }

    /// Subtracts those of them that are in this page, which begins after the first seq.
    pub(super) fn pass_page(&mut self, messages: &[Message], more: bool, me: Option<&Username>) {
        let Some((from, upto)) = self.passed() else { return };
        let is_passed = |message: &&Message| message.seq > from && message.seq <= upto;
        self.pass(messages.iter().filter(is_passed), me);
        let last = messages.last().filter(|_| more).map_or(upto, |last| last.seq);
        self.untracked_from = last.clamp(from, upto);
    }

    fn pass<'m>(&mut self, messages: impl Iterator<Item = &'m Message>, me: Option<&Username>) {
        let passed = messages.filter(|message| tracked(message, None, me).is_some()).count();
        self.untracked = self.untracked.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
    }

    /// The room restarts at its head; `newest` are its latest messages, and `has_older` tells whether there are others.
    pub(super) fn start(&mut self, newest: &[Message], has_older: bool, head: Seq, me: Option<&Username>) {
        let first = newest.first().map_or(head.next(), |first| first.seq);
        let is_new = |message: &&Message| message.seq > self.counted;
        let new = newest.iter().filter(is_new).filter(|message| tracked(message, self.seen, me).is_some());
        let count = self.count().saturating_add(u32::try_from(new.count()).unwrap_or(u32::MAX));
        // Messages between the last one that is counted and the page are not known.
        self.is_at_least |= has_older && first.before() > self.counted.max(self.seen.unwrap_or_default());
        self.tracked = newest.iter().filter_map(|message| tracked(message, self.seen, me)).collect();
        let untracked = count.saturating_sub(self.tracked_upto(Seq::MAX));
        self.set_untracked(untracked);
        (self.untracked_upto, self.counted, self.received) = (first.before(), head, head);
        // All unread messages may be among the newest ones.
        if self.seen >= Some(self.untracked_upto) {
            (self.untracked, self.is_at_least) = (0, false);
        }
    }

    /// Counts in the timeline, if that is needed and the timeline reaches from the mark to the head.
    pub(super) fn recount(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some(seen) = self.seen else { return };
        let is_complete = !timeline.has_newer() && timeline.contains_all_after(seen);
        // Missed messages may still be on their way.
        if self.untracked_upto <= seen || !is_complete || timeline.upto() < self.counted {
            return;
        }
        let after = timeline.position(seen.next()).unwrap_or_else(|at| at);
        let entries = timeline.entries().range(after..);
        self.tracked = entries.filter_map(|entry| tracked(&entry.message, self.seen, me)).collect();
        (self.untracked, self.untracked_from, self.untracked_upto) = (0, seen, Seq::ZERO);
        (self.counted, self.received) = (timeline.upto(), timeline.upto());
        self.is_at_least = false;
    }

    fn set_untracked(&mut self, count: u32) {
        if self.untracked == 0 {
            // What was passed was not among them.
            self.untracked_from = self.seen.unwrap_or_default();
        }
        self.untracked = count;
    }

    /// The number of tracked messages up to this one.
    fn tracked_upto(&self, seq: Seq) -> u32 {
        let count = self.tracked.partition_point(|tracked| tracked.seq <= seq);
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// An unread message or reply of another user after a mark.
fn tracked(message: &Message, after: Option<Seq>, me: Option<&Username>) -> Option<UnreadMessage> {
    let is_news = message.is_entry() && me != Some(&message.username) && after < Some(message.seq);
    let mentions = is_news && me.is_some_and(|me| mentions(&message.text, me));
    is_news.then_some(UnreadMessage { seq: message.seq, mentions })
}
