//! Keeps the outbox in the browser's storage, and takes over those of closed tabs.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use shared::Client;

use super::Driver;
use crate::storage::{self, OutboxStorage};

/// The interval at which outboxes of closed tabs are looked for, and at which what could not be stored is tried again, in
/// milliseconds.
const ADOPT_EVERY_MS: u32 = 4_000;

/// The stored outbox of a driver.
pub(super) struct StoredOutbox {
    storage: OutboxStorage,
    /// The version that is stored. `None`: none, or the storage did not take it.
    version: Cell<Option<u64>>,
    /// Exists while posts would be lost with the page.
    warning: RefCell<Option<EventListener>>,
    adopting: RefCell<Option<Timeout>>,
}

impl StoredOutbox {
    pub(super) fn new() -> Self {
        Self {
            storage: OutboxStorage::new(),
            version: Cell::new(None),
            warning: RefCell::default(),
            adopting: RefCell::default(),
        }
    }

    /// Stores the outbox if it has changed.
    pub(super) fn store(&self, client: &Client) {
        let outbox = client.link().outbox();
        let Some(username) = client.link().username() else { return };
        if self.version.get() == Some(outbox.version()) {
            return;
        }
        let is_stored = self.storage.keep(username, outbox.posts());
        self.version.set(is_stored.then(|| outbox.version()));
        let is_at_risk = self.unstored(client) > 0;
        let mut warning = self.warning.borrow_mut();
        if is_at_risk != warning.is_some() {
            *warning = is_at_risk.then(warn_before_leaving);
        }
    }

    /// How many posts would be lost with the page.
    pub(super) fn unstored(&self, client: &Client) -> usize {
        self.storage.unstored(client.link().outbox().posts())
    }

    pub(super) fn renew_timestamp(&self) {
        self.storage.renew_timestamp();
    }

    /// The page closes.
    pub(super) fn release(&self) {
        self.storage.release();
    }

    /// The driver stops.
    pub(super) fn stop(&self) {
        self.adopting.replace(None);
        self.warning.replace(None);
        self.release();
    }
}

/// Lets the browser ask before it leaves the page.
fn warn_before_leaving() -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&crate::browser::window(), "beforeunload", options, |event| {
        event.prevent_default();
        // Browsers before 2023 look at this instead.
        let _ = js_sys::Reflect::set(event, &"returnValue".into(), &true.into());
    })
}

impl Driver {
    /// How many posts would be lost if the page was closed now, because they are not stored.
    pub fn unstored_posts(&self) -> usize {
        self.read(|client| self.0.outbox.unstored(client))
    }

    /// Takes over the outboxes of closed tabs, now and periodically.
    pub(super) fn adopt(&self) {
        let outbox = &self.0.outbox;
        let orphans = outbox.storage.adopt();
        if !orphans.is_empty() {
            self.dispatch(|client, now| client.restore(orphans, now));
            self.read(|client| outbox.storage.forget_adopted(client.link().outbox().posts()));
        }
        let weak = Rc::downgrade(&self.0);
        let again = Timeout::new(ADOPT_EVERY_MS, move || {
            if let Some(driver) = Self::upgrade(&weak) {
                driver.0.outbox.renew_timestamp();
                storage::retry();
                driver.adopt();
                driver.read(|client| driver.0.outbox.store(client));
            }
        });
        outbox.adopting.replace(Some(again));
    }
}
