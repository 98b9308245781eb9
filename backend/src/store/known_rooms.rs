//! What is known of rooms beside their messages, kept in memory: everybody who reads asks for it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use shared::RoomName;
use tokio::sync::OnceCell;

use super::{
    StoreError,
    entry::{Change, Commit},
    reader::KnownRoom,
};

/// So many rooms are kept.
const ROOMS: usize = 10_000;

/// The rooms. Each is read once, and forgotten when it changes, before anybody is told of the change.
#[derive(Default)]
pub(super) struct KnownRooms(Mutex<HashMap<RoomName, Arc<OnceCell<Arc<KnownRoom>>>>>);

/// What was read of a room.
pub(super) enum Known {
    Room(Arc<KnownRoom>),
    /// It was never there: so are as many as there are names, and none is kept.
    Absent,
    /// It was deleted.
    Deleted,
}

impl KnownRooms {
    /// What is known of a room, which is read if it is not here.
    pub(super) async fn get(
        &self,
        room: &RoomName,
        read: impl AsyncFnOnce() -> Result<Known, StoreError>,
    ) -> Result<Known, StoreError> {
        let cell = {
            let mut rooms = self.0.lock();
            if rooms.len() >= ROOMS
                && !rooms.contains_key(room)
                && let Some(other) = rooms.keys().next().cloned()
            {
                rooms.remove(&other);
            }
            Arc::clone(rooms.entry(room.clone()).or_default())
        };
        let mut other = None;
        let known = cell
            .get_or_try_init(async || match read().await {
                Ok(Known::Room(known)) => Ok(known),
                Ok(absent) => {
                    other = Some(Ok(absent));
                    Err(())
                }
                Err(error) => {
                    other = Some(Err(error));
                    Err(())
                }
            })
            .await
            .cloned();
        match (known, other) {
            (Ok(known), _) => Ok(Known::Room(known)),
            (Err(()), other) => {
                self.0.lock().remove(room);
                other.unwrap_or(Ok(Known::Absent))
            }
        }
    }

    /// Forgets the rooms that a commit has changed.
    pub(super) fn forget(&self, commit: &Commit) {
        if commit.changes.is_empty() {
            return;
        }
        let mut rooms = self.0.lock();
        for change in &commit.changes {
            match change {
                Change::Room { summary, .. } => drop(rooms.remove(&summary.room)),
                Change::RoomGone { room, .. }
                | Change::RoomLeft { room, .. }
                | Change::RoomTaken(room)
                | Change::Expired { room, .. } => {
                    drop(rooms.remove(room));
                }
                // A name in a direct room may have changed, and who was removed from which rooms.
                Change::Unknown(_)
                | Change::Everybody
                | Change::AccountDeleted { .. }
                | Change::Superseded(..) => rooms.clear(),
                _ => {}
            }
        }
    }
}
