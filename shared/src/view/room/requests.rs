//! Which pages a room needs: at the ends of what is loaded, around a message, and around the first unread one.

use super::{RoomView, Screen};
use crate::{frames::Side, limits, names::Seq};

impl RoomView {
    /// The user opens the room: sets the "new" marker to the last message that was read, and, if another room was open
    /// before, looks for the first unread message.
    pub(in crate::view) fn enter(&mut self) {
        self.new_marker = self.seen();
        if self.screen == Screen::Elsewhere {
            self.screen = Screen::Landing;
            self.timeline.set_entered(true);
        }
    }

    /// The user opens another room: keeps only a few entries of this one.
    pub(in crate::view) fn leave_screen(&mut self) {
        if self.screen != Screen::Elsewhere {
            self.screen = Screen::Elsewhere;
            self.requested.clear();
            self.timeline.set_entered(false);
        }
    }

    /// The pages around the read mark, if the first unread message is to be loaded, and none was requested yet. If nothing
    /// is unread, those with the newest messages. The room must be joined.
    pub(crate) fn request_landing(&mut self) -> Vec<Side> {
        if !self.is_landing() {
            return Vec::new();
        }
        let Some(mark) = self.seen().filter(|_| self.unread() > 0) else { return self.request_latest() };
        if !self.requested.is_empty() {
            return Vec::new();
        }
        let timeline = &self.timeline;
        let has_next = timeline.upto() > mark || !timeline.has_newer();
        if timeline.contains_all_after(mark) && has_next {
            self.landed();
            return Vec::new();
        }
        if timeline.contains(mark) {
            self.request_newer().into_iter().collect()
        } else {
            self.start_around(mark)
        }
    }

    /// There is nothing more to load around the first unread message, or the user wants to see something else.
    pub(super) fn landed(&mut self) {
        if self.is_landing() {
            self.screen = Screen::Here;
        }
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
        // What is deleted does not come, however often it is requested.
        if !is_missing || answered <= self.info.floor || self.requested_quote.is_some() {
            return None;
        }
        self.requested_quote = Some(answered);
        Some(quote_side(answered))
    }

    /// The pages with a message and those around it; none if it is loaded.
    pub(crate) fn request_around(&mut self, seq: Seq) -> Vec<Side> {
        self.pending_jump = None;
        self.landed();
        // What is deleted does not come. A permalink may name a seq beyond the head.
        let seq = seq.max(self.info.floor.next()).min(self.head);
        if self.timeline.contains(seq) { Vec::new() } else { self.start_around(seq) }
    }

    fn start_around(&mut self, seq: Seq) -> Vec<Side> {
        // The read mark may be among messages that are deleted, or beyond the head.
        self.timeline.start_around(seq.max(self.info.floor).min(self.head));
        self.requested.clear();
        vec![self.ask(self.timeline.older_side()), self.ask(self.timeline.newer_side())]
    }

    /// The pages with the newest messages; none if they are loaded.
    pub(crate) fn request_latest(&mut self) -> Vec<Side> {
        if self.timeline.has_newer() && !self.timeline.contains(self.head) {
            return self.request_around(self.head);
        }
        self.pending_jump = None;
        self.landed();
        self.request_newer().into_iter().collect()
    }

    /// Remembers to show the message after the join.
    pub(crate) fn set_pending_jump(&mut self, seq: Seq) {
        self.landed();
        self.pending_jump = (!self.timeline.contains(seq)).then_some(seq);
    }

    /// The message to show after the join.
    pub(crate) fn take_pending_jump(&mut self) -> Option<Seq> {
        self.pending_jump.take()
    }

    fn ask(&mut self, side: Side) -> Side {
        self.requested.push(side);
        side
    }
}

/// The page of one message that contains this one.
pub(super) fn quote_side(seq: Seq) -> Side {
    Side::Before(seq.next())
}
