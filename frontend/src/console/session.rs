//! The Console's connection and state. It outlives its page and keeps recording while another page is shown.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, closure::Closure};
use yew::Callback;

use super::{
    log::{Direction, Event},
    repeat::{self, BUSY_MS, MAX_BUFFERED, Pace, Repeat},
    socket::{Socket, SocketEvent},
    state::{Phase, SendError, State},
};

/// A cheap handle to the Console's connection and state.
#[derive(Clone)]
pub struct Console(Rc<Inner>);

struct Inner {
    state: RefCell<State>,
    changed: RefCell<Callback<()>>,
    render_asked: Cell<bool>,
    on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
    reopen: RefCell<Option<Timeout>>,
}

impl PartialEq for Console {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// A closed Console with this server's address.
    pub fn new() -> Self {
        let console = Self(Rc::new(Inner {
            state: RefCell::new(State::new(super::preset::url("/ws"))),
            changed: RefCell::default(),
            render_asked: Cell::new(false),
            on_frame: RefCell::default(),
            reopen: RefCell::default(),
        }));
        let weak = Rc::downgrade(&console.0);
        *console.0.on_frame.borrow_mut() = Some(Closure::new(move || {
            if let Some(inner) = weak.upgrade() {
                inner.render_asked.set(false);
                let changed = inner.changed.borrow().clone();
                changed.emit(());
            }
        }));
        console
    }

    /// Sets the callback for renders, which is called at most once per frame.
    pub(crate) fn on_change(&self, changed: Callback<()>) {
        *self.0.changed.borrow_mut() = changed;
    }

    /// Reads the state.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.state.borrow())
    }

    /// Changes the state.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.0.state.borrow_mut());
        self.render();
        changed
    }

    /// Connects.
    pub(crate) fn open(&self) {
        self.0.reopen.take();
        self.change(|state| state.tries = 0);
        self.connect();
    }

    /// Closes with the code and the reason of the form, or cancels the connection attempt.
    pub(crate) fn close(&self) {
        self.0.reopen.take();
        self.change(|state| {
            let Ok((code, reason)) = state.form.close() else { return };
            state.repeat = None;
            let was_open = matches!(state.phase, Phase::Open { .. });
            state.phase = match &state.socket {
                Some(socket) if !matches!(state.phase, Phase::Waiting { .. } | Phase::Closed) => {
                    let _ = socket.close(code, reason);
                    Phase::Closing { was_open }
                }
                _ => Phase::Closed,
            };
        });
    }

    /// Sets whether to reconnect after a close.
    pub(crate) fn set_reconnect(&self, reconnect: bool) {
        if !reconnect {
            self.0.reopen.take();
        }
        self.change(|state| {
            state.form.reconnect = reconnect;
            if !reconnect && matches!(state.phase, Phase::Waiting { .. }) {
                state.phase = Phase::Closed;
            }
        });
    }

    /// Sends the message once.
    pub(crate) fn send(&self) {
        self.change(|state| {
            let draft = state.form.draft.clone();
            state.error = state.send(now(), &draft).err();
        });
    }

    /// Starts to send the message repeatedly.
    pub(crate) fn start_repeat(&self) {
        self.change(|state| {
            let Some((every, limit)) = repeat::parse(&state.form.every, &state.form.count) else { return };
            let draft = state.form.draft.clone();
            state.repeat = Some(Repeat { draft, pace: Pace::new(every, limit, now()), timer: None });
        });
        self.tick();
    }

    /// Stops repeated sending.
    pub(crate) fn stop_repeat(&self) {
        self.change(|state| state.repeat = None);
    }

    /// Sends what is due, and sets the timer for the next send.
    fn tick(&self) {
        self.change(|state| {
            let Some(mut repeat) = state.repeat.take() else { return };
            let began = now();
            while repeat.pace.is_due(now()) && state.buffered() < MAX_BUFFERED && now() - began < BUSY_MS {
                state.error = state.send(now(), &repeat.draft).err();
                if state.error.is_some() {
                    return;
                }
                repeat.pace.sent(now());
            }
            if repeat.pace.is_finished() {
                return;
            }
            let weak = Rc::downgrade(&self.0);
            repeat.timer = Some(Timeout::new(repeat.pace.wait(now()), move || with(&weak, Self::tick)));
            state.repeat = Some(repeat);
        });
    }

    fn connect(&self) {
        let weak = Rc::downgrade(&self.0);
        self.change(|state| {
            let (url, protocols) = (state.form.url.trim().to_owned(), state.form.protocol_list());
            let at = now();
            state.error = None;
            state.socket = None;
            state.to_rooms = super::preset::is_rooms(&url);
            state.record_event(at, Event::Opening { url: url.clone(), protocols: protocols.clone() });
            let on_event = move |event: SocketEvent| {
                let event = Cell::new(Some(event));
                with(&weak, |console| {
                    if let Some(event) = event.take() {
                        console.handle(event);
                    }
                });
            };
            match Socket::open(&url, &protocols, on_event) {
                Ok(socket) => {
                    state.socket = Some(socket);
                    state.phase = Phase::Connecting { since: at };
                }
                Err(why) => {
                    state.record_event(at, Event::Refused(why));
                    state.phase = Phase::Closed;
                }
            }
        });
    }

    fn handle(&self, event: SocketEvent) {
        let at = now();
        let reopen = self.change(|state| match event {
            SocketEvent::Message(body) => {
                state.record(at, Direction::Received, body);
                None
            }
            SocketEvent::Opened { protocol, extensions } => {
                let since = match state.phase {
                    Phase::Connecting { since } => since,
                    _ => at,
                };
                if matches!(state.phase, Phase::Connecting { .. }) {
                    state.phase = Phase::Open { since: at, protocol: protocol.clone() };
                }
                state.record_event(at, Event::Opened { protocol, extensions, took: at - since });
                None
            }
            SocketEvent::Closed { code, reason, clean } => {
                if state.repeat.take().is_some() {
                    state.error = Some(SendError::NotOpen);
                }
                state.closed(at, code, reason, clean)
            }
        });
        if let Some(ms) = reopen {
            let weak = Rc::downgrade(&self.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "half a minute at most"
            )]
            let timer = Timeout::new(ms as u32, move || with(&weak, Self::connect));
            *self.0.reopen.borrow_mut() = Some(timer);
        }
    }

    fn render(&self) {
        if self.0.render_asked.replace(true) {
            return;
        }
        if let Some(on_frame) = &*self.0.on_frame.borrow() {
            let _ = crate::browser::window().request_animation_frame(on_frame.as_ref().unchecked_ref());
        }
    }
}

fn with(weak: &Weak<Inner>, act: impl FnOnce(&Console)) {
    if let Some(inner) = weak.upgrade() {
        act(&Console(inner));
    }
}

/// Milliseconds since the Unix epoch, with decimals, by a monotonic clock.
pub(crate) fn now() -> f64 {
    let performance = crate::browser::window().performance();
    performance.map_or_else(js_sys::Date::now, |page| page.time_origin() + page.now())
}
