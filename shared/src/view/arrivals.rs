//! The messages of others that have come since somebody asked: what a client notifies its user of.

use std::collections::VecDeque;

use super::mentions;
use crate::{
    message::Message,
    names::{RoomName, Seq, Username},
    sorted_map::SortedMap,
};

/// The maximum number of arrivals that are kept. Above it, the oldest are dropped.
pub const MAX_ARRIVALS: usize = 100;
/// The maximum length of an arrival's text, in characters.
const TEXT_CHARS: usize = 300;

/// A message or reply of another user, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its room.
    pub room: RoomName,
    /// Its seq.
    pub seq: Seq,
    /// Its author.
    pub username: Username,
    /// The beginning of its text.
    pub text: String,
    /// Whether it mentions this user.
    pub mentions_me: bool,
}

/// The arrivals that nobody has asked for yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    new: VecDeque<Arrival>,
    /// The last message that is known of each room: what comes twice has arrived once.
    known: SortedMap<RoomName, Seq>,
}

impl Arrivals {
    /// The newest page of a room was sent. Its messages were there; they have not come.
    pub(super) fn restart(&mut self, room: &RoomName, head: Seq) {
        self.known.insert(room.clone(), head);
    }

    /// Takes over a message, if it is a new one of another user.
    pub(super) fn add(&mut self, message: &Message, me: Option<&Username>) {
        if self.known.get(&message.room).is_some_and(|known| message.seq <= *known) {
            return;
        }
        self.known.insert(message.room.clone(), message.seq);
        if !message.is_entry() || me == Some(&message.username) {
            return;
        }
        if self.new.len() == MAX_ARRIVALS {
            self.new.pop_front();
        }
        self.new.push_back(Arrival {
            room: message.room.clone(),
            seq: message.seq,
            username: message.username.clone(),
            text: message.text.chars().take(TEXT_CHARS).collect(),
            mentions_me: me.is_some_and(|me| mentions(&message.text, me)),
        });
    }

    /// The user is no longer in a room.
    pub(super) fn forget(&mut self, room: &RoomName) {
        self.new.retain(|arrival| arrival.room != *room);
        self.known.remove(room);
    }

    /// The arrivals since the last call, oldest first.
    pub(super) fn take(&mut self) -> Vec<Arrival> {
        std::mem::take(&mut self.new).into()
    }
}
