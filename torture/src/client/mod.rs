//! A client that posts and follows rooms, and records everything.
//!
//! It does what `docs/protocol.md` says of a client that loses nothing: it repeats posts with the same id until they are
//! answered, and resumes every room by its epoch and its last number. It is a task with a handle.

mod actor;
pub(crate) mod socket;

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use shared::{Post, RoomName, Seq, Username};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::history::{Clock, Decoder, History};
use actor::Actor;

/// How many of the latest entries a client knows, for posts about them.
const LATEST: usize = 64;

/// What all clients of a run have in common.
#[derive(Debug, Clone)]
pub struct World(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    decoder: Decoder,
    /// The greatest acknowledged number of each room.
    heads: Mutex<HashMap<RoomName, Seq>>,
}

impl World {
    /// A world whose clock starts now.
    pub fn new() -> Self {
        let shared = Shared { clock: Clock::start(), decoder: Decoder::default(), heads: Mutex::default() };
        Self(Arc::new(shared))
    }

    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.0.clock.now()
    }

    /// The greatest acknowledged number of a room.
    pub fn head(&self, room: &RoomName) -> Seq {
        self.0.heads.lock().get(room).copied().unwrap_or_default()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// When a client connects again after a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconnect {
    /// As the protocol's page says: after the delay of a `closing`, or with backoff.
    AsTold,
    /// After 50 to 150 ms, so that a scenario with many failures is short.
    Quickly,
}

/// Who a client is, and what it does.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name, which must be free.
    pub name: String,
    /// Where the server is, or a proxy before it.
    pub address: SocketAddr,
    /// The rooms that it follows.
    pub rooms: Vec<RoomName>,
    /// When it connects again.
    pub reconnect: Reconnect,
    /// Whether its receive buffer is small, so that the server soon feels that it does not read.
    pub small_window: bool,
    /// Decides its delays.
    pub seed: u64,
}

/// A running client. Dropping the handle ends it.
#[derive(Debug)]
pub struct Client {
    progress: Arc<Progress>,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<History>,
}

#[derive(Debug)]
enum Order {
    Post(Arc<Post>),
    Join(RoomName),
    Leave(RoomName),
    /// Stop reading from the socket, or go on.
    Read(bool),
    Stop,
}

/// What others may know of a client while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    unanswered: AtomicUsize,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    seen: AtomicUsize,
    welcomed: AtomicUsize,
    resumed: AtomicUsize,
    restarted: AtomicUsize,
    live: AtomicBool,
    last: Mutex<HashMap<RoomName, Seq>>,
    own: Mutex<VecDeque<(RoomName, Seq)>>,
    others: Mutex<VecDeque<(RoomName, Seq)>>,
}

impl Client {
    /// Starts a client.
    pub fn start(world: &World, options: Options) -> Self {
        let progress = Arc::new(Progress::default());
        let (orders, queue) = mpsc::unbounded_channel();
        let actor = Actor::new(world.clone(), options, progress.clone(), queue);
        Self { progress, orders, task: tokio::spawn(actor.run()) }
    }

    /// Posts something, once, over any number of connections.
    pub fn post(&self, post: Post) {
        self.progress.unanswered.fetch_add(1, Ordering::AcqRel);
        self.order(Order::Post(Arc::new(post)));
    }

    /// Follows one more room.
    pub fn join(&self, room: RoomName) {
        self.order(Order::Join(room));
    }

    /// Follows a room no longer.
    pub fn leave(&self, room: RoomName) {
        self.order(Order::Leave(room));
    }

    /// Stops reading what the server sends, or goes on.
    pub fn read(&self, reads: bool) {
        self.order(Order::Read(reads));
    }

    fn order(&self, order: Order) {
        // A client that has ended fails the scenario when its history is taken.
        let _ = self.orders.send(order);
    }

    /// What it has done until now.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Ends it.
    pub async fn stop(self) -> anyhow::Result<History> {
        self.order(Order::Stop);
        Ok(self.task.await?)
    }
}

impl Progress {
    /// Posts without a final answer.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::Acquire)
    }

    /// Posts that were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Acquire)
    }

    /// Posts that were refused for good.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Acquire)
    }

    /// Messages that were seen.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Acquire)
    }

    /// Connections that were welcomed.
    pub fn welcomed(&self) -> usize {
        self.welcomed.load(Ordering::Acquire)
    }

    /// Rooms that were joined again and resumed.
    pub fn resumed(&self) -> usize {
        self.resumed.load(Ordering::Acquire)
    }

    /// Rooms that were joined again with a position and began with a page all the same.
    pub fn restarted(&self) -> usize {
        self.restarted.load(Ordering::Acquire)
    }

    /// Whether it is connected, welcomed and in all its rooms.
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    /// The last number that it has of a room.
    pub fn last(&self, room: &RoomName) -> Seq {
        self.last.lock().get(room).copied().unwrap_or_default()
    }

    /// Its own latest entries that were acknowledged.
    pub fn own(&self) -> Vec<(RoomName, Seq)> {
        self.own.lock().iter().cloned().collect()
    }

    /// The latest entries of others that it has seen.
    pub fn others(&self) -> Vec<(RoomName, Seq)> {
        self.others.lock().iter().cloned().collect()
    }

    fn note(list: &Mutex<VecDeque<(RoomName, Seq)>>, room: &RoomName, seq: Seq) {
        let mut list = list.lock();
        list.push_back((room.clone(), seq));
        if list.len() > LATEST {
            list.pop_front();
        }
    }
}

/// Waits until all these clients are in all their rooms.
pub async fn until_live(clients: &[Client], patience: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + patience;
    while !clients.iter().all(|client| client.progress().is_live()) {
        anyhow::ensure!(Instant::now() < until, "not all clients could connect and join their rooms");
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Waits until every post of these clients is answered and every reader has everything that was acknowledged in its rooms.
/// Returns how many clients are not there in this time.
pub async fn settle(
    world: &World,
    clients: &[Client],
    rooms_of: impl Fn(usize) -> Vec<RoomName>,
    patience: Duration,
) -> usize {
    let until = Instant::now() + patience;
    loop {
        let is_behind = |(at, client): (usize, &Client)| {
            let progress = client.progress();
            let is_level = rooms_of(at).iter().all(|room| progress.last(room) >= world.head(room));
            progress.unanswered() > 0 || !is_level
        };
        let behind = clients.iter().enumerate().filter(|client| is_behind(*client)).count();
        if behind == 0 || Instant::now() >= until {
            return behind;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Ends all clients and takes their histories.
pub async fn stop_all(clients: Vec<Client>) -> anyhow::Result<Vec<History>> {
    let mut histories = Vec::new();
    for client in clients {
        histories.push(client.stop().await?);
    }
    Ok(histories)
}

/// A room's name that is known to be valid.
pub fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("the scenarios' names are valid")
}

fn username(name: &str) -> Username {
    Username::parse(name).expect("the scenarios' names are valid")
}
