//! A reader and writer with [`shared::Client`], as the browser is one: it can be cut off at any moment, and comes back.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use shared::{
    Action, Client, CloseCode, Connection, Credentials, Epoch, Event, FromServer, Message, MessageId, Post,
    Refusal, RoomName, Seq, Timestamp, Username,
};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message as Frame};

use crate::bound::soon;

/// Where the server is; nowhere while it is down.
pub type Door = watch::Receiver<Option<SocketAddr>>;

/// What a follower has met so far.
#[derive(Debug, Default)]
pub struct Story {
    /// The messages as they came: of all connections, in their order.
    pub log: Vec<Message>,
    /// What the server has acknowledged.
    pub acknowledged: BTreeMap<MessageId, Seq>,
    pub refused: Vec<Refusal>,
    /// Whether each join was resumed, and in which epoch.
    pub joins: Vec<(bool, Epoch)>,
    /// When the server said to come back, in milliseconds.
    pub closings: Vec<u64>,
    pub closes: Vec<CloseCode>,
    /// What must not have happened, in words.
    pub faults: Vec<String>,
}

/// How far a follower is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub joined: bool,
    pub last: Seq,
    pub unacknowledged: usize,
}

enum Order {
    Post(Post),
    Cut,
    Retry,
    Stop,
}

/// See the module's page.
pub struct Follower {
    orders: mpsc::UnboundedSender<Order>,
    progress: watch::Receiver<Progress>,
    story: Arc<Mutex<Story>>,
    task: JoinHandle<Client>,
}

struct Life {
    client: Client,
    room: RoomName,
    door: Door,
    socket: Option<WebSocketStream<TcpStream>>,
    began: Instant,
    story: Arc<Mutex<Story>>,
    progress: watch::Sender<Progress>,
    joined: bool,
}

impl Follower {
    /// Somebody of this name who follows a room.
    pub fn begin(door: Door, name: &str, room: &RoomName, seed: u64) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        let (sender, progress) = watch::channel(Progress::default());
        let story = Arc::<Mutex<Story>>::default();
        let life = Life {
            client: Client::new(seed),
            room: room.clone(),
            door,
            socket: None,
            began: Instant::now(),
            story: story.clone(),
            progress: sender,
            joined: false,
        };
        let task = tokio::spawn(life.live(Username::parse(name).unwrap(), received));
        Self { orders, progress, story, task }
    }

    pub fn post(&self, post: Post) {
        let _ = self.orders.send(Order::Post(post));
    }

    /// Cuts the connection as a network does: without a word. The follower comes back as soon as it may.
    pub fn cut(&self) {
        let _ = self.orders.send(Order::Cut);
        let _ = self.orders.send(Order::Retry);
    }

    /// Waits until this is so.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&Progress) -> bool) {
        let reached = soon(what, self.progress.wait_for(is_so)).await.is_ok();
        assert!(reached, "the follower ended before {what}");
    }

    pub async fn joined(&mut self) {
        self.until("a room that is joined", |progress| progress.joined).await;
    }

    /// Looks at what it has met.
    pub fn story<T>(&self, look: impl FnOnce(&Story) -> T) -> T {
        look(&self.story.lock().unwrap())
    }

    /// Ends it. Returns what it knows and what it has met.
    pub async fn stop(self) -> (Client, Story) {
        let _ = self.orders.send(Order::Stop);
        let client = soon("the end of a follower", self.task).await.unwrap();
        (client, std::mem::take(&mut self.story.lock().unwrap()))
    }
}

impl Life {
    async fn live(mut self, name: Username, mut orders: mpsc::UnboundedReceiver<Order>) -> Client {
        let mut actions = self.client.identify(Credentials::named(name), 0);
        actions.extend(self.client.join(&self.room));
        loop {
            self.act(actions).await;
            self.tell();
            let wakes_at =
                self.began + Duration::from_millis(self.client.wakes_at().unwrap_or(u64::MAX >> 24));
            actions = tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Post(post)) => self.client.post(post, Timestamp::from_millis(0), self.now()),
                    Some(Order::Cut) => {
                        self.socket = None;
                        self.handle(&Event::Closed(CloseCode::ABNORMAL))
                    }
                    Some(Order::Retry) => self.handle(&Event::Retry),
                    Some(Order::Stop) | None => return self.client,
                },
                incoming = next(&mut self.socket) => self.take(incoming),
                () = sleep_until(wakes_at) => self.handle(&Event::Tick),
                Ok(()) = self.door.changed() => self.handle(&Event::Retry),
            };
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap()
    }

    fn handle(&mut self, event: &Event<'_>) -> Vec<Action> {
        let now = self.now();
        let actions = self.client.handle(event, now);
        self.joined &= self.client.connection() == Connection::Live;
        actions
    }

    async fn act(&mut self, actions: Vec<Action>) {
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Open => {
                    self.socket = self.connect().await;
                    let opened = self.socket.is_some();
                    let event = if opened { Event::Opened } else { Event::Closed(CloseCode::ABNORMAL) };
                    actions.extend(self.handle(&event));
                }
                Action::Send(text) => {
                    // A send that fails shows again where the socket is read; one that does not proves nothing.
                    if let Some(socket) = &mut self.socket {
                        let _ = socket.send(Frame::text(text)).await;
                    }
                }
                Action::Close(_) => self.socket = None,
            }
        }
    }

    async fn connect(&mut self) -> Option<WebSocketStream<TcpStream>> {
        let address = (*self.door.borrow_and_update())?;
        let stream = TcpStream::connect(address).await.ok()?;
        client_async(format!("ws://{address}/ws?v=1"), stream).await.ok().map(|(socket, _)| socket)
    }

    fn take(&mut self, incoming: Option<Frame>) -> Vec<Action> {
        match incoming {
            Some(Frame::Text(text)) => {
                self.note(FromServer::decode(&text).unwrap());
                self.handle(&Event::Frame(&text))
            }
            Some(Frame::Close(close)) => {
                self.socket = None;
                let code = close.map_or(CloseCode::NO_STATUS, |close| CloseCode(close.code.into()));
                self.story.lock().unwrap().closes.push(code);
                self.handle(&Event::Closed(code))
            }
            Some(_) => Vec::new(),
            None => {
                self.socket = None;
                self.handle(&Event::Closed(CloseCode::ABNORMAL))
            }
        }
    }

    /// Notes what came, and whether it may come now.
    fn note(&mut self, frame: FromServer) {
        let mut story = self.story.lock().unwrap();
        match frame {
            FromServer::Joined { epoch, resumed, messages, .. } => {
                if !resumed && !story.log.is_empty() {
                    story.faults.push("what was known was not resumed".into());
                }
                story.log.extend(messages);
                story.joins.push((resumed, epoch));
                self.joined = true;
            }
            FromServer::Message(message) => {
                if !self.joined {
                    story.faults.push(format!("{} came before the room was joined", message.seq));
                }
                if story.log.last().is_some_and(|last| last.seq >= message.seq) {
                    story.faults.push(format!("{} came after a later one", message.seq));
                }
                story.log.push(message);
            }
            FromServer::Posted { id, seq, .. } => {
                let before = story.acknowledged.insert(id.clone(), seq);
                if before.is_some_and(|before| before != seq) {
                    story.faults.push(format!("{id} was acknowledged with two numbers"));
                }
            }
            FromServer::Refused(refusal) => story.refused.push(refusal),
            FromServer::Closing { reconnect_after_ms, .. } => story.closings.push(reconnect_after_ms),
            _ => {}
        }
    }

    fn tell(&self) {
        let last = self.story.lock().unwrap().log.last().map_or(Seq::ZERO, |last| last.seq);
        let unacknowledged = self.client.pending(&self.room).count();
        self.progress.send_replace(Progress { joined: self.joined, last, unacknowledged });
    }
}

/// The next frame; none when the connection is lost. Without a socket nothing ever comes.
async fn next(socket: &mut Option<WebSocketStream<TcpStream>>) -> Option<Frame> {
    match socket {
        Some(socket) => socket.next().await.and_then(Result::ok),
        None => std::future::pending().await,
    }
}
