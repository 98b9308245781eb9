//! What the handles and the task that owns the socket have in common.
//!
//! The brain lies behind one lock with synchronous methods: a handle tells it what the user wants, the task what the
//! socket does, and the actions that follow wait here, in order, until the task carries them out.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use shared::{
    Action, Client as Brain, Connection, Event as LinkEvent, FromClient, FromServer, Message, MessageId,
    Post, Refusal, RoomName, Seq, Side, Timestamp, link::Progress,
};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

use crate::event::{Page, PostFailure, Posted};

pub(crate) type PostAnswer = Result<Posted, PostFailure>;
pub(crate) type PageAnswer = Result<Page, Refusal>;

/// See the module's page.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    begun: Instant,
    /// Rung when there are actions to carry out.
    pub(crate) bell: Notify,
    /// Marked whenever there may be something new to look at.
    pub(crate) changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    brain: Brain,
    actions: VecDeque<Action>,
    posts: HashMap<(RoomName, MessageId), oneshot::Sender<PostAnswer>>,
    pages: Vec<(RoomName, Side, oneshot::Sender<PageAnswer>)>,
    /// Why the last try to connect failed.
    failure: Option<String>,
}

impl Core {
    pub(crate) fn new() -> Self {
        let seed = getrandom::u64().expect("the system has a source of randomness");
        Self {
            state: Mutex::new(State {
                brain: Brain::new(seed),
                actions: VecDeque::new(),
                posts: HashMap::new(),
                pages: Vec::new(),
                failure: None,
            }),
            begun: Instant::now(),
            bell: Notify::new(),
            changed: watch::Sender::new(()),
        }
    }

    /// The clock of the brain, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The moment at which the brain's clock shows this.
    pub(crate) fn moment(&self, millis: u64) -> Instant {
        self.begun + std::time::Duration::from_millis(millis)
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&Brain) -> R) -> R {
        look(&self.state.lock().brain)
    }

    /// Tells the brain what the user wants.
    pub(crate) fn dispatch(&self, intent: impl FnOnce(&mut Brain, u64) -> Vec<Action>) {
        let now = self.now();
        let mut state = self.state.lock();
        let actions = intent(&mut state.brain, now);
        state.actions.extend(actions);
        state.note();
        drop(state);
        self.bell.notify_one();
        self.changed.send_replace(());
    }

    /// Tells the brain what happened to the socket.
    pub(crate) fn feed(&self, event: &LinkEvent<'_>, frame: Option<&FromServer>) {
        self.dispatch(|state, now| state.handle(event, now));
        if let Some(frame) = frame {
            self.state.lock().answer(frame);
        }
    }

    pub(crate) fn next_action(&self) -> Option<Action> {
        self.state.lock().actions.pop_front()
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.state.lock().failure.clone()
    }

    pub(crate) fn set_failure(&self, failure: Option<String>) {
        self.state.lock().failure = failure;
    }

    pub(crate) fn post(&self, post: Post, written_at: Timestamp) -> oneshot::Receiver<PostAnswer> {
        let (answer, receiver) = oneshot::channel();
        self.state.lock().posts.insert((post.room.clone(), post.id.clone()), answer);
        self.dispatch(|state, now| state.post(post, written_at, now));
        receiver
    }

    /// Asks for a page. None: there is no connection to ask on.
    pub(crate) fn page(
        &self,
        room: &RoomName,
        side: Side,
        limit: u16,
    ) -> Option<oneshot::Receiver<PageAnswer>> {
        let mut state = self.state.lock();
        if state.brain.connection() != Connection::Live {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        state.pages.push((room.clone(), side, answer));
        let frame = FromClient::Page { room: room.clone(), side, limit };
        state.actions.push_back(Action::Send(frame.encode()));
        drop(state);
        self.bell.notify_one();
        Some(receiver)
    }

    /// Whoever waits for an answer is told that none will come.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        for (_, answer) in state.posts.drain() {
            let _ = answer.send(Err(PostFailure::Closed));
        }
        state.pages.clear();
        drop(state);
        self.changed.send_replace(());
    }
}

impl State {
    /// Tells of posts that were refused for good, and of pages that cannot come any more.
    fn note(&mut self) {
        if self.brain.connection() != Connection::Live {
            self.pages.clear();
        }
        if self.posts.is_empty() {
            return;
        }
        for outgoing in self.brain.link().outbox().posts() {
            if let Progress::Failed(refusal) = &outgoing.progress {
                let name = (outgoing.post.room.clone(), outgoing.post.id.clone());
                if let Some(answer) = self.posts.remove(&name) {
                    let _ = answer.send(Err(PostFailure::Refused(refusal.clone())));
                }
            }
        }
    }

    /// Hands out what a frame answers. Own messages in the log are as good as acknowledgements.
    fn answer(&mut self, frame: &FromServer) {
        match frame {
            FromServer::Posted { room, id, seq, sent_at } => self.stored(room, id, *seq, *sent_at),
            FromServer::Message(message) => self.seen([message]),
            FromServer::Joined { messages, context, .. } => self.seen(messages.iter().chain(context)),
            FromServer::Page { room, side, messages, context, more } => {
                self.seen(messages.iter().chain(context));
                if let Some(at) = self.pages.iter().position(|(of, asked, _)| of == room && asked == side) {
                    let (.., answer) = self.pages.remove(at);
                    let _ = answer.send(Ok(Page { messages: messages.clone(), more: *more }));
                }
            }
            FromServer::Refused(refusal) if refusal.id.is_none() => {
                let of = |room: &RoomName| refusal.room.as_ref() == Some(room);
                if let Some(at) = self.pages.iter().position(|(room, ..)| of(room)) {
                    let (.., answer) = self.pages.remove(at);
                    let _ = answer.send(Err(refusal.clone()));
                }
            }
            _ => {}
        }
    }

    fn seen<'m>(&mut self, messages: impl IntoIterator<Item = &'m Message>) {
        if self.posts.is_empty() {
            return;
        }
        for message in messages {
            if self.brain.link().username() == Some(&message.username) {
                self.stored(&message.room, &message.id, message.seq, message.sent_at);
            }
        }
    }

    fn stored(&mut self, room: &RoomName, id: &MessageId, seq: Seq, sent_at: Timestamp) {
        if let Some(answer) = self.posts.remove(&(room.clone(), id.clone())) {
            let _ = answer.send(Ok(Posted { seq, sent_at }));
        }
    }
}
