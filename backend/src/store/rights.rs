//! Who may read which room: one rule, for what is written, read and listed.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use shared::{RoomKind, RoomName, Seq};

use super::{
    reader::{KnownRoom, Reader, RoomAccess},
    rows::{self, number},
};

/// What somebody is to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// Added.
    Member = 1,
    /// Removed: they see an open room no more either.
    Removed = 2,
}

/// The rule. A limited account sees only rooms that it was added to.
pub(super) fn may_read(kind: RoomKind, limited: bool, membership: Option<Membership>) -> bool {
    match membership {
        Some(Membership::Member) => true,
        Some(Membership::Removed) => false,
        None => kind == RoomKind::Open && !limited,
    }
}

/// The rule in SQL, for a room `r`: parameter 3 is the reader's account or 0, parameter 4 whether it is limited.
macro_rules! readable {
    () => {
        "r.deleted = 0 AND CASE (SELECT state FROM members WHERE room = r.id AND author = ?3)
             WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE r.kind = 0 AND NOT ?4 END"
    };
}
pub(super) use readable;

/// What an account is to a room.
pub(super) fn membership(db: &Connection, room: i64, account: Seq) -> rusqlite::Result<Option<Membership>> {
    db.prepare_cached("SELECT state FROM members WHERE room = ?1 AND author = ?2")?
        .query_row((room, number(account)), |row| {
            Ok(if row.get::<_, i64>(0)? == Membership::Member as i64 {
                Membership::Member
            } else {
                Membership::Removed
            })
        })
        .optional()
}

/// Makes an account a member of a room, or removes it.
pub(super) fn set_membership(
    db: &Connection,
    room: i64,
    account: Seq,
    membership: Membership,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO members(room, author, state) VALUES(?1, ?2, ?3)
         ON CONFLICT(room, author) DO UPDATE SET state = excluded.state, granted = 0",
    )?
    .execute((room, number(account), membership as i64))?;
    note_removed(db, room)
}

/// Ends what an account is to a room.
pub(super) fn end_membership(db: &Connection, room: i64, account: Seq) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM members WHERE room = ?1 AND author = ?2")?
        .execute((room, number(account)))?;
    note_removed(db, room)
}

fn note_removed(db: &Connection, room: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE rooms SET has_removed = EXISTS(SELECT 1 FROM members WHERE room = ?1 AND state = 2) WHERE id = ?1",
    )?
    .execute([room])?;
    Ok(())
}

/// The accounts that were added to a room.
pub(super) fn members(db: &Connection, room: i64) -> rusqlite::Result<Vec<Seq>> {
    accounts(db, room, Membership::Member)
}

/// The accounts that were removed from a room.
pub(super) fn removed(db: &Connection, room: i64) -> rusqlite::Result<Vec<Seq>> {
    accounts(db, room, Membership::Removed)
}

fn accounts(db: &Connection, room: i64, membership: Membership) -> rusqlite::Result<Vec<Seq>> {
    let mut select =
        db.prepare_cached("SELECT author FROM members WHERE room = ?1 AND state = ?2 ORDER BY author")?;
    select.query_map((room, membership as i64), |row| rows::seq(row, 0))?.collect()
}

/// What a room that is there is to a reader.
pub(super) fn access(
    db: &Connection,
    known: &Arc<KnownRoom>,
    reader: Reader,
) -> rusqlite::Result<RoomAccess> {
    Ok(if reads(db, known, reader)? { RoomAccess::Readable(known.clone()) } else { RoomAccess::Hidden })
}

/// The rule for a room that is there.
fn reads(db: &Connection, room: &KnownRoom, reader: Reader) -> rusqlite::Result<bool> {
    let membership = match reader.account {
        Some(account) => membership(db, room.id, account)?,
        None => None,
    };
    Ok(may_read(room.info.kind, reader.limited, membership))
}

/// Whether a reader may read the room of this name, if there is one.
pub(super) fn is_readable(db: &Connection, name: &RoomName, reader: Reader) -> rusqlite::Result<bool> {
    match known_room(db, name)? {
        Some(found) if !found.deleted => reads(db, &found.room, reader),
        _ => Ok(false),
    }
}

/// Whether the rows of members need not be read: an open room that nobody was removed from.
pub(super) fn is_everybodys(known: &KnownRoom, reader: Reader) -> bool {
    known.info.kind == RoomKind::Open && !reader.limited && !known.has_removed
}

/// What is known of a room. `Ok(None)`: it was never there. A deleted room is there, and nobody may read it.
pub(super) fn known_room(db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Found>> {
    let found = db
        .prepare_cached(
            "SELECT id, kind, topic, archived, slow_seconds, keep, floor, has_removed, deleted FROM rooms WHERE name = ?1",
        )?
        .query_row([name.as_str()], |row| {
            Ok(Found {
                deleted: row.get::<_, i64>(8)? > 0,
                room: KnownRoom { id: row.get(0)?, info: rows::room_info(row, 1)?, has_removed: row.get(7)? },
            })
        })
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    rows::add_people(db, found.room.id, &mut found.room.info)?;
    Ok(Some(found))
}

/// A room's row.
pub(super) struct Found {
    pub(super) room: KnownRoom,
    pub(super) deleted: bool,
}
