//! The task that owns the socket: it feeds the brain, and carries out what the brain answers.

use std::{collections::VecDeque, io, sync::Arc};

use futures_util::future::BoxFuture;
use shared::{Action, CloseCode, Connection, Event as LinkEvent, FromServer};
use tokio::{sync::mpsc, time::sleep_until};

use crate::{
    Address,
    core::Core,
    event::Event,
    socket::{Incoming, Socket},
};

/// See the module's page.
pub(crate) struct Driver {
    core: Arc<Core>,
    address: Address,
    events: Option<mpsc::Sender<Event>>,
    /// What the stream of events had no space for. Nothing is read while something waits here.
    backlog: VecDeque<Event>,
    opening: Option<BoxFuture<'static, io::Result<Box<Socket>>>>,
    socket: Option<Box<Socket>>,
    connection: Connection,
}

enum Happened {
    /// A handle wants something.
    Asked,
    Opened(io::Result<Box<Socket>>),
    Came(Incoming),
    /// The stream of events has space again, or nobody reads it any more.
    Free(bool),
    Time,
}

impl Driver {
    pub(crate) fn new(core: Arc<Core>, address: &Address, events: mpsc::Sender<Event>) -> Self {
        Self {
            core,
            address: address.of_rooms(),
            events: Some(events),
            backlog: VecDeque::new(),
            opening: None,
            socket: None,
            connection: Connection::Stopped,
        }
    }

    /// Runs until the brain is stopped.
    pub(crate) async fn run(mut self) {
        loop {
            self.carry_out().await;
            self.tell_connection();
            if self.connection == Connection::Stopped {
                break;
            }
            self.turn().await;
        }
        self.core.end();
    }

    /// Waits for the next thing to happen, and takes it.
    async fn turn(&mut self) {
        let reading = self.backlog.is_empty();
        let wake = self.core.look(shared::Client::wakes_at).map(|at| self.core.moment(at));
        let Self { core, opening, socket, events, .. } = self;
        let happened = tokio::select! {
            // What was heard is taken before time is: a client that was held up has not lost its connection.
            biased;
            () = core.bell.notified() => Happened::Asked,
            opened = option(opening.as_mut()) => Happened::Opened(opened),
            incoming = option(socket.as_mut().map(|socket| socket.next(reading))) => Happened::Came(incoming),
            free = option(events.as_ref().filter(|_| !reading).map(mpsc::Sender::reserve)) => {
                Happened::Free(free.is_ok())
            }
            () = option(wake.filter(|_| reading).map(sleep_until)) => Happened::Time,
        };
        match happened {
            Happened::Asked => {}
            Happened::Opened(opened) => {
                self.opening = None;
                self.opened(opened);
            }
            Happened::Came(incoming) => self.incoming(incoming),
            Happened::Free(true) => {
                if let (Some(events), Some(event)) = (&self.events, self.backlog.pop_front()) {
                    let _ = events.try_send(event);
                }
            }
            Happened::Free(false) => (self.events, self.backlog) = (None, VecDeque::new()),
            Happened::Time => self.core.feed(&LinkEvent::Tick, None),
        }
    }

    fn opened(&mut self, opened: io::Result<Box<Socket>>) {
        match opened {
            Ok(socket) => {
                self.socket = Some(socket);
                self.core.set_failure(None);
                self.core.feed(&LinkEvent::Opened, None);
            }
            Err(error) => {
                self.core.set_failure(Some(error.to_string()));
                self.core.feed(&LinkEvent::Closed(CloseCode::ABNORMAL), None);
            }
        }
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Text(text) => {
                // The client of an older version cannot read everything, and need not.
                let frame = FromServer::decode(&text).ok();
                self.core.feed(&LinkEvent::Frame(&text), frame.as_ref());
                // The state comes before what was heard in it: live, then joined.
                self.tell_connection();
                self.tell(frame.and_then(Event::of));
            }
            Incoming::Closed(code, reason) => {
                self.socket = None;
                self.core.set_failure(reason);
                self.core.feed(&LinkEvent::Closed(code), None);
            }
        }
    }

    async fn carry_out(&mut self) {
        while let Some(action) = self.core.next_action() {
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
                    self.opening = None;
                    let Some(socket) = self.socket.take() else { continue };
                    if self.core.look(shared::Client::connection) == Connection::Stopped {
                        socket.goodbye(code).await;
                    } else {
                        tokio::spawn(socket.goodbye(code));
                    }
                }
            }
        }
    }

    fn tell_connection(&mut self) {
        let connection = self.core.look(shared::Client::connection);
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

/// A future that is there, or never comes.
async fn option<F: Future>(future: Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
