//! The client's side of a connection, as a state machine without I/O.
//!
//! A [`Link`] connects, sends `hello`, expects heartbeats, reconnects with backoff and jitter, resumes every subscribed
//! room, and resends posts that were not acknowledged. It takes [`Event`]s and returns [`Action`]s; the caller owns the
//! socket and the clock, and gives a seed for random numbers.

mod backoff;
mod credentials;
mod event;
mod outbox;
mod receive;
mod rooms;

use backoff::Backoff;
pub use credentials::Credentials;
pub use event::{Action, Connection, Event};
pub use outbox::{Outbox, Outgoing, Progress};
use rooms::Rooms;

use crate::{
    close::{Advice, CloseCode},
    frames::{FromClient, FromServer, Refusal},
    limits::Limits,
    names::{RoomName, Token, Username},
};

/// The time limit from connecting to the `welcome`, in milliseconds.
const HANDSHAKE_TIMEOUT_MS: u64 = 15_000;
/// How long a heartbeat may be late before the connection counts as dead, in milliseconds. Together with the heartbeat's own time it
/// stays below 35 s, in which a frozen server must be noticed.
const HEARTBEAT_GRACE_MS: u64 = 9_000;
/// After a connection that lasted this long, backoff starts again, in milliseconds.
const STABLE_MS: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Stopped,
    Connecting { since: u64 },
    Greeting { since: u64 },
    Refused { refusal: Refusal, open: bool },
    Live { since: u64, last_received: u64 },
    Waiting { until: u64 },
}

/// The state machine of a connection.
#[derive(Debug, Clone)]
pub struct Link {
    state: State,
    credentials: Credentials,
    rooms: Rooms,
    outbox: Outbox,
    heartbeat_ms: u64,
    limits: Limits,
    backoff: Backoff,
    /// When the server will be back, if it has announced that.
    reconnect_at: Option<u64>,
}

impl Link {
    /// A link that is not started. The seed decides the jitter and should differ from client to client.
    pub fn new(seed: u64) -> Self {
        Self {
            state: State::Stopped,
            credentials: Credentials::default(),
            rooms: Rooms::default(),
            outbox: Outbox::default(),
            heartbeat_ms: crate::limits::HEARTBEAT_MS,
            limits: Limits::default(),
            backoff: Backoff::new(seed),
            reconnect_at: None,
        }
    }

    /// Sets the credentials, and connects. Call it again with other credentials if the connection is
    /// [`Connection::Refused`].
    ///
    /// Rooms, their positions and the outbox stay as they are. Posts keep their authors: those of another name are not sent any
    /// more, and those that were in flight may be stored or not.
    ///
    /// If the new name is refused, nothing leads back to the old one but its token. So claim a new name with another `Link`
    /// first, without rooms and posts, and pass its credentials to this one when it is [`Connection::Live`].
    pub fn identify(&mut self, credentials: Credentials, now: u64) -> Vec<Action> {
        self.credentials = credentials;
        match self.state {
            State::Refused { open: true, .. } => {
                self.state = State::Greeting { since: now };
                vec![self.hello()]
            }
            State::Stopped | State::Waiting { .. } | State::Refused { open: false, .. } => self.connect(now),
            State::Connecting { .. } => Vec::new(),
            State::Greeting { .. } | State::Live { .. } => {
                let mut actions = vec![Action::Close(CloseCode::NORMAL)];
                actions.extend(self.connect(now));
                actions
            }
        }
    }

    /// Closes the connection on purpose. The outbox is kept.
    pub fn stop(&mut self) -> Vec<Action> {
        let closes = self.has_socket();
        self.lose_connection();
        self.state = State::Stopped;
        if closes { vec![Action::Close(CloseCode::NORMAL)] } else { Vec::new() }
    }

    /// The connection's state.
    pub fn connection(&self) -> Connection {
        match &self.state {
            State::Stopped => Connection::Stopped,
            State::Connecting { .. } | State::Greeting { .. } => Connection::Connecting,
            State::Live { .. } => Connection::Live,
            State::Waiting { until } => Connection::Waiting { retry_at: *until },
            State::Refused { refusal, .. } => Connection::Refused(refusal.clone()),
        }
    }

    /// The credentials: after `welcome` with the name and the token that the server has told.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The username that the server has confirmed, or that is requested.
    pub fn username(&self) -> Option<&Username> {
        self.credentials.username.as_ref()
    }

    /// The token, which should be stored.
    pub fn token(&self) -> Option<&Token> {
        self.credentials.token.as_ref()
    }

    /// The limits that the server has announced.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The posts of other authors that wait to be delivered, see [`Client::foreign_posts`](crate::Client::foreign_posts).
    pub fn foreign_posts(&self) -> impl Iterator<Item = &Outgoing> {
        self.outbox.foreign(self.username(), &self.rooms)
    }

    /// The posts that are not acknowledged yet.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Mutable access to the outbox. Call [`Link::flush`] after adding or retrying a post.
    pub fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// The subscribed rooms.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomName> {
        self.rooms.names()
    }

    /// Whether the server has confirmed the subscription on this connection.
    pub fn is_joined(&self, room: &RoomName) -> bool {
        self.rooms.is_joined(room)
    }

    /// Subscribes to a room, now if connected and after every reconnection.
    pub fn join(&mut self, room: &RoomName) -> Vec<Action> {
        self.rooms.add(room).map_or_else(Vec::new, |join| self.send(&join))
    }

    /// Repeats a join that was refused.
    pub(crate) fn retry_join(&mut self, room: &RoomName) -> Vec<Action> {
        self.rooms.remove(room);
        self.join(room)
    }

    /// Unsubscribes from a room.
    pub fn leave(&mut self, room: &RoomName) -> Vec<Action> {
        let leave = FromClient::Leave { room: room.clone() };
        if !self.rooms.remove(room) {
            return Vec::new();
        }
        let mut actions = self.send(&leave);
        // Posts that waited for the answer to the join can be sent now.
        if let State::Live { last_received, .. } = self.state {
            actions.extend(self.flush(last_received));
        }
        actions
    }

    /// Sends a frame that may be lost with the connection. Sends nothing if not connected.
    pub fn send(&mut self, frame: &FromClient) -> Vec<Action> {
        if matches!(self.state, State::Live { .. }) { vec![Action::Send(frame.encode())] } else { Vec::new() }
    }

    /// Sends all posts of this user that can be sent now. Those of another author stay in the outbox.
    pub fn flush(&mut self, now: u64) -> Vec<Action> {
        if !matches!(self.state, State::Live { .. }) {
            return Vec::new();
        }
        let Some(username) = &self.credentials.username else { return Vec::new() };
        let frames = self.outbox.take_sendable(username, now, self.limits.frame_bytes, &self.rooms);
        frames.into_iter().map(Action::Send).collect()
    }

    /// The latest time for the next [`Event::Tick`].
    pub fn wakes_at(&self) -> Option<u64> {
        match &self.state {
            State::Stopped | State::Refused { .. } => None,
            State::Connecting { since } | State::Greeting { since } => Some(since + HANDSHAKE_TIMEOUT_MS),
            State::Waiting { until } => Some(*until),
            State::Live { last_received, .. } => {
                let due = self.rooms.wakes_at().into_iter().chain(self.outbox.wakes_at());
                due.chain([self.heartbeat_deadline(*last_received)]).min()
            }
        }
    }

    /// Handles an event, and decodes its frame. For a link without a view: one that claims a name, or that delivers the posts
    /// of another author.
    pub fn feed(&mut self, event: &Event<'_>, now: u64) -> Vec<Action> {
        match event {
            Event::Frame(text) => match FromServer::decode(text) {
                Ok(frame) => self.receive(&frame, now),
                // A frame of an unknown type, sent by a later version, still proves that the connection is alive.
                Err(_) => self.handle(event, now),
            },
            _ => self.handle(event, now),
        }
    }

    /// Handles an event. Frames are decoded once by the caller and passed to [`Link::receive`]; here they only count as a
    /// sign of life.
    pub fn handle(&mut self, event: &Event<'_>, now: u64) -> Vec<Action> {
        match event {
            Event::Opened => {
                if !matches!(self.state, State::Connecting { .. }) {
                    return Vec::new();
                }
                self.state = State::Greeting { since: now };
                vec![self.hello()]
            }
            Event::Closed(code) => {
                self.closed(*code, now);
                Vec::new()
            }
            Event::Frame(_) => {
                self.note_received(now);
                Vec::new()
            }
            Event::Tick => self.tick(now),
            Event::Retry => match self.state {
                State::Waiting { .. } => self.connect(now),
                _ => Vec::new(),
            },
            Event::Offline => {
                if !self.has_socket() {
                    return Vec::new();
                }
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::NORMAL)]
            }
        }
    }

    fn hello(&self) -> Action {
        let Credentials { username, token, secret, invitation } = self.credentials.clone();
        Action::Send(FromClient::Hello { username, token, secret, invitation }.encode())
    }

    fn connect(&mut self, now: u64) -> Vec<Action> {
        self.lose_connection();
        self.state = State::Connecting { since: now };
        vec![Action::Open]
    }

    fn has_socket(&self) -> bool {
        !matches!(self.state, State::Stopped | State::Waiting { .. } | State::Refused { open: false, .. })
    }

    fn note_received(&mut self, now: u64) {
        if let State::Live { last_received, .. } = &mut self.state {
            *last_received = now;
        }
    }

    /// When the connection counts as dead if nothing has been received since `last_received`.
    fn heartbeat_deadline(&self, last_received: u64) -> u64 {
        last_received.saturating_add(self.heartbeat_ms).saturating_add(HEARTBEAT_GRACE_MS)
    }

    /// Resets everything that depended on the lost connection.
    fn lose_connection(&mut self) {
        self.outbox.connection_lost();
        self.rooms.connection_lost();
    }

    fn tick(&mut self, now: u64) -> Vec<Action> {
        match self.state {
            State::Waiting { until } if until <= now => self.connect(now),
            State::Connecting { since } | State::Greeting { since }
                if since + HANDSHAKE_TIMEOUT_MS <= now =>
            {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::HEARTBEAT_TIMEOUT)]
            }
            State::Live { last_received, .. } if self.heartbeat_deadline(last_received) <= now => {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::HEARTBEAT_TIMEOUT)]
            }
            State::Live { .. } => {
                let joins = self.rooms.take_due_joins(now);
                let mut actions: Vec<_> = joins.iter().map(|join| Action::Send(join.encode())).collect();
                actions.extend(self.flush(now));
                actions
            }
            _ => Vec::new(),
        }
    }

    fn closed(&mut self, code: CloseCode, now: u64) {
        if let State::Live { since, .. } = self.state
            && now.saturating_sub(since) >= STABLE_MS
        {
            self.backoff.reset();
        }
        self.lose_connection();
        match &mut self.state {
            State::Stopped | State::Waiting { .. } => {}
            State::Refused { open, .. } => *open = false,
            _ => {
                let reconnect_at = self.reconnect_at.take().filter(|at| *at > now);
                let until = reconnect_at.unwrap_or_else(|| {
                    let needs_fix = code.advice() == Advice::Fix;
                    now + if needs_fix { self.backoff.longest() } else { self.backoff.next() }
                });
                self.state = State::Waiting { until };
            }
        }
    }
}
