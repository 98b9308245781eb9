//! The newest page of each busy room, kept in memory: it is what nearly everybody who comes asks for.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use shared::{RoomName, Seq, limits};
use tokio::sync::OnceCell;

use super::{
    Page, StoreError,
    entry::{Change, Commit},
};

/// Pages of so many rooms are kept. Each has at most 1.6 MiB, and some KiB mostly.
const ROOMS: usize = 64;

/// The newest page of a room, of [`limits::PAGE_DEFAULT`] messages.
#[derive(Debug, Default)]
pub struct Newest {
    /// The page.
    pub page: Page,
    /// The page as an HTTP answer, once somebody asked for that.
    pub body: std::sync::OnceLock<Bytes>,
}

/// The pages. Each is read once and forgotten when its room has a new message, before anybody is told of that message. A
/// reader that takes a page from here therefore sees all that was acknowledged before it asked.
#[derive(Default)]
pub(super) struct NewestPages(Mutex<HashMap<RoomName, Arc<OnceCell<Arc<Newest>>>>>);

impl NewestPages {
    /// The page, which is read if it is not here.
    pub(super) async fn get(
        &self,
        room: &RoomName,
        read: impl AsyncFnOnce() -> Result<Page, StoreError>,
    ) -> Result<Arc<Newest>, StoreError> {
        let cell = {
            let mut pages = self.0.lock();
            if pages.len() >= ROOMS
                && !pages.contains_key(room)
                && let Some(other) = pages.keys().next().cloned()
            {
                pages.remove(&other);
            }
            Arc::clone(pages.entry(room.clone()).or_default())
        };
        let page = async || read().await.map(|page| Arc::new(Newest { page, ..Newest::default() }));
        let newest = cell.get_or_try_init(page).await.cloned();
        // Rooms that have no message are as many as there are names.
        if newest.as_ref().is_ok_and(|newest| newest.page.head == Seq::ZERO) {
            self.0.lock().remove(room);
        }
        newest
    }

    /// Forgets the pages of rooms that have new messages, or fewer; all of them where earlier messages look different now.
    pub(super) fn forget(&self, commit: &Commit) {
        let mut pages = self.0.lock();
        if commit.changes_authors() {
            pages.clear();
        }
        if !pages.is_empty() {
            for message in &commit.messages {
                pages.remove(&message.room);
            }
            for change in &commit.changes {
                if let Change::RoomGone { room, .. } | Change::Expired { room, .. } = change {
                    pages.remove(room);
                }
            }
        }
    }
}

/// The messages of such a page.
pub(super) const MESSAGES: u16 = limits::PAGE_DEFAULT;
