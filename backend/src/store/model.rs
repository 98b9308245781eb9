//! The read model: what the log's entries add up to, and how one more is applied.
//!
//! [`ReadModel::apply`] is deterministic. An entry carries everything that determines its outcome, so applying the same
//! entries in the same order makes the same rows, whether they come live, in a replay or twice: a position that was
//! reached before is passed over. There is no clock, no randomness and no setting here. The position is written in the
//! same transaction as the rows.

mod accounts;
mod messages;

use std::collections::HashMap;

use rusqlite::Connection;
use shared::{RoomName, Seq, Timestamp};

use super::{
    authors::Recorded,
    entry::{Author, Commit, Entry, Outcome},
    rows::{self, number},
    search::Index,
};

/// How many authors and rooms are kept in memory between transactions, each.
const CACHED: usize = 100_000;

/// What the writer knows of the rows, so that a post needs one insertion. It is right between transactions, and is
/// read anew when one failed.
pub(super) struct ReadModel {
    /// The position of the last entry that was applied.
    position: Seq,
    rooms: HashMap<RoomName, Room>,
    /// Authors that may post now.
    authors: HashMap<Author, Recorded>,
    /// Rooms whose row is behind.
    touched: Vec<RoomName>,
    /// What this transaction has changed for readers.
    commit: Commit,
    /// Whether a text was blanked since [`ReadModel::take_blanked`].
    blanked: bool,
    /// The search index.
    pub(super) index: Index,
}

#[derive(Clone, Copy)]
struct Room {
    id: i64,
    head: Seq,
    /// The newest message or reply of this transaction.
    newest: Option<(Seq, Timestamp)>,
    touched: bool,
}

impl ReadModel {
    /// Reads where the rows are.
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            position: db.query_row("SELECT position FROM store", [], |row| rows::seq(row, 0))?,
            rooms: HashMap::new(),
            authors: HashMap::new(),
            touched: Vec::new(),
            commit: Commit::default(),
            blanked: false,
            index: Index::read(db)?,
        })
    }

    /// The position of the last entry that was applied.
    pub(super) fn position(&self) -> Seq {
        self.position
    }

    /// Whether there are messages that cannot be searched yet.
    pub(super) fn index_is_behind(&self) -> bool {
        self.index.position() < self.position
    }

    /// Whether a text was blanked since this was last asked.
    pub(super) fn take_blanked(&mut self) -> bool {
        std::mem::take(&mut self.blanked)
    }

    /// Applies the entry at a position, inside the caller's transaction. `None` if it was applied before.
    pub(super) fn apply(
        &mut self,
        db: &Connection,
        position: Seq,
        entry: Entry,
    ) -> rusqlite::Result<Option<Outcome>> {
        if position <= self.position {
            return Ok(None);
        }
        let outcome = match entry {
            Entry::Post { at, author, post } => self.post(db, position, at, &author, post),
            Entry::Claim { username, secret } => self.claim(db, position, &username, secret),
            Entry::Recognize { username } => self.recognize(db, position, &username),
            Entry::CreateRoom { at, room } => self.create_room(db, position, &room, at),
            Entry::Import(imported) => self.import(db, position, imported),
        }?;
        self.position = position;
        Ok(Some(outcome))
    }

    /// Writes what is written once for all entries of a transaction. To be called before the commit.
    pub(super) fn finish(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut update = db.prepare_cached(
            "UPDATE rooms SET head = ?2, newest = coalesce(?3, newest), newest_at = max(newest_at, coalesce(?4, newest_at))
             WHERE id = ?1",
        )?;
        for name in self.touched.drain(..) {
            if let Some(room) = self.rooms.get_mut(&name) {
                room.touched = false;
                let (newest, at) = room.newest.take().unzip();
                update.execute((
                    room.id,
                    number(room.head),
                    newest.map(number),
                    at.map(Timestamp::millis),
                ))?;
            }
        }
        db.prepare_cached("UPDATE store SET position = ?1")?.execute([number(self.position)])?;
        Ok(())
    }

    /// What the committed transaction has changed for readers.
    pub(super) fn take_commit(&mut self) -> Commit {
        if self.rooms.len() > CACHED {
            self.rooms.clear();
        }
        if self.authors.len() > CACHED {
            self.authors.clear();
        }
        std::mem::take(&mut self.commit)
    }

    fn create_room(
        &mut self,
        db: &Connection,
        position: Seq,
        name: &RoomName,
        at: Timestamp,
    ) -> rusqlite::Result<Outcome> {
        if self.room(db, name)?.is_none() {
            self.add_room(db, position, name, at)?;
        }
        Ok(Outcome::RoomListed)
    }

    fn room(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Room>> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(Some(*room));
        }
        let Some((id, head)) = rows::room(db, name)? else { return Ok(None) };
        let room = Room { id, head, newest: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(Some(room))
    }

    fn add_room(
        &mut self,
        db: &Connection,
        position: Seq,
        name: &RoomName,
        at: Timestamp,
    ) -> rusqlite::Result<Room> {
        db.prepare_cached("INSERT INTO rooms(id, name, newest_at) VALUES(?1, ?2, ?3)")?.execute((
            number(position),
            name.as_str(),
            at.millis(),
        ))?;
        let room = Room { id: number(position), head: Seq::ZERO, newest: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(room)
    }
}
