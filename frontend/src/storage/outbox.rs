//! The stored outboxes of all tabs.
//!
//! Each tab stores its outbox under its own key, with a timestamp that it renews while it runs, so that no tab overwrites
//! another's. An outbox with an old or missing timestamp belongs to a closed tab, and any tab may adopt it. If a sleeping
//! tab wakes up later, both send the same posts with the same ids, and each is stored once.

use std::cell::RefCell;

use serde::Serialize;
use shared::{
    MessageId, Username,
    json::{FromJson, Json},
    link::{Outgoing, Progress},
};

use crate::browser::{clock::wall_clock, random_number};

const OUTBOX: &str = "parlor.outbox.";
const TIMESTAMP: &str = "parlor.alive.";
/// A tab whose timestamp is older than this counts as closed, in milliseconds.
const CLOSED_AFTER_MS: i64 = 20_000;

/// Stores this tab's outbox. Dropping it leaves the stored outbox in place.
pub struct OutboxStorage {
    tab: String,
    adopted: RefCell<Vec<String>>,
    /// The posts that were stored last.
    stored: RefCell<Vec<MessageId>>,
}

#[derive(Serialize)]
struct OutboxRecord {
    /// The author of the posts that name none.
    username: Username,
    posts: Vec<Outgoing>,
}

impl FromJson for OutboxRecord {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self { username: from.required("username").ok()?, posts: from.required("posts").ok()? })
    }
}

impl OutboxStorage {
    /// The storage of a new tab.
    pub(crate) fn new() -> Self {
        Self {
            tab: format!("{:x}", random_number()),
            adopted: RefCell::default(),
            stored: RefCell::default(),
        }
    }

    /// Renews this tab's timestamp.
    pub(crate) fn renew_timestamp(&self) {
        super::set(&format!("{TIMESTAMP}{}", self.tab), Some(&wall_clock().millis().to_string()));
    }

    /// The tab closes: its outbox may be adopted immediately.
    pub(crate) fn release(&self) {
        super::set(&format!("{TIMESTAMP}{}", self.tab), None);
    }

    /// Stores the outbox. Returns whether it is stored.
    pub(crate) fn keep(&self, username: &Username, posts: &[Outgoing]) -> bool {
        let key = format!("{OUTBOX}{}", self.tab);
        if posts.is_empty() {
            self.stored.borrow_mut().clear();
            return super::set(&key, None);
        }
        self.renew_timestamp();
        let kept = OutboxRecord { username: username.clone(), posts: posts.to_vec() };
        let is_stored = super::set(&key, serde_json::to_string(&kept).ok().as_deref());
        if is_stored {
            *self.stored.borrow_mut() = posts.iter().map(|outgoing| outgoing.post.id.clone()).collect();
        }
        is_stored
    }

    /// How many of these posts would be lost with the page.
    pub(crate) fn unstored(&self, posts: &[Outgoing]) -> usize {
        let stored = self.stored.borrow();
        let is_lost = |outgoing: &&Outgoing| {
            !matches!(outgoing.progress, Progress::Stored(_)) && !stored.contains(&outgoing.post.id)
        };
        posts.iter().filter(is_lost).count()
    }

    /// The outboxes of closed tabs, each post with its author. They stay in storage until [`Self::forget_adopted`].
    pub(crate) fn adopt(&self) -> Vec<Outgoing> {
        let mut orphans = Vec::new();
        for tab in tabs() {
            if tab == self.tab || is_alive(&tab) {
                continue;
            }
            let key = format!("{OUTBOX}{tab}");
            let Some(kept) = super::get(&key).and_then(|json| shared::json::read::<OutboxRecord>(&json))
            else {
                continue;
            };
            // Older versions have stored no author in each post.
            orphans.extend(kept.posts.into_iter().map(|mut outgoing| {
                outgoing.author.get_or_insert_with(|| kept.username.clone());
                outgoing
            }));
            self.adopted.borrow_mut().push(tab);
        }
        orphans
    }

    /// Deletes the adopted outboxes, if this tab has stored them as its own.
    pub(crate) fn forget_adopted(&self, posts: &[Outgoing]) {
        let adopted = self.adopted.take();
        if self.unstored(posts) > 0 {
            return;
        }
        for tab in adopted {
            super::set(&format!("{OUTBOX}{tab}"), None);
            super::set(&format!("{TIMESTAMP}{tab}"), None);
        }
    }
}

/// Whether this key stores an outbox.
pub(super) fn is_outbox_key(key: &str) -> bool {
    key.starts_with(OUTBOX)
}

/// The tabs with a stored outbox.
fn tabs() -> Vec<String> {
    super::keys(OUTBOX).iter().filter_map(|key| key.strip_prefix(OUTBOX).map(str::to_owned)).collect()
}

fn is_alive(tab: &str) -> bool {
    let renewed_at = super::get(&format!("{TIMESTAMP}{tab}")).and_then(|millis| millis.parse::<i64>().ok());
    renewed_at.is_some_and(|at| (wall_clock().millis() - at).abs() < CLOSED_AFTER_MS)
}
