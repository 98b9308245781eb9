//! The list of rooms, kept in memory: every `welcome` carries it, so it is not read for each.

use std::collections::HashMap;

use parking_lot::Mutex;
use shared::{Authorship, RoomName, RoomSummary, Timestamp, limits};

use super::{entry::Commit, read::rooms::Listed};

/// The rooms with the newest messages.
#[derive(Default)]
pub(super) struct RoomList(Mutex<HashMap<RoomName, Listed>>);

impl RoomList {
    pub(super) fn new(listed: Vec<Listed>) -> Self {
        let list = Self::default();
        {
            let mut rooms = list.0.lock();
            for mut room in listed {
                room.summary.shorten();
                rooms.insert(room.summary.room.clone(), room);
            }
        }
        list
    }

    /// Takes in what a commit has added.
    pub(super) fn update(&self, commit: &Commit) {
        let mut rooms = self.0.lock();
        for (username, _) in &commit.superseded {
            // Nobody but the superseded account could post with proof of the name so far.
            let last = rooms.values_mut().filter_map(|room| room.summary.last.as_mut());
            for message in
                last.filter(|message| message.username == *username && message.authorship.is_proven())
            {
                message.authorship = Authorship::Unproven;
            }
        }
        // The last entry of a room comes first: the earlier ones change nothing then, and cost nothing.
        for message in commit.messages.iter().rev().filter(|message| message.is_entry()) {
            if !rooms.contains_key(&message.room) {
                rooms.insert(message.room.clone(), empty(&message.room, message.sent_at));
            }
            let Some(room) = rooms.get_mut(&message.room) else { continue };
            room.summary.update(message);
            room.newest_at = room.newest_at.max(message.sent_at);
        }
        // What is about an earlier message does not bring its room onto the list.
        for message in commit.messages.iter().filter(|message| !message.is_entry()) {
            if let Some(room) = rooms.get_mut(&message.room) {
                room.summary.update(message);
            }
        }
        forget_oldest(&mut rooms);
    }

    /// Lists a room that has no message yet.
    pub(super) fn add(&self, room: &RoomName, at: Timestamp) {
        let mut rooms = self.0.lock();
        rooms.entry(room.clone()).or_insert_with(|| empty(room, at));
        forget_oldest(&mut rooms);
    }

    /// The rooms, the one with the newest message first.
    pub(super) fn newest_first(&self) -> Vec<RoomSummary> {
        let mut rooms: Vec<_> = {
            let rooms = self.0.lock();
            rooms.values().map(|room| (room.newest_at, room.summary.clone())).collect()
        };
        rooms.sort_by(|(a_at, a), (b_at, b)| (b_at, b.head, &a.room).cmp(&(a_at, a.head, &b.room)));
        rooms.into_iter().map(|(_, summary)| summary).collect()
    }
}

fn empty(room: &RoomName, at: Timestamp) -> Listed {
    Listed { summary: RoomSummary::empty(room.clone()), newest_at: at }
}

fn forget_oldest(rooms: &mut HashMap<RoomName, Listed>) {
    while rooms.len() > limits::ROOMS_LISTED {
        let oldest = rooms.values().min_by_key(|room| (room.newest_at, room.summary.head));
        let Some(oldest) = oldest.map(|room| room.summary.room.clone()) else { return };
        rooms.remove(&oldest);
    }
}
