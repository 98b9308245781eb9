//! One followed room: its timeline, members and unread messages.

mod gaps;
mod people;
mod requests;
mod rights;

use std::sync::Arc;

pub use gaps::{Gap, GapCause};
use requests::quote_side;

use super::{entry::Entry, timeline::Timeline, unread::Unread};
use crate::{
    frames::{Members, Refusal, RefusalCode, RoomSummary, Side},
    house::{LeftReason, RoomInfo},
    message::Message,
    names::{Epoch, Seq, Username},
};

/// What a client knows about a followed room.
#[derive(Debug, Clone, Default)]
pub struct RoomView {
    epoch: Option<Epoch>,
    generation: u32,
    head: Seq,
    timeline: Timeline,
    members: Members,
    typing: Vec<(Username, u64)>,
    unread: Unread,
    new_marker: Option<Seq>,
    gap: Option<Gap>,
    joined: bool,
    info: RoomInfo,
    left: Option<LeftReason>,
    /// Why it cannot be joined.
    refusal: Option<Refusal>,
    /// The room was joined on the lost connection, so messages may have been missed since then.
    was_joined: bool,
    requested: Vec<Side>,
    /// A message that was requested because a reply answers it.
    requested_quote: Option<Seq>,
    /// A page that was requested to count what the read mark has passed.
    requested_count: Option<Side>,
    pending_jump: Option<Seq>,
    screen: Screen,
}

/// Whether the user looks at a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Screen {
    /// Another room is on the screen.
    #[default]
    Elsewhere,
    /// The room was entered, and its first unread message is still to be loaded.
    Landing,
    /// The room is on the screen.
    Here,
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
            room.info = summary.info.clone();
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

    /// Counts the epochs that this client has seen the room in. A seq that was read in another generation may mean another
    /// message now.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The newest known seq.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Whether the room was ever joined.
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// Whether it was joined on the present connection, so that what is known of it belongs to the last `welcome`.
    pub(super) fn is_level(&self) -> bool {
        self.joined && !self.was_joined
    }

    /// Why the server does not let this client join the room: it will not be tried again before
    /// [`Client::retry_join`](crate::Client::retry_join), or the next connection.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
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
    /// the server counts up to [`UNREAD_COUNTED`](crate::limits::UNREAD_COUNTED), and a room that is joined long after the
    /// `welcome` may have got more since then. The number falls with what is read, `940+`, and is exact when the next `welcome` counts less than the
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
        self.screen == Screen::Landing
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

    /// Writes the read mark and the number of unread messages into the room's summary.
    pub(super) fn update_summary(&self, summary: &mut RoomSummary) {
        self.unread.update_summary(summary);
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
            self.generation += 1;
            (self.head, self.new_marker) = (Seq::ZERO, None);
            self.info.floor = Seq::ZERO;
            self.timeline.clear();
            self.unread.epoch_changed();
            self.requested.clear();
        }
        (self.refusal, self.left) = (None, None);
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
        cause: Option<GapCause>,
        me: Option<&Username>,
    ) {
        // Older messages are dropped too: annotations of them may have been missed.
        let before = messages.first().map_or(self.head.next(), |first| first.seq);
        self.gap = cause.map(|cause| Gap { before, cause });
        (self.joined, self.was_joined) = (true, false);
        self.unread.start(&messages, has_older, self.head, me);
        self.timeline.start(messages, context, has_older, self.head);
        self.unread.recount(&self.timeline, me);
        self.new_marker = self.new_marker.or(self.seen());
        // The page may be far from what was shown: what is between is still to be read.
        if self.screen != Screen::Elsewhere {
            self.screen = Screen::Landing;
        }
    }

    /// Handles a message. One that comes before the answer to a join is contained in that answer.
    pub(super) fn message(&mut self, message: Message, me: Option<&Username>) {
        if !self.joined || message.seq <= self.info.floor {
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
        mut messages: Vec<Message>,
        mut context: Vec<Message>,
        more: bool,
        me: Option<&Username>,
    ) {
        // It may have been read before they were deleted.
        let floor = self.info.floor;
        let is_left = |message: &Message| message.seq > floor;
        messages.retain(is_left);
        context.retain(is_left);
        if self.requested_count == Some(side) {
            self.requested_count = None;
            self.unread.pass_page(&messages, more, me);
        }
        let was_requested = self.requested.contains(&side);
        self.requested.retain(|requested| *requested != side);
        if self.requested_quote.is_some_and(|seq| side == quote_side(seq)) {
            self.requested_quote = None;
            self.timeline.quote(messages, context);
            return;
        }
        // The range has lost its end with what is deleted, and begins behind it.
        let end = match side {
            Side::After(seq) => Side::After(seq.max(floor)),
            Side::Before(_) => side,
        };
        if was_requested && self.timeline.page(end, messages, context, more, self.head) {
            self.head = self.head.max(self.timeline.upto());
            self.unread.pass_loaded(&self.timeline, me);
            self.unread.recount(&self.timeline, me);
        }
    }

    /// A request for this room was refused: requested pages may not come. If the refusal is final, the room is not joined
    /// again by itself, after which the pages would be requested again.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.drop_requests();
        let is_final = refusal.retry_after_ms.is_none();
        if is_final && refusal.code == RefusalCode::NoRoom && self.joined {
            // The user was removed while there was no connection.
            self.left(LeftReason::Removed);
        }
        if is_final {
            self.landed();
            self.refusal = (!self.joined).then(|| refusal.clone());
        }
    }

    /// The room is to be joined again.
    pub(crate) fn forget_refusal(&mut self) {
        (self.refusal, self.left) = (None, None);
    }

    fn drop_requests(&mut self) {
        self.requested.clear();
        (self.requested_quote, self.requested_count) = (None, None);
    }

    /// The user has read up to this message. Returns whether the mark has moved.
    pub(crate) fn seen_upto(&mut self, seq: Seq, me: Option<&Username>) -> bool {
        let is_news = self.unread.seen_upto(seq, &self.timeline, me);
        if is_news && self.joined {
            self.unread.recount(&self.timeline, me);
        }
        is_news
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
}
