//! How far a room was read, and what is unread in it.
//!
//! What is unread is known one by one, as far as it came while we were connected or is held in the timeline. What is
//! older than that is a number that the server told at the last welcome.

use std::collections::VecDeque;

use super::{mentions, timeline::Timeline};
use crate::{
    frames::RoomSummary,
    message::Message,
    names::{Seq, Username},
};

/// So many unread messages are known one by one; older ones are counted.
const NEWS: usize = 1_000;

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread {
    /// The last message that was read, if ever.
    seen: Option<Seq>,
    /// Messages and replies of others after it, oldest first.
    news: VecDeque<News>,
    /// How many more there are, not after this seq.
    more: u32,
    more_upto: Seq,
    /// What has come up to here is counted.
    counted: Seq,
    told: Option<Told>,
}

#[derive(Debug, Clone, Copy)]
struct News {
    seq: Seq,
    mentions: bool,
}

/// What the server said at the last welcome.
#[derive(Debug, Clone, Copy)]
struct Told {
    seen: Option<Seq>,
    head: Seq,
    count: u32,
}

impl Unread {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.news.len()).unwrap_or(u32::MAX).saturating_add(self.more)
    }

    /// How many of those that are known one by one speak to us by name.
    pub(super) fn mentioned(&self) -> u32 {
        u32::try_from(self.news.iter().filter(|news| news.mentions).count()).unwrap_or(u32::MAX)
    }

    /// The last message that was read, if ever.
    pub(super) fn seen(&self) -> Option<Seq> {
        self.seen
    }

    /// What the server has counted at a welcome.
    pub(super) fn told(&mut self, summary: Option<&RoomSummary>, is_joined: bool) {
        self.told =
            summary.map(|summary| Told { seen: summary.seen, head: summary.head, count: summary.unread });
        if !is_joined {
            self.more = self.told.map_or(0, |told| told.count);
        } else if let Some(seen) = self.told.and_then(|told| told.seen) {
            // What was missed in a room that was joined before comes by itself, or the room begins afresh.
            self.seen_upto(seen);
        }
    }

    /// The numbers of the log are others now; only what the server told at the last welcome is of these.
    pub(super) fn forget_numbers(&mut self) {
        *self = Self { told: self.told, ..Self::default() };
    }

    /// A message has come.
    pub(super) fn message(&mut self, message: &Message, me: Option<&Username>) {
        if message.seq > self.counted {
            self.counted = message.seq;
            self.news.extend(news(message, self.seen, me));
            if self.news.len() > NEWS
                && let Some(oldest) = self.news.pop_front()
            {
                self.more += 1;
                self.more_upto = oldest.seq;
            }
        }
    }

    /// The user has read so far. Returns whether that is news.
    pub(super) fn seen_upto(&mut self, seq: Seq) -> bool {
        if self.seen >= Some(seq) {
            return false;
        }
        self.seen = Some(seq);
        let read = self.news.partition_point(|news| news.seq <= seq);
        self.news.drain(..read);
        if self.more_upto <= seq {
            self.more = 0;
        }
        true
    }

    /// The room is followed from its head on, and the server sent these, its newest messages.
    pub(super) fn start(&mut self, newest: &[Message], head: Seq, me: Option<&Username>) {
        let first = newest.first().map_or(head.next(), |first| first.seq);
        let before = self.news.partition_point(|news| news.seq < first);
        self.news.truncate(before);
        self.news.extend(newest.iter().filter_map(|message| news(message, self.seen, me)));
        if let Some(told) = self.told.filter(|told| told.seen == self.seen) {
            let known = self.news.partition_point(|news| news.seq <= told.head);
            self.more = told.count.saturating_sub(u32::try_from(known).unwrap_or(u32::MAX));
        }
        (self.more_upto, self.counted) = (first.before(), head);
        // All that can be unread may be among the newest.
        if self.seen >= Some(self.more_upto) {
            self.more = 0;
        }
    }

    /// Counts in the timeline, if there is a need and it reaches from the mark to the head.
    pub(super) fn recount(&mut self, timeline: &Timeline, me: Option<&Username>) {
        let Some(seen) = self.seen else { return };
        if self.more_upto <= seen || timeline.has_newer() || !timeline.holds_after(seen) {
            return;
        }
        let after = timeline.position(seen.next()).unwrap_or_else(|at| at);
        let entries = timeline.entries().range(after..);
        self.news = entries.filter_map(|entry| news(&entry.message, self.seen, me)).collect();
        (self.more, self.more_upto) = (0, Seq::ZERO);
        self.counted = timeline.upto();
    }
}

/// A message or reply of somebody else's after a mark.
fn news(message: &Message, after: Option<Seq>, me: Option<&Username>) -> Option<News> {
    let is_news = message.is_entry() && me != Some(&message.username) && after < Some(message.seq);
    let mentions = is_news && me.is_some_and(|me| mentions(&message.text, me));
    is_news.then_some(News { seq: message.seq, mentions })
}
