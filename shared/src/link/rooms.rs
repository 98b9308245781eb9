//! The subscribed rooms, and the position up to which each was received, so that it can be resumed.

use crate::{
    frames::FromClient,
    names::{Epoch, RoomName, Seq},
    sorted_map::SortedMap,
};

/// The subscriptions, by room.
#[derive(Debug, Clone, Default)]
pub(super) struct Rooms(SortedMap<RoomName, Subscription>);

#[derive(Debug, Clone, Default)]
struct Subscription {
    epoch: Option<Epoch>,
    last: Option<Seq>,
    /// Whether the join was answered on this connection.
    joined: bool,
    /// The time of the next join, if the server was busy.
    retry_at: Option<u64>,
}

impl Subscription {
    fn join(&self, room: &RoomName) -> FromClient {
        FromClient::Join { room: room.clone(), epoch: self.epoch.clone(), after: self.last }
    }
}

impl Rooms {
    pub(super) fn names(&self) -> impl Iterator<Item = &RoomName> {
        self.0.iter().map(|(room, _)| room)
    }

    /// Subscribes to a room. Returns the join frame if the room is new.
    pub(super) fn add(&mut self, room: &RoomName) -> Option<FromClient> {
        if self.0.get(room).is_some() {
            return None;
        }
        let subscription = Subscription::default();
        let join = subscription.join(room);
        self.0.insert(room.clone(), subscription);
        Some(join)
    }

    /// Unsubscribes from a room. Returns whether it was subscribed.
    pub(super) fn remove(&mut self, room: &RoomName) -> bool {
        self.0.remove(room).is_some()
    }

    /// The join frames of all rooms, each with its position.
    pub(super) fn joins(&self) -> impl Iterator<Item = FromClient> {
        self.0.iter().map(|(room, subscription)| subscription.join(room))
    }

    /// Whether the join was answered on this connection.
    pub(super) fn is_joined(&self, room: &RoomName) -> bool {
        self.0.get(room).is_some_and(|subscription| subscription.joined)
    }

    /// Whether a join is waiting for its answer on this connection.
    pub(super) fn is_joining(&self, room: &RoomName) -> bool {
        self.0.get(room).is_some_and(|subscription| !subscription.joined)
    }

    /// Whether a join can resume: something was received.
    pub(super) fn has_position(&self, room: &RoomName) -> bool {
        self.0.get(room).is_some_and(|subscription| subscription.last.is_some())
    }

    /// The room's epoch, if it is known.
    pub(super) fn epoch(&self, room: &RoomName) -> Option<&Epoch> {
        self.0.get(room)?.epoch.as_ref()
    }

    /// Handles the answer to a join. `start` is the new position, unless the room was resumed. Returns whether the
    /// epoch has changed.
    pub(super) fn joined(&mut self, room: &RoomName, epoch: &Epoch, start: Option<Seq>) -> bool {
        let Some(subscription) = self.0.get_mut(room) else { return false };
        let known = subscription.epoch.replace(epoch.clone());
        (subscription.joined, subscription.retry_at) = (true, None);
        if start.is_some() {
            subscription.last = start;
        }
        known.is_some_and(|known| known != *epoch)
    }

    /// Handles a message. A message that comes before the answer to a join belongs to an earlier join: there may be a gap
    /// after it, so it does not move the position.
    pub(super) fn received(&mut self, room: &RoomName, seq: Seq) {
        if let Some(subscription) = self.0.get_mut(room).filter(|subscription| subscription.joined) {
            subscription.last = subscription.last.max(Some(seq));
        }
    }

    /// Schedules another join.
    pub(super) fn retry_join_at(&mut self, room: &RoomName, at: u64) {
        if let Some(subscription) = self.0.get_mut(room) {
            subscription.retry_at = Some(at);
        }
    }

    /// The earliest time of a scheduled join.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        self.0.iter().filter_map(|(_, subscription)| subscription.retry_at).min()
    }

    /// The join frames that are due.
    pub(super) fn take_due_joins(&mut self, now: u64) -> Vec<FromClient> {
        let due =
            self.0.iter_mut().filter(|(_, subscription)| subscription.retry_at.is_some_and(|at| at <= now));
        due.map(|(room, subscription)| {
            subscription.retry_at = None;
            subscription.join(room)
        })
        .collect()
    }

    /// Resets all joins: they will not be answered any more.
    pub(super) fn connection_lost(&mut self) {
        for (_, subscription) in self.0.iter_mut() {
            (subscription.joined, subscription.retry_at) = (false, None);
        }
    }
}
