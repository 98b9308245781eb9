//! One followed room: its timeline, who is in it, and what is unread.

use std::sync::Arc;

use super::{entry::Entry, timeline::Timeline, unread::Unread};
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
    timeline: Timeline,
    members: Members,
    typing: Vec<(Username, u64)>,
    unread: Unread,
    line: Option<Seq>,
    gap: Option<Seq>,
    joined: bool,
    /// It was joined on a connection that was lost: what was missed since then should come.
    lost: bool,
    asked: Vec<Side>,
    /// The message that was asked for because a reply answers it.
    asked_quote: Option<Seq>,
    jump: Option<Seq>,
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
            room.unread.told(Some(summary), false);
        }
        room
    }

    /// The stretch of the log that is held.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The epoch of the room's numbers, once the server has told it.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.epoch.as_ref()
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
        self.unread.count()
    }

    /// How many of the unread ones, among those that came while we were connected, speak to us by name.
    pub fn mentioned(&self) -> u32 {
        self.unread.mentioned()
    }

    /// How far this user has read, if ever.
    pub fn seen(&self) -> Option<Seq> {
        self.unread.seen()
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

    /// What the server told of the room at a welcome, if it did.
    pub(super) fn summarized(&mut self, summary: Option<&RoomSummary>, me: Option<&Username>) {
        self.unread.told(summary, self.joined);
        if self.joined {
            self.unread.recount(&self.timeline, me);
        }
    }

    /// Another user looks at this now: what was read was read by somebody else.
    pub(super) fn forget_reader(&mut self) {
        self.unread = Unread::default();
        self.line = None;
    }

    pub(super) fn joined(&mut self, epoch: Epoch, head: Seq, members: Members, seen: Option<Seq>) {
        if self.epoch.as_ref() != Some(&epoch) {
            // Numbers of another epoch mean nothing any more.
            (self.head, self.line, self.timeline) = (Seq::ZERO, None, Timeline::default());
            self.unread.forget_numbers();
            self.asked.clear();
        }
        self.epoch = Some(epoch);
        self.head = self.head.max(head);
        self.members = members;
        // Whoever comes for the first time has nothing unread.
        if let Some(seen) = seen.or(if self.seen().is_none() { Some(head) } else { None }) {
            self.unread.seen_upto(seen);
        }
    }

    /// What was missed follows as messages.
    pub(super) fn resumed(&mut self) {
        self.lost = false;
    }

    /// The server could not resume, or was not asked to: it sent its latest page.
    pub(super) fn start_afresh(
        &mut self,
        messages: Vec<Message>,
        context: Vec<Message>,
        has_older: bool,
        me: Option<&Username>,
    ) {
        // Even a stretch of older messages is given up: what was said of it meanwhile is not known.
        let gapes = std::mem::take(&mut self.lost);
        self.gap = if gapes { messages.first().map(|first| first.seq) } else { None };
        self.joined = true;
        self.unread.start(&messages, self.head, me);
        self.timeline.start(messages, context, has_older, self.head);
        self.unread.recount(&self.timeline, me);
        self.line = self.line.or(self.seen());
    }

    /// A message has come. What comes before the answer to a join is of an earlier one, and is in that answer.
    pub(super) fn message(&mut self, message: Message, me: Option<&Username>) {
        if !self.joined {
            return;
        }
        self.head = self.head.max(message.seq);
        self.typing.retain(|(username, _)| *username != message.username);
        self.unread.message(&message, me);
        self.timeline.message(message);
    }

    pub(super) fn page(
        &mut self,
        side: Side,
        messages: Vec<Message>,
        context: Vec<Message>,
        more: bool,
        me: Option<&Username>,
    ) {
        self.asked.retain(|asked| *asked != side);
        if self.asked_quote.is_some_and(|seq| side == quote_side(seq)) {
            self.asked_quote = None;
            self.timeline.quote(messages, context);
        } else if self.timeline.page(side, messages, context, more, self.head) {
            self.head = self.head.max(self.timeline.upto());
            self.unread.recount(&self.timeline, me);
        }
    }

    /// Something about this room was refused: a page that was asked for may not come.
    pub(super) fn refused(&mut self) {
        self.asked.clear();
        self.asked_quote = None;
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
        let is_news = self.unread.seen_upto(seq);
        if is_news && self.joined {
            self.unread.recount(&self.timeline, me);
        }
        is_news
    }

    /// The user enters the room: the "new" line stands where reading had ended.
    pub(crate) fn enter(&mut self) {
        self.line = self.seen();
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

    /// The page with what a reply answers, if the reply is shown and its quote is not at hand. One at a time: whoever
    /// replies to very many old messages must not make every reader ask for all of them.
    pub(crate) fn want_quote(&mut self, reply: Seq, answered: Seq) -> Option<Side> {
        let is_missing = self.timeline.get(reply).is_some() && self.timeline.answered(answered).is_none();
        if !is_missing || self.asked_quote.is_some() {
            return None;
        }
        self.asked_quote = Some(answered);
        Some(quote_side(answered))
    }

    /// The pages that show a message in its surroundings; none if it is held already.
    pub(crate) fn want_around(&mut self, seq: Seq) -> Vec<Side> {
        self.jump = None;
        if self.timeline.holds(seq) {
            return Vec::new();
        }
        // What is beyond the head is not held, whatever a permalink says.
        self.timeline.start_around(seq.min(self.head));
        self.asked.clear();
        vec![self.ask(self.timeline.older_side()), self.ask(self.timeline.newer_side())]
    }

    /// The pages that show the newest messages; none if they are held already.
    pub(crate) fn want_latest(&mut self) -> Vec<Side> {
        self.jump = None;
        if self.timeline.holds(self.head) {
            return self.want_newer().into_iter().collect();
        }
        if self.timeline.has_newer() { self.want_around(self.head) } else { Vec::new() }
    }

    /// The message is to be shown once the room is joined.
    pub(crate) fn jump_later(&mut self, seq: Seq) {
        self.jump = (!self.timeline.holds(seq)).then_some(seq);
    }

    /// The message that was to be shown.
    pub(crate) fn take_jump(&mut self) -> Option<Seq> {
        self.jump.take()
    }

    /// What was asked for on a lost connection is not answered any more.
    pub(crate) fn connection_lost(&mut self) {
        self.lost = self.joined;
        self.refused();
    }

    /// Whether what has this seq is shown, or will be when paged to.
    pub(crate) fn shows(&self, seq: Seq) -> bool {
        !self.joined || self.timeline.has_newer() || self.timeline.upto() >= seq
    }

    fn ask(&mut self, side: Side) -> Side {
        self.asked.push(side);
        side
    }
}

/// The page of one message that brings this one.
fn quote_side(seq: Seq) -> Side {
    Side::Before(seq.next())
}
