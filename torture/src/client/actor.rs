//! The task of a client.

mod outbox;

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use shared::{ClaimSecret, Epoch, FromClient, FromServer, Message, Post, RoomName, Seq, Token, limits};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Options, Order, Progress, Reconnect, World,
    socket::{Incoming, Socket},
    username,
};
use crate::history::{Decoded, Event, History, Joined, Record};

/// A connection without a frame for so long is dead.
const SILENCE: Duration = Duration::from_millis(limits::HEARTBEAT_MS + 10_000);
/// The close code of a connection that ended without one.
const ABNORMAL: u16 = 1006;
/// After a connection that has lasted this long, backoff starts again.
const STABLE: Duration = Duration::from_secs(10);

pub(super) struct Actor {
    world: World,
    options: Options,
    progress: Arc<Progress>,
    orders: mpsc::UnboundedReceiver<Order>,
    records: Vec<Record>,
    random: fastrand::Rng,
    token: Option<Token>,
    rooms: Vec<Room>,
    outbox: VecDeque<Outgoing>,
    reads: bool,
    /// The upper bound of the next delay.
    backoff: Duration,
    /// When the server wants this client back.
    told: Option<Instant>,
}

struct Room {
    name: RoomName,
    position: Option<(Epoch, Seq)>,
    joined: bool,
}

struct Outgoing {
    post: Arc<Post>,
    /// Whether it was sent on this connection.
    sent: bool,
    /// Whether it was ever sent.
    recorded: bool,
    /// When it may be sent again, after a refusal.
    not_before: Option<Instant>,
}

/// Why a connection is left.
enum End {
    /// It was lost, with this close code.
    Lost(u16),
    /// The client is to stop.
    Stop,
}

impl Actor {
    pub(super) fn new(
        world: World,
        options: Options,
        progress: Arc<Progress>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        let join = |name: &RoomName| Room { name: name.clone(), position: None, joined: false };
        Self {
            rooms: options.rooms.iter().map(join).collect(),
            random: fastrand::Rng::with_seed(options.seed),
            world,
            options,
            progress,
            orders,
            records: Vec::new(),
            token: None,
            outbox: VecDeque::new(),
            reads: true,
            backoff: FIRST_DELAY,
            told: None,
        }
    }

    pub(super) async fn run(mut self) -> History {
        loop {
            if let Ok(mut socket) = Socket::open(self.options.address, self.options.small_window).await {
                let began = Instant::now();
                let end = self.serve(&mut socket).await;
                self.progress.live.store(false, Ordering::Release);
                match end {
                    End::Stop => {
                        socket.close().await;
                        break;
                    }
                    End::Lost(code) => self.record(Event::Disconnected(code)),
                }
                if began.elapsed() >= STABLE {
                    self.backoff = FIRST_DELAY;
                }
            }
            if self.wait().await {
                break;
            }
        }
        History { author: username(&self.options.name), records: self.records }
    }

    fn record(&mut self, event: Event) {
        self.records.push(Record { at: self.world.now(), event });
    }

    /// Waits until it is time to connect again. Returns whether the client is to stop.
    async fn wait(&mut self) -> bool {
        let delay = match self.options.reconnect {
            Reconnect::Quickly => Duration::from_millis(self.random.u64(50..150)),
            Reconnect::AsTold => {
                let bound = self.backoff;
                self.backoff = (bound * 2).min(LONGEST_DELAY);
                bound.mul_f64(0.5 + self.random.f64() / 2.0)
            }
        };
        let told = self.told.take().filter(|_| self.options.reconnect == Reconnect::AsTold);
        let until = told.unwrap_or_else(|| Instant::now() + delay);
        loop {
            tokio::select! {
                () = sleep_until(until) => return false,
                order = self.orders.recv() => match order {
                    None | Some(Order::Stop) => return true,
                    Some(order) => drop(self.take(order)),
                },
            }
        }
    }

    /// Takes an order in. Returns what it says to the server.
    fn take(&mut self, order: Order) -> Option<FromClient> {
        match order {
            Order::Post(post) => {
                self.outbox.push_back(Outgoing { post, sent: false, recorded: false, not_before: None });
                None
            }
            Order::Join(name) => {
                if self.rooms.iter().any(|room| room.name == name) {
                    return None;
                }
                self.rooms.push(Room { name: name.clone(), position: None, joined: false });
                Some(FromClient::Join { room: name, epoch: None, after: None })
            }
            Order::Leave(name) => {
                self.rooms.retain(|room| room.name != name);
                Some(FromClient::Leave { room: name })
            }
            Order::Read(reads) => {
                self.reads = reads;
                None
            }
            Order::Stop => None,
        }
    }

    async fn serve(&mut self, socket: &mut Socket) -> End {
        let name = username(&self.options.name);
        let hello = match &self.token {
            Some(token) => FromClient::Hello {
                username: None,
                token: Some(token.clone()),
                secret: None,
                invitation: None,
            },
            None => FromClient::Hello {
                username: Some(name),
                token: None,
                secret: Some(self.secret()),
                invitation: None,
            },
        };
        for room in &mut self.rooms {
            room.joined = false;
        }
        for outgoing in &mut self.outbox {
            outgoing.sent = false;
        }
        let mut welcomed = false;
        let mut lost = !socket.send(hello.encode()).await;
        let mut heard = Instant::now();
        loop {
            if welcomed && !lost {
                lost = !self.flush(socket).await;
            }
            let reads = self.reads;
            let silence =
                async move { if reads { sleep_until(heard + SILENCE).await } else { pending().await } };
            let due = self.outbox.iter().filter_map(|outgoing| outgoing.not_before).min();
            tokio::select! {
                incoming = socket.next(), if reads => {
                    heard = Instant::now();
                    match incoming {
                        Incoming::End(code) => return End::Lost(code),
                        Incoming::Text(text) => {
                            for frame in self.receive(&text, &mut welcomed) {
                                lost |= !socket.send(frame.encode()).await;
                            }
                        }
                    }
                }
                order = self.orders.recv() => match order {
                    None | Some(Order::Stop) => return End::Stop,
                    Some(order) => {
                        let resumes = matches!(order, Order::Read(true));
                        if let Some(frame) = self.take(order)
                            && welcomed
                        {
                            lost |= !socket.send(frame.encode()).await;
                        }
                        if resumes {
                            heard = Instant::now();
                        }
                    }
                },
                () = silence => return End::Lost(ABNORMAL),
                () = until(due) => {
                    for outgoing in &mut self.outbox {
                        if outgoing.not_before.is_some_and(|at| at <= Instant::now()) {
                            (outgoing.not_before, outgoing.sent) = (None, false);
                        }
                    }
                }
            }
        }
    }

    /// Derived from the name and the seed, so that a lost welcome loses no name.
    fn secret(&self) -> ClaimSecret {
        let secret = format!("{:032x}", self.options.seed);
        ClaimSecret::parse(&secret).expect("hexadecimal digits")
    }

    /// Takes in a frame. Returns what is said to it.
    fn receive(&mut self, text: &str, welcomed: &mut bool) -> Vec<FromClient> {
        let frame = match self.world.0.decoder.decode(text) {
            None => return Vec::new(),
            Some(Decoded::Message(message)) => {
                self.saw(message);
                return Vec::new();
            }
            Some(Decoded::Other(frame)) => *frame,
        };
        match frame {
            FromServer::Welcome { token, .. } => {
                *welcomed = true;
                if token.is_some() {
                    self.token = token;
                }
                self.record(Event::Connected);
                self.progress.welcomed.fetch_add(1, Ordering::AcqRel);
                self.set_live();
                return self.rooms.iter().map(join).collect();
            }
            FromServer::Joined { room, epoch, head, resumed, messages, .. } => {
                self.joined(room, epoch, head, resumed, messages);
            }
            FromServer::Posted { room, id, seq, .. } => self.acknowledged(&room, &id, seq),
            FromServer::Refused(refusal) => self.refused(&refusal),
            FromServer::Closing { reconnect_after_ms, .. } => {
                self.told = Some(Instant::now() + Duration::from_millis(reconnect_after_ms));
                self.record(Event::Closing { reconnect_after_ms });
            }
            _ => {}
        }
        Vec::new()
    }

    fn set_live(&self) {
        let live = self.rooms.iter().all(|room| room.joined);
        self.progress.live.store(live, Ordering::Release);
    }

    fn joined(&mut self, name: RoomName, epoch: Epoch, head: Seq, resumed: bool, page: Vec<Message>) {
        // The answer to a join of a room that was left since.
        let Some(room) = self.rooms.iter_mut().find(|room| room.name == name) else { return };
        room.joined = true;
        let asked = room.position.clone();
        if !resumed {
            room.position = Some((epoch.clone(), head));
            self.progress.last.lock().insert(name.clone(), head);
        }
        match (&asked, resumed) {
            (Some(_), true) => self.progress.resumed.fetch_add(1, Ordering::AcqRel),
            (Some(_), false) => self.progress.restarted.fetch_add(1, Ordering::AcqRel),
            (None, _) => 0,
        };
        self.record(Event::Joined(Box::new(Joined { room: name, asked, epoch, head, resumed, page })));
        self.set_live();
    }

    fn saw(&mut self, message: Arc<Message>) {
        let Some(room) = self.rooms.iter_mut().find(|room| room.name == message.room) else { return };
        if let Some((_, seq)) = &mut room.position {
            *seq = (*seq).max(message.seq);
        }
        self.progress.seen.fetch_add(1, Ordering::AcqRel);
        let mut last = self.progress.last.lock();
        match last.get_mut(&message.room) {
            Some(last) => *last = message.seq.max(*last),
            None => drop(last.insert(message.room.clone(), message.seq)),
        }
        drop(last);
        if message.is_entry() && message.username.as_str() != self.options.name {
            Progress::note(&self.progress.others, &message.room, message.seq);
        }
        self.record(Event::Saw(message));
    }
}

/// The upper bound of the first delay before a connection is tried again. It doubles with each attempt.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// The upper bound of all delays.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

fn join(room: &Room) -> FromClient {
    let (epoch, after) = room.position.clone().unzip();
    FromClient::Join { room: room.name.clone(), epoch, after }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
