//! A message that somebody acts on.

use std::{ops::Deref, sync::Arc};

use shared::{Client, Entry, RoomName, RoomView};

/// A message that the user looks at and may act on. In another epoch its seq may mean another message.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The message.
    pub entry: Arc<Entry>,
    /// The [generation](RoomView::generation) of its seq.
    pub generation: u32,
}

impl Deref for Subject {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl Subject {
    /// A loaded message of a room.
    pub(crate) fn of(room: &RoomView, entry: &Arc<Entry>) -> Self {
        Self { entry: Arc::clone(entry), generation: room.generation() }
    }

    /// Whether its seq still means this message. Otherwise nothing can be said about it any more.
    pub(crate) fn is_current(&self, client: &Client, room: &RoomName) -> bool {
        client.view().room(room).is_some_and(|room| room.generation() == self.generation)
    }
}
