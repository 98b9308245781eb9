//! The handle.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{SystemTime, UNIX_EPOCH},
};

use shared::{
    About, Action, ClaimSecret, Client as Brain, Connection, Credentials, MessageId, Post, Refusal, RoomName,
    Side, Timestamp, Token, Username,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::{
    Address,
    core::{Core, PostAnswer},
    driver::Driver,
    event::{Events, Page, PostFailure},
};

/// So many events may wait to be read.
const EVENTS: usize = 256;
/// So many posts may be unacknowledged.
const POSTS: usize = 1_024;

/// Who connects.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name to go by. None: the token's, or a guest's.
    pub username: Option<Username>,
    /// The proof of the name, from an earlier [`Client::token`].
    pub token: Option<Token>,
    /// Makes the claim of the name repeatable, if the answer to it is lost. To be kept before it is used.
    pub secret: Option<ClaimSecret>,
}

/// A connection to a Parlor server that is made again whenever it is lost. A cheap handle: clones are the same client,
/// and when the last one is dropped it is closed.
#[derive(Debug, Clone)]
pub struct Client(Arc<Owner>);

#[derive(Debug)]
struct Owner {
    core: Arc<Core>,
    posts: Arc<Semaphore>,
    ended: watch::Receiver<bool>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.core.dispatch(|brain, _| brain.stop());
    }
}

/// The server does not accept who connects, and will not whenever it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError(pub Refusal);

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for ConnectError {}

/// Why a page did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageError {
    /// There is no connection now, or it was lost before the answer came: ask again when it is live.
    NotConnected,
    /// The server refused.
    Refused(Refusal),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("there is no connection to ask on"),
            Self::Refused(refusal) => f.write_str(&refusal.reason),
        }
    }
}

impl std::error::Error for PageError {}

impl Client {
    /// Connects, and waits until the server has welcomed us, however long it is away: put it under a time-out where
    /// that must end.
    pub async fn connect(address: &Address, options: Options) -> Result<(Self, Events), ConnectError> {
        let (client, events) = Self::start(address, options);
        client.ready().await?;
        Ok((client, events))
    }

    /// Begins to connect, and goes on by itself.
    pub fn start(address: &Address, options: Options) -> (Self, Events) {
        let core = Arc::new(Core::new());
        let Options { username, token, secret } = options;
        core.dispatch(|state, now| state.identify(Credentials { username, token, secret }, now));
        let (sender, events) = mpsc::channel(EVENTS);
        let (end, ended) = watch::channel(false);
        let driver = Driver::new(Arc::clone(&core), address, sender);
        tokio::spawn(async move {
            driver.run().await;
            end.send_replace(true);
        });
        let posts = Arc::new(Semaphore::new(POSTS));
        (Self(Arc::new(Owner { core, posts, ended })), Events(events))
    }

    /// Waits until the connection is live.
    pub async fn ready(&self) -> Result<(), ConnectError> {
        let mut changes = self.changes();
        loop {
            match self.connection() {
                Connection::Live => return Ok(()),
                Connection::Refused(refusal) => return Err(ConnectError(refusal)),
                _ => {}
            }
            // The sender lives as long as this handle.
            let _ = changes.changed().await;
        }
    }

    /// How it stands with the connection.
    pub fn connection(&self) -> Connection {
        self.look(Brain::connection)
    }

    /// Why the last try to connect failed, or the connection was lost: one sentence.
    pub fn failure(&self) -> Option<String> {
        self.0.core.failure()
    }

    /// The name that the server knows us by.
    pub fn username(&self) -> Option<Username> {
        self.look(|brain| brain.view().me().cloned())
    }

    /// The proof of our name, to be kept for the next time.
    pub fn token(&self) -> Option<Token> {
        self.look(|brain| brain.link().token().cloned())
    }

    /// Follows a room: its messages come as events, from [`crate::Event::Joined`] on.
    pub fn join(&self, room: &RoomName) {
        self.dispatch(|brain, _| brain.join(room));
    }

    /// Follows a room no longer.
    pub fn leave(&self, room: &RoomName) {
        self.dispatch(|brain, _| brain.leave(room));
    }

    /// Posts a text, and waits until it is on the server's disk or refused for good.
    pub async fn post(&self, room: &RoomName, text: &str) -> PostAnswer {
        self.enqueue(room, text, None).await.await
    }

    /// Takes a post into the outbox, in order, and returns what becomes of it. Waits while there are too many
    /// unacknowledged ones.
    pub async fn enqueue(&self, room: &RoomName, text: &str, about: Option<About>) -> Posting {
        let permit = Arc::clone(&self.0.posts).acquire_owned().await.expect("the semaphore is never closed");
        let post = Post { room: room.clone(), id: new_id(), text: text.to_owned(), about };
        Posting { answer: self.0.core.post(post, wall_clock()), _permit: permit }
    }

    /// Reads a page of a room's log, up to `limit` messages.
    pub async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, PageError> {
        let answer = self.0.core.page(room, side, limit).ok_or(PageError::NotConnected)?;
        match answer.await {
            Ok(page) => page.map_err(PageError::Refused),
            Err(_) => Err(PageError::NotConnected),
        }
    }

    /// Closes with a close handshake. What is not acknowledged by then is unknown.
    pub async fn close(&self) {
        self.dispatch(|brain, _| brain.stop());
        let mut ended = self.0.ended.clone();
        // The task ends by saying so, or with the runtime.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// Looks at what is known: the rooms, their timelines and members, the outbox. Keep it short: the client waits.
    pub fn look<R>(&self, look: impl FnOnce(&Brain) -> R) -> R {
        self.0.core.look(look)
    }

    /// Tells the state machine what the user wants, where this handle has no method for it.
    pub fn dispatch(&self, intent: impl FnOnce(&mut Brain, u64) -> Vec<Action>) {
        self.0.core.dispatch(intent);
    }

    /// The state machine's clock, in milliseconds.
    pub fn now(&self) -> u64 {
        self.0.core.now()
    }

    /// Marked whenever there may be something new to look at.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.core.changed.subscribe()
    }
}

/// A post on its way: wait for it to know what became of it. Dropping it does not take the post back.
#[derive(Debug)]
pub struct Posting {
    answer: oneshot::Receiver<PostAnswer>,
    _permit: OwnedSemaphorePermit,
}

impl Future for Posting {
    type Output = PostAnswer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<PostAnswer> {
        Poll::Ready(ready!(Pin::new(&mut self.answer).poll(cx)).unwrap_or(Err(PostFailure::Closed)))
    }
}

/// A new name for a post: 128 random bits.
pub(crate) fn new_id() -> MessageId {
    let high = getrandom::u64().expect("the system has a source of randomness");
    let low = getrandom::u64().expect("the system has a source of randomness");
    MessageId::parse(&format!("{high:016x}{low:016x}")).expect("hexadecimal digits are a valid id")
}

/// The wall clock.
pub(crate) fn wall_clock() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
