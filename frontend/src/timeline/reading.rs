//! Where reading begins in a room, and what counts as read.
//!
//! A message counts as read when its end was in the viewport while somebody probably looked at the page. The read mark is one
//! position, so it moves only while the loaded messages continue from it, or when the user goes to the newest message on
//! purpose.

use shared::{Client, Connection, RoomView, Seq};

use super::{Anchor, RowKey, Timeline, TimelineProps};
use crate::{browser::is_looked_at, message::first_new};

/// Where a message that was looked for is shown, as a part of the viewport.
const TARGET_AT: f64 = 0.35;
/// Where the first unread message is shown.
const FIRST_UNREAD_AT: f64 = 0.3;
/// How far the end of a row may be below the viewport, in CSS pixels: less than the space below its text.
const SEEN_TOLERANCE: f64 = 3.0;

impl Timeline {
    /// Requests the pages of a jump's target as soon as that is possible.
    pub(super) fn ask_for_target(&mut self, props: &TimelineProps) {
        let Some(target) = self.target.as_mut().filter(|target| !target.requested) else { return };
        let ready = self.app.driver.read(|client| {
            // A jump before the join is only remembered.
            client.connection() == Connection::Live && client.link().is_joined(&props.room)
        });
        if ready {
            target.requested = true;
            let seq = target.seq;
            self.app.driver.dispatch(|client, _| client.jump(&props.room, seq));
        }
    }

    /// Scrolls to the target of a jump when it is loaded, and keeps it in place until both of its pages are.
    pub(super) fn find_target(&mut self, room: &RoomView) {
        let Some(target) = self.target.as_ref().filter(|target| target.requested) else { return };
        let loading = room.is_loading_older() || room.is_loading_newer();
        if is_empty(room) && !loading {
            // No row has this number.
            (self.target, self.gone) = (None, Some(Seq::ZERO));
            return;
        }
        let found = self.heights.position(target.seq);
        if self.heights.is_empty() || (found.is_err() && loading) {
            return;
        }
        let (seq, is_gone) = (target.seq, found.is_err());
        let index = found.unwrap_or_else(|index| index.min(self.heights.len() - 1));
        self.show_row(index, TARGET_AT);
        (self.highlighted, self.entering) = (Some(seq), false);
        if !loading {
            self.target = None;
            self.focus_next = self.heights.key(index).cloned();
            self.gone = match &self.focus_next {
                Some(RowKey::Entry(seq)) if is_gone => Some(*seq),
                _ => None,
            };
        }
    }

    /// Shows the first unread message when the room was entered, or when the timeline has restarted; if nothing is unread, the
    /// newest message.
    pub(super) fn land(&mut self, client: &Client, room: &RoomView) {
        self.entering |= room.is_landing();
        let is_ready = room.is_joined() && !room.is_landing() && self.viewport > 0.0;
        if !self.entering || !is_ready || self.target.is_some() {
            return;
        }
        self.entering = false;
        let mark = room.seen().filter(|_| room.unread() > 0);
        let first = mark.and_then(|mark| first_new(room, mark, client.view().me()));
        match first.map(|seq| self.heights.position(seq)) {
            Some(Ok(index)) => {
                self.new_marker = mark;
                self.show_row(index, FIRST_UNREAD_AT);
            }
            _ => self.anchor = Anchor::End,
        }
    }

    fn show_row(&mut self, index: usize, at: f64) {
        let index = index.min(self.heights.len().saturating_sub(1));
        if let Some(key) = self.heights.key(index) {
            self.anchor = Anchor::Row { key: key.clone(), index, offset: self.viewport * at };
        }
    }

    /// Finds the row below the "new" marker. While nobody looks at the page, the marker stays at the read mark.
    pub(super) fn mark_new(&mut self, client: &Client, room: &RoomView) {
        if !self.entering && room.unread() > 0 && !is_looked_at() && self.new_marker < room.seen() {
            self.new_marker = room.seen();
        }
        self.first_new = self.new_marker.and_then(|mark| first_new(room, mark, client.view().me()));
    }

    /// Moves the read mark, if somebody looks at the page.
    pub(super) fn note_seen(&self, props: &TimelineProps) {
        if self.entering || !self.is_rendered || !is_looked_at() {
            return;
        }
        let Some(scrolled) = self.scrolled_by() else { return };
        let bottom = scrolled + self.viewport + SEEN_TOLERANCE;
        let is_end = bottom >= self.heights.total();
        let ended = if is_end { self.heights.len() } else { self.heights.at(bottom) };
        // The heights of other rows are estimates.
        let rows = (0..ended.min(self.window.end)).rev();
        let last = rows.filter_map(|index| self.heights.key(index)).find_map(|key| match key {
            RowKey::Entry(seq) => Some(*seq),
            RowKey::Post(_) => None,
        });
        let Some(last) = last else { return };
        let news = self.app.driver.read(|client| {
            let room =
                client.view().room(&props.room).filter(|room| room.is_joined() && !room.is_landing())?;
            let timeline = room.timeline();
            let newest = timeline.entries().back()?.message.seq;
            let at_end = last >= newest && !timeline.has_newer();
            let counts = room.continues_from_seen() || (at_end && self.has_skipped);
            let seq = if at_end { room.head() } else { last };
            (counts && room.seen() < Some(seq)).then_some(seq)
        });
        if let Some(seq) = news {
            self.app.driver.dispatch(|client, now| client.seen(&props.room, seq, now));
        }
    }

    /// Whether there are messages that the user must go to on purpose.
    pub(super) fn shows_jump_button(&self, props: &TimelineProps) -> bool {
        let (has_newer, is_cut_off) = self.app.driver.read(|client| {
            let room = client.view().room(&props.room).filter(|room| room.is_joined());
            room.map_or((false, false), |room| (room.timeline().has_newer(), !room.continues_from_seen()))
        });
        let is_cut_off = is_cut_off && !self.has_skipped;
        !self.entering && (is_cut_off || (self.anchor != Anchor::End && (has_newer || !self.is_near_end())))
    }
}

/// Whether the room is joined and has no message.
pub(super) fn is_empty(room: &RoomView) -> bool {
    let timeline = room.timeline();
    room.is_joined() && timeline.entries().is_empty() && !timeline.has_older() && !timeline.has_newer()
}

/// The number of unread messages, with a plus if there may be more.
pub(super) fn unread_count(room: &RoomView) -> Option<String> {
    let plus = if room.unread_is_at_least() { "+" } else { "" };
    (room.unread() > 0).then(|| format!("{}{plus}", room.unread()))
}
