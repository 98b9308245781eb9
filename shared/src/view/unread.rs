//! The user's read mark in a room, and the unread messages.
//!
//! Unread messages are tracked individually if they came while the client was connected or are in the newest page. All that is
//! known of older ones is how many they are: the server sends that with `welcome`, and it falls as the read mark passes them.

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
    /// The unread messages up to a place, as a number. Tracked ones up to that place are among them.
    counted: Counted,
    /// Messages and replies of others after the read mark, oldest first: all those after `tracked_after`, up to `received`.
    tracked: VecDeque<UnreadMessage>,
    tracked_after: Seq,
    received: Seq,
    /// There may be more unread messages.
    is_at_least: bool,
    /// The count of the last `welcome`.
    server: Option<Counted>,
}

/// A number of messages and replies of others.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    /// They are after this one. It is behind the read mark while it is not known how many messages the mark has passed.
    after: Seq,
    /// They are at most at this one.
    upto: Seq,
    count: u32,
}

#[derive(Debug, Clone, Copy)]
struct UnreadMessage {
    seq: Seq,
    mentions: bool,
}

impl Unread {
    /// The number of unread messages.
    pub(super) fn count(&self) -> u32 {
        self.tracked_in(self.counted.upto, Seq::MAX).saturating_add(self.counted.count)
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

    /// Sets the count of a `welcome`. Of a room that this user has not read yet, the server counts nothing.
    pub(super) fn set_server_count(
        &mut self,
        summary: Option<&RoomSummary>,
        timeline: &Timeline,
        me: Option<&Username>,
    ) {
        let seen = summary.and_then(|summary| summary.seen);
        self.server = summary.zip(seen).map(|(summary, seen)| {
            // Deleted messages are not among them, and reading one that is still shown must not count as reading another.
            Counted { after: seen.max(summary.info.floor), upto: summary.head, count: summary.unread }
        });
        let (Some(server), Some(seen)) = (self.server, seen) else { return };
        self.seen_upto(seen, timeline, me);
        self.take_server_count(server);
        self.pass_loaded(timeline, me);
    }

    /// Writes the read mark and the count into a room's summary, which can say "at least" of the highest count only.
    pub(super) fn update_summary(&self, summary: &mut RoomSummary) {
        let least = if self.is_at_least { limits::UNREAD_COUNTED } else { 0 };
        // The count may still include messages that the mark has passed.
        summary.seen = self.passed().map_or(self.seen, |(after, _)| Some(after));
        summary.head = self.counted.upto.max(self.received);
        summary.unread = self.count().max(least);
    }

    fn take_server_count(&mut self, server: Counted) {
        self.counted = server;
        self.is_at_least = server.count >= limits::UNREAD_COUNTED;
        self.forget_read();
    }

    /// The room has a new epoch. Only the count of the last `welcome` belongs to it.
    pub(super) fn epoch_changed(&mut self) {
        let server = self.server;
        *self = Self { server, ..Self::default() };
        if let Some(server) = server {
            self.take_server_count(server);
        }
    }

    /// Takes in a new message.
    pub(super) fn message(&mut self, message: &Message, me: Option<&Username>) {
        if message.seq <= self.received {
            return;
        }
        self.received = message.seq;
        self.tracked.extend(tracked(message, self.seen, me));
        if self.tracked.len() > MAX_TRACKED {
            self.count_oldest();
        }
    }

    /// Turns the oldest tracked message into a number.
    fn count_oldest(&mut self) {
        let Some(oldest) = self.tracked.pop_front() else { return };
        if self.counted.upto < oldest.seq {
            self.counted.upto = oldest.seq;
            self.counted.count += 1;
        }
        self.tracked_after = oldest.seq;
    }

    /// The user has read up to this message. Returns whether the mark has moved.
    pub(super) fn seen_upto(&mut self, seq: Seq, timeline: &Timeline, me: Option<&Username>) -> bool {
        if self.seen >= Some(seq) {
            return false;
        }
        let Counted { after, count, .. } = self.counted;
        let passed = self.tracked_in(after, seq);
        // The mark that the number is counted from has moved with the read mark so far.
        let is_level = self.seen <= Some(after);
        if is_level && self.tracked_after <= after && seq <= self.received {
            self.counted = Counted { after: seq, count: count.saturating_sub(passed), ..self.counted };
        }
        self.seen = Some(seq);
        while self.tracked.front().is_some_and(|tracked| tracked.seq <= seq) {
            self.tracked.pop_front();
        }
        self.forget_read();
        self.pass_loaded(timeline, me);
        true
    }

    /// If everything that is only a number is read, there is no number.
    fn forget_read(&mut self) {
        if let Some(seen) = self.seen.filter(|seen| *seen >= self.counted.upto) {
            self.counted = Counted { after: seen, upto: seen, count: 0 };
            self.is_at_least = false;
        }
    }

    /// Subtracts the messages that the mark has passed, as far as they are loaded.
    pub(super) fn pass_loaded(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some((after, seen)) = self.passed() else { return };
        if timeline.contains_all_after(after) && after < timeline.upto() {
            let upto = seen.min(timeline.upto());
            let at = timeline.position(after.next()).unwrap_or_else(|at| at);
            let passed = timeline.entries().range(at..).map(|entry| &entry.message);
            self.pass(passed.take_while(|message| message.seq <= upto), upto, me);
        }
    }

    /// The messages that the mark has passed and that are not subtracted yet: those after the first seq, up to the second.
    pub(super) fn passed(&self) -> Option<(Seq, Seq)> {
        let Counted { after, upto, count } = self.counted;
        let seen = self.seen.filter(|seen| *seen > after && count > 0)?;
        Some((after, seen.min(upto)))
    }

    /// Subtracts those of them that are in this page, which begins after the first seq.
    pub(super) fn pass_page(&mut self, messages: &[Message], more: bool, me: Option<&Username>) {
        let Some((after, seen)) = self.passed() else { return };
        let is_passed = |message: &&Message| message.seq > after && message.seq <= seen;
        let last = messages.last().filter(|_| more).map_or(seen, |last| last.seq);
        self.pass(messages.iter().filter(is_passed), last.clamp(after, seen), me);
    }

    /// Subtracts messages: all those after the mark that the number is counted from, up to this one.
    fn pass<'m>(&mut self, messages: impl Iterator<Item = &'m Message>, upto: Seq, me: Option<&Username>) {
        let passed = messages.filter(|message| tracked(message, None, me).is_some()).count();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        self.counted.count = self.counted.count.saturating_sub(passed);
        self.counted.after = upto;
    }

    /// The room restarts at its head; `newest` are its latest messages, and `has_older` tells whether there are others.
    pub(super) fn start(&mut self, newest: &[Message], has_older: bool, head: Seq, me: Option<&Username>) {
        let before = newest.first().map_or(head, |first| first.seq.before());
        // What was tracked and is not in the page becomes a number.
        while self.tracked.front().is_some_and(|tracked| tracked.seq <= before) {
            self.count_oldest();
        }
        let known = self.counted.upto.max(self.received).max(self.seen.unwrap_or_default());
        // Messages between the last one that is known and the page are not.
        self.is_at_least |= has_older && known < before;
        self.counted.upto = self.counted.upto.max(before);
        self.tracked = newest.iter().filter_map(|message| tracked(message, self.seen, me)).collect();
        (self.tracked_after, self.received) = (before, head);
        self.forget_read();
    }

    /// Counts in the timeline, if that is needed and the timeline reaches from the mark to the head.
    pub(super) fn recount(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some(seen) = self.seen else { return };
        let is_complete = !timeline.has_newer() && timeline.contains_all_after(seen);
        // Missed messages may still be on their way.
        let is_behind = timeline.upto() < self.counted.upto.max(self.received);
        if self.counted.upto <= seen || !is_complete || is_behind {
            return;
        }
        let after = timeline.position(seen.next()).unwrap_or_else(|at| at);
        let entries = timeline.entries().range(after..);
        self.tracked = entries.filter_map(|entry| tracked(&entry.message, self.seen, me)).collect();
        (self.tracked_after, self.received) = (seen, timeline.upto());
        self.counted = Counted { after: seen, upto: seen, count: 0 };
        self.is_at_least = false;
    }

    /// All messages up to this one are deleted. Call this before the timeline drops them. If the number deleted is unknown, the
    /// count stays too high until the timeline reaches from the read mark to the head, or the next `welcome`, or all is read.
    pub(super) fn expired(&mut self, floor: Seq, timeline: &Timeline, me: Option<&Username>) {
        let Counted { after, upto, count } = self.counted;
        if floor >= upto {
            (self.counted, self.is_at_least) = (Counted { after: floor, upto: floor, count: 0 }, false);
        } else if floor > after {
            let gone = if self.tracked_after <= after {
                self.tracked_in(after, floor)
            } else if timeline.contains_all_after(after) {
                let loaded = timeline.entries().iter().map(|entry| &entry.message);
                let gone = loaded.filter(|message| (after.next()..=floor).contains(&message.seq));
                gone.filter(|message| tracked(message, None, me).is_some()).map(|_| 1).sum()
            } else {
                0
            };
            self.counted = Counted { after: floor, upto, count: count.saturating_sub(gone) };
        }
        while self.tracked.front().is_some_and(|tracked| tracked.seq <= floor) {
            self.tracked.pop_front();
        }
    }

    /// The number of tracked messages after the first seq, up to the second.
    fn tracked_in(&self, after: Seq, upto: Seq) -> u32 {
        let end = |seq| self.tracked.partition_point(|tracked| tracked.seq <= seq);
        u32::try_from(end(upto).saturating_sub(end(after))).unwrap_or(u32::MAX)
    }
}

/// An unread message or reply of another user after a mark.
fn tracked(message: &Message, after: Option<Seq>, me: Option<&Username>) -> Option<UnreadMessage> {
    let is_news = message.is_entry() && me != Some(&message.username) && after < Some(message.seq);
    let mentions = is_news && me.is_some_and(|me| mentions(&message.text, me));
    is_news.then_some(UnreadMessage { seq: message.seq, mentions })
}
