//! The rooms that somebody follows, and the sessions that are there. It knows no socket, no HTTP and no SQL.
//!
//! Publishing appends to rings, which is all that the log's thread does. Notifying the followers and announcing presence
//! are done by [`Hub::run`].

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

use parking_lot::{Mutex, RwLock};
use shared::{FromServer, Message, RoomName, Seq, Username};
use slab::Slab;
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{Instant, sleep},
};

use crate::store::Audience;

pub use outbound::{OUTBOUND_BYTES, Outbound};
pub use ring::{Behind, Cursor, Ring, Taken, put_message};
pub use room::Room;

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
    /// Rooms whose presence has changed, each once, and when it is announced.
    presence: Mutex<Vec<(Instant, Arc<Room>)>>,
    presence_changed: Notify,
    ring_bytes: ring::TotalBytes,
    draining: AtomicBool,
}

#[derive(Debug)]
struct Session {
    outbound: Arc<Outbound>,
    user: User,
}

/// What the hub needs to know of who a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct User {
    /// The account. `None`: somebody without one, or not known yet.
    pub account: Option<Seq>,
    /// Whether the session hears of rooms that it does not follow, and of what its user does on other connections.
    pub takes_notices: bool,
    /// Whether the user sees only the rooms that they were added to.
    pub limited: bool,
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

    /// The sessions of an account must look at their rights again.
    pub fn recheck_account(&self, account: Seq) {
        self.each_of(account, Outbound::recheck);
    }

    /// All sessions must look at their rights again.
    pub fn recheck_all(&self) {
        for (_, session) in &*self.0.sessions.lock() {
            session.outbound.recheck();
        }
    }

    /// A room is not an account's to read any more.
    pub fn lose_room(&self, room: &RoomName, account: Seq) {
        self.each_of(account, |outbound| outbound.lose(room));
    }

    /// A room is gone for those of an audience who are not its members.
    pub fn lose_room_but(&self, room: &RoomName, audience: &Audience, members: &[Seq]) {
        for (_, session) in &*self.0.sessions.lock() {
            let is_member =
                session.user.account.is_some_and(|account| members.binary_search(&account).is_ok());
            if !is_member && session.user.is_among(audience) {
                session.outbound.lose(room);
            }
        }
    }

    /// Gives a notice to the sessions of an audience.
    pub fn tell(&self, audience: &Audience, frame: &FromServer) {
        let text = frame.encode();
        for (_, session) in &*self.0.sessions.lock() {
            if session.user.takes_notices && session.user.is_among(audience) {
                session.outbound.offer(&text);
            }
        }
    }

    /// Whether an account has a session.
    pub fn is_online(&self, account: Seq) -> bool {
        self.0.accounts.lock().contains_key(&account)
    }

    fn each_of(&self, account: Seq, act: impl Fn(&Outbound)) {
        let sessions = self.0.sessions.lock();
        for place in self.0.accounts.lock().get(&account).into_iter().flatten() {
            if let Some(session) = sessions.get(*place) {
                act(&session.outbound);
            }
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

    /// Enters a session.
    pub fn enter(&self, outbound: &Arc<Outbound>) -> Registration {
        let session = Session { outbound: outbound.clone(), user: User::default() };
        let place = self.0.sessions.lock().insert(session);
        Registration { hub: self.clone(), place, account: None }
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.0.sessions.lock().len()
    }

    /// How many rooms are followed.
    pub fn room_count(&self) -> usize {
        self.0.rooms.read().len()
    }

    /// Gives a notice to an account's other sessions.
    pub fn tell_others(&self, account: Seq, but: &Outbound, text: &str) {
        let sessions = self.0.sessions.lock();
        for place in self.0.accounts.lock().get(&account).into_iter().flatten() {
            if let Some(session) = sessions.get(*place)
                && session.user.takes_notices
                && !std::ptr::eq(&raw const *session.outbound, but)
            {
                session.outbound.offer(text);
            }
        }
    }

    /// From now on the server drains: every session is woken, to close.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
        for (_, session) in &*self.0.sessions.lock() {
            session.outbound.notify();
        }
    }

    /// Whether the server drains.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
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
                    if let Some(frame) = room.presence() {
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

/// A session that is there. Dropping it is going.
#[derive(Debug)]
pub struct Registration {
    hub: Hub,
    place: usize,
    account: Option<Seq>,
}

impl Registration {
    /// From now on the session is this user's.
    pub fn set_user(&mut self, user: User) {
        self.clear_account();
        let mut sessions = self.hub.0.sessions.lock();
        if let Some(session) = sessions.get_mut(self.place) {
            session.user = user;
        }
        self.account = user.account;
        if let Some(account) = user.account {
            self.hub.0.accounts.lock().entry(account).or_default().push(self.place);
        }
    }

    fn clear_account(&mut self) {
        let Some(account) = self.account.take() else { return };
        // The order of the locks is the same everywhere: sessions, then accounts.
        let _sessions = self.hub.0.sessions.lock();
        let mut accounts = self.hub.0.accounts.lock();
        if let Some(places) = accounts.get_mut(&account) {
            places.retain(|place| *place != self.place);
            if places.is_empty() {
                accounts.remove(&account);
            }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.clear_account();
        self.hub.0.sessions.lock().remove(self.place);
    }
}

impl User {
    fn is_among(&self, audience: &Audience) -> bool {
        let is_named =
            |accounts: &[Seq]| self.account.is_some_and(|account| accounts.binary_search(&account).is_ok());
        match audience {
            Audience::Everybody { added, removed } => {
                (!self.limited || is_named(added)) && !is_named(removed)
            }
            Audience::Accounts(accounts) => is_named(accounts),
        }
    }
}
