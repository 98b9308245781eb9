//! What drives the client's brain in a browser: a socket, a clock, and a place to keep things.
//!
//! The [`Driver`] feeds [`shared::Client`] what the socket does and what the user wants, carries out the actions that
//! it answers with, keeps the outbox and the identity, and says at most once a frame that there is something new to
//! render.

mod socket;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use shared::{
    About, Action, Client, CloseCode, Connection, Credentials, Event, MessageId, Post, RoomName, Token,
    Username,
};
use socket::Socket;
use wasm_bindgen::{JsCast, prelude::Closure};
use yew::Callback;

use crate::{
    clock::{Clock, wall_clock},
    storage::{self, OutboxKeeper},
};

/// A hidden page is rendered so often, in milliseconds: for its title, mostly.
const HIDDEN_RENDER_MS: u32 = 200;
/// Outboxes that closed tabs left behind are looked for so often, in milliseconds.
const ADOPT_EVERY_MS: u32 = 4_000;

/// A cheap handle. See the module's page.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    url: String,
    client: RefCell<Client>,
    socket: RefCell<Option<Socket>>,
    clock: Clock,
    timer: RefCell<Option<(u64, Timeout)>>,
    keeper: OutboxKeeper,
    kept_outbox: Cell<u64>,
    kept_name: RefCell<Option<(Username, Token)>>,
    changed: RefCell<Callback<()>>,
    frame: RefCell<Option<Frame>>,
    listeners: RefCell<Vec<EventListener>>,
    adopting: RefCell<Option<Timeout>>,
}

/// A render that is due.
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
    /// A driver for the server behind a `ws:` or `wss:` URL. Nothing happens until [`Driver::identify`].
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
            keeper: OutboxKeeper::new(),
            kept_outbox: Cell::new(0),
            kept_name: RefCell::new(None),
            changed: RefCell::new(Callback::noop()),
            frame: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
            adopting: RefCell::new(None),
        }));
        driver.listen();
        driver
    }

    /// A driver for the server that this page came from.
    pub fn of_this_page() -> Self {
        let location = crate::dom::window().location();
        let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
        let host = location.host().unwrap_or_default();
        Self::new(format!("{}://{host}/ws?v={}", if secure { "wss" } else { "ws" }, shared::limits::VERSION))
    }

    /// Whom to tell that something is to be rendered.
    pub fn on_change(&self, changed: Callback<()>) {
        self.0.changed.replace(changed);
    }

    /// Looks at what is known.
    pub fn look<R>(&self, look: impl FnOnce(&Client) -> R) -> R {
        look(&self.0.client.borrow())
    }

    /// The driver's clock, in milliseconds.
    pub fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// Hands on what the user wants, and does what follows.
    pub fn dispatch(&self, intent: impl FnOnce(&mut Client, u64) -> Vec<Action>) {
        let now = self.now();
        let actions = intent(&mut self.0.client.borrow_mut(), now);
        self.carry_out(actions);
    }

    /// Says who the user is, and connects.
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

    /// Posts a text into a room. Returns the name of the post.
    pub fn post(&self, room: &RoomName, text: &str, about: Option<About>) -> MessageId {
        let id = new_id();
        let post = Post { room: room.clone(), id: id.clone(), text: text.to_owned(), about };
        self.dispatch(|client, now| client.post(post, wall_clock(), now));
        id
    }

    /// Tries to connect now.
    pub fn retry_connection(&self) {
        self.feed(&Event::Retry);
    }

    /// Ends, keeping what is not yet acknowledged.
    pub fn stop(&self) {
        self.dispatch(|client, _| client.stop());
        self.0.listeners.borrow_mut().clear();
        self.0.adopting.replace(None);
        self.0.keeper.release();
    }

    fn feed(&self, event: &Event<'_>) {
        let now = self.now();
        let actions = self.0.client.borrow_mut().handle(event, now);
        self.carry_out(actions);
    }

    fn carry_out(&self, actions: Vec<Action>) {
        // What is about to be sent is kept first.
        self.keep();
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
        self.wake_in_time();
        self.render_soon();
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

    /// Sets the timer, unless one is set that fires early enough: a tick that comes too early does nothing.
    fn wake_in_time(&self) {
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

    fn keep(&self) {
        let client = self.0.client.borrow();
        let version = client.link().outbox().version();
        if self.0.kept_outbox.replace(version) != version
            && let Some(username) = client.link().username()
        {
            self.0.keeper.keep(username, client.link().outbox().posts());
        }
        if client.connection() == Connection::Live
            && let (Some(username), Some(token)) = (client.link().username(), client.link().token())
        {
            let identity = (username.clone(), token.clone());
            if self.0.kept_name.borrow().as_ref() != Some(&identity) {
                storage::set_name(username);
                storage::set_token(Some(token));
                self.0.kept_name.replace(Some(identity));
            }
        }
    }

    /// Takes over what tabs that are gone have left in their outboxes, now and from time to time.
    fn adopt(&self, username: &Username) {
        let orphans = self.0.keeper.adopt(username);
        if !orphans.is_empty() {
            self.dispatch(|client, now| client.restore(orphans, now));
            self.0.keeper.forget_adopted();
        }
        let weak = Rc::downgrade(&self.0);
        let again = Timeout::new(ADOPT_EVERY_MS, move || {
            if let Some(inner) = weak.upgrade() {
                let driver = Self(inner);
                driver.0.keeper.stamp();
                let me = driver.look(|client| client.link().username().cloned());
                if let Some(me) = me {
                    driver.adopt(&me);
                }
            }
        });
        self.0.adopting.replace(Some(again));
    }

    /// Tells the page once, however much comes until the next frame.
    fn render_soon(&self) {
        if self.0.frame.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        let render = move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).render_now();
            }
        };
        let frame = if crate::dom::document().hidden() {
            Frame::Later(Timeout::new(HIDDEN_RENDER_MS, render))
        } else {
            let render = Closure::once(render);
            match crate::dom::window().request_animation_frame(render.as_ref().unchecked_ref()) {
                Ok(handle) => Frame::Animation(handle, render),
                Err(_) => return,
            }
        };
        self.0.frame.replace(Some(frame));
    }

    fn render_now(&self) {
        if let Some(Frame::Animation(handle, _)) = self.0.frame.take() {
            let _ = crate::dom::window().cancel_animation_frame(handle);
        }
        let changed = self.0.changed.borrow().clone();
        changed.emit(());
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
        let (window, document) = (crate::dom::window(), crate::dom::document());
        let listeners = vec![
            on(&window, "online", |driver| driver.feed(&Event::Retry)),
            on(&window, "offline", |driver| driver.feed(&Event::Offline)),
            // Animation frames stop while a page is hidden, and its timers are slowed down.
            on(&document, "visibilitychange", |driver| {
                driver.render_now();
                if crate::dom::document().hidden() {
                    driver.dispatch(Client::flush_seen);
                } else {
                    driver.feed(&Event::Tick);
                    driver.feed(&Event::Retry);
                }
            }),
            on(&window, "pagehide", |driver| {
                driver.dispatch(Client::flush_seen);
                driver.0.keeper.release();
            }),
            on(&window, "pageshow", |driver| driver.0.keeper.stamp()),
        ];
        self.0.listeners.replace(listeners);
    }
}

/// A new name for a post: 48 bits of the time in milliseconds, and 80 random ones. The server's store keeps an index of
/// the names in order: those that rise go to its end, which is at hand, while random ones touch pages all over it.
fn new_id() -> MessageId {
    let mut bytes = crate::dom::random_bytes().unwrap_or_default();
    bytes[..6].copy_from_slice(&wall_clock().millis().to_be_bytes()[2..]);
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    MessageId::parse(&hex).expect("hexadecimal digits are a valid id")
}
