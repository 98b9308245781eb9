//! The rooms that somebody follows, and the sessions that are there. It knows no socket, no HTTP and no SQL.
//!
//! Publishing appends to rings, which is all that the log's thread does. Notifying the followers and announcing presence
//! are done by [`Hub::run`].

mod figures;
mod outbound;
mod ring;
mod room;
mod sessions;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, RwLock};
use shared::{FromServer, Message, RoomName, Seq, Username};
use slab::Slab;
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{Instant, sleep},
};

pub use outbound::{OUTBOUND_BYTES, Outbound};
pub use ring::{Behind, Cursor, Ring, Taken, Tally, put_message};
pub use room::Room;
use sessions::Session;
pub use sessions::{Registration, User};

/// How often it is looked whether presence is to be announced.
const PRESENCE_TICK: Duration = Duration::from_millis(250);
/// All rings together hold up to so many bytes.
const TOTAL_RING_BYTES: usize = 256 << 20;
/// A ring keeps at least so many bytes where rings have to be trimmed.
const LEAST_RING_BYTES: usize = 16 << 10;

/// See the module documentation. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rooms: RwLock<HashMap<RoomName, Arc<Room>>>,
    sessions: Mutex<Slab<Session>>,
    /// The sessions of each account, by their places.
    accounts: Mutex<HashMap<Seq, Vec<usize>>>,
    /// Rooms whose followers are to be notified, each once.
    to_notify: Mutex<Vec<Arc<Room>>>,
    notify: Notify,
    /// Rooms whose presence has changed, or that have lost old messages, each once, and when it is announced.
    presence: Mutex<Vec<(Instant, Arc<Room>)>>,
    presence_changed: Notify,
    ring_bytes: ring::TotalBytes,
    draining: AtomicBool,
    /// How many sessions there were when the drain began.
    drained: AtomicUsize,
}

impl Hub {
    /// Takes what a commit has added, in the order of the log, and delivers it to the followers of its rooms.
    pub fn publish(&self, messages: Vec<Message>) {
        let mut by_room: HashMap<RoomName, Vec<Message>> = HashMap::new();
        for message in messages {
            match by_room.get_mut(&message.room) {
                Some(batch) => batch.push(message),
                None => drop(by_room.insert(message.room.clone(), vec![message])),
            }
        }
        for (name, batch) in by_room {
            let room = self.0.rooms.read().get(&name).cloned();
            if let Some(room) = room
                && room.publish(&batch)
            {
                self.notify(room);
            }
        }
        if self.0.ring_bytes.load(Ordering::Relaxed) > TOTAL_RING_BYTES {
            self.trim_rings();
        }
    }

    /// Earlier messages look different now: they are read from the log again.
    pub fn forget_messages(&self) {
        for room in self.0.rooms.read().values() {
            room.clear();
        }
    }

    /// The messages of a room up to this one are deleted. Expiry comes in many steps, and the followers
    /// are told no more often than of presence.
    pub fn expire(&self, name: &RoomName, floor: Seq) {
        let room = self.0.rooms.read().get(name).cloned();
        if let Some(room) = room.filter(|room| room.expire(floor)) {
            self.announce_presence(&room);
        }
    }

    /// The followers of a room must look at their rights again.
    pub fn recheck_followers(&self, name: &RoomName) {
        if let Some(room) = self.0.rooms.read().get(name) {
            room.recheck_followers();
        }
    }

    /// Trims all rings to half of what they may hold together, so that it is not necessary again soon.
    fn trim_rings(&self) {
        let rooms: Vec<_> = self.0.rooms.read().values().cloned().collect();
        let share = (TOTAL_RING_BYTES / 2 / rooms.len().max(1)).clamp(LEAST_RING_BYTES, ring::RING_BYTES);
        for room in rooms {
            room.trim(share);
        }
    }

    /// Sends the followers of a room something that is not kept in the log.
    fn tell_followers(&self, room: &Arc<Room>, frame: &FromServer) {
        if room.tell(frame) {
            self.notify(room.clone());
        }
    }

    /// Tells a room's followers that somebody is typing.
    pub fn typing(&self, room: &Arc<Room>, username: &Username) {
        if let Some(frame) = room.typing(username) {
            self.tell_followers(room, &frame);
        }
    }

    fn notify(&self, room: Arc<Room>) {
        self.0.to_notify.lock().push(room);
        self.0.notify.notify_one();
    }

    /// Follows a room. `head` reads the newest seq of its log, and is asked only where nobody else follows the room
    /// already. The follower is entered before that, so that it misses nothing.
    pub async fn follow<E>(
        &self,
        name: &RoomName,
        outbound: &Arc<Outbound>,
        username: Option<&Username>,
        head: impl AsyncFnOnce() -> Result<Seq, E>,
    ) -> Result<Subscription, E> {
        let (room, entered) = loop {
            let room = self.room(name);
            if let Some(entered) = room.enter(outbound.clone(), username) {
                break (room, entered);
            }
        };
        let subscription =
            Subscription { hub: self.clone(), room, place: entered.place, username: username.cloned() };
        if entered.presence_due {
            self.announce_presence(&subscription.room);
        }
        let start = async || head().await.map(|head| subscription.room.start_at(head));
        subscription.room.started.get_or_try_init(start).await?;
        Ok(subscription)
    }

    fn room(&self, name: &RoomName) -> Arc<Room> {
        if let Some(room) = self.0.rooms.read().get(name) {
            return room.clone();
        }
        let new = || Arc::new(Room::new(name.clone(), self.0.ring_bytes.clone()));
        self.0.rooms.write().entry(name.clone()).or_insert_with(new).clone()
    }

    /// Forgets a room that nobody follows. Returns whether it is closed now.
    fn close_if_empty(&self, room: &Arc<Room>) -> bool {
        let mut rooms = self.0.rooms.write();
        let closed = room.close_if_empty();
        // The name may be another room's already.
        if closed && rooms.get(room.name()).is_some_and(|known| Arc::ptr_eq(known, room)) {
            rooms.remove(room.name());
        }
        closed
    }

    /// From now on the server drains: every session is woken, to close.
    pub fn drain(&self) {
        self.0.drained.store(self.session_count(), Ordering::Release);
        self.0.draining.store(true, Ordering::Release);
        for (_, session) in &*self.0.sessions.lock() {
            session.outbound.notify();
        }
    }

    /// Whether the server drains.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// How many sessions there were when the drain began: all of them come back, those included that have ended since.
    pub fn drained_count(&self) -> usize {
        self.0.drained.load(Ordering::Acquire)
    }

    /// Notifies followers and announces presence for as long as the server runs.
    pub async fn run(self) {
        tokio::join!(self.notify_followers(), self.announce_presences());
    }

    async fn notify_followers(&self) {
        loop {
            self.0.notify.notified().await;
            let rooms = std::mem::take(&mut *self.0.to_notify.lock());
            for room in rooms {
                let mut next = room.notify_some(0);
                while let Some(from) = next {
                    yield_now().await;
                    next = room.notify_some(from);
                }
            }
        }
    }

    async fn announce_presences(&self) {
        loop {
            self.0.presence_changed.notified().await;
            loop {
                sleep(PRESENCE_TICK).await;
                let now = Instant::now();
                let due: Vec<_> = self.0.presence.lock().extract_if(.., |(at, _)| *at <= now).collect();
                for (_, room) in due {
                    // `presence` first: it begins to gather anew, so that what changes from now on is told later.
                    for frame in [room.presence(), room.expired()].into_iter().flatten() {
                        self.tell_followers(&room, &frame);
                    }
                }
                if self.0.presence.lock().is_empty() {
                    break;
                }
            }
        }
    }

    fn announce_presence(&self, room: &Arc<Room>) {
        let at = Instant::now() + Duration::from_millis(room.presence_gathers_ms());
        self.0.presence.lock().push((at, room.clone()));
        self.0.presence_changed.notify_one();
    }
}

/// A session that follows a room. Dropping it is leaving.
#[derive(Debug)]
pub struct Subscription {
    hub: Hub,
    room: Arc<Room>,
    place: usize,
    username: Option<Username>,
}

impl Subscription {
    /// The room.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let exited = self.room.exit(self.place, self.username.as_ref());
        let closed = exited.is_empty && self.hub.close_if_empty(&self.room);
        if exited.presence_due && !closed {
            self.hub.announce_presence(&self.room);
        }
    }
}
