//! Everything that a client knows, derived from frames.
//!
//! A [`View`] holds the followed rooms, each as a [`RoomView`] with its timeline, and the list of rooms from the last
//! `welcome`. Only frames and the user's actions change it. The interface compares versions, and reads what is
//! visible.

mod annotations;
mod arrivals;
mod entry;
mod room;
mod timeline;
mod unread;

use arrivals::Arrivals;
pub use arrivals::{Arrival, MAX_ARRIVALS};
pub use entry::{Entry, Reaction, mentions};
pub use room::{Gap, GapCause, Quote, RoomView};
pub use timeline::{IDLE_WINDOW, Timeline, WINDOW};

use crate::{
    frames::{FromServer, RefusalCode, RoomSummary},
    house::{Access, Role},
    names::{RoomName, Seq, Username},
    sorted_map::SortedMap,
};

/// The rooms, messages and members that a client knows.
#[derive(Debug, Clone, Default)]
pub struct View {
    me: Option<Username>,
    rooms: SortedMap<RoomName, RoomView>,
    directory: Vec<RoomSummary>,
    role: Role,
    access: Access,
    arrivals: Arrivals,
    version: u64,
}

impl View {
    /// Increases with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The username that the server has confirmed.
    pub fn me(&self) -> Option<&Username> {
        self.me.as_ref()
    }

    /// What this user may do in the house.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Who may come into the house.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The rooms that are followed, by name.
    pub fn rooms(&self) -> impl Iterator<Item = (&RoomName, &RoomView)> {
        self.rooms.iter()
    }

    /// A followed room.
    pub fn room(&self, room: &RoomName) -> Option<&RoomView> {
        self.rooms.get(room)
    }

    /// The rooms of the last `welcome`, newest message first.
    pub fn directory(&self) -> &[RoomSummary] {
        &self.directory
    }

    /// The messages of others that came since the last call and are not read, oldest first. Pages, and what a join answers,
    /// did not come: they were there.
    pub(crate) fn take_arrivals(&mut self) -> Vec<Arrival> {
        let mut arrivals = self.arrivals.take();
        arrivals.retain(|arrival| {
            let room = self.room(&arrival.room);
            room.is_some_and(|room| room.seen().max(Some(room.info().floor)) < Some(arrival.seq))
        });
        arrivals
    }

    pub(crate) fn room_mut(&mut self, room: &RoomName) -> Option<&mut RoomView> {
        self.version += 1;
        self.rooms.get_mut(room)
    }

    pub(crate) fn follow(&mut self, room: &RoomName) {
        self.version += 1;
        let summary = self.directory.iter().find(|summary| summary.room == *room);
        if self.rooms.get(room).is_none() {
            self.rooms.insert(room.clone(), RoomView::new(summary));
        }
    }

    /// The user opens a followed room. Every other room keeps only a few entries from then on.
    pub(crate) fn enter(&mut self, room: &RoomName) {
        self.version += 1;
        for (name, view) in self.rooms.iter_mut() {
            if name == room {
                view.enter();
            } else {
                view.leave_screen();
            }
        }
    }

    pub(crate) fn unfollow(&mut self, room: &RoomName) {
        self.version += 1;
        let Some(left) = self.rooms.remove(room).filter(RoomView::is_level) else { return };
        // The directory shows the room from now on, and a later `follow` begins with what it says.
        if let Some(summary) = self.directory.iter_mut().find(|summary| summary.room == *room) {
            left.update_summary(summary);
        }
    }

    /// Resets the requests that were in flight on the lost connection.
    pub(crate) fn connection_lost(&mut self) {
        self.rooms.iter_mut().for_each(|(_, room)| room.connection_lost());
    }

    /// Removes typing indicators that have expired. Returns whether there were any.
    pub(crate) fn expire_typing(&mut self, now: u64) -> bool {
        let mut changed = false;
        for (_, room) in self.rooms.iter_mut() {
            changed |= room.expire_typing(now);
        }
        self.version += u64::from(changed);
        changed
    }

    /// A room is new for this user, or what is known of it has changed.
    fn room_changed(&mut self, summary: RoomSummary) {
        if let Some(view) = self.rooms.get_mut(&summary.room) {
            if view.is_out_of_reach() {
                view.set_summary(Some(&summary), self.me.as_ref());
            }
            view.set_info(summary.info.clone(), self.me.as_ref());
        }
        let at = self.directory.iter().position(|known| known.room == summary.room);
        match (at, summary.info.archived) {
            (Some(at), true) => drop(self.directory.remove(at)),
            // What is known of its messages belongs together, and came with them.
            (Some(at), false) => self.directory[at].info = summary.info,
            (None, true) => {}
            (None, false) => self.directory.insert(0, summary),
        }
    }

    /// A room is not this user's to read any more.
    fn forget(&mut self, room: &RoomName) {
        self.directory.retain(|summary| summary.room != *room);
        self.arrivals.forget(room);
    }

    /// An account was deleted, see [`FromServer::AccountDeleted`].
    fn account_deleted(&mut self, username: &Username, blanked: bool) {
        self.rooms.iter_mut().for_each(|(_, room)| room.account_deleted(username, blanked));
        for summary in &mut self.directory {
            summary.info.people.retain(|other| other != username);
            if let Some(message) = &mut summary.last {
                message.account_deleted(username, blanked);
            }
        }
    }

    /// The messages of a room up to this one are deleted.
    fn expired(&mut self, room: &RoomName, floor: Seq) {
        if let Some(summary) = self.directory.iter_mut().find(|summary| summary.room == *room) {
            summary.info.floor = summary.info.floor.max(floor);
            summary.last.take_if(|last| last.seq <= floor);
        }
        if let Some(room) = self.rooms.get_mut(room) {
            room.expired(floor, self.me.as_ref());
        }
    }

    /// Applies a frame. `now` is in milliseconds of the link's clock.
    pub fn apply(&mut self, frame: FromServer, now: u64) {
        self.version += 1;
        match frame {
            FromServer::Welcome { username, rooms, role, access, .. } => {
                (self.role, self.access) = (role, access);
                if self.me.as_ref().is_some_and(|me| *me != username) {
                    self.rooms.iter_mut().for_each(|(_, room)| room.reset_reader());
                }
                self.me = Some(username);
                for (name, room) in self.rooms.iter_mut() {
                    let summary = rooms.iter().find(|summary| summary.room == *name);
                    room.set_summary(summary, self.me.as_ref());
                }
                self.directory = rooms;
            }
            FromServer::Joined {
                room,
                epoch,
                head,
                resumed,
                messages,
                context,
                more,
                members,
                seen,
                info,
            } => {
                // What was never joined cannot be resumed: this answers a join before the room was left and joined again.
                let view = self.rooms.get_mut(&room).filter(|view| !resumed || view.is_joined());
                let Some(view) = view else { return };
                let me = self.me.as_ref();
                let cause = view.gap_cause(&epoch, info.floor);
                view.joined(epoch, head, members, seen, me);
                view.set_info(info, me);
                if resumed {
                    view.resumed(me);
                } else {
                    self.arrivals.restart(&room, head);
                    view.restart(messages, context, more, cause, me);
                }
            }
            FromServer::Room(summary) => self.room_changed(summary),
            FromServer::Left { room, reason } => {
                self.forget(&room);
                if let Some(view) = self.rooms.get_mut(&room) {
                    view.left(reason);
                }
            }
            FromServer::AccountDeleted { username, blanked } => {
                self.account_deleted(&username, blanked);
            }
            FromServer::Expired { room, floor } => self.expired(&room, floor),
            FromServer::Message(message) => {
                if let Some(room) = self.rooms.get_mut(&message.room) {
                    // The summary of another room stays as it is: its head and its count belong together.
                    let summary = self.directory.iter_mut().find(|summary| summary.room == message.room);
                    if let Some(summary) = summary.filter(|_| room.is_level()) {
                        summary.update(&message);
                    }
                    if room.is_joined() {
                        self.arrivals.add(&message, self.me.as_ref());
                    }
                    room.message(message, self.me.as_ref());
                }
            }
            FromServer::Page { room, side, messages, context, more, floor } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.expired(floor, self.me.as_ref());
                    room.page(side, messages, context, more, self.me.as_ref());
                }
            }
            FromServer::Presence { room, count, arrived, departed, names } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.presence(count, arrived, &departed, names);
                }
            }
            FromServer::Typing { room, username } => {
                if self.me.as_ref() != Some(&username)
                    && let Some(room) = self.rooms.get_mut(&room)
                {
                    room.typing_received(username, now);
                }
            }
            FromServer::Seen { room, seq } => {
                // Its count belongs to its mark, and how many messages another mark leaves is not known.
                let summary = self.directory.iter_mut().find(|summary| summary.room == room);
                if let Some(summary) = summary.filter(|summary| seq >= summary.head) {
                    (summary.seen, summary.unread) = (Some(seq), 0);
                }
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.seen_upto(seq, self.me.as_ref());
                }
            }
            FromServer::Refused(refusal) => {
                let Some(room) = refusal.room.as_ref().filter(|_| refusal.id.is_none()) else { return };
                if let Some(view) = self.rooms.get_mut(room) {
                    view.refused(&refusal);
                }
                if refusal.code == RefusalCode::NoRoom {
                    self.forget(room);
                }
            }
            // The link and the outbox handle these.
            FromServer::Posted { .. } | FromServer::Heartbeat {} | FromServer::Closing { .. } => {}
        }
    }
}
