//! The newest page of each busy room, kept in memory: it is what nearly everybody who comes asks for.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use shared::{Message, RoomName, limits};
use tokio::sync::OnceCell;

use super::{Page, StoreError};

/// Pages of so many rooms are kept. Each has at most some hundred KiB, and a few KiB mostly.
const ROOMS: usize = 256;

/// The newest page of a room, of [`limits::PAGE_DEFAULT`] messages.
#[derive(Debug, Default)]
pub struct Newest {
    /// The page.
    pub page: Page,
    /// The page as an HTTP answer, once somebody asked for that.
    pub body: std::sync::OnceLock<Bytes>,
}

/// The pages. Each is read once and forgotten when its room has a new message, before anybody hears of that message. A
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
            if pages.len() >= ROOMS && !pages.contains_key(room) {
                pages.clear();
            }
            Arc::clone(pages.entry(room.clone()).or_default())
        };
        let page = async || read().await.map(|page| Arc::new(Newest { page, ..Newest::default() }));
        cell.get_or_try_init(page).await.cloned()
    }

    /// Forgets the pages of rooms that have new messages.
    pub(super) fn forget(&self, messages: &[Message]) {
        let mut pages = self.0.lock();
        if !pages.is_empty() {
            for message in messages {
                pages.remove(&message.room);
            }
        }
    }
}

/// The messages of such a page.
pub(super) const MESSAGES: u16 = limits::PAGE_DEFAULT;
