//! One room as it lives in memory: its ring, and who follows it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use shared::{FromServer, Members, Message, RoomName, Username, limits};
use slab::Slab;
use tokio::{sync::OnceCell, time::Instant};

use super::{
    outbound::Outbound,
    ring::{Cursor, Ring, TotalBytes},
};
use crate::wire;

/// So many followers are notified before others get the lock.
const NOTIFIED_AT_ONCE: usize = 256;

/// See the module documentation.
#[derive(Debug)]
pub struct Room {
    name: RoomName,
    ring: Mutex<Ring>,
    roster: Mutex<Roster>,
    pub(super) started: OnceCell<()>,
    /// Whether the followers are to be notified, and that was not begun.
    notify_pending: AtomicBool,
}

#[derive(Debug, Default)]
struct Roster {
    followers: Slab<Arc<Outbound>>,
    /// How many of the followers go by each name.
    names: HashMap<Username, u32>,
    changes: Changes,
    /// Nobody can enter any more: the room is forgotten.
    closed: bool,
    typing_told: Option<Instant>,
}

/// What has changed since presence was last sent.
#[derive(Debug, Default)]
struct Changes {
    arrived: Vec<Username>,
    departed: Vec<Username>,
    any: bool,
    /// Messages up to this one were deleted.
    expired: Option<shared::Seq>,
    /// An announcement is due.
    pending: bool,
    /// Not all arrivals and departures are known by name.
    names_unknown: bool,
}

impl Room {
    pub(super) fn new(name: RoomName, total: TotalBytes) -> Self {
        Self {
            name,
            ring: Mutex::new(Ring::new(total)),
            roster: Mutex::default(),
            started: OnceCell::new(),
            notify_pending: AtomicBool::new(false),
        }
    }

    /// The room's name.
    pub fn name(&self) -> &RoomName {
        &self.name
    }

    /// Reads the ring. Nothing slow may be done there.
    pub fn with_ring<T>(&self, read: impl FnOnce(&Ring) -> T) -> T {
        read(&self.ring.lock())
    }

    /// A cursor for a reader who has everything up to `after`, or up to the head.
    pub fn cursor(&self, after: Option<shared::Seq>, wants_presence: bool) -> Cursor {
        self.with_ring(|ring| Cursor::new(ring, after, wants_presence))
    }

    /// Who is here: all, or a sample of a crowd.
    pub fn members(&self) -> Members {
        self.roster.lock().members()
    }

    /// Sets the newest seq of the log, once.
    pub(super) fn start_at(&self, head: shared::Seq) {
        self.ring.lock().start_at(head);
    }

    /// Appends what a commit has added. Returns whether the followers are to be notified, and nobody was told yet.
    pub(super) fn publish(&self, messages: &[Message]) -> bool {
        self.ring.lock().publish(messages) && self.wants_notify()
    }

    /// Appends a frame that is not kept in the log. Returns the same as [`Room::publish`].
    #[must_use]
    pub(super) fn tell(&self, frame: &FromServer) -> bool {
        let mut bytes = Vec::new();
        wire::put_text(&mut bytes, &frame.encode());
        self.ring.lock().tell(Bytes::from(bytes));
        self.wants_notify()
    }

    fn wants_notify(&self) -> bool {
        !self.notify_pending.swap(true, Ordering::AcqRel)
    }

    /// Lets go of the ring's oldest frames until it holds at most `bytes`.
    pub(super) fn trim(&self, bytes: usize) {
        self.ring.lock().trim(bytes);
    }

    /// Lets go of all frames: readers that are not level read the log.
    pub(super) fn clear(&self) {
        self.ring.lock().clear();
    }

    /// Lets go of messages that are deleted. Returns whether the followers are to be told, and nobody was told that yet.
    pub(super) fn expire(&self, floor: shared::Seq) -> bool {
        self.ring.lock().expire(floor);
        let mut roster = self.roster.lock();
        roster.changes.expired = Some(floor);
        roster.presence_due()
    }

    /// The frame that says up to which message they were deleted since the last time.
    pub(super) fn expired(&self) -> Option<FromServer> {
        let floor = self.roster.lock().changes.expired.take()?;
        Some(FromServer::Expired { room: self.name.clone(), floor })
    }

    /// The followers must look at their rights again.
    pub(super) fn recheck_followers(&self) {
        for (_, outbound) in &self.roster.lock().followers {
            outbound.recheck();
        }
    }

    /// Notifies some of the followers, those in places from `from` on. Returns where to go on.
    pub(super) fn notify_some(&self, from: usize) -> Option<usize> {
        if from == 0 {
            // What is published from now on is a reason to begin again.
            self.notify_pending.store(false, Ordering::Release);
        }
        let roster = self.roster.lock();
        let end = (from + NOTIFIED_AT_ONCE).min(roster.followers.capacity());
        for place in from..end {
            if let Some(outbound) = roster.followers.get(place) {
                outbound.notify();
            }
        }
        (end < roster.followers.capacity()).then_some(end)
    }

    /// The frame that says that somebody is typing. In a crowd, where it helps nobody, only now and then.
    pub(super) fn typing(&self, username: &Username) -> Option<FromServer> {
        let mut roster = self.roster.lock();
        let crowd = u64::try_from(roster.followers.len()).unwrap_or(u64::MAX);
        let quiet = Duration::from_millis(crowd.saturating_mul(2).min(limits::TYPING_MS));
        if roster.typing_told.is_some_and(|at| at.elapsed() < quiet) {
            return None;
        }
        roster.typing_told = Some(Instant::now());
        Some(FromServer::Typing { room: self.name.clone(), username: username.clone() })
    }

    /// Enters a follower; a nameless one is no member. `None` if the room was closed since it was found.
    pub(super) fn enter(&self, outbound: Arc<Outbound>, username: Option<&Username>) -> Option<Entered> {
        let mut roster = self.roster.lock();
        if roster.closed {
            return None;
        }
        let changed = username.is_some_and(|username| roster.add_name(username));
        let presence_due = changed && roster.presence_due();
        Some(Entered { place: roster.followers.insert(outbound), presence_due })
    }

    /// Removes a follower.
    pub(super) fn exit(&self, place: usize, username: Option<&Username>) -> Exited {
        let mut roster = self.roster.lock();
        roster.followers.remove(place);
        let changed = username.is_some_and(|username| roster.remove_name(username));
        let presence_due = changed && roster.presence_due();
        Exited { is_empty: roster.followers.is_empty(), presence_due }
    }

    /// Closes the room if nobody follows it: nobody can enter it any more. Returns whether it is closed now.
    pub(super) fn close_if_empty(&self) -> bool {
        let mut roster = self.roster.lock();
        roster.closed |= roster.followers.is_empty();
        roster.closed
    }

    /// How long presence may gather before it is told, in milliseconds: the larger the crowd, the longer, so that
    /// what it costs is bounded.
    pub(super) fn presence_gathers_ms(&self) -> u64 {
        500 + 2 * self.roster.lock().followers.len() as u64
    }

    /// The frame that says who came and went since the last time.
    pub(super) fn presence(&self) -> Option<FromServer> {
        self.roster.lock().presence(&self.name)
    }
}

/// A follower was entered.
pub(super) struct Entered {
    /// Its place among the followers.
    pub(super) place: usize,
    /// Whether presence has changed, and nobody was told yet that it is to be sent.
    pub(super) presence_due: bool,
}

/// A follower was removed.
pub(super) struct Exited {
    /// Whether nobody follows the room any more.
    pub(super) is_empty: bool,
    /// The same as in [`Entered`].
    pub(super) presence_due: bool,
}

impl Roster {
    fn add_name(&mut self, username: &Username) -> bool {
        let connections = self.names.entry(username.clone()).or_default();
        *connections += 1;
        if *connections > 1 {
            return false;
        }
        self.changes.any = true;
        if self.names.len() > limits::MEMBERS_NAMED {
            self.changes.names_unknown = true;
        } else if !remove(&mut self.changes.departed, username) {
            // Rejoining cancels a departure that was not announced yet.
            self.changes.arrived.push(username.clone());
        }
        true
    }

    fn remove_name(&mut self, username: &Username) -> bool {
        let Some(connections) = self.names.get_mut(username) else { return false };
        *connections -= 1;
        if *connections > 0 {
            return false;
        }
        self.names.remove(username);
        self.changes.any = true;
        if self.names.len() >= limits::MEMBERS_NAMED {
            self.changes.names_unknown = true;
        } else if !remove(&mut self.changes.arrived, username) {
            self.changes.departed.push(username.clone());
        }
        true
    }

    fn presence_due(&mut self) -> bool {
        !std::mem::replace(&mut self.changes.pending, true)
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
        self.changes.pending = false;
        if !std::mem::take(&mut self.changes.any) {
            return None;
        }
        let (mut arrived, mut departed) =
            (std::mem::take(&mut self.changes.arrived), std::mem::take(&mut self.changes.departed));
        let crowd = self.names.len() > limits::MEMBERS_NAMED;
        // In a crowd nobody is named; once it is small again, all are named anew.
        let all = self.changes.names_unknown && !crowd;
        self.changes.names_unknown = crowd;
        let names = all.then(|| self.members().names);
        if crowd || all {
            (arrived, departed) = (Vec::new(), Vec::new());
        } else if arrived.is_empty() && departed.is_empty() {
            return None;
        }
        Some(FromServer::Presence { room: room.clone(), count: self.count(), arrived, departed, names })
    }
}

/// Takes a name out of a list. Returns whether it was there.
fn remove(list: &mut Vec<Username>, username: &Username) -> bool {
    let at = list.iter().position(|other| other == username);
    at.map(|at| list.swap_remove(at)).is_some()
}

#[cfg(test)]
mod tests;
