//! The client's side of one connection, as a state machine without I/O.
//!
//! A [`Link`] connects, says who is there, hears heartbeats, backs off with jitter when the connection is lost,
//! resumes every room that is followed, and resends what was not acknowledged. It is fed [`Event`]s and answers with
//! [`Action`]s; a socket, a clock and a seed for its dice are the caller's.

mod backoff;
mod event;
mod outbox;
mod rooms;

use backoff::Backoff;
pub use event::{Action, Connection, Event};
pub use outbox::{Outbox, Outgoing, Progress};
use rooms::Rooms;

use crate::{
    close::{Advice, CloseCode},
    frames::{FromClient, FromServer, Refusal, RefusalCode},
    limits::Limits,
    message::Message,
    names::{ClaimSecret, RoomName, Token, Username},
};

/// A connection that takes longer than this to be open and greeted is given up, in milliseconds.
const GREETING_MS: u64 = 15_000;
/// Nothing heard for the promised heartbeat and so much more: the connection is dead, in milliseconds.
const GRACE_MS: u64 = 10_000;
/// A connection that lived for so long was a good one: waits begin anew after it, in milliseconds.
const GOOD_MS: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Stopped,
    Connecting { since: u64 },
    Greeting { since: u64 },
    Refused { refusal: Refusal, open: bool },
    Live { since: u64, heard: u64 },
    Waiting { until: u64 },
}

/// Who a client says it is in its `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The name to claim. Not needed with a token. Without both, the server gives a guest's name.
    pub username: Option<Username>,
    /// The proof of a name.
    pub token: Option<Token>,
    /// Makes the claim repeatable. To be kept before it is used.
    pub secret: Option<ClaimSecret>,
}

impl Credentials {
    /// Asks for a name that is free, without a way to repeat the claim.
    pub fn named(username: Username) -> Self {
        Self { username: Some(username), ..Self::default() }
    }
}

/// See the module's page.
#[derive(Debug, Clone)]
pub struct Link {
    state: State,
    credentials: Credentials,
    rooms: Rooms,
    outbox: Outbox,
    heartbeat_ms: u64,
    limits: Limits,
    backoff: Backoff,
    /// When the server said that it will be there again.
    back_at: Option<u64>,
}

impl Link {
    /// A link that is not started. The seed decides its jitter: it should differ from client to client.
    pub fn new(seed: u64) -> Self {
        Self {
            state: State::Stopped,
            credentials: Credentials::default(),
            rooms: Rooms::default(),
            outbox: Outbox::default(),
            heartbeat_ms: crate::limits::HEARTBEAT_MS,
            limits: Limits::default(),
            backoff: Backoff::new(seed),
            back_at: None,
        }
    }

    /// Says who is there, and connects. To be called anew with another name when the connection is
    /// [`Connection::Refused`].
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

    /// Ends on purpose. What is in the outbox stays there.
    pub fn stop(&mut self) -> Vec<Action> {
        let closes = self.has_socket();
        self.lose_connection();
        self.state = State::Stopped;
        if closes { vec![Action::Close(CloseCode::NORMAL)] } else { Vec::new() }
    }

    /// How it stands.
    pub fn connection(&self) -> Connection {
        match &self.state {
            State::Stopped => Connection::Stopped,
            State::Connecting { .. } | State::Greeting { .. } => Connection::Connecting,
            State::Live { .. } => Connection::Live,
            State::Waiting { until } => Connection::Waiting { retry_at: *until },
            State::Refused { refusal, .. } => Connection::Refused(refusal.clone()),
        }
    }

    /// The name that the server knows us by, or that we ask for.
    pub fn username(&self) -> Option<&Username> {
        self.credentials.username.as_ref()
    }

    /// The proof of our name, to be kept.
    pub fn token(&self) -> Option<&Token> {
        self.credentials.token.as_ref()
    }

    /// What the server takes.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The posts that are not yet acknowledged.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The same, to add, retry and discard; [`Link::flush`] sends what can be sent.
    pub fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// The rooms that are followed.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomName> {
        self.rooms.names()
    }

    /// Whether a room is followed on this connection: the server has answered the join.
    pub fn is_joined(&self, room: &RoomName) -> bool {
        self.rooms.is_joined(room)
    }

    /// Follows a room, now if live and after every reconnection.
    pub fn join(&mut self, room: &RoomName) -> Vec<Action> {
        self.rooms.add(room).map_or_else(Vec::new, |join| self.send(&join))
    }

    /// Follows a room no longer.
    pub fn leave(&mut self, room: &RoomName) -> Vec<Action> {
        let leave = FromClient::Leave { room: room.clone() };
        if !self.rooms.remove(room) {
            return Vec::new();
        }
        let mut actions = self.send(&leave);
        // Posts that waited for the answer to the join wait no longer.
        if let State::Live { heard, .. } = self.state {
            actions.extend(self.flush(heard));
        }
        actions
    }

    /// Sends a frame that need not survive the connection; nothing is sent when it is not live.
    pub fn send(&mut self, frame: &FromClient) -> Vec<Action> {
        if matches!(self.state, State::Live { .. }) { vec![Action::Send(frame.encode())] } else { Vec::new() }
    }

    /// Sends what the outbox holds and the connection takes.
    pub fn flush(&mut self, now: u64) -> Vec<Action> {
        if !matches!(self.state, State::Live { .. }) {
            return Vec::new();
        }
        let frames = self.outbox.take_sendable(now, self.limits.frame_bytes, &self.rooms);
        frames.into_iter().map(Action::Send).collect()
    }

    /// When a [`Event::Tick`] should come at the latest, if nothing else does before.
    pub fn wakes_at(&self) -> Option<u64> {
        match &self.state {
            State::Stopped | State::Refused { .. } => None,
            State::Connecting { since } | State::Greeting { since } => Some(since + GREETING_MS),
            State::Waiting { until } => Some(*until),
            State::Live { heard, .. } => {
                let due = self.rooms.wakes_at().into_iter().chain(self.outbox.wakes_at());
                due.chain([self.silent_at(*heard)]).min()
            }
        }
    }

    /// Takes what happened to the socket, but for frames: those are read once by the caller and go to
    /// [`Link::receive`].
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
                self.heard(now);
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

    /// Takes a frame of the server's.
    pub fn receive(&mut self, frame: &FromServer, now: u64) -> Vec<Action> {
        self.heard(now);
        match frame {
            FromServer::Welcome { username, token, heartbeat_ms, limits, .. } => {
                if !matches!(self.state, State::Greeting { .. }) {
                    return Vec::new();
                }
                self.credentials.username = Some(username.clone());
                if token.is_some() {
                    self.credentials.token.clone_from(token);
                }
                self.heartbeat_ms = *heartbeat_ms;
                self.limits = *limits;
                self.state = State::Live { since: now, heard: now };
                let joins = self.rooms.joins();
                let mut actions: Vec<_> = joins.map(|join| Action::Send(join.encode())).collect();
                actions.extend(self.flush(now));
                actions
            }
            FromServer::Joined { room, epoch, head, resumed, messages, context, .. } => {
                let start = (!resumed).then_some(*head);
                if self.rooms.joined(room, epoch, start) {
                    self.outbox.forget_numbers(room);
                }
                self.note_own(messages.iter().chain(context));
                self.flush(now)
            }
            FromServer::Page { messages, context, .. } => {
                self.note_own(messages.iter().chain(context));
                self.flush(now)
            }
            FromServer::Message(message) => {
                self.rooms.heard(&message.room, message.seq);
                self.note_own([message]);
                self.flush(now)
            }
            FromServer::Posted { room, id, seq, .. } => {
                self.outbox.stored(room, id, *seq);
                self.flush(now)
            }
            FromServer::Refused(refusal) => self.refused(refusal, now),
            FromServer::Closing { reconnect_after_ms, .. } => {
                self.back_at = Some(now.saturating_add(*reconnect_after_ms));
                Vec::new()
            }
            FromServer::Presence { .. }
            | FromServer::Typing { .. }
            | FromServer::Seen { .. }
            | FromServer::Heartbeat {} => Vec::new(),
        }
    }

    fn hello(&self) -> Action {
        let Credentials { username, token, secret } = self.credentials.clone();
        Action::Send(FromClient::Hello { username, token, secret }.encode())
    }

    /// Whoever sees an own post in the log knows that it is stored (promise 2).
    fn note_own<'m>(&mut self, messages: impl IntoIterator<Item = &'m Message>) {
        for message in messages {
            if self.username() == Some(&message.username) {
                self.outbox.stored(&message.room, &message.id, message.seq);
            }
        }
    }

    fn refused(&mut self, refusal: &Refusal, now: u64) -> Vec<Action> {
        let again_at = refusal.retry_after_ms.map(|wait| now.saturating_add(wait));
        match (&refusal.id, &refusal.room) {
            (None, None) if matches!(self.state, State::Greeting { .. }) => {
                if again_at.is_none() {
                    self.state = State::Refused { refusal: refusal.clone(), open: true };
                    return Vec::new();
                }
                self.back_at = again_at;
                self.closed(CloseCode::TRY_LATER, now);
                return vec![Action::Close(CloseCode::NORMAL)];
            }
            (Some(id), _) => self.outbox.refused(id, refusal, now),
            (None, Some(room)) if refusal.code == RefusalCode::TooManyRooms => {
                self.rooms.remove(room);
            }
            // It was the join, most likely; to join again does no harm.
            (None, Some(room)) => {
                if let Some(at) = again_at {
                    self.rooms.join_again_at(room, at);
                }
            }
            _ => {}
        }
        self.flush(now)
    }

    fn connect(&mut self, now: u64) -> Vec<Action> {
        self.lose_connection();
        self.state = State::Connecting { since: now };
        vec![Action::Open]
    }

    fn has_socket(&self) -> bool {
        !matches!(self.state, State::Stopped | State::Waiting { .. } | State::Refused { open: false, .. })
    }

    fn heard(&mut self, now: u64) {
        if let State::Live { heard, .. } = &mut self.state {
            *heard = now;
        }
    }

    /// When a connection on which nothing was heard since then is dead.
    fn silent_at(&self, heard: u64) -> u64 {
        heard.saturating_add(self.heartbeat_ms).saturating_add(GRACE_MS)
    }

    /// Nothing that was sent on this connection is answered any more.
    fn lose_connection(&mut self) {
        self.outbox.connection_lost();
        self.rooms.connection_lost();
    }

    fn tick(&mut self, now: u64) -> Vec<Action> {
        match self.state {
            State::Waiting { until } if until <= now => self.connect(now),
            State::Connecting { since } | State::Greeting { since } if since + GREETING_MS <= now => {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::SILENT)]
            }
            State::Live { heard, .. } if self.silent_at(heard) <= now => {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::SILENT)]
            }
            State::Live { .. } => {
                let joins = self.rooms.take_due(now);
                let mut actions: Vec<_> = joins.iter().map(|join| Action::Send(join.encode())).collect();
                actions.extend(self.flush(now));
                actions
            }
            _ => Vec::new(),
        }
    }

    fn closed(&mut self, code: CloseCode, now: u64) {
        if let State::Live { since, .. } = self.state
            && now.saturating_sub(since) >= GOOD_MS
        {
            self.backoff.reset();
        }
        self.lose_connection();
        match &mut self.state {
            State::Stopped | State::Waiting { .. } => {}
            State::Refused { open, .. } => *open = false,
            _ => {
                let back_at = self.back_at.take().filter(|at| *at > now);
                let until = back_at.unwrap_or_else(|| {
                    let mends = code.advice() == Advice::Fix;
                    now + if mends { self.backoff.longest() } else { self.backoff.next() }
                });
                self.state = State::Waiting { until };
            }
        }
    }
}
