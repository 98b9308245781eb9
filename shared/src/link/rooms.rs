//! The rooms that are followed, and how far each was heard, so that it can be resumed.

use std::collections::BTreeMap;

use crate::{
    frames::FromClient,
    names::{Epoch, RoomName, Seq},
};

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms(BTreeMap<RoomName, Followed>);

#[derive(Debug, Clone, Default)]
struct Followed {
    epoch: Option<Epoch>,
    last: Option<Seq>,
    /// The join was answered on this connection.
    joined: bool,
    /// The server had no time for the join; it is sent again at this moment.
    again_at: Option<u64>,
}

impl Followed {
    fn join(&self, room: &RoomName) -> FromClient {
        FromClient::Join { room: room.clone(), epoch: self.epoch.clone(), after: self.last }
    }
}

impl Rooms {
    pub(super) fn names(&self) -> impl Iterator<Item = &RoomName> {
        self.0.keys()
    }

    /// Follows a room. Returns the frame that joins it, if it was not followed.
    pub(super) fn add(&mut self, room: &RoomName) -> Option<FromClient> {
        if self.0.contains_key(room) {
            return None;
        }
        let followed = self.0.entry(room.clone()).or_default();
        Some(followed.join(room))
    }

    /// Follows a room no longer. Returns whether it was followed.
    pub(super) fn remove(&mut self, room: &RoomName) -> bool {
        self.0.remove(room).is_some()
    }

    /// The frames that join all rooms, each from where it was heard.
    pub(super) fn joins(&self) -> impl Iterator<Item = FromClient> {
        self.0.iter().map(|(room, followed)| followed.join(room))
    }

    /// Whether the join was answered on this connection.
    pub(super) fn is_joined(&self, room: &RoomName) -> bool {
        self.0.get(room).is_some_and(|followed| followed.joined)
    }

    /// Whether a room is followed, and the join not yet answered on this connection.
    pub(super) fn is_awaited(&self, room: &RoomName) -> bool {
        self.0.get(room).is_some_and(|followed| !followed.joined)
    }

    /// The epoch of a room's numbers, as far as it is known.
    pub(super) fn epoch(&self, room: &RoomName) -> Option<&Epoch> {
        self.0.get(room)?.epoch.as_ref()
    }

    /// A join was answered; `start` is where messages follow from, unless the room is resumed. Returns whether its
    /// numbers are others than before.
    pub(super) fn joined(&mut self, room: &RoomName, epoch: &Epoch, start: Option<Seq>) -> bool {
        let Some(followed) = self.0.get_mut(room) else { return false };
        let known = followed.epoch.replace(epoch.clone());
        (followed.joined, followed.again_at) = (true, None);
        if start.is_some() {
            followed.last = start;
        }
        known.is_some_and(|known| known != *epoch)
    }

    /// A message came. What comes before the answer to a join is of an earlier one: it may not be what comes next, and
    /// does not count as heard.
    pub(super) fn heard(&mut self, room: &RoomName, seq: Seq) {
        if let Some(followed) = self.0.get_mut(room).filter(|followed| followed.joined) {
            followed.last = followed.last.max(Some(seq));
        }
    }

    /// The room is to be joined again at this moment.
    pub(super) fn join_again_at(&mut self, room: &RoomName, at: u64) {
        if let Some(followed) = self.0.get_mut(room) {
            followed.again_at = Some(at);
        }
    }

    /// The first moment at which a room is to be joined again.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        self.0.values().filter_map(|followed| followed.again_at).min()
    }

    /// The frames that join what is to be joined again by now.
    pub(super) fn take_due(&mut self, now: u64) -> Vec<FromClient> {
        let due = self.0.iter_mut().filter(|(_, followed)| followed.again_at.is_some_and(|at| at <= now));
        due.map(|(room, followed)| {
            followed.again_at = None;
            followed.join(room)
        })
        .collect()
    }

    /// No join is answered any more.
    pub(super) fn connection_lost(&mut self) {
        for followed in self.0.values_mut() {
            (followed.joined, followed.again_at) = (false, None);
        }
    }
}
