//! Clients, a server, and the network between them.

use std::collections::{BTreeSet, VecDeque};

use shared::{
    Action, Client, CloseCode, Connection, Credentials, Event, FromServer, MessageId, Post, Username,
};

use super::{OWNERS, ROOMS, Server, Step, room, server::SessionId, user};

/// The simulated world.
pub struct World {
    pub server: Server,
    pub devices: Vec<Device>,
    pub now: u64,
    /// Every post that a user has written, in order, and whether it was discarded.
    pub written: Vec<Written>,
    /// Events that weaken what can be promised.
    pub upsets: BTreeSet<Upset>,
}

/// See [`World::upsets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Upset {
    /// A post was deferred or retried, so later ones may have overtaken it.
    Reordered,
    /// The server lost what it had acknowledged.
    WentBack,
    /// Somebody left a room, or was removed from it.
    Left,
    /// The server could not resume.
    Forgot,
}

pub struct Written {
    pub device: usize,
    pub username: Username,
    pub post: Post,
    /// The message that it is about, as the device showed it.
    pub target: Option<MessageId>,
    pub discarded: bool,
}

/// A user's program.
pub struct Device {
    pub username: Username,
    pub client: Client,
    pub socket: Option<Socket>,
    /// The stored outbox, with its version.
    pub kept: (u64, String),
}

pub struct Socket {
    pub session: Option<SessionId>,
    silent: bool,
    up: VecDeque<String>,
    messages: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        let device = |(number, name): (usize, &&str)| Device {
            username: user(name),
            client: Client::new(number as u64),
            socket: None,
            kept: (0, "[]".into()),
        };
        let mut world = Self {
            server: Server::default(),
            devices: OWNERS.iter().enumerate().map(device).collect(),
            now: 0,
            written: Vec::new(),
            upsets: BTreeSet::new(),
        };
        for number in 0..world.devices.len() {
            world.begin(number);
        }
        world
    }

    /// A program starts: it identifies itself and joins the rooms.
    pub(super) fn begin(&mut self, number: usize) {
        let name = self.devices[number].username.clone();
        let token = format!("token-of-{name}").parse().unwrap();
        self.dispatch(number, |client, now| {
            client.identify(Credentials { token: Some(token), ..Credentials::named(name) }, now)
        });
        for name in ROOMS {
            self.dispatch(number, |client, _| client.join(&room(name)));
        }
    }

    pub fn dispatch(&mut self, number: usize, intent: impl FnOnce(&mut Client, u64) -> Vec<Action>) {
        let actions = intent(&mut self.devices[number].client, self.now);
        self.carry_out(number, actions);
    }

    pub(super) fn feed(&mut self, number: usize, event: &Event<'_>) {
        let actions = self.devices[number].client.handle(event, self.now);
        self.carry_out(number, actions);
    }

    fn carry_out(&mut self, number: usize, actions: Vec<Action>) {
        self.keep(number);
        for action in actions {
            match action {
                Action::Open => {
                    assert!(
                        self.devices[number].socket.is_none(),
                        "a second socket is opened beside the first"
                    );
                    self.devices[number].socket = Some(Socket {
                        session: None,
                        silent: false,
                        up: VecDeque::new(),
                        messages: Vec::new(),
                    });
                }
                Action::Send(text) => {
                    let socket =
                        self.devices[number].socket.as_mut().expect("nothing is sent without a socket");
                    assert!(socket.session.is_some(), "something is sent before the socket is open");
                    socket.up.push_back(text);
                }
                Action::Close(_) => self.end_socket(number, 0),
            }
        }
        let device = &self.devices[number];
        let has_socket = device.socket.is_some();
        let state = device.client.connection();
        assert_eq!(has_socket, matches!(state, Connection::Connecting | Connection::Live), "{state:?}");
    }

    pub(super) fn keep(&mut self, number: usize) {
        let device = &mut self.devices[number];
        let outbox = device.client.link().outbox();
        if outbox.version() != device.kept.0 {
            device.kept = (outbox.version(), serde_json::to_string(outbox.posts()).unwrap());
        }
    }

    /// The connection closes after so many more frames have reached the server.
    pub(super) fn end_socket(&mut self, number: usize, reached: usize) {
        self.up(number, reached);
        if let Some(session) = self.devices[number].socket.take().and_then(|socket| socket.session) {
            self.server.sessions.remove(&session);
        }
    }

    fn up(&mut self, number: usize, count: usize) {
        let Some(socket) = &mut self.devices[number].socket else { return };
        let Some(session) = socket.session else { return };
        let reached = count.min(socket.up.len());
        for text in socket.up.drain(..reached) {
            if !socket.silent {
                self.server.take(session, &text);
            }
        }
    }

    fn down(&mut self, number: usize, count: usize) {
        for _ in 0..count {
            let Some(socket) = &mut self.devices[number].socket else { return };
            let Some(session) = socket.session.and_then(|id| self.server.sessions.get_mut(&id)) else {
                return;
            };
            let Some(text) = session.down.pop_front() else { return };
            if socket.silent {
                continue;
            }
            if text.contains("\"type\":\"message\"") {
                socket.messages.push(text.clone());
            }
            self.feed(number, &Event::Frame(&text));
        }
    }

    fn cut(&mut self, number: usize, reached: usize) {
        if self.devices[number].socket.is_some() {
            self.end_socket(number, reached);
            self.feed(number, &Event::Closed(CloseCode::ABNORMAL));
        }
    }

    /// The server restarts: all connections close, except those that transport nothing.
    fn server_ended(&mut self, code: CloseCode) {
        for number in 0..self.devices.len() {
            if self.devices[number].socket.as_ref().is_some_and(|s| s.session.is_some() && !s.silent) {
                self.devices[number].socket = None;
                self.feed(number, &Event::Closed(code));
            }
        }
    }

    fn open(&mut self, number: usize, succeeds: bool) {
        let Some(socket) = &mut self.devices[number].socket else { return };
        if socket.session.is_some() {
            return;
        }
        if succeeds {
            socket.session = Some(self.server.accept());
            self.feed(number, &Event::Opened);
        } else {
            self.devices[number].socket = None;
            self.feed(number, &Event::Closed(CloseCode::ABNORMAL));
        }
    }

    /// Time passes, and every client is woken when it has asked to be.
    pub fn wait(&mut self, millis: u64) {
        let until = self.now + millis;
        while let Some((at, number)) = self.next_waking().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.feed(number, &Event::Tick);
            let next = self.devices[number].client.wakes_at();
            assert!(next.is_none_or(|next| next > self.now), "a client wants to be woken again and again");
        }
        self.now = until;
    }

    pub fn next_waking(&self) -> Option<(u64, usize)> {
        let wakes = |(number, device): (usize, &Device)| Some((device.client.wakes_at()?, number));
        self.devices.iter().enumerate().filter_map(wakes).min()
    }

    /// Performs one step.
    pub fn step(&mut self, step: Step) {
        match step {
            Step::Open { device, succeeds } => self.open(device, succeeds),
            Step::Up { device, count } => self.up(device, count),
            Step::Down { device, count } => self.down(device, count),
            Step::Flow { device } => self.flow(device),
            Step::Cut { device, reached } => self.cut(device, reached),
            Step::Silence { device } => {
                if let Some(socket) = &mut self.devices[device].socket {
                    socket.silent = true;
                }
            }
            Step::Repeat { device, which } => {
                let Some(socket) = &self.devices[device].socket else { return };
                if let Some(text) = socket.messages.get(which % socket.messages.len().max(1)).cloned() {
                    self.feed(device, &Event::Frame(&text));
                }
            }
            Step::Commit { count } => self.server.commit(count),
            Step::Pump { device, count } => {
                if let Some(session) = self.devices[device].socket.as_ref().and_then(|socket| socket.session)
                {
                    self.server.pump(session, count);
                }
            }
            Step::Restart { stored } => {
                self.server.restart(stored);
                self.server_ended(CloseCode::ABNORMAL);
            }
            Step::GoBack { kept } => {
                self.server.go_back(kept);
                self.server_ended(CloseCode::ABNORMAL);
                self.upsets.extend([Upset::WentBack, Upset::Forgot]);
            }
            Step::Drain => {
                let closing = FromServer::Closing { reason: "restart".into(), reconnect_after_ms: 2_000 };
                for number in 0..self.devices.len() {
                    if self.devices[number].socket.as_ref().is_some_and(|s| s.session.is_some() && !s.silent)
                    {
                        self.down(number, usize::MAX);
                        self.feed(number, &Event::Frame(&closing.encode()));
                    }
                }
                self.server.restart(usize::MAX);
                self.server_ended(CloseCode::RESTART);
            }
            Step::Busy { posts } => {
                self.server.busy = posts;
                self.upsets.insert(Upset::Reordered);
            }
            Step::Unavailable => self.server.unavailable = 1,
            Step::Forget => {
                self.server.forgetful = 1;
                self.upsets.insert(Upset::Forgot);
            }
            Step::Expire { room: number, count } => {
                self.upsets.insert(Upset::Forgot);
                self.server.expire(&room(ROOMS[number]), count);
            }
            Step::Remove { device, room: number } => {
                // A post that was refused, and whose refusal was lost, may be stored when its author is back.
                self.upsets.extend([Upset::Left, Upset::Reordered]);
                self.server.remove(&self.devices[device].username.clone(), &room(ROOMS[number]));
            }
            Step::Readmit => self.server.readmit(),
            Step::Wait { millis } => self.wait(millis),
            user => self.user_step(user),
        }
    }

    /// Everything in flight between a device and the server arrives.
    fn flow(&mut self, number: usize) {
        if let Connection::Waiting { retry_at } = self.devices[number].client.connection() {
            self.wait(retry_at.saturating_sub(self.now));
        }
        self.open(number, true);
        self.up(number, usize::MAX);
        self.server.commit(usize::MAX);
        if let Some(session) = self.devices[number].socket.as_ref().and_then(|socket| socket.session) {
            self.server.pump(session, usize::MAX);
        }
        self.down(number, usize::MAX);
    }

    /// The network works again, and everything in flight arrives.
    pub fn settle(&mut self) {
        (self.server.busy, self.server.unavailable, self.server.forgetful) = (0, 0, 0);
        self.server.readmit();
        for round in 0..200 {
            if round % 10 == 0 {
                self.server.beat();
            }
            for number in 0..self.devices.len() {
                self.flow(number);
            }
            if self.is_at_rest() {
                return;
            }
            self.wait(1_000);
        }
        panic!("the world does not come to rest");
    }

    fn is_at_rest(&self) -> bool {
        let rests = |device: &Device| {
            device.client.connection() == Connection::Live
                && device.socket.as_ref().is_some_and(|socket| socket.up.is_empty() && !socket.silent)
                && device.client.wakes_at() > Some(self.now + 20_000)
                && device.client.view().rooms().all(|(_, room)| room.is_joined())
        };
        self.devices.iter().all(rests) && !self.server.has_work()
    }
}
