//! The task that owns the socket: it feeds the state machine and carries out its actions.

use std::{collections::VecDeque, sync::Arc};

use futures_util::future::BoxFuture;
use shared::{Action, CloseCode, Connection, Event as LinkEvent, FromServer};
use tokio::{sync::mpsc, time::sleep_until};

use crate::{
    address::Address,
    event::Event,
    socket::{Incoming, Socket},
    state::SharedState,
    transport::ConnectionFailure,
};

type Opened = Result<Box<Socket>, ConnectionFailure>;

/// See the module's documentation.
pub(crate) struct Driver {
    state: Arc<SharedState>,
    address: Address,
    events: Option<mpsc::Sender<Event>>,
    /// Events that the full stream did not take. While there are any, nothing is read from the server.
    backlog: VecDeque<Event>,
    opening: Option<BoxFuture<'static, Opened>>,
    socket: Option<Box<Socket>>,
    connection: Connection,
}

enum Wake {
    /// A handle dispatched something.
    Actions,
    Opened(Opened),
    Incoming(Incoming),
    /// The stream of events has space again (true), or was dropped (false).
    EventsFree(bool),
    Tick,
}

impl Driver {
    pub(crate) fn new(state: Arc<SharedState>, address: &Address, events: mpsc::Sender<Event>) -> Self {
        Self {
            state,
            address: address.versioned(),
            events: Some(events),
            backlog: VecDeque::new(),
            opening: None,
            socket: None,
            connection: Connection::Stopped,
        }
    }

    /// Runs until the state machine is stopped.
    pub(crate) async fn run(mut self) {
        loop {
            self.carry_out().await;
            self.tell_connection();
            if self.connection == Connection::Stopped {
                break;
            }
            self.step().await;
        }
        self.state.end();
    }

    /// Waits for the next thing to happen and handles it.
    async fn step(&mut self) {
        let reading = self.backlog.is_empty();
        let tick_at = self.state.read(shared::Client::wakes_at).map(|at| self.state.instant(at));
        let Self { state, opening, socket, events, .. } = self;
        let wake = tokio::select! {
            // What came is taken before time passes: a client that was held up has not lost its connection.
            biased;
            () = state.actions_waiting.notified() => Wake::Actions,
            opened = option(opening.as_mut()) => Wake::Opened(opened),
            incoming = option(socket.as_mut().map(|socket| socket.next(reading))) => Wake::Incoming(incoming),
            free = option(events.as_ref().filter(|_| !reading).map(mpsc::Sender::reserve)) => {
                Wake::EventsFree(free.is_ok())
            }
            () = option(tick_at.filter(|_| reading).map(sleep_until)) => Wake::Tick,
        };
        match wake {
            Wake::Actions => {}
            Wake::Opened(opened) => {
                self.opening = None;
                self.opened(opened);
            }
            Wake::Incoming(incoming) => self.incoming(incoming),
            Wake::EventsFree(true) => {
                if let (Some(events), Some(event)) = (&self.events, self.backlog.pop_front()) {
                    let _ = events.try_send(event);
                }
            }
            Wake::EventsFree(false) => (self.events, self.backlog) = (None, VecDeque::new()),
            Wake::Tick => self.state.feed(&LinkEvent::Tick, None),
        }
    }

    fn opened(&mut self, opened: Opened) {
        match opened {
            Ok(socket) => {
                self.socket = Some(socket);
                self.state.set_failure(None);
                self.state.feed(&LinkEvent::Opened, None);
            }
            Err(failure) => self.failed(failure),
        }
    }

    /// The state machine connects again: late, if the same would happen again.
    fn failed(&mut self, failure: ConnectionFailure) {
        let code = if failure.is_permanent { CloseCode::PROTOCOL } else { CloseCode::ABNORMAL };
        self.state.set_failure(Some(failure));
        self.state.feed(&LinkEvent::Closed(code), None);
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Text(text) => {
                // A frame of a later version cannot be decoded, and is ignored.
                let frame = FromServer::decode(&text).ok();
                if frame.is_none() && self.connection == Connection::Connecting {
                    return self.not_parlor();
                }
                self.state.feed(&LinkEvent::Frame(&text), frame.as_ref());
                // The connection state comes before the frame's event: live, then joined.
                self.tell_connection();
                self.tell(frame.and_then(Event::from_frame));
            }
            Incoming::Closed(code, failure) => {
                self.socket = None;
                self.state.set_failure(Some(failure));
                self.state.feed(&LinkEvent::Closed(code), None);
            }
        }
    }

    /// The first frame of a Parlor server can be decoded: it is `welcome` or `refused`.
    fn not_parlor(&mut self) {
        if let Some(socket) = self.socket.take() {
            tokio::spawn(socket.close(CloseCode::NORMAL));
        }
        let reason =
            format!("{} is no Parlor server: its answer to `hello` is none of Parlor's", self.address);
        self.failed(ConnectionFailure::permanent(reason));
    }

    /// What it means that the server was silent for too long.
    fn silence(&self) -> String {
        match (&self.opening, &self.connection) {
            (Some(_), _) => format!("{} does not answer", self.address),
            (None, Connection::Live) => "nothing was heard from the server for too long".into(),
            (None, _) => {
                format!("{} took the connection, and does not answer as a Parlor server does", self.address)
            }
        }
    }

    async fn carry_out(&mut self) {
        while let Some(action) = self.state.next_action() {
            match action {
                Action::Open => {
                    self.socket = None;
                    let address = self.address.clone();
                    self.opening = Some(Box::pin(async move { Socket::open(&address).await }));
                }
                Action::Send(text) => {
                    if let Some(socket) = &mut self.socket {
                        socket.send(text);
                    }
                }
                Action::Close(code) => {
                    if code == CloseCode::SILENT {
                        self.state.set_failure(Some(ConnectionFailure::passing(self.silence())));
                    }
                    self.opening = None;
                    let Some(socket) = self.socket.take() else { continue };
                    if self.state.read(shared::Client::connection) == Connection::Stopped {
                        socket.close(code).await;
                    } else {
                        tokio::spawn(socket.close(code));
                    }
                }
            }
        }
    }

    fn tell_connection(&mut self) {
        let connection = self.state.read(shared::Client::connection);
        if connection != self.connection {
            self.connection = connection.clone();
            self.tell(Some(Event::Connection(connection)));
        }
    }

    fn tell(&mut self, event: Option<Event>) {
        let (Some(event), Some(events)) = (event, &self.events) else { return };
        if !self.backlog.is_empty() {
            return self.backlog.push_back(event);
        }
        match events.try_send(event) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(event)) => self.backlog.push_back(event),
            Err(mpsc::error::TrySendError::Closed(_)) => self.events = None,
        }
    }
}

/// Waits for the future if there is one, else for ever.
async fn option<F: Future>(future: Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
