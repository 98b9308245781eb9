//! The outboxes of all tabs.
//!
//! Each tab keeps its own outbox under its own key and stamps it while it lives, so that no tab writes over another's.
//! An outbox whose stamp is old or was taken off belongs to a tab that is gone: whoever finds it adopts it. Should a
//! sleeping tab wake up after that, both send the same posts with the same ids, which stores each once.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use shared::{Username, link::Outgoing};

use crate::clock::wall_clock;

const OUTBOX: &str = "parlor.outbox.";
const STAMP: &str = "parlor.alive.";
/// A tab that has not stamped for so long is gone, in milliseconds.
const GONE_MS: i64 = 20_000;

/// Keeps this tab's outbox. Dropping it does not forget what was kept.
pub struct OutboxKeeper {
    tab: String,
    adopted: RefCell<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    username: Username,
    posts: Vec<Outgoing>,
}

impl OutboxKeeper {
    /// A keeper for a new tab.
    pub(crate) fn new() -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random name")]
        let random = (js_sys::Math::random() * 9e15) as u64;
        Self { tab: format!("{random:x}"), adopted: RefCell::new(Vec::new()) }
    }

    /// Says that this tab lives.
    pub(crate) fn stamp(&self) {
        super::set(&format!("{STAMP}{}", self.tab), Some(&wall_clock().millis().to_string()));
    }

    /// The tab goes: what it kept may be adopted at once.
    pub(crate) fn release(&self) {
        super::set(&format!("{STAMP}{}", self.tab), None);
    }

    /// Writes down what the outbox holds.
    pub(crate) fn keep(&self, username: &Username, posts: &[Outgoing]) {
        let key = format!("{OUTBOX}{}", self.tab);
        if posts.is_empty() {
            super::set(&key, None);
            return;
        }
        self.stamp();
        let kept = Kept { username: username.clone(), posts: posts.to_vec() };
        super::set(&key, serde_json::to_string(&kept).ok().as_deref());
    }

    /// What tabs that are gone have left of this user's. It stays where it is until [`Self::forget_adopted`].
    pub(crate) fn adopt(&self, username: &Username) -> Vec<Outgoing> {
        let mut orphans = Vec::new();
        for tab in tabs() {
            if tab == self.tab || is_alive(&tab) {
                continue;
            }
            let key = format!("{OUTBOX}{tab}");
            let Some(kept) = super::get(&key).and_then(|json| serde_json::from_str::<Kept>(&json).ok())
            else {
                continue;
            };
            if kept.username == *username {
                orphans.extend(kept.posts);
                self.adopted.borrow_mut().push(tab);
            }
        }
        orphans
    }

    /// What was adopted is kept as this tab's own by now.
    pub(crate) fn forget_adopted(&self) {
        for tab in self.adopted.take() {
            super::set(&format!("{OUTBOX}{tab}"), None);
            super::set(&format!("{STAMP}{tab}"), None);
        }
    }
}

/// The tabs that keep an outbox.
fn tabs() -> Vec<String> {
    let Some(store) = super::store() else { return Vec::new() };
    let count = store.length().unwrap_or_default();
    let keys = (0..count).filter_map(|index| store.key(index).ok().flatten());
    keys.filter_map(|key| key.strip_prefix(OUTBOX).map(str::to_owned)).collect()
}

fn is_alive(tab: &str) -> bool {
    let stamp = super::get(&format!("{STAMP}{tab}")).and_then(|stamp| stamp.parse::<i64>().ok());
    stamp.is_some_and(|stamp| (wall_clock().millis() - stamp).abs() < GONE_MS)
}
