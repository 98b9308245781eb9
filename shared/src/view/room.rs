//! One followed room: its timeline, members and unread messages.

use std::sync::Arc;

use super::{entry::Entry, timeline::Timeline, unread::Unread};
use crate::{
    frames::{Members, RoomSummary, Side},
    limits,
    message::Message,
    names::{Epoch, Seq, Username},
};

/// What a client knows about a followed room.
#[derive(Debug, Clone, Default)]
pub struct RoomView {
    epoch: Option<Epoch>,
    head: Seq,
    timeline: Timeline,
    members: Members,
    typing: Vec<(Username, u64)>,
    unread: Unread,
    new_marker: Option<Seq>,
    gap: Option<Seq>,
    joined: bool,
    /// The room was joined on the lost connection, so messages may have been missed since then.
    was_joined: bool,
    requested: Vec<Side>,
    /// A message that was requested because a reply answers it.
    requested_quote: Option<Seq>,
    /// A page that was requested to count what the read mark has passed.
    requested_count: Option<Side>,
    pending_jump: Option<Seq>,
    is_entered: bool,
    /// The first unread message is to be loaded, because the user has entered the room.
    is_landing: bool,
}

/// The message that a reply answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its seq.
    pub seq: Seq,
    /// Its entry; `None` if it is not loaded.
    pub entry: Option<Arc<Entry>>,
}

impl RoomView {
    pub(super) fn new(summary: Option<&RoomSummary>) -> Self {
        let mut room = Self::default();
        if let Some(summary) = summary {
            room.unread.set_server_count(Some(summary), &room.timeline, None);
        }
        room
    }

    /// The loaded part of the room's log.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The room's epoch, if the server has told it.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.epoch.as_ref()
    }

    /// The newest known seq.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Whether the room was ever joined.
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// The room's members.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// The other users who are typing.
    pub fn typing(&self) -> impl Iterator<Item = &Username> {
        self.typing.iter().map(|(username, _)| username)
    }

    /// The number of unread messages and replies of others. It is exact, also while somebody reads through them here or on
    /// another device, unless [`RoomView::unread_is_at_least`].
    pub fn unread(&self) -> u32 {
        self.unread.count()
    }

    /// Whether there may be more unread messages than [`RoomView::unread`], so that `1000+` should be shown instead of `1000`:
    /// the server counts up to [`limits::UNREAD_COUNTED`], and a room that is joined long after the `welcome` may have got more
    /// since then. The number falls with what is read, `940+`, and is exact when the next `welcome` counts less than the
    /// limit, or when the timeline is loaded from the read mark to the head.
    pub fn unread_is_at_least(&self) -> bool {
        self.unread.is_at_least()
    }

    /// How many of the unread messages that are known individually mention this user.
    pub fn unread_mentions(&self) -> u32 {
        self.unread.mentions()
    }

    /// The last message that this user has read, if any.
    pub fn seen(&self) -> Option<Seq> {
        self.unread.seen()
    }

    /// The "new" marker is displayed after this message: the last one that was read when the user opened the room.
    pub fn new_marker(&self) -> Option<Seq> {
        self.new_marker
    }

    /// Whether the messages around the first unread one are still being loaded, because the user has entered the room. Until
    /// then the timeline should show that it is loading, not scroll, and not mark anything as read. If the user follows a
    /// permalink meanwhile, or goes to the newest messages, it is false.
    pub fn is_landing(&self) -> bool {
        self.is_landing
    }

    /// The entry below the "new" marker, whoever wrote it: the first that was unread when the user entered the room. `None` if
    /// there is none, or if it is not loaded.
    ///
    /// A timeline that shows a room that was just entered waits until the room is joined and [`RoomView::is_landing`] is
    /// false. Then, if [`RoomView::unread`] is not 0, it puts this entry into view, and else the newest one.
    pub fn first_unread(&self) -> Option<Seq> {
        let marker = self.new_marker.filter(|marker| self.timeline.contains_all_after(*marker))?;
        let at = self.timeline.position(marker.next()).unwrap_or_else(|at| at);
        let is_loaded = marker <= self.timeline.upto();
        self.timeline.entries().get(at).filter(|_| is_loaded).map(|entry| entry.message.seq)
    }

    /// Whether the loaded messages continue from the read mark, so that what the user sees of them may be marked as read. If
    /// not, because the user has followed a permalink, a mark here would count messages as read that nobody has seen.
    pub fn continues_from_seen(&self) -> bool {
        self.unread() == 0 || self.seen().is_none_or(|seen| self.timeline.contains_all_after(seen))
    }

    /// Messages before this one may be missing: the server could not resume, and the timeline restarted here.
    pub fn gap(&self) -> Option<Seq> {
        self.gap
    }

    /// Whether a page of older messages was requested.
    pub fn is_loading_older(&self) -> bool {
        self.requested.iter().any(|side| matches!(side, Side::Before(_)))
    }

    /// Whether a page of newer messages was requested.
    pub fn is_loading_newer(&self) -> bool {
        self.requested.iter().any(|side| matches!(side, Side::After(_)))
    }

    /// The message that a reply answers.
    pub fn quote(&self, reply: &Message) -> Option<Quote> {
        let seq = reply.about?.seq;
        Some(Quote { seq, entry: self.timeline.answered(seq).cloned() })
    }

    /// Sets what the last `welcome` says about the room.
    pub(super) fn set_summary(&mut self, summary: Option<&RoomSummary>, me: Option<&Username>) {
        self.unread.set_server_count(summary, &self.timeline, me);
        if self.joined {
            self.unread.recount(&self.timeline, me);
        }
    }

    /// Another user has signed in: forgets what the previous one has read.
    pub(super) fn reset_reader(&mut self) {
        self.unread = Unread::default();
        self.new_marker = None;
    }

    pub(super) fn joined(
        &mut self,
        epoch: Epoch,
        head: Seq,
        members: Members,
        seen: Option<Seq>,
        me: Option<&Username>,
    ) {
        if self.epoch.as_ref() != Some(&epoch) {
            // Seqs of another epoch mean nothing here.
            (self.head, self.new_marker) = (Seq::ZERO, None);
            self.timeline.clear();
            self.unread.epoch_changed();
            self.requested.clear();
        }
        self.epoch = Some(epoch);
        self.head = self.head.max(head);
        self.members = members;
        // Nothing is unread for a user who joins for the first time.
        if let Some(seen) = seen.or(if self.seen().is_none() { Some(head) } else { None }) {
            self.unread.seen_upto(seen, &self.timeline, me);
        }
    }

    /// The missed messages will follow one by one.
    pub(super) fn resumed(&mut self, me: Option<&Username>) {
        self.was_joined = false;
        self.unread.recount(&self.timeline, me);
        self.new_marker = self.new_marker.or(self.seen());
    }

    /// The server sent its latest page, because it could not resume or was not asked to.
    pub(super) fn restart(
        &mut self,
        messages: Vec<Message>,
        context: Vec<Message>,
        has_older: bool,
        me: Option<&Username>,
    ) {
        // Older messages are dropped too: annotations of them may have been missed.
        let has_gap = std::mem::take(&mut self.was_joined);
        self.gap = if has_gap { messages.first().map(|first| first.seq) } else { None };
        self.joined = true;
        self.unread.start(&messages, has_older, self.head, me);
        self.timeline.start(messages, context, has_older, self.head);
        self.unread.recount(&self.timeline, me);
        self.new_marker = self.new_marker.or(self.seen());
        // The page may be far from what was shown: what is between is still to be read.
        self.is_landing = self.is_entered;
    }

    /// Handles a message. One that comes before the answer to a join is contained in that answer.
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
        if self.requested_count == Some(side) {
            self.requested_count = None;
            self.unread.pass_page(&messages, more, me);
        }
        let was_requested = self.requested.contains(&side);
        self.requested.retain(|requested| *requested != side);
        if self.requested_quote.is_some_and(|seq| side == quote_side(seq)) {
            self.requested_quote = None;
            self.timeline.quote(messages, context);
        } else if was_requested && self.timeline.page(side, messages, context, more, self.head) {
            self.head = self.head.max(self.timeline.upto());
            self.unread.pass_loaded(&self.timeline, me);
            self.unread.recount(&self.timeline, me);
        }
    }

    /// A request for this room was refused: requested pages may not come. `is_final`: the room is not joined again by
    /// itself, after which the pages would be requested again.
    pub(super) fn refused(&mut self, is_final: bool) {
        self.drop_requests();
        self.is_landing &= !is_final;
    }

    fn drop_requests(&mut self) {
        self.requested.clear();
        (self.requested_quote, self.requested_count) = (None, None);
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

    pub(super) fn typing_received(&mut self, username: Username, now: u64) {
        self.typing.retain(|(other, _)| *other != username);
        self.typing.push((username, now + limits::TYPING_MS));
    }

    pub(super) fn expire_typing(&mut self, now: u64) -> bool {
        let before = self.typing.len();
        self.typing.retain(|(_, until)| *until > now);
        before != self.typing.len()
    }

    pub(crate) fn typing_ends_at(&self) -> Option<u64> {
        self.typing.iter().map(|(_, until)| *until).min()
    }

    /// The user has read up to this message. Returns whether the mark has moved.
    pub(crate) fn seen_upto(&mut self, seq: Seq, me: Option<&Username>) -> bool {
        let is_news = self.unread.seen_upto(seq, &self.timeline, me);
        if is_news && self.joined {
            self.unread.recount(&self.timeline, me);
        }
        is_news
    }

    /// The user opens the room: sets the "new" marker to the last message that was read, and, if another room was open
    /// before, looks for the first unread message.
    pub(super) fn enter(&mut self) {
        self.new_marker = self.seen();
        if !self.is_entered {
            (self.is_entered, self.is_landing) = (true, true);
            self.timeline.set_entered(true);
        }
    }

    /// The user opens another room: keeps only a few entries of this one.
    pub(super) fn leave_screen(&mut self) {
        if self.is_entered {
            (self.is_entered, self.is_landing) = (false, false);
            self.requested.clear();
            self.timeline.set_entered(false);
        }
    }

    /// The pages around the read mark, if the first unread message is to be loaded, and none was requested yet. If nothing
    /// is unread, those with the newest messages. The room must be joined.
    pub(crate) fn request_landing(&mut self) -> Vec<Side> {
        if !self.is_landing {
            return Vec::new();
        }
        let Some(mark) = self.seen().filter(|_| self.unread() > 0) else { return self.request_latest() };
        if !self.requested.is_empty() {
            return Vec::new();
        }
        let timeline = &self.timeline;
        let has_next = timeline.upto() > mark || !timeline.has_newer();
        if timeline.contains_all_after(mark) && has_next {
            self.is_landing = false;
            return Vec::new();
        }
        if timeline.contains(mark) { self.request_newer().into_iter().collect() } else { self.start_around(mark) }
    }

    /// A page that tells how many messages the read mark has passed, if that is not known, with the number of messages to
    /// request.
    pub(crate) fn request_count(&mut self) -> Option<(Side, u16)> {
        let (after, upto) = self.unread.passed().filter(|_| self.joined && self.requested_count.is_none())?;
        let side = Side::After(after);
        self.requested_count = Some(side);
        // There are not more messages than numbers.
        let most = u16::try_from(upto.0 - after.0).unwrap_or(u16::MAX);
        Some((side, most.min(limits::PAGE_MESSAGES)))
    }

    /// The next older page, unless there is none or one was requested already.
    pub(crate) fn request_older(&mut self) -> Option<Side> {
        let wanted = self.timeline.has_older() && !self.is_loading_older();
        wanted.then(|| self.ask(self.timeline.older_side()))
    }

    /// The next newer page, unless there is none or one was requested already.
    pub(crate) fn request_newer(&mut self) -> Option<Side> {
        let wanted = self.timeline.has_newer() && !self.is_loading_newer();
        wanted.then(|| self.ask(self.timeline.newer_side()))
    }

    /// The page with the message that a reply answers, if the reply is loaded and the message is not. Only one is requested
    /// at a time: many replies to old messages must not make every reader request all of them.
    pub(crate) fn request_quoted(&mut self, reply: Seq, answered: Seq) -> Option<Side> {
        let is_missing = self.timeline.get(reply).is_some() && self.timeline.answered(answered).is_none();
        if !is_missing || self.requested_quote.is_some() {
            return None;
        }
        self.requested_quote = Some(answered);
        Some(quote_side(answered))
    }

    /// The pages with a message and those around it; none if it is loaded.
    pub(crate) fn request_around(&mut self, seq: Seq) -> Vec<Side> {
        (self.pending_jump, self.is_landing) = (None, false);
        if self.timeline.contains(seq) { Vec::new() } else { self.start_around(seq) }
    }

    fn start_around(&mut self, seq: Seq) -> Vec<Side> {
        // A permalink may name a seq beyond the head.
        self.timeline.start_around(seq.min(self.head));
        self.requested.clear();
        vec![self.ask(self.timeline.older_side()), self.ask(self.timeline.newer_side())]
    }

    /// The pages with the newest messages; none if they are loaded.
    pub(crate) fn request_latest(&mut self) -> Vec<Side> {
        if self.timeline.has_newer() && !self.timeline.contains(self.head) {
            return self.request_around(self.head);
        }
        (self.pending_jump, self.is_landing) = (None, false);
        self.request_newer().into_iter().collect()
    }

    /// Remembers to show the message after the join.
    pub(crate) fn set_pending_jump(&mut self, seq: Seq) {
        self.is_landing = false;
        self.pending_jump = (!self.timeline.contains(seq)).then_some(seq);
    }

    /// The message to show after the join.
    pub(crate) fn take_pending_jump(&mut self) -> Option<Seq> {
        self.pending_jump.take()
    }

    /// Resets the requests that were in flight on the lost connection.
    pub(crate) fn connection_lost(&mut self) {
        self.was_joined = self.joined;
        self.drop_requests();
    }

    /// Whether the timeline shows this seq, or will show it when pages are loaded.
    pub(crate) fn shows(&self, seq: Seq) -> bool {
        !self.joined || self.timeline.has_newer() || self.timeline.upto() >= seq
    }

    fn ask(&mut self, side: Side) -> Side {
        self.requested.push(side);
        side
    }
}

/// The page of one message that contains this one.
fn quote_side(seq: Seq) -> Side {
    Side::Before(seq.next())
}
