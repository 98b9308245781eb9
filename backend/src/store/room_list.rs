//! The list of rooms, kept in memory: every `welcome` carries it, so it is not read for each.

use std::collections::HashMap;

use parking_lot::Mutex;
use shared::{Authorship, Message, RoomKind, RoomName, RoomSummary, Username, limits};

use super::{
    entry::{Audience, Change, Commit},
    summaries::Listed,
};

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

    /// Takes in what a commit has changed.
    pub(super) fn update(&self, commit: &Commit) {
        let mut rooms = self.0.lock();
        for change in &commit.changes {
            change_list(&mut rooms, change);
        }
        let listed = |message: &&Message| !commit.unlisted.contains(&message.room);
        // The last entry of a room comes first: the earlier ones change nothing then, and cost nothing.
        for message in commit.messages.iter().rev().filter(|message| message.is_entry()).filter(listed) {
            if !rooms.contains_key(&message.room) {
                let room = message.room.clone();
                let listed = Listed { summary: RoomSummary::empty(room.clone()), newest_at: message.sent_at };
                rooms.insert(room, listed);
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

fn change_list(rooms: &mut HashMap<RoomName, Listed>, change: &Change) {
    // Nobody but the account could post with proof of its name so far.
    let of = |username: &Username, message: &&mut Message| {
        message.username == *username && message.authorship.is_proven()
    };
    match change {
        Change::Unknown(listed) => {
            rooms.clear();
            for (summary, newest_at) in listed {
                let mut listed = Listed { summary: summary.clone(), newest_at: *newest_at };
                listed.summary.shorten();
                rooms.insert(summary.room.clone(), listed);
            }
        }
        Change::Superseded(username, _) => {
            let last = rooms.values_mut().filter_map(|room| room.summary.last.as_mut());
            last.filter(|message| of(username, message))
                .for_each(|message| message.authorship = Authorship::Unproven);
        }
        Change::AccountDeleted { username, blanked, .. } => {
            let last = rooms.values_mut().filter_map(|room| room.summary.last.as_mut());
            last.for_each(|message| message.account_deleted(username, *blanked));
        }
        Change::Room { summary, newest_at, audience: Audience::Everybody { .. } }
            if !summary.info.archived =>
        {
            let listed = Listed { summary: summary.clone(), newest_at: *newest_at };
            rooms.insert(summary.room.clone(), listed);
        }
        // Somebody is told of a room that they were added to, which changes nothing for others.
        Change::Room { summary, .. } if summary.info.kind == RoomKind::Open && !summary.info.archived => {}
        Change::Room { summary, .. } => drop(rooms.remove(&summary.room)),
        Change::RoomGone { room, .. } => drop(rooms.remove(room)),
        Change::Expired { room, floor } => {
            if let Some(Listed { summary, .. }) = rooms.get_mut(room) {
                summary.info.floor = *floor;
                summary.last.take_if(|last| last.seq <= *floor);
            }
        }
        _ => {}
    }
}

fn forget_oldest(rooms: &mut HashMap<RoomName, Listed>) {
    while rooms.len() > limits::ROOMS_LISTED {
        let oldest = rooms.values().min_by_key(|room| (room.newest_at, room.summary.head));
        let Some(oldest) = oldest.map(|room| room.summary.room.clone()) else { return };
        rooms.remove(&oldest);
    }
}
