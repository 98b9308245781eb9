//! How far users have read: noted at once, written down when the writer has time.

use std::collections::HashMap;

use parking_lot::Mutex;
use rusqlite::Connection;
use shared::{RoomName, Seq, Username};

use super::rows::number;

/// At most so many marks wait; more are dropped, and come again with the next message that is read.
const WAITING: usize = 100_000;

/// The marks that are not on disk yet.
#[derive(Default)]
pub(super) struct Marks(Mutex<HashMap<(Username, RoomName), Seq>>);

impl Marks {
    /// Raises a mark. True if it is the first that waits: the writer must be told.
    pub(super) fn set(&self, username: &Username, room: &RoomName, seq: Seq) -> bool {
        let mut waiting = self.0.lock();
        let first = waiting.is_empty();
        let key = (username.clone(), room.clone());
        if waiting.len() < WAITING || waiting.contains_key(&key) {
            let mark = waiting.entry(key).or_default();
            *mark = seq.max(*mark);
        }
        first
    }

    /// The mark that waits, if one does.
    pub(super) fn get(&self, username: &Username, room: &RoomName) -> Option<Seq> {
        self.0.lock().get(&(username.clone(), room.clone())).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Writes the marks within the caller's transaction. They are still here until [`Marks::written`].
    pub(super) fn write(&self, db: &Connection) -> rusqlite::Result<Vec<((Username, RoomName), Seq)>> {
        let marks: Vec<_> = self.0.lock().iter().map(|(key, seq)| (key.clone(), *seq)).collect();
        // Nobody has read what is not there: a mark is at most the head. A user or room that was never recorded
        // has none.
        let mut raise = db.prepare_cached(
            "INSERT INTO seen(author, room, seq)
             SELECT a.id, r.id, min(?3, r.head) FROM authors a, rooms r
             WHERE a.name = ?1 AND a.kind <= 1 AND r.name = ?2
             ON CONFLICT(author, room) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
        )?;
        for ((username, room), seq) in &marks {
            raise.execute((username.as_str(), room.as_str(), number(*seq)))?;
        }
        Ok(marks)
    }

    /// Forgets marks that are on disk now, except those that rose meanwhile.
    pub(super) fn written(&self, marks: &[((Username, RoomName), Seq)]) {
        let mut waiting = self.0.lock();
        for (key, seq) in marks {
            if waiting.get(key) == Some(seq) {
                waiting.remove(key);
            }
        }
    }
}
