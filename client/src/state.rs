//! What the handles and the task that owns the socket share.
//!
//! The state machine is behind one lock with synchronous methods. A handle dispatches what the user wants, the task
//! feeds what happens to the socket, and the resulting actions wait here, in order, for the task.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use shared::{
    Action, Client as StateMachine, Connection, Event as LinkEvent, FromClient, FromServer, Message,
    MessageId, Post, Refusal, RoomName, Seq, Side, Timestamp, link::Progress,
};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

use crate::{
    event::{Page, PostAnswer, PostFailure, Posted},
    id::new_message_id,
    transport::ConnectionFailure,
};

pub(crate) type PageAnswer = Result<Page, Refusal>;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct SharedState {
    state: Mutex<State>,
    started: Instant,
    /// Notified when there are actions to carry out.
    pub(crate) actions_waiting: Notify,
    /// Notified when what the handles can read may have changed.
    pub(crate) changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    machine: StateMachine,
    actions: VecDeque<Action>,
    posts: HashMap<(RoomName, MessageId), oneshot::Sender<PostAnswer>>,
    pages: Vec<(RoomName, Side, oneshot::Sender<PageAnswer>)>,
    failure: Option<ConnectionFailure>,
}

impl SharedState {
    pub(crate) fn new() -> Self {
        let seed = getrandom::u64().expect("the system has a source of randomness");
        Self {
            state: Mutex::new(State {
                machine: StateMachine::new(seed),
                actions: VecDeque::new(),
                posts: HashMap::new(),
                pages: Vec::new(),
                failure: None,
            }),
            started: Instant::now(),
            actions_waiting: Notify::new(),
            changed: watch::Sender::new(()),
        }
    }

    /// The state machine's clock, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Converts a time of that clock.
    pub(crate) fn instant(&self, millis: u64) -> Instant {
        self.started + Duration::from_millis(millis)
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&StateMachine) -> R) -> R {
        read(&self.state.lock().machine)
    }

    /// Tells the state machine what the user wants.
    pub(crate) fn dispatch(&self, command: impl FnOnce(&mut StateMachine, u64) -> Vec<Action>) {
        let now = self.now();
        let mut state = self.state.lock();
        let actions = command(&mut state.machine, now);
        state.actions.extend(actions);
        state.answer_failures();
        drop(state);
        self.actions_waiting.notify_one();
        self.changed.send_replace(());
    }

    /// Tells the state machine what happened to the socket. A frame is passed as text and decoded.
    pub(crate) fn feed(&self, event: &LinkEvent<'_>, frame: Option<&FromServer>) {
        self.dispatch(|machine, now| machine.handle(event, now));
        if let Some(frame) = frame {
            self.state.lock().answer(frame);
        }
    }

    pub(crate) fn next_action(&self) -> Option<Action> {
        self.state.lock().actions.pop_front()
    }

    pub(crate) fn failure(&self) -> Option<ConnectionFailure> {
        self.state.lock().failure.clone()
    }

    pub(crate) fn set_failure(&self, failure: Option<ConnectionFailure>) {
        self.state.lock().failure = failure;
        self.changed.send_replace(());
    }

    /// Adds a post to the outbox, and returns where its answer will come.
    pub(crate) fn post(&self, post: Post) -> oneshot::Receiver<PostAnswer> {
        let (answer, receiver) = oneshot::channel();
        self.state.lock().posts.insert((post.room.clone(), post.id.clone()), answer);
        self.submit(post);
        receiver
    }

    /// Adds a post to the outbox.
    pub(crate) fn submit(&self, post: Post) {
        self.dispatch(|machine, now| machine.post(post, wall_clock(), now));
    }

    /// Posts a failed post again.
    pub(crate) fn retry(&self, id: &MessageId) {
        self.dispatch(|machine, now| machine.retry(id, new_message_id(), wall_clock(), now));
    }

    /// Asks for a page. `None` if there is no connection.
    pub(crate) fn page(
        &self,
        room: &RoomName,
        side: Side,
        limit: u16,
    ) -> Option<oneshot::Receiver<PageAnswer>> {
        let mut state = self.state.lock();
        if state.machine.connection() != Connection::Live {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        state.pages.push((room.clone(), side, answer));
        let frame = FromClient::Page { room: room.clone(), side, limit };
        state.actions.push_back(Action::Send(frame.encode()));
        drop(state);
        self.actions_waiting.notify_one();
        Some(receiver)
    }

    /// Tells everybody who waits for an answer that none will come.
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
    /// Answers posts that were refused for good, and drops pages that cannot come any more.
    fn answer_failures(&mut self) {
        if self.machine.connection() != Connection::Live {
            self.pages.clear();
        }
        if self.posts.is_empty() {
            return;
        }
        for outgoing in self.machine.link().outbox().posts() {
            if let Progress::Failed(refusal) = &outgoing.progress {
                let name = (outgoing.post.room.clone(), outgoing.post.id.clone());
                if let Some(answer) = self.posts.remove(&name) {
                    let _ = answer.send(Err(PostFailure::Refused(refusal.clone())));
                }
            }
        }
    }

    /// Hands out what a frame answers. An own message in the log is as good as its acknowledgement.
    fn answer(&mut self, frame: &FromServer) {
        match frame {
            FromServer::Posted { room, id, seq, sent_at } => self.stored(room, id, *seq, *sent_at),
            FromServer::Message(message) => self.seen([message]),
            FromServer::Joined { messages, context, .. } => self.seen(messages.iter().chain(context)),
            FromServer::Page { room, side, messages, context, more, floor } => {
                self.seen(messages.iter().chain(context));
                if let Some(at) = self.pages.iter().position(|(of, asked, _)| of == room && asked == side) {
                    let (.., answer) = self.pages.remove(at);
                    let _ = answer.send(Ok(Page { messages: messages.clone(), more: *more, floor: *floor }));
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
            if self.machine.link().username() == Some(&message.username) {
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

fn wall_clock() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
