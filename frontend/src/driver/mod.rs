//! Runs the client state machine in a browser: socket, clock and storage.
//!
//! The [`Driver`] feeds [`shared::Client`] with the socket's events and the user's actions, carries out the actions that it
//! returns, stores the outbox and the identity, and requests at most one render per
//! frame.

mod socket;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use shared::{
    About, Action, Client, CloseCode, Connection, Credentials, Event, MessageId, Post, RoomName, Token,
    Username, view::Arrival,
};
use socket::Socket;
use wasm_bindgen::{JsCast, prelude::Closure};
use yew::Callback;

use crate::{
    browser::clock::{Clock, wall_clock},
    storage::{self, OutboxStorage},
};

/// The interval of renders while the page is hidden, in milliseconds. They mostly update the title.
const HIDDEN_RENDER_MS: u32 = 200;
/// The interval at which outboxes of closed tabs are looked for, in milliseconds.
const ADOPT_EVERY_MS: u32 = 4_000;

/// A cheap handle to the client state machine, its socket and its storage.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    url: String,
    client: RefCell<Client>,
    socket: RefCell<Option<Socket>>,
    clock: Clock,
    timer: RefCell<Option<(u64, Timeout)>>,
    outbox_storage: OutboxStorage,
    stored_version: Cell<u64>,
    stored_identity: RefCell<Option<(Username, Token)>>,
    subscribers: RefCell<Vec<(u64, Callback<()>)>>,
    next_subscriber: Cell<u64>,
    frame: RefCell<Option<Frame>>,
    listeners: RefCell<Vec<EventListener>>,
    adopting: RefCell<Option<Timeout>>,
}

/// Dropping it ends the callbacks of [`Driver::subscribe`].
pub struct Subscription {
    driver: Weak<Inner>,
    number: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.upgrade() {
            driver.subscribers.borrow_mut().retain(|(number, _)| *number != self.number);
        }
    }
}

/// A scheduled render.
enum Frame {
    Animation(i32, #[expect(dead_code, reason = "kept alive for the browser to call")] Closure<dyn FnMut()>),
    Later(#[expect(dead_code, reason = "dropping it cancels it")] Timeout),
}

impl PartialEq for Driver {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Driver {
    /// A driver for the server at a `ws:` or `wss:` URL. It does nothing until [`Driver::identify`].
    pub fn new(url: impl Into<String>) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a seed, any number will do"
        )]
        let seed = (js_sys::Math::random() * 9e15) as u64;
        let driver = Self(Rc::new(Inner {
            url: url.into(),
            client: RefCell::new(Client::new(seed)),
            socket: RefCell::new(None),
            clock: Clock::new(),
            timer: RefCell::new(None),
            outbox_storage: OutboxStorage::new(),
            stored_version: Cell::new(0),
            stored_identity: RefCell::new(None),
            subscribers: RefCell::new(Vec::new()),
            next_subscriber: Cell::new(0),
            frame: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
            adopting: RefCell::new(None),
        }));
        driver.listen();
        driver
    }

    /// A driver for the server of this page.
    pub fn of_this_page() -> Self {
        let location = crate::browser::window().location();
        let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
        let host = location.host().unwrap_or_default();
        Self::new(format!("{}://{host}/ws?v={}", if secure { "wss" } else { "ws" }, shared::limits::VERSION))
    }

    /// Calls back once a frame while there are changes, until the subscription is dropped.
    pub fn subscribe(&self, on_change: impl Into<Callback<()>>) -> Subscription {
        let number = self.0.next_subscriber.get();
        self.0.next_subscriber.set(number + 1);
        self.0.subscribers.borrow_mut().push((number, on_change.into()));
        Subscription { driver: Rc::downgrade(&self.0), number }
    }

    /// Reads the client's state.
    pub fn read<R>(&self, read: impl FnOnce(&Client) -> R) -> R {
        read(&self.0.client.borrow())
    }

    /// The messages of others that came since the last call, see [`Client::take_arrivals`].
    pub fn take_arrivals(&self) -> Vec<Arrival> {
        self.0.client.borrow_mut().take_arrivals()
    }

    /// The driver's clock, in milliseconds.
    pub fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// Passes a user's action to the client, and carries out the actions that it returns.
    pub fn dispatch(&self, intent: impl FnOnce(&mut Client, u64) -> Vec<Action>) {
        let now = self.now();
        let actions = intent(&mut self.0.client.borrow_mut(), now);
        self.carry_out(actions);
    }

    /// Sets the credentials, and connects.
    pub fn identify(&self, credentials: Credentials) {
        let me = credentials.username.clone();
        if let Some(me) = &me {
            storage::set_name(me);
        }
        self.dispatch(|client, now| client.identify(credentials, now));
        if let Some(me) = me {
            self.adopt(&me);
        }
    }

    /// Posts a text into a room. Returns the post's id.
    pub fn post(&self, room: &RoomName, text: &str, about: Option<About>) -> MessageId {
        let id = new_id();
        let post = Post { room: room.clone(), id: id.clone(), text: text.to_owned(), about };
        self.dispatch(|client, now| client.post(post, wall_clock(), now));
        id
    }

    /// Reconnects now.
    pub fn retry_connection(&self) {
        self.feed(&Event::Retry);
    }

    /// Disconnects. Unacknowledged posts stay in storage.
    pub fn stop(&self) {
        self.dispatch(|client, _| client.stop());
        self.0.listeners.borrow_mut().clear();
        self.0.adopting.replace(None);
        self.0.outbox_storage.release();
    }

    fn feed(&self, event: &Event<'_>) {
        let now = self.now();
        let actions = self.0.client.borrow_mut().handle(event, now);
        self.carry_out(actions);
    }

    fn carry_out(&self, actions: Vec<Action>) {
        // Posts are stored before they are sent.
        self.store();
        for action in actions {
            match action {
                Action::Open => self.open(),
                Action::Send(text) => {
                    if let Some(socket) = &*self.0.socket.borrow() {
                        socket.send(&text);
                    }
                }
                Action::Close(code) => {
                    if let Some(socket) = self.0.socket.take() {
                        socket.close(code);
                    }
                }
            }
        }
        self.set_timer();
        self.schedule_render();
    }

    fn open(&self) {
        let weak = Rc::downgrade(&self.0);
        let socket = Socket::open(&self.0.url, move |event| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).feed(event);
            }
        });
        if socket.is_none() {
            let driver = self.clone();
            yew::platform::spawn_local(async move { driver.feed(&Event::Closed(CloseCode::ABNORMAL)) });
        }
        self.0.socket.replace(socket);
    }

    /// Sets the timer, unless an earlier one is set: a tick that comes too early is harmless.
    fn set_timer(&self) {
        let Some(at) = self.0.client.borrow().wakes_at() else { return };
        if self.0.timer.borrow().as_ref().is_some_and(|(set, _)| *set <= at) {
            return;
        }
        let wait = u32::try_from(at.saturating_sub(self.now())).unwrap_or(u32::MAX).min(60_000);
        let weak = Rc::downgrade(&self.0);
        let timer = Timeout::new(wait, move || {
            if let Some(inner) = weak.upgrade() {
                inner.timer.replace(None);
                Self(inner).feed(&Event::Tick);
            }
        });
        self.0.timer.replace(Some((at, timer)));
    }

    fn store(&self) {
        let client = self.0.client.borrow();
        let version = client.link().outbox().version();
        if self.0.stored_version.replace(version) != version
            && let Some(username) = client.link().username()
        {
            self.0.outbox_storage.keep(username, client.link().outbox().posts());
        }
        if client.connection() == Connection::Live
            && let (Some(username), Some(token)) = (client.link().username(), client.link().token())
        {
            let identity = (username.clone(), token.clone());
            if self.0.stored_identity.borrow().as_ref() != Some(&identity) {
                storage::set_name(username);
                storage::set_token(Some(token));
                self.0.stored_identity.replace(Some(identity));
            }
        }
    }

    /// Takes over the outboxes of closed tabs, now and periodically.
    fn adopt(&self, username: &Username) {
        let orphans = self.0.outbox_storage.adopt(username);
        if !orphans.is_empty() {
            self.dispatch(|client, now| client.restore(orphans, now));
            self.0.outbox_storage.forget_adopted();
        }
        let weak = Rc::downgrade(&self.0);
        let again = Timeout::new(ADOPT_EVERY_MS, move || {
            if let Some(inner) = weak.upgrade() {
                let driver = Self(inner);
                driver.0.outbox_storage.renew_timestamp();
                let me = driver.read(|client| client.link().username().cloned());
                if let Some(me) = me {
                    driver.adopt(&me);
                }
            }
        });
        self.0.adopting.replace(Some(again));
    }

    /// Schedules a render, unless one is scheduled.
    fn schedule_render(&self) {
        if self.0.frame.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        let render = move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).render_now();
            }
        };
        let frame = if crate::browser::document().hidden() {
            Frame::Later(Timeout::new(HIDDEN_RENDER_MS, render))
        } else {
            let render = Closure::once(render);
            match crate::browser::window().request_animation_frame(render.as_ref().unchecked_ref()) {
                Ok(handle) => Frame::Animation(handle, render),
                Err(_) => return,
            }
        };
        self.0.frame.replace(Some(frame));
    }

    fn render_now(&self) {
        if let Some(Frame::Animation(handle, _)) = self.0.frame.take() {
            let _ = crate::browser::window().cancel_animation_frame(handle);
        }
        let subscribers = self.0.subscribers.borrow().clone();
        for (_, on_change) in subscribers {
            on_change.emit(());
        }
    }

    fn listen(&self) {
        let on = |target: &web_sys::EventTarget, kind: &'static str, act: fn(&Self)| {
            let weak = Rc::downgrade(&self.0);
            EventListener::new(target, kind, move |_| {
                if let Some(inner) = weak.upgrade() {
                    act(&Self(inner));
                }
            })
        };
        let (window, document) = (crate::browser::window(), crate::browser::document());
        let listeners = vec![
            on(&window, "online", |driver| driver.feed(&Event::Retry)),
            on(&window, "offline", |driver| driver.feed(&Event::Offline)),
            // While a page is hidden, animation frames stop and timers are slow.
            on(&document, "visibilitychange", |driver| {
                driver.render_now();
                if crate::browser::document().hidden() {
                    driver.dispatch(Client::flush_seen);
                } else {
                    driver.feed(&Event::Tick);
                    driver.feed(&Event::Retry);
                }
            }),
            on(&window, "pagehide", |driver| {
                driver.dispatch(Client::flush_seen);
                driver.0.outbox_storage.release();
            }),
            on(&window, "pageshow", |driver| driver.0.outbox_storage.renew_timestamp()),
        ];
        self.0.listeners.replace(listeners);
    }
}

/// A new id: 48 bits of the time in milliseconds, and 80 random bits. Rising ids are appended at the end of the store's
/// index, which is in memory, while random ids would touch pages all over it.
fn new_id() -> MessageId {
    let mut bytes = crate::browser::random_bytes().unwrap_or_default();
    bytes[..6].copy_from_slice(&wall_clock().millis().to_be_bytes()[2..]);
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    MessageId::parse(&hex).expect("hexadecimal digits are a valid id")
}
