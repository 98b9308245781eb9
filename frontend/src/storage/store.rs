//! The browser's key-value store, with what it did not take in memory.

use std::cell::RefCell;

use gloo_events::EventListener;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

use super::{DRAFT, identity, outbox};
use crate::browser::announce;

/// The name of the event at the window when [`problem`] may have changed.
pub(crate) const EVENT: &str = "parlor:storage";

/// Why something is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The storage is full.
    Full,
    /// The browser allows this page no storage, for example in a private window.
    Blocked,
}

/// What is in memory only, and lost when the page is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unstored {
    /// Why.
    pub problem: Problem,
    /// Whether the outbox is among it.
    pub outbox: bool,
    /// Whether the name or its proof is among it.
    pub identity: bool,
    /// Whether a draft is among it.
    pub draft: bool,
}

thread_local! {
    /// The values that could not be stored. They are valid for this page.
    static UNSTORED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
    static PROBLEM: RefCell<Option<Problem>> = const { RefCell::new(None) };
}

fn store() -> Option<web_sys::Storage> {
    // Reading the property throws where storage is blocked.
    crate::browser::window().local_storage().ok().flatten()
}

/// A value.
pub(super) fn get(key: &str) -> Option<String> {
    let unstored = UNSTORED.with_borrow(|unstored| {
        unstored.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
    });
    unstored.or_else(|| store()?.get_item(key).ok()?)
}

/// Stores a value, or deletes it. Returns whether it is stored. If not, it is kept in memory.
pub(super) fn set(key: &str, value: Option<&str>) -> bool {
    let result = write(key, value);
    let was_unstored = drop_unstored(key);
    if let Err(problem) = result {
        if let Some(value) = value {
            UNSTORED.with_borrow_mut(|unstored| unstored.push((key.to_owned(), value.to_owned())));
        }
        PROBLEM.set(Some(problem));
    }
    if was_unstored || result.is_err() {
        announce(EVENT);
    }
    result.is_ok()
}

fn write(key: &str, value: Option<&str>) -> Result<(), Problem> {
    let store = store();
    match (store, value) {
        (Some(store), Some(value)) => store.set_item(key, value).map_err(|error| problem_of(&error)),
        (Some(store), None) => store.remove_item(key).map_err(|error| problem_of(&error)),
        (None, Some(_)) => Err(Problem::Blocked),
        (None, None) => Ok(()),
    }
}

fn problem_of(error: &JsValue) -> Problem {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    if name.as_deref() == Some("QuotaExceededError") { Problem::Full } else { Problem::Blocked }
}

/// All keys that begin with this, those in memory too.
pub(crate) fn keys(prefix: &str) -> Vec<String> {
    let mut keys: Vec<String> = UNSTORED.with_borrow(|unstored| {
        unstored.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, _)| key.clone()).collect()
    });
    if let Some(store) = store() {
        let count = store.length().unwrap_or_default();
        let stored = (0..count).filter_map(|index| store.key(index).ok().flatten());
        let stored: Vec<_> = stored.filter(|key| key.starts_with(prefix) && !keys.contains(key)).collect();
        keys.extend(stored);
    }
    keys
}

/// What matters and is not stored, if there is any.
pub fn problem() -> Option<Unstored> {
    let problem = PROBLEM.with_borrow(|problem| *problem)?;
    UNSTORED.with_borrow(|unstored| {
        let any = |is: &dyn Fn(&str) -> bool| unstored.iter().any(|(key, _)| is(key));
        let unstored = Unstored {
            problem,
            outbox: any(&outbox::is_outbox_key),
            identity: any(&identity::matters),
            draft: any(&|key| key.starts_with(DRAFT)),
        };
        (unstored.outbox || unstored.identity || unstored.draft).then_some(unstored)
    })
}

/// Tries to store again what could not be stored.
pub fn retry() {
    let unstored = UNSTORED.with_borrow(Clone::clone);
    for (key, value) in unstored {
        if write(&key, Some(&value)).is_err() {
            return;
        }
        forget(&key);
    }
}

/// Calls back with the key of each value that another tab changes.
pub fn listen(on_change: impl Fn(String) + 'static) -> EventListener {
    EventListener::new(&crate::browser::window(), "storage", move |event| {
        let event: &web_sys::StorageEvent = event.unchecked_ref();
        if let Some(key) = event.key() {
            // The other tab's value is newer than one that could not be stored here.
            forget(&key);
            on_change(key);
        }
    })
}

/// Drops a value that is in memory only: it is stored now, or another tab has stored a newer one.
fn forget(key: &str) {
    if drop_unstored(key) {
        announce(EVENT);
    }
}

/// Removes a value from those in memory. Returns whether it was there.
fn drop_unstored(key: &str) -> bool {
    UNSTORED.with_borrow_mut(|unstored| {
        let count = unstored.len();
        unstored.retain(|(other, _)| other != key);
        unstored.len() < count
    })
}
