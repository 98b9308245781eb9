//! One room as it lives in memory: its ring, and who follows it.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use shared::{FromServer, Members, Message, RoomName, Username, limits};
use slab::Slab;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    outbound::Outbound,
    ring::{Cursor, Ring},
};
use crate::wire;

/// See the module's page.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    ring: Mutex<Ring>,
    roster: Mutex<Roster>,
    pub(super) loaded: OnceCell<()>,
}

#[derive(Debug, Default)]
struct Roster {
    followers: Slab<Arc<Outbound>>,
    /// How many of the followers go by each name.
    names: HashMap<Username, u32>,
    /// Who came and went since presence was last told.
    arrived: Vec<Username>,
    departed: Vec<Username>,
    changed: bool,
    /// Whether the last presence named nobody, for the crowd.
    crowded: bool,
    typing_told: Option<Instant>,
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self { name, ring: Mutex::default(), roster: Mutex::default(), loaded: OnceCell::new() }
    }

    /// The room's name.
    pub fn name(&self) -> &RoomName {
        &self.name
    }

    /// Looks at the ring. Nothing slow may be done there.
    pub fn with_ring<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.ring.lock())
    }

    /// A cursor for a reader who has everything up to `after`, or up to the head.
    pub fn cursor(&self, after: Option<shared::Seq>, hears: bool) -> Cursor {
        self.with_ring(|ring| Cursor::new(ring, after, hears))
    }

    /// Who is here: all, or a sample of a crowd.
    pub fn members(&self) -> Members {
        self.roster.lock().members()
    }

    pub(super) fn load(&self, newest: &[Message]) {
        self.ring.lock().load(newest);
    }

    pub(super) fn publish(&self, messages: &[Message]) {
        if self.ring.lock().publish(messages) {
            self.notify_followers();
        }
    }

    /// Tells everyone who follows the room something that is not kept.
    pub(super) fn tell(&self, frame: &FromServer) {
        let mut bytes = Vec::new();
        wire::put_text(&mut bytes, &frame.encode());
        self.ring.lock().tell(Bytes::from(bytes));
        self.notify_followers();
    }

    /// Tells that somebody is typing. In a crowd, where it helps nobody, only now and then.
    pub fn typing(&self, username: &Username) {
        {
            let mut roster = self.roster.lock();
            let crowd = u64::try_from(roster.followers.len()).unwrap_or(u64::MAX);
            let quiet = std::time::Duration::from_millis(crowd.saturating_mul(2).min(limits::TYPING_MS));
            if roster.typing_told.is_some_and(|at| at.elapsed() < quiet) {
                return;
            }
            roster.typing_told = Some(Instant::now());
        }
        self.tell(&FromServer::Typing { room: self.name.clone(), username: username.clone() });
    }

    fn notify_followers(&self) {
        for (_, outbound) in &self.roster.lock().followers {
            outbound.notify();
        }
    }

    /// Enters a follower; a nameless one is no member. Returns its place, and whether presence has changed.
    pub(super) fn enter(&self, outbound: Arc<Outbound>, username: Option<&Username>) -> (usize, bool) {
        let mut roster = self.roster.lock();
        let changed = username.is_some_and(|username| roster.came(username));
        (roster.followers.insert(outbound), changed)
    }

    /// Removes a follower. Returns whether presence has changed.
    pub(super) fn exit(&self, place: usize, username: Option<&Username>) -> bool {
        let mut roster = self.roster.lock();
        roster.followers.remove(place);
        username.is_some_and(|username| roster.went(username))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roster.lock().followers.is_empty()
    }

    /// How long presence may gather before it is told, in milliseconds: the larger the crowd, the longer, so that
    /// what it costs is bounded.
    pub(super) fn presence_gathers_ms(&self) -> u64 {
        500 + 2 * self.roster.lock().followers.len() as u64
    }

    /// Tells who came and went since the last time.
    pub(super) fn tell_presence(&self) {
        let Some(frame) = self.roster.lock().presence(&self.name) else { return };
        self.tell(&frame);
    }
}

impl Roster {
    fn came(&mut self, username: &Username) -> bool {
        let connections = self.names.entry(username.clone()).or_default();
        *connections += 1;
        if *connections > 1 {
            return false;
        }
        // Who comes back before it was told is as one who never went.
        if !strike(&mut self.departed, username) && self.names.len() <= limits::MEMBERS_NAMED {
            self.arrived.push(username.clone());
        }
        self.changed = true;
        true
    }

    fn went(&mut self, username: &Username) -> bool {
        let Some(connections) = self.names.get_mut(username) else { return false };
        *connections -= 1;
        if *connections > 0 {
            return false;
        }
        self.names.remove(username);
        if !strike(&mut self.arrived, username) && self.names.len() <= limits::MEMBERS_NAMED {
            self.departed.push(username.clone());
        }
        self.changed = true;
        true
    }

    fn members(&self) -> Members {
        let mut names: Vec<_> = self.names.keys().take(limits::MEMBERS_NAMED).cloned().collect();
        names.sort_unstable();
        Members { count: self.count(), names }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    fn presence(&mut self, room: &RoomName) -> Option<FromServer> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let crowd = self.names.len() > limits::MEMBERS_NAMED;
        let was_crowd = std::mem::replace(&mut self.crowded, crowd);
        let (arrived, departed) = (std::mem::take(&mut self.arrived), std::mem::take(&mut self.departed));
        let names = (was_crowd && !crowd).then(|| self.members().names);
        let tells_changes = !crowd && names.is_none();
        if tells_changes && arrived.is_empty() && departed.is_empty() {
            return None;
        }
        Some(FromServer::Presence {
            room: room.clone(),
            count: self.count(),
            arrived: if tells_changes { arrived } else { Vec::new() },
            departed: if tells_changes { departed } else { Vec::new() },
            names,
        })
    }
}

/// Takes a name out of a list. Returns whether it was there.
fn strike(list: &mut Vec<Username>, username: &Username) -> bool {
    let at = list.iter().position(|other| other == username);
    at.map(|at| list.swap_remove(at)).is_some()
}

#[cfg(test)]
mod tests;
