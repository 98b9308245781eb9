//! Runs the client state machine in a browser: socket, clock and storage.
//!
//! The [`Driver`] feeds [`shared::Client`] with the socket's events and the user's actions, carries out the actions that it
//! returns, stores the outbox and the tokens, and requests at most one render per frame. A name is claimed, and the posts of
//! an earlier name are delivered, on connections of their own.

mod claim;
mod courier;
mod identity;
mod outbox;
mod second;
mod socket;
mod transport;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

pub use claim::{Claim, ClaimOutcome};
use courier::Couriers;
pub use courier::Undelivered;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use identity::Identity;
use outbox::StoredOutbox;
use shared::{About, Action, Client, Event, MessageId, Post, RoomName, Timestamp, view::Arrival};
use transport::Transport;
use wasm_bindgen::{JsCast, prelude::Closure};
use yew::Callback;

use crate::browser::{
    clock::{Clock, wall_clock},
    random_bytes, random_number,
};

/// The interval of renders while the page is hidden, in milliseconds. They mostly update the title.
const HIDDEN_RENDER_MS: u32 = 200;

/// A cheap handle to the client state machine, its socket and its storage.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    client: RefCell<Client>,
    clock: Clock,
    transport: Transport,
    identity: Identity,
    outbox: StoredOutbox,
    couriers: RefCell<Couriers>,
    subscribers: RefCell<Vec<(u64, Callback<()>)>>,
    next_subscriber: Cell<u64>,
    frame: RefCell<Option<Frame>>,
    listeners: RefCell<Vec<EventListener>>,
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
    /// A driver for the server at a `ws:` or `wss:` URL. It does nothing until somebody signs in.
    pub fn new(url: impl Into<String>) -> Self {
        let driver = Self(Rc::new_cyclic(|weak: &Weak<Inner>| {
            let weak = weak.clone();
            let transport = Transport::new(url.into(), move |event| {
                if let Some(inner) = weak.upgrade() {
                    Self(inner).feed(event);
                }
            });
            Inner {
                client: RefCell::new(Client::new(random_number())),
                clock: Clock::new(),
                transport,
                identity: Identity::default(),
                outbox: StoredOutbox::new(),
                couriers: RefCell::default(),
                subscribers: RefCell::default(),
                next_subscriber: Cell::default(),
                frame: RefCell::default(),
                listeners: RefCell::default(),
            }
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

    /// What the wall clock says at a time of the driver's clock.
    pub fn wall_time(&self, at: u64) -> Timestamp {
        let from_now = at.cast_signed().saturating_sub(self.now().cast_signed());
        Timestamp::from_millis(wall_clock().millis().saturating_add(from_now))
    }

    /// Passes a user's action to the client, and carries out the actions that it returns.
    pub fn dispatch(&self, intent: impl FnOnce(&mut Client, u64) -> Vec<Action>) {
        let now = self.now();
        let actions = intent(&mut self.0.client.borrow_mut(), now);
        self.carry_out(actions);
    }

    /// Posts a text into a room. Returns the post's id.
    pub fn post(&self, room: &RoomName, text: &str, about: Option<About>) -> MessageId {
        let id = new_id();
        let post = Post { room: room.clone(), id: id.clone(), text: text.to_owned(), about };
        self.dispatch(|client, now| client.post(post, wall_clock(), now));
        id
    }

    /// Posts a failed post again, see [`Client::retry`].
    pub fn retry(&self, id: &MessageId) {
        self.dispatch(|client, now| client.retry(id, new_id(), wall_clock(), now));
    }

    /// Discards a post that failed or was never sent.
    pub fn discard(&self, id: &MessageId) {
        self.dispatch(|client, _| {
            client.discard(id);
            Vec::new()
        });
    }

    /// Reconnects now.
    pub fn retry_connection(&self) {
        self.feed(&Event::Retry);
    }

    /// Disconnects. Unacknowledged posts stay in storage.
    pub fn stop(&self) {
        self.dispatch(|client, _| client.stop());
        self.0.listeners.borrow_mut().clear();
        self.0.outbox.stop();
    }

    /// The server's WebSocket URL.
    fn url(&self) -> &str {
        self.0.transport.url()
    }

    fn downgrade(&self) -> Weak<Inner> {
        Rc::downgrade(&self.0)
    }

    fn upgrade(weak: &Weak<Inner>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    fn feed(&self, event: &Event<'_>) {
        let now = self.now();
        let mut actions = self.0.client.borrow_mut().handle(event, now);
        actions.extend(self.prove_again(now));
        self.carry_out(actions);
    }

    fn carry_out(&self, actions: Vec<Action>) {
        // Posts are stored before they are sent.
        self.read(|client| {
            self.0.outbox.store(client);
            self.0.identity.store(client);
        });
        let wakes_at = self.read(Client::wakes_at);
        self.0.transport.carry_out(actions, wakes_at, self.now());
        self.deliver_foreign();
        self.schedule_render();
    }

    /// Delivers the posts of earlier names.
    fn deliver_foreign(&self) {
        // A courier that is being opened has nothing to say yet, so this is not called again from below.
        if let Ok(mut couriers) = self.0.couriers.try_borrow_mut() {
            couriers.deliver(self);
        }
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
                    // A frozen page hears no events of other tabs.
                    driver.follow_name();
                    driver.feed(&Event::Tick);
                    driver.feed(&Event::Retry);
                }
            }),
            on(&window, "pagehide", |driver| {
                driver.dispatch(Client::flush_seen);
                driver.0.outbox.release();
                // The browser keeps no page with an open connection, to show it again when the user goes back.
                driver.feed(&Event::Offline);
            }),
            on(&window, "pageshow", |driver| {
                driver.0.outbox.renew_timestamp();
                driver.feed(&Event::Retry);
            }),
        ];
        self.0.listeners.replace(listeners);
    }
}

/// A new id: 48 bits of the time in milliseconds, and 80 random bits. Rising ids are appended at the end of the store's
/// index, which is in memory, while random ids would touch pages all over it.
fn new_id() -> MessageId {
    let mut bytes = random_bytes().unwrap_or_default();
    bytes[..6].copy_from_slice(&wall_clock().millis().to_be_bytes()[2..]);
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    MessageId::parse(&hex).unwrap_or_else(|_| unreachable!("hexadecimal digits are a valid id"))
}
