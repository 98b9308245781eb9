//! The read model: what the log's entries add up to, and how one more is applied.
//!
//! [`ReadModel::apply`] is deterministic. An entry carries everything that determines its outcome, so applying the same
//! entries in the same order makes the same rows, whether they come live, in a replay or twice: a position that was
//! reached before is passed over. There is no clock, no randomness and no setting of the process here. The position is written in the
//! same transaction as the rows.

mod accounts;
mod acts;
mod authority;
mod bots;
mod expiry;
pub(super) mod invitations;
mod leaving;
mod messages;
mod people;
mod records;
mod room_acts;
mod rooms;

use std::collections::HashMap;

use rusqlite::Connection;
use shared::{RoomKind, RoomName, Seq, Timestamp, house::HouseSettings};

pub(super) use self::people::{bars, has_owner};
use self::rooms::NewRoom;
use super::{
    authors::Recorded,
    entry::{Author, Change, Commit, Entry, Outcome},
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
    settings: HouseSettings,
    /// Whether there are messages of deleted rooms and accounts whose texts are still in the rows.
    has_purges: bool,
    /// The deleted account whose texts are being deleted, and up to where they are gone.
    purged: Option<(i64, Seq)>,
    /// The search index.
    pub(super) index: Index,
}

/// A room's row, and what is not written there yet.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are columns")]
struct Room {
    id: i64,
    head: Seq,
    kind: RoomKind,
    archived: bool,
    slow_seconds: u32,
    has_removed: bool,
    made_by: Option<Seq>,
    deleted: bool,
    /// The newest message or reply of this transaction.
    newest: Option<(Seq, Timestamp)>,
    touched: bool,
}

impl Room {
    /// Whether it is on everybody's list.
    fn is_listed(&self) -> bool {
        self.kind == RoomKind::Open && !self.archived && !self.deleted
    }
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
            settings: read_settings(db)?,
            has_purges: leaving::has_purges(db)?,
            purged: None,
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
            Entry::Post { at, author, post, makes_room } => {
                self.post(db, position, at, &author, post, makes_room)
            }
            Entry::Claim { at, username, secret } => self.claim(db, position, at, &username, secret),
            Entry::Accept { at, invitation, by } => self.accept(db, position, at, invitation, by),
            Entry::Recognize { at, username, grant } => self.recognize(db, position, at, &username, &grant),
            Entry::Act { at, by, act, drawn } => self.act(db, position, at, by, *act, drawn),
            Entry::Called(calls) => self.called(db, calls),
            Entry::Import(imported) => self.import(db, position, imported),
            Entry::Expire { room, upto, own } => self.expire(db, &room, upto, own),
            Entry::Record(record) => self.import_record(db, *record),
        }?;
        // The first record of an export raises it further.
        self.position = self.position.max(position);
        Ok(Some(outcome))
    }

    /// Writes what is written once for all entries of a transaction. To be called before the commit.
    pub(super) fn finish(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.write_touched(db)?;
        db.prepare_cached("UPDATE store SET position = ?1")?.execute([number(self.position)])?;
        Ok(())
    }

    /// Brings the rows of rooms level with their messages.
    fn write_touched(&mut self, db: &Connection) -> rusqlite::Result<()> {
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

    fn room(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Room>> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(Some(*room));
        }
        let Some(room) = rooms::find(db, name)? else { return Ok(None) };
        self.rooms.insert(name.clone(), room);
        Ok(Some(room))
    }

    /// Makes an open room, because somebody posts there.
    fn add_room(
        &mut self,
        db: &Connection,
        position: Seq,
        name: &RoomName,
        at: Timestamp,
    ) -> rusqlite::Result<Room> {
        let id = rooms::make(db, position, at, name, &NewRoom::of(RoomKind::Open))?;
        let room = Room {
            id,
            head: Seq::ZERO,
            kind: RoomKind::Open,
            archived: false,
            slow_seconds: 0,
            has_removed: false,
            made_by: None,
            deleted: false,
            newest: None,
            touched: false,
        };
        self.rooms.insert(name.clone(), room);
        Ok(room)
    }

    /// Rights have changed: what is remembered of authors may be wrong.
    fn rights_changed(&mut self, change: Change) {
        self.authors.clear();
        self.commit.changes.push(change);
    }
}

/// The settings that owners have changed.
pub(super) fn read_settings(db: &Connection) -> rusqlite::Result<HouseSettings> {
    let settings: String = db.query_row("SELECT settings FROM store", [], |row| row.get(0))?;
    let mut known = serde_json::to_value(HouseSettings::default()).unwrap_or_default();
    let stored: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&settings).unwrap_or_default();
    // A setting that only another version knows, or a value of it, has its default here.
    for (name, value) in stored {
        let mut tried = known.clone();
        tried[&name] = value;
        if serde_json::from_value::<HouseSettings>(tried.clone()).is_ok() {
            known = tried;
        }
    }
    Ok(serde_json::from_value(known).unwrap_or_default())
}
