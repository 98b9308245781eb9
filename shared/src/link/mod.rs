//! The client's side of one connection, as a state machine without I/O.
//!
//! A [`Link`] connects, says who is there, hears heartbeats, backs off with jitter when the connection is lost,
//! resumes every room that is followed, and resends what was not acknowledged. It is fed [`Event`]s and answers with
//! [`Action`]s; a socket, a clock and a seed for its dice are the caller's.

mod outbox;

use std::collections::BTreeMap;

pub use outbox::{Outbox, Outgoing, Progress};

use crate::{
    close::{Advice, CloseCode},
    frames::{FromClient, FromServer, Refusal},
    limits::Limits,
    names::{Epoch, RoomName, Seq, Token, Username},
};

/// What happened to the socket. Times are milliseconds of a clock that never goes back.
///
/// Once an [`Action::Open`] or [`Action::Close`] was given, events of an earlier socket must not be fed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The socket that [`Action::Open`] asked for is open.
    Opened,
    /// A text frame came.
    Frame(&'a str),
    /// The socket is closed, or could not be opened.
    Closed(CloseCode),
    /// Time has passed: to be fed at [`Link::wakes_at`] or later.
    Tick,
    /// The device is on a network again, or the user asks to try now.
    Retry,
    /// The device has lost its network.
    Offline,
}

/// What the caller should do to the socket, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a socket; forget an earlier one.
    Open,
    /// Send this text frame.
    Send(String),
    /// Close the socket with this code, and forget it.
    Close(CloseCode),
}

/// How it stands with the connection, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// It was not started, or stopped on purpose.
    Stopped,
    /// A connection is being made.
    Connecting,
    /// Everything works.
    Live,
    /// The connection was lost; the next try is at this moment of the caller's clock, in milliseconds.
    Waiting {
        /// When.
        retry_at: u64,
    },
    /// The server does not accept who we say we are: [`Link::identify`] anew.
    Refused(Refusal),
}

/// A connection that takes longer than this to be open and greeted is given up, in milliseconds.
const GREETING_MS: u64 = 15_000;
/// Nothing heard for the promised heartbeat and so much more: the connection is dead, in milliseconds.
const GRACE_MS: u64 = 10_000;
/// The first wait after a lost connection is up to this, in milliseconds; it doubles from try to try.
const FIRST_WAIT_MS: u64 = 500;
/// The longest wait, in milliseconds.
const LONGEST_WAIT_MS: u64 = 30_000;
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

/// How far a followed room was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Followed {
    epoch: Option<Epoch>,
    last: Option<Seq>,
}

/// See the module's page.
#[derive(Debug, Clone)]
pub struct Link {
    state: State,
    username: Option<Username>,
    token: Option<Token>,
    rooms: BTreeMap<RoomName, Followed>,
    outbox: Outbox,
    heartbeat_ms: u64,
    limits: Limits,
    tries: u32,
    told_to_wait: Option<u64>,
    dice: u64,
}

impl Link {
    /// A link that is not started. The seed decides its jitter: it should differ from client to client.
    pub fn new(seed: u64) -> Self {
        Self {
            state: State::Stopped,
            username: None,
            token: None,
            rooms: BTreeMap::new(),
            outbox: Outbox::default(),
            heartbeat_ms: crate::limits::HEARTBEAT_MS,
            limits: Limits::default(),
            tries: 0,
            told_to_wait: None,
            dice: seed,
        }
    }

    /// Says who is there, and connects. To be called anew with another name when the connection is
    /// [`Connection::Refused`].
    pub fn identify(&mut self, username: Option<Username>, token: Option<Token>, now: u64) -> Vec<Action> {
        self.username = username;
        self.token = token;
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
        self.lose_posts();
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
        self.username.as_ref()
    }

    /// The proof of our name, to be kept.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
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
        self.rooms.keys()
    }

    /// Follows a room, now if live and after every reconnection.
    pub fn join(&mut self, room: &RoomName) -> Vec<Action> {
        if self.rooms.contains_key(room) {
            return Vec::new();
        }
        self.rooms.insert(room.clone(), Followed::default());
        self.send(&FromClient::Join { room: room.clone(), epoch: None, after: None })
    }

    /// Follows a room no longer.
    pub fn leave(&mut self, room: &RoomName) -> Vec<Action> {
        if self.rooms.remove(room).is_none() {
            return Vec::new();
        }
        self.send(&FromClient::Leave { room: room.clone() })
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
        self.outbox.take_sendable(now, self.limits.frame_bytes).into_iter().map(Action::Send).collect()
    }

    /// When a [`Event::Tick`] should come at the latest, if nothing else does before.
    pub fn wakes_at(&self) -> Option<u64> {
        match &self.state {
            State::Stopped | State::Refused { .. } => None,
            State::Connecting { since } | State::Greeting { since } => Some(since + GREETING_MS),
            State::Waiting { until } => Some(*until),
            State::Live { heard, .. } => {
                let silence = heard + self.heartbeat_ms + GRACE_MS;
                Some(self.outbox.wakes_at().map_or(silence, |at| at.min(silence)))
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
                self.username = Some(username.clone());
                self.token = Some(token.clone());
                self.heartbeat_ms = *heartbeat_ms;
                self.limits = *limits;
                self.state = State::Live { since: now, heard: now };
                let joins = self.rooms.iter().map(|(room, followed)| FromClient::Join {
                    room: room.clone(),
                    epoch: followed.epoch.clone(),
                    after: followed.last,
                });
                let mut actions: Vec<_> = joins.map(|join| Action::Send(join.encode())).collect();
                actions.extend(self.flush(now));
                actions
            }
            FromServer::Joined { room, epoch, head, resumed, .. } => {
                if let Some(followed) = self.rooms.get_mut(room) {
                    followed.epoch = Some(epoch.clone());
                    if !resumed {
                        followed.last = Some(*head);
                    }
                }
                Vec::new()
            }
            FromServer::Message(message) => {
                if let Some(followed) = self.rooms.get_mut(&message.room) {
                    followed.last = followed.last.max(Some(message.seq));
                }
                // Whoever sees the own message in the log knows that it is stored (promise 2).
                if self.username.as_ref() == Some(&message.username) {
                    self.outbox.stored(&message.room, &message.id, message.seq);
                }
                self.flush(now)
            }
            FromServer::Posted { room, id, seq, .. } => {
                self.outbox.stored(room, id, *seq);
                self.flush(now)
            }
            FromServer::Refused(refusal) => {
                if matches!(self.state, State::Greeting { .. }) && refusal.room.is_none() {
                    self.state = State::Refused { refusal: refusal.clone(), open: true };
                } else if let Some(id) = &refusal.id {
                    self.outbox.refused(id, refusal, now);
                } else if let Some(room) = &refusal.room
                    && refusal.code == crate::RefusalCode::TooManyRooms
                {
                    self.rooms.remove(room);
                }
                self.flush(now)
            }
            FromServer::Closing { reconnect_after_ms, .. } => {
                self.told_to_wait = Some(*reconnect_after_ms);
                Vec::new()
            }
            FromServer::Page { .. }
            | FromServer::Presence { .. }
            | FromServer::Typing { .. }
            | FromServer::Seen { .. }
            | FromServer::Heartbeat {} => Vec::new(),
        }
    }

    fn hello(&self) -> Action {
        Action::Send(
            FromClient::Hello { username: self.username.clone(), token: self.token.clone() }.encode(),
        )
    }

    fn connect(&mut self, now: u64) -> Vec<Action> {
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

    fn lose_posts(&mut self) {
        self.outbox.connection_lost();
    }

    fn tick(&mut self, now: u64) -> Vec<Action> {
        let overdue = self.wakes_at().is_some_and(|at| at <= now);
        match self.state {
            State::Waiting { .. } if overdue => self.connect(now),
            State::Connecting { since } | State::Greeting { since } if since + GREETING_MS <= now => {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::SILENT)]
            }
            State::Live { heard, .. } if heard + self.heartbeat_ms + GRACE_MS <= now => {
                self.closed(CloseCode::ABNORMAL, now);
                vec![Action::Close(CloseCode::SILENT)]
            }
            State::Live { .. } => self.flush(now),
            _ => Vec::new(),
        }
    }

    fn closed(&mut self, code: CloseCode, now: u64) {
        if let State::Live { since, .. } = self.state
            && now.saturating_sub(since) >= GOOD_MS
        {
            self.tries = 0;
        }
        self.lose_posts();
        match &mut self.state {
            State::Stopped | State::Waiting { .. } => {}
            State::Refused { open, .. } => *open = false,
            _ => {
                let wait = match self.told_to_wait.take() {
                    Some(told) => told,
                    None if code.advice() == Advice::Mend => LONGEST_WAIT_MS,
                    None => self.back_off(),
                };
                self.state = State::Waiting { until: now + wait };
            }
        }
    }

    /// Between half and all of a time that doubles from try to try.
    fn back_off(&mut self) -> u64 {
        let longest = (FIRST_WAIT_MS << self.tries.min(10)).min(LONGEST_WAIT_MS);
        self.tries += 1;
        longest / 2 + self.roll() % (longest / 2)
    }

    /// The next number of `SplitMix64` (Steele, Lea, Flood 2014).
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
