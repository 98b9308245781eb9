//! The rooms that somebody follows, and the sessions that are there. It knows no socket, no HTTP and no SQL.

mod outbound;
mod ring;
mod room;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use shared::{Message, RoomName, Username};
use slab::Slab;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

pub use outbound::{OUTBOUND_BYTES, Outbound, POSTS_UNDER_WAY};
pub use ring::{Behind, Cursor, Ring, Taken, put_message};
pub use room::Room;

/// How often presence that has gathered is looked at.
const PRESENCE_TICK: Duration = Duration::from_millis(250);

/// See the module's page. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rooms: Mutex<HashMap<RoomName, Arc<Room>>>,
    sessions: Mutex<Slab<Arc<Outbound>>>,
    users: Mutex<HashMap<Username, Vec<Arc<Outbound>>>>,
    /// Rooms whose presence has changed, and when it is told.
    presence: Mutex<Vec<(Instant, Arc<Room>)>>,
    presence_changed: Notify,
    draining: AtomicBool,
}

impl Hub {
    /// Takes what a commit has added, in the order of the log, and delivers it to whoever follows its rooms.
    pub fn publish(&self, messages: &[Message]) {
        // Most commits are of one room or few: runs of the same room are published as one batch.
        let mut by_room: Vec<(Arc<Room>, Vec<Message>)> = Vec::new();
        {
            let rooms = self.0.rooms.lock();
            for message in messages {
                match by_room.iter_mut().find(|(room, _)| *room.name() == message.room) {
                    Some((_, batch)) => batch.push(message.clone()),
                    None => {
                        if let Some(room) = rooms.get(&message.room) {
                            by_room.push((room.clone(), vec![message.clone()]));
                        }
                    }
                }
            }
        }
        for (room, batch) in by_room {
            room.publish(&batch);
        }
    }

    /// Follows a room. `newest` reads the newest messages of its log, and is asked only where nobody else follows the
    /// room already. The follower is entered before that, so that nothing passes it by.
    pub async fn follow<E>(
        &self,
        name: &RoomName,
        outbound: &Arc<Outbound>,
        username: Option<&Username>,
        newest: impl AsyncFnOnce() -> Result<Vec<Message>, E>,
    ) -> Result<Subscription, E> {
        let (room, place, changed) = {
            let mut rooms = self.0.rooms.lock();
            let room = rooms.entry(name.clone()).or_insert_with(|| Arc::new(Room::new(name.clone()))).clone();
            let (place, changed) = room.enter(outbound.clone(), username);
            (room, place, changed)
        };
        let subscription = Subscription { hub: self.clone(), room, place, username: username.cloned() };
        if changed {
            self.presence_changed(&subscription.room);
        }
        let load = async || newest().await.map(|messages| subscription.room.load(&messages));
        subscription.room.loaded.get_or_try_init(load).await?;
        Ok(subscription)
    }

    /// Enters a session, by name where it has one.
    pub fn enter(&self, outbound: &Arc<Outbound>) -> Registration {
        let place = self.0.sessions.lock().insert(outbound.clone());
        Registration { hub: self.clone(), outbound: outbound.clone(), place, username: None }
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.0.sessions.lock().len()
    }

    /// How many rooms are followed.
    pub fn room_count(&self) -> usize {
        self.0.rooms.lock().len()
    }

    /// Gives a notice to a user's other sessions.
    pub fn tell_others(&self, username: &Username, but: &Arc<Outbound>, text: &str) {
        for outbound in self.0.users.lock().get(username).into_iter().flatten() {
            if !Arc::ptr_eq(outbound, but) {
                outbound.offer(text);
            }
        }
    }

    /// From now on the server drains: every session is woken, to say goodbye.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
        for (_, outbound) in &*self.0.sessions.lock() {
            outbound.notify();
        }
    }

    /// Whether the server drains.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// Tells presence for as long as the server runs.
    pub async fn tell_presence(self) {
        loop {
            self.0.presence_changed.notified().await;
            loop {
                sleep(PRESENCE_TICK).await;
                let now = Instant::now();
                let due: Vec<_> = self.0.presence.lock().extract_if(.., |(at, _)| *at <= now).collect();
                for (_, room) in due {
                    room.tell_presence();
                }
                if self.0.presence.lock().is_empty() {
                    break;
                }
            }
        }
    }

    fn presence_changed(&self, room: &Arc<Room>) {
        let mut presence = self.0.presence.lock();
        if presence.iter().any(|(_, waiting)| Arc::ptr_eq(waiting, room)) {
            return;
        }
        presence.push((Instant::now() + Duration::from_millis(room.presence_gathers_ms()), room.clone()));
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
        let mut rooms = self.hub.0.rooms.lock();
        let changed = self.room.exit(self.place, self.username.as_ref());
        if self.room.is_empty() {
            rooms.remove(self.room.name());
        } else if changed {
            drop(rooms);
            self.hub.presence_changed(&self.room);
        }
    }
}

/// A session that is there. Dropping it is going.
#[derive(Debug)]
pub struct Registration {
    hub: Hub,
    outbound: Arc<Outbound>,
    place: usize,
    username: Option<Username>,
}

impl Registration {
    /// From now on the session goes by this name.
    pub fn name(&mut self, username: &Username) {
        self.unname();
        self.username = Some(username.clone());
        self.hub.0.users.lock().entry(username.clone()).or_default().push(self.outbound.clone());
    }

    fn unname(&mut self) {
        let Some(username) = self.username.take() else { return };
        let mut users = self.hub.0.users.lock();
        if let Some(outbounds) = users.get_mut(&username) {
            outbounds.retain(|outbound| !Arc::ptr_eq(outbound, &self.outbound));
            if outbounds.is_empty() {
                users.remove(&username);
            }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.unname();
        self.hub.0.sessions.lock().remove(self.place);
    }
}
