//! The socket and the timer of a state machine.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;
use shared::{Action, CloseCode, Event};

use super::socket::Socket;

/// The longest time until a timer's event, in milliseconds.
const MAX_WAIT_MS: u64 = 60_000;

type Feed = Rc<dyn Fn(&Event<'_>)>;

/// Carries out the actions of a state machine, and passes it the events of its socket and its timer. Dropping it closes
/// the socket.
pub(super) struct Transport {
    url: String,
    socket: RefCell<Option<Socket>>,
    timer: Rc<RefCell<Option<(u64, Timeout)>>>,
    feed: Feed,
}

impl Transport {
    /// A transport to the server at a `ws:` or `wss:` URL.
    pub(super) fn new(url: String, feed: impl Fn(&Event<'_>) + 'static) -> Self {
        Self { url, socket: RefCell::default(), timer: Rc::default(), feed: Rc::new(feed) }
    }

    /// The server's URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Carries out actions, and sets the timer for the next [`Event::Tick`].
    pub(super) fn carry_out(&self, actions: Vec<Action>, wakes_at: Option<u64>, now: u64) {
        for action in actions {
            match action {
                Action::Open => self.open(),
                Action::Send(text) => {
                    if let Some(socket) = &*self.socket.borrow() {
                        socket.send(&text);
                    }
                }
                Action::Close(code) => {
                    if let Some(socket) = self.socket.take() {
                        socket.close(code);
                    }
                }
            }
        }
        if let Some(at) = wakes_at {
            self.set_timer(at, now);
        }
    }

    fn open(&self) {
        let feed = Rc::clone(&self.feed);
        let socket = Socket::open(&self.url, move |event| feed(event));
        if socket.is_none() {
            let feed = Rc::clone(&self.feed);
            yew::platform::spawn_local(async move { feed(&Event::Closed(CloseCode::ABNORMAL)) });
        }
        self.socket.replace(socket);
    }

    /// Sets the timer, unless an earlier one is set: a tick that comes too early is harmless.
    fn set_timer(&self, at: u64, now: u64) {
        if self.timer.borrow().as_ref().is_some_and(|(set, _)| *set <= at) {
            return;
        }
        let wait = u32::try_from(at.saturating_sub(now).min(MAX_WAIT_MS)).unwrap_or(u32::MAX);
        let (feed, timer) = (Rc::clone(&self.feed), Rc::downgrade(&self.timer));
        let timeout = Timeout::new(wait, move || {
            if let Some(timer) = timer.upgrade() {
                timer.replace(None);
                feed(&Event::Tick);
            }
        });
        self.timer.replace(Some((at, timeout)));
    }
}
