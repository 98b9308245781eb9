//! The stored outboxes of all tabs.
//!
//! Each tab stores its outbox under its own key, with a timestamp that it renews while it runs, so that no tab overwrites
//! another's. An outbox with an old or missing timestamp belongs to a closed tab, and any tab may adopt it. If a sleeping
//! tab wakes up later, both send the same posts with the same ids, and each is stored once.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use shared::{Username, link::Outgoing};

use crate::browser::clock::wall_clock;

const OUTBOX: &str = "parlor.outbox.";
const TIMESTAMP: &str = "parlor.alive.";
/// A tab whose timestamp is older than this counts as closed, in milliseconds.
const CLOSED_AFTER_MS: i64 = 20_000;

/// Stores this tab's outbox. Dropping it leaves the stored outbox in place.
pub struct OutboxStorage {
    tab: String,
    adopted: RefCell<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
struct StoredOutbox {
    username: Username,
    posts: Vec<Outgoing>,
}

impl OutboxStorage {
    /// The storage of a new tab.
    pub(crate) fn new() -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random name")]
        let random = (js_sys::Math::random() * 9e15) as u64;
        Self { tab: format!("{random:x}"), adopted: RefCell::new(Vec::new()) }
    }

    /// Renews this tab's timestamp.
    pub(crate) fn renew_timestamp(&self) {
        super::set(&format!("{TIMESTAMP}{}", self.tab), Some(&wall_clock().millis().to_string()));
    }

    /// The tab closes: its outbox may be adopted immediately.
    pub(crate) fn release(&self) {
        super::set(&format!("{TIMESTAMP}{}", self.tab), None);
    }

    /// Stores the outbox.
    pub(crate) fn keep(&self, username: &Username, posts: &[Outgoing]) {
        let key = format!("{OUTBOX}{}", self.tab);
        if posts.is_empty() {
            super::set(&key, None);
            return;
        }
        self.renew_timestamp();
        let kept = StoredOutbox { username: username.clone(), posts: posts.to_vec() };
        super::set(&key, serde_json::to_string(&kept).ok().as_deref());
    }

    /// This user's outboxes of closed tabs. They stay in storage until [`Self::forget_adopted`].
    pub(crate) fn adopt(&self, username: &Username) -> Vec<Outgoing> {
        let mut orphans = Vec::new();
        for tab in tabs() {
            if tab == self.tab || is_alive(&tab) {
                continue;
            }
            let key = format!("{OUTBOX}{tab}");
            let Some(kept) =
                super::get(&key).and_then(|json| serde_json::from_str::<StoredOutbox>(&json).ok())
            else {
                continue;
            };
            if kept.username == *username {
                // Older versions have stored no author in each post.
                orphans.extend(kept.posts.into_iter().map(|mut outgoing| {
                    outgoing.author.get_or_insert_with(|| username.clone());
                    outgoing
                }));
                self.adopted.borrow_mut().push(tab);
            }
        }
        orphans
    }

    /// Deletes the adopted outboxes, which this tab has stored as its own.
    pub(crate) fn forget_adopted(&self) {
        for tab in self.adopted.take() {
            super::set(&format!("{OUTBOX}{tab}"), None);
            super::set(&format!("{TIMESTAMP}{tab}"), None);
        }
    }
}

/// The tabs with a stored outbox.
fn tabs() -> Vec<String> {
    let Some(store) = super::store() else { return Vec::new() };
    let count = store.length().unwrap_or_default();
    let keys = (0..count).filter_map(|index| store.key(index).ok().flatten());
    keys.filter_map(|key| key.strip_prefix(OUTBOX).map(str::to_owned)).collect()
}

fn is_alive(tab: &str) -> bool {
    let renew_timestamp = super::get(&format!("{TIMESTAMP}{tab}"))
        .and_then(|renew_timestamp| renew_timestamp.parse::<i64>().ok());
    renew_timestamp
        .is_some_and(|renew_timestamp| (wall_clock().millis() - renew_timestamp).abs() < CLOSED_AFTER_MS)
}
