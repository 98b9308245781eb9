//! Rooms: how they are made and changed, and who hears of it.

use rusqlite::{Connection, OptionalExtension};
use shared::{RoomKind, RoomName, Seq, Timestamp, Topic};

use super::{ReadModel, Room};
use crate::store::{
    authors::Recorded,
    entry::{Audience, Change},
    rights::{self, may_read, membership},
    rows::{self, number, optional_seq, room_kind, room_kind_code, seq},
    summaries::summary,
};

/// Reads a room, also a deleted one.
pub(super) fn find(db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Room>> {
    db.prepare_cached(
        "SELECT id, head, kind, archived, slow_seconds, has_removed, made_by, deleted FROM rooms WHERE name = ?1",
    )?
    .query_row([name.as_str()], |row| {
        Ok(Room {
            id: row.get(0)?,
            head: seq(row, 1)?,
            kind: room_kind(row, 2)?,
            archived: row.get(3)?,
            slow_seconds: row.get(4)?,
            has_removed: row.get(5)?,
            made_by: optional_seq(row, 6)?,
            deleted: row.get::<_, i64>(7)? > 0,
            newest: None,
            touched: false,
        })
    })
    .optional()
}

/// The name of the room with this id.
pub(super) fn name(db: &Connection, id: i64) -> rusqlite::Result<Option<RoomName>> {
    db.prepare_cached("SELECT name FROM rooms WHERE id = ?1 AND deleted = 0")?
        .query_row([id], |row| rows::parsed(row, 0, RoomName::parse))
        .optional()
}

/// What a new room is made of, beside its name.
pub(super) struct NewRoom<'a> {
    pub(super) kind: RoomKind,
    pub(super) topic: Option<&'a Topic>,
    pub(super) made_by: Option<Seq>,
    /// What a direct room is found by: the numbers of its people.
    pub(super) people: Option<&'a str>,
}

impl NewRoom<'_> {
    /// A room without topic, made by nobody in particular.
    pub(super) fn of(kind: RoomKind) -> Self {
        Self { kind, topic: None, made_by: None, people: None }
    }
}

/// Makes a room that nobody has posted in, and gives its id: the entry's position, or the next free number behind, because
/// an entry may make several.
pub(super) fn make(
    db: &Connection,
    position: Seq,
    at: Timestamp,
    name: &RoomName,
    new: &NewRoom<'_>,
) -> rusqlite::Result<i64> {
    let NewRoom { kind, topic, made_by, people } = new;
    db.prepare_cached(
        "INSERT INTO rooms(id, name, newest_at, kind, topic, made_by, people)
         VALUES(max(?1, coalesce((SELECT max(id) + 1 FROM rooms), 0)), ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        number(position),
        name.as_str(),
        at.millis(),
        room_kind_code(*kind),
        topic.map(Topic::as_str),
        made_by.map(number),
        people,
    ))?;
    Ok(db.last_insert_rowid())
}

impl ReadModel {
    /// Whether an author may read a room. `None` is somebody new, in an open house.
    pub(super) fn is_readable(
        db: &Connection,
        room: &Room,
        author: Option<Recorded>,
    ) -> rusqlite::Result<bool> {
        if room.deleted {
            return Ok(false);
        }
        let account = author.filter(|author| author.kind.is_account());
        let limited = account.is_some_and(|account| account.limited);
        if room.kind == RoomKind::Open && !limited && !room.has_removed {
            return Ok(true);
        }
        let membership = match account {
            Some(account) => membership(db, room.id, account.id)?,
            None => None,
        };
        Ok(may_read(room.kind, limited, membership))
    }

    /// What is known of a room has changed in its row: takes it over, and tells who may see it.
    pub(super) fn room_changed(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<()> {
        self.refresh_room(db, name)?;
        let Some(found) = rights::known_room(db, name)?.filter(|found| !found.deleted) else { return Ok(()) };
        let audience = Self::audience(db, found.room.id, found.room.info.kind)?;
        self.tell_room(db, name, audience)
    }

    /// Tells somebody of a room as it is now.
    pub(super) fn tell_room(
        &mut self,
        db: &Connection,
        name: &RoomName,
        audience: Audience,
    ) -> rusqlite::Result<()> {
        self.write_touched(db)?;
        if let Some((summary, newest_at)) = summary(db, name)? {
            self.commit.changes.push(Change::Room { summary, newest_at, audience });
        }
        Ok(())
    }

    /// A room has gone for everybody who saw it, except its remaining members.
    pub(super) fn room_gone(
        &mut self,
        db: &Connection,
        name: &RoomName,
        audience: Audience,
    ) -> rusqlite::Result<()> {
        self.refresh_room(db, name)?;
        let members = match rights::known_room(db, name)? {
            Some(found) if !found.deleted => rights::members(db, found.room.id)?,
            _ => Vec::new(),
        };
        self.commit.changes.push(Change::RoomGone { room: name.clone(), audience, members });
        // Whoever saw the room looks at their rights again because they lose it.
        self.rights_changed(Change::Webhooks);
        Ok(())
    }

    /// Who sees a room.
    pub(super) fn audience(db: &Connection, id: i64, kind: RoomKind) -> rusqlite::Result<Audience> {
        let added = rights::members(db, id)?;
        Ok(match kind {
            RoomKind::Open => Audience::Everybody { added, removed: rights::removed(db, id)? },
            RoomKind::Closed | RoomKind::Direct => Audience::Accounts(added),
        })
    }

    /// Brings what is remembered of a room level with its row.
    pub(super) fn refresh_room(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<()> {
        let Some(now) = find(db, name)? else { return Ok(()) };
        // Messages of this transaction are published behind its changes: they bring no room back onto the list.
        if now.is_listed() {
            self.commit.unlisted.remove(name);
        } else {
            self.commit.unlisted.insert(name.clone());
        }
        if let Some(room) = self.rooms.get_mut(name) {
            // The row's head is behind while messages of this transaction are not written there.
            *room = Room { head: room.head, newest: room.newest, touched: room.touched, ..now };
        }
        Ok(())
    }
}
