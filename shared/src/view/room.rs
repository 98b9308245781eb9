//! One followed room: its timeline, who is in it, and what is unread.

use std::sync::Arc;

use super::{entry::Entry, timeline::Timeline};
use crate::{
    frames::{Members, RoomSummary, Side},
    limits,
    message::Message,
    names::{Epoch, Seq, Username},
};

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub struct RoomView {
    epoch: Option<Epoch>,
    head: Seq,
    heard: Seq,
    timeline: Timeline,
    members: Members,
    typing: Vec<(Username, u64)>,
    seen: Option<Seq>,
    unread: u32,
    mentioned: u32,
    line: Option<Seq>,
    gap: Option<Seq>,
    joined: bool,
    asked: Vec<Side>,
}

/// What a reply answers, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The message.
    pub seq: Seq,
    /// Its author and text; none if it is not at hand.
    pub entry: Option<Arc<Entry>>,
}

impl RoomView {
    pub(super) fn new(summary: Option<&RoomSummary>) -> Self {
        let mut room = Self::default();
        if let Some(summary) = summary {
            room.summarized(summary);
        }
        room
    }

    /// The stretch of the log that is held.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The newest seq that is known of.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Whether the server has answered the first join.
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// Who is here.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Who is typing, but for ourselves.
    pub fn typing(&self) -> impl Iterator<Item = &Username> {
        self.typing.iter().map(|(username, _)| username)
    }

    /// Messages and replies of others that were not read.
    pub fn unread(&self) -> u32 {
        self.unread
    }

    /// How many of the unread ones, among those that came while we were connected, speak to us by name.
    pub fn mentioned(&self) -> u32 {
        self.mentioned
    }

    /// How far this user has read, if ever.
    pub fn seen(&self) -> Option<Seq> {
        self.seen
    }

    /// The "new" line stands after this message: the last one that was read when the room was entered.
    pub fn line(&self) -> Option<Seq> {
        self.line
    }

    /// There may be messages missing before this one: the server could not resume, and the timeline began afresh
    /// here.
    pub fn gap(&self) -> Option<Seq> {
        self.gap
    }

    /// Whether a page at the older end is on its way.
    pub fn is_loading_older(&self) -> bool {
        self.asked.iter().any(|side| matches!(side, Side::Before(_)))
    }

    /// Whether a page at the newer end is on its way.
    pub fn is_loading_newer(&self) -> bool {
        self.asked.iter().any(|side| matches!(side, Side::After(_)))
    }

    /// What a reply answers.
    pub fn quote(&self, reply: &Message) -> Option<Quote> {
        let seq = reply.about?.seq;
        Some(Quote { seq, entry: self.timeline.answered(seq).cloned() })
    }

    pub(super) fn summarized(&mut self, summary: &RoomSummary) {
        self.unread = summary.unread;
        self.seen = self.seen.max(summary.seen);
    }

    pub(super) fn joined(&mut self, epoch: Epoch, head: Seq, members: Members, seen: Option<Seq>) {
        if self.epoch.as_ref().is_some_and(|known| *known != epoch) {
            (self.head, self.heard, self.seen, self.unread) = (Seq::ZERO, Seq::ZERO, None, 0);
        }
        self.epoch = Some(epoch);
        self.head = self.head.max(head);
        self.members = members;
        // Whoever comes for the first time has nothing unread.
        self.seen = self.seen.max(seen).or(Some(head));
        self.asked.clear();
    }

    pub(super) fn start_afresh(
        &mut self,
        messages: Vec<Message>,
        context: Vec<Message>,
        has_older: bool,
        me: Option<&Username>,
    ) {
        self.gap = if self.joined { messages.first().map(|first| first.seq) } else { None };
        self.joined = true;
        self.heard = self.head;
        self.timeline.start(messages, context, has_older, self.head);
        self.count_unread(me);
        self.line = self.line.or(self.seen);
    }

    pub(super) fn message(&mut self, message: Message, me: Option<&Username>) {
        self.head = self.head.max(message.seq);
        let again = message.seq <= self.heard;
        self.heard = self.heard.max(message.seq);
        self.typing.retain(|(username, _)| *username != message.username);
        let of_others = me != Some(&message.username);
        if !again && message.is_entry() && of_others && self.seen < Some(message.seq) {
            self.unread += 1;
            self.mentioned += u32::from(me.is_some_and(|me| super::mentions(&message.text, me)));
        }
        self.timeline.message(message);
    }

    pub(super) fn page(&mut self, side: Side, messages: Vec<Message>, context: Vec<Message>, more: bool) {
        self.asked.retain(|asked| *asked != side);
        self.timeline.page(side, messages, context, more, self.head);
    }

    pub(super) fn presence(
        &mut self,
        count: u32,
        arrived: Vec<Username>,
        departed: &[Username],
        names: Option<Vec<Username>>,
    ) {
        self.members.count = count;
        if let Some(names) = names {
            self.members.names = names;
        }
        self.members.names.retain(|name| !departed.contains(name));
        for username in arrived {
            if !self.members.names.contains(&username) && self.members.names.len() < limits::MEMBERS_NAMED {
                self.members.names.push(username);
            }
        }
        self.typing.retain(|(username, _)| !departed.contains(username));
    }

    pub(super) fn typing_seen(&mut self, username: Username, now: u64) {
        self.typing.retain(|(other, _)| *other != username);
        self.typing.push((username, now + limits::TYPING_MS));
    }

    pub(super) fn forget_typing(&mut self, now: u64) -> bool {
        let before = self.typing.len();
        self.typing.retain(|(_, until)| *until > now);
        before != self.typing.len()
    }

    pub(crate) fn typing_ends_at(&self) -> Option<u64> {
        self.typing.iter().map(|(_, until)| *until).min()
    }

    /// The user has read so far. Returns whether that is news.
    pub(crate) fn seen_upto(&mut self, seq: Seq, me: Option<&Username>) -> bool {
        if self.seen >= Some(seq) {
            return false;
        }
        self.seen = Some(seq);
        self.count_unread(me);
        true
    }

    /// The user enters the room: the "new" line stands where reading had ended.
    pub(crate) fn enter(&mut self) {
        self.line = self.seen;
    }

    /// A page at the older end, unless there is none or it was asked for.
    pub(crate) fn want_older(&mut self) -> Option<Side> {
        let wanted = self.timeline.has_older() && !self.is_loading_older();
        wanted.then(|| self.ask(self.timeline.older_side()))
    }

    /// A page at the newer end, unless there is none or it was asked for.
    pub(crate) fn want_newer(&mut self) -> Option<Side> {
        let wanted = self.timeline.has_newer() && !self.is_loading_newer();
        wanted.then(|| self.ask(self.timeline.newer_side()))
    }

    /// The pages that show a message in its surroundings; none if it is held already.
    pub(crate) fn want_around(&mut self, seq: Seq) -> Vec<Side> {
        if self.timeline.get(seq).is_some() {
            return Vec::new();
        }
        self.timeline.start_around(seq);
        self.asked.clear();
        vec![self.ask(self.timeline.older_side()), self.ask(self.timeline.newer_side())]
    }

    /// The pages that show the newest messages; none if they are held already.
    pub(crate) fn want_latest(&mut self) -> Vec<Side> {
        if !self.timeline.has_newer() {
            return Vec::new();
        }
        self.want_around(self.head.max(Seq(1)))
    }

    /// What was asked for on a lost connection is not answered any more.
    pub(crate) fn connection_lost(&mut self) {
        self.asked.clear();
    }

    /// Whether what has this seq is shown, or will be when paged to.
    pub(crate) fn shows(&self, seq: Seq) -> bool {
        !self.joined || self.timeline.has_newer() || self.timeline.upto() >= seq
    }

    fn ask(&mut self, side: Side) -> Side {
        self.asked.push(side);
        side
    }

    /// Counts anew where the timeline reaches back to what was read; else keeps what the server and the messages
    /// since then have told.
    fn count_unread(&mut self, me: Option<&Username>) {
        let Some(seen) = self.seen else { return };
        if seen >= self.head {
            (self.unread, self.mentioned) = (0, 0);
            return;
        }
        if self.timeline.has_newer() || (self.timeline.has_older() && seen < self.timeline.from()) {
            return;
        }
        let after = self.timeline.position(seen.next()).unwrap_or_else(|at| at);
        let new = self.timeline.entries().range(after..);
        let of_others = new.filter(|entry| me != Some(&entry.message.username));
        (self.unread, self.mentioned) = (0, 0);
        for entry in of_others {
            self.unread += 1;
            self.mentioned += u32::from(me.is_some_and(|me| entry.mentions(me)));
        }
    }
}
