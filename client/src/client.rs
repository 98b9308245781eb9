//! The handle.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use shared::{
    About, Action, ClaimSecret, Client as StateMachine, Connection, Credentials, InvitationSecret, MessageId,
    Post, Refusal, RoomName, Side, Token, Username,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::{
    address::Address,
    driver::Driver,
    event::{Events, Page, PostAnswer, PostFailure},
    id::new_message_id,
    state::SharedState,
    transport::ConnectionFailure,
};

/// The most events that wait to be read.
const EVENTS: usize = 256;
/// The most posts without an answer.
const POSTS: usize = 1_024;

/// Who connects.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name to go by. `None`: the token's, or a guest's.
    pub username: Option<Username>,
    /// The proof of the name, from an earlier [`Client::token`].
    pub token: Option<Token>,
    /// Makes the claim of the name repeatable if its answer is lost. Store it before you connect.
    pub secret: Option<ClaimSecret>,
    /// Lets this client into a house that needs an invitation, see [`crate::invitation_secret`].
    pub invitation: Option<InvitationSecret>,
}

/// A connection to a Parlor server that is made again whenever it is lost.
///
/// Clones are handles on the same client. It is closed when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Arc<SharedState>,
    posts: Arc<Semaphore>,
    ended: watch::Receiver<bool>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.state.dispatch(|machine, _| machine.stop());
    }
}

/// Why connecting fails whenever it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server does not accept the name, the token, the secret or the invitation, or does not let this user in.
    #[error("{}", .0.reason)]
    Refused(Refusal),
    /// There is no Parlor server at this address, or its certificate is not accepted.
    #[error(transparent)]
    Unusable(ConnectionFailure),
}

/// Why a page did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// There is no connection, or it was lost before the answer came: ask again once it is live.
    #[error("there is no connection")]
    NotConnected,
    /// The server refused.
    #[error("{}", .0.reason)]
    Refused(Refusal),
}

impl Client {
    /// Connects and waits for the server's welcome, however long the server is away: wrap it in a time-out if you need
    /// one.
    pub async fn connect(address: &Address, options: Options) -> Result<(Self, Events), ConnectError> {
        let (client, events) = Self::start(address, options);
        client.ready().await?;
        Ok((client, events))
    }

    /// Starts to connect and returns at once.
    pub fn start(address: &Address, options: Options) -> (Self, Events) {
        let state = Arc::new(SharedState::new());
        let Options { username, token, secret, invitation } = options;
        let credentials = Credentials { username, token, secret, invitation };
        state.dispatch(|machine, now| machine.identify(credentials, now));
        let (sender, events) = mpsc::channel(EVENTS);
        let (end, ended) = watch::channel(false);
        let driver = Driver::new(Arc::clone(&state), address, sender);
        tokio::spawn(async move {
            driver.run().await;
            end.send_replace(true);
        });
        let posts = Arc::new(Semaphore::new(POSTS));
        (Self(Arc::new(Inner { state, posts, ended })), Events(events))
    }

    /// Waits until the connection is live.
    pub async fn ready(&self) -> Result<(), ConnectError> {
        let mut changes = self.changes();
        loop {
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            // The sender lives as long as this handle.
            let _ = changes.changed().await;
        }
    }

    /// What [`Client::ready`] returns, if it would return at once.
    pub fn outcome(&self) -> Option<Result<(), ConnectError>> {
        match self.connection() {
            Connection::Live => Some(Ok(())),
            Connection::Refused(refusal) => Some(Err(ConnectError::Refused(refusal))),
            _ => {
                let failure = self.failure().filter(|failure| failure.is_permanent);
                failure.map(|failure| Err(ConnectError::Unusable(failure)))
            }
        }
    }

    /// The connection state.
    pub fn connection(&self) -> Connection {
        self.read(StateMachine::connection)
    }

    /// Why the last attempt to connect failed, or why the connection was lost.
    pub fn failure(&self) -> Option<ConnectionFailure> {
        self.0.state.failure()
    }

    /// The name that the server knows this client by.
    pub fn username(&self) -> Option<Username> {
        self.read(|machine| machine.view().me().cloned())
    }

    /// The proof of the name. Store it for the next run.
    pub fn token(&self) -> Option<Token> {
        self.read(|machine| machine.link().token().cloned())
    }

    /// Joins a room: its messages come as events, from [`crate::Event::Joined`] on.
    pub fn join(&self, room: &RoomName) {
        self.dispatch(|machine, _| machine.join(room));
    }

    /// Leaves a room.
    pub fn leave(&self, room: &RoomName) {
        self.dispatch(|machine, _| machine.leave(room));
    }

    /// Posts a text, and waits until it is on the server's disk or refused for good.
    pub async fn post(&self, room: &RoomName, text: &str) -> PostAnswer {
        self.enqueue(room, text, None).await.await
    }

    /// Adds a post to the outbox and returns a future of its answer. Posts are sent in the order in which they were
    /// added. Waits while 1,024 posts have no answer yet.
    pub async fn enqueue(&self, room: &RoomName, text: &str, about: Option<About>) -> Posting {
        let permit = Arc::clone(&self.0.posts).acquire_owned().await.expect("the semaphore is never closed");
        let post = Post { room: room.clone(), id: new_message_id(), text: text.to_owned(), about };
        Posting { answer: self.0.state.post(post), _permit: permit }
    }

    /// Adds a post to the outbox without waiting. Its progress can be read there ([`Client::read`]).
    pub fn submit(&self, room: &RoomName, text: &str, about: Option<About>) -> MessageId {
        let id = new_message_id();
        self.0.state.submit(Post { room: room.clone(), id: id.clone(), text: text.to_owned(), about });
        id
    }

    /// Posts a failed post of the outbox again, if it [can be retried](crate::Outgoing::can_be_retried), see
    /// [`StateMachine::retry`].
    pub fn retry(&self, id: &MessageId) {
        self.0.state.retry(id);
    }

    /// Reads a page of a room's log, up to `limit` messages.
    pub async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, PageError> {
        let answer = self.0.state.page(room, side, limit).ok_or(PageError::NotConnected)?;
        match answer.await {
            Ok(page) => page.map_err(PageError::Refused),
            Err(_) => Err(PageError::NotConnected),
        }
    }

    /// Closes with a close handshake. Whether posts without an answer are stored stays unknown.
    pub async fn close(&self) {
        self.dispatch(|machine, _| machine.stop());
        let mut ended = self.0.ended.clone();
        // If the task ended with the runtime, its sender is gone.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// Reads the client's state: rooms, timelines, members, the outbox. The client is locked meanwhile: keep it short, and
    /// call no other method of the client in it, which would never return.
    pub fn read<R>(&self, read: impl FnOnce(&StateMachine) -> R) -> R {
        self.0.state.read(read)
    }

    /// Calls a method of the state machine that this handle does not have. The second argument is [`Client::now`].
    pub fn dispatch(&self, command: impl FnOnce(&mut StateMachine, u64) -> Vec<Action>) {
        self.0.state.dispatch(command);
    }

    /// The state machine's clock, in milliseconds.
    pub fn now(&self) -> u64 {
        self.0.state.now()
    }

    /// Notified whenever something that can be read may have changed.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.state.changed.subscribe()
    }
}

/// A post on its way: await it for its answer. Dropping it does not take the post back.
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
