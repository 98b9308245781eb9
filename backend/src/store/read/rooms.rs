//! Reading the list of rooms, and what one user has read: marks, and how much is unread.

use std::{cmp::Reverse, collections::HashSet};

use rusqlite::{Connection, OptionalExtension};
use shared::{RoomName, RoomSummary, Seq, Timestamp, Username, house::Rooms, limits};

use super::house::{one_more, page};
use crate::store::{
    authors,
    marks::Marks,
    reader::Reader,
    rows::{self, number, parsed, seq},
    summaries::{Listed, listed, summary_columns},
};

/// So many messages after the mark are looked at to count the unread ones, those of the user and annotations included.
const UNREAD_READ: u32 = 4 * limits::UNREAD_COUNTED;
/// See [`limits::ROOMS_LISTED`].
#[expect(clippy::cast_possible_wrap, reason = "it is small")]
const LISTED: i64 = limits::ROOMS_LISTED as i64;
/// Owners are shown so many rooms at a time.
const OWNERS_LISTED: usize = 500;

/// The open rooms with the newest messages, newest first, as every reader sees them.
pub(in crate::store) fn list(db: &Connection) -> rusqlite::Result<Vec<Listed>> {
    let mut select = db.prepare(concat!(
        summary_columns!(),
        " WHERE r.kind = 0 AND r.archived = 0 AND r.deleted = 0 ORDER BY r.newest_at DESC, r.id DESC LIMIT ?1"
    ))?;
    select.query_map([LISTED], |row| listed(db, row))?.collect()
}

/// All rooms but the direct ones after a name, by name, for owners: closed and archived ones, too.
pub(in crate::store) fn all(db: &Connection, after: &str) -> rusqlite::Result<Rooms> {
    let mut select = db.prepare(
        "SELECT r.name, r.head, 0, r.newest_at, r.id, r.kind, r.topic, r.archived, r.slow_seconds, r.keep, r.floor FROM rooms r
         WHERE r.kind <> 2 AND r.deleted = 0 AND r.name > ?1 ORDER BY r.name LIMIT ?2",
    )?;
    // An owner sees that a closed room is there, not what is said in it.
    let found = select.query_map((after, one_more(OWNERS_LISTED)), |row| Ok(listed(db, row)?.summary))?;
    let (rooms, more) = page(found.collect::<rusqlite::Result<_>>()?, OWNERS_LISTED);
    Ok(Rooms { rooms, more })
}

/// The list as one reader sees it: of the `open` rooms those that they may read, and the others that they were added to.
pub(in crate::store) fn readable(
    db: &Connection,
    open: Vec<RoomSummary>,
    reader: Reader,
) -> rusqlite::Result<Vec<RoomSummary>> {
    let Some(account) = reader.account else { return Ok(open) };
    let mut select = db.prepare_cached(
        "SELECT r.name FROM members m JOIN rooms r ON r.id = m.room WHERE m.author = ?1 AND m.state = 2",
    )?;
    let removed: HashSet<RoomName> = select
        .query_map([number(account)], |row| parsed(row, 0, RoomName::parse))?
        .collect::<rusqlite::Result<_>>()?;
    let mut select = db.prepare_cached(concat!(
        summary_columns!(),
        " JOIN members m ON m.room = r.id WHERE m.author = ?1 AND m.state = 1 AND (r.kind <> 0 OR ?2)
          AND r.archived = 0 AND r.deleted = 0 ORDER BY r.newest_at DESC, r.id DESC LIMIT ?3"
    ))?;
    let mut rooms: Vec<(Timestamp, RoomSummary)> = select
        .query_map((number(account), reader.limited, LISTED), |row| {
            let Listed { mut summary, newest_at } = listed(db, row)?;
            summary.shorten();
            Ok((newest_at, summary))
        })?
        .collect::<rusqlite::Result<_>>()?;
    if !reader.limited {
        let sent_at =
            |room: &RoomSummary| room.last.as_ref().map_or(Timestamp::from_millis(0), |last| last.sent_at);
        let open = open.into_iter().filter(|room| !removed.contains(&room.room));
        rooms.extend(open.map(|room| (sent_at(&room), room)));
        rooms.sort_by_key(|(at, _)| Reverse(*at));
        rooms.truncate(limits::ROOMS_LISTED);
    }
    Ok(rooms.into_iter().map(|(_, room)| room).collect())
}

/// Adds to each room what a user has read of it.
pub(in crate::store) fn add_reader(
    db: &Connection,
    rooms: &mut [RoomSummary],
    reader: &Username,
    marks: &Marks,
) -> rusqlite::Result<()> {
    // The marks in memory come first: one that is written meanwhile is found in one place or the other.
    let waiting: Vec<_> = rooms.iter().map(|summary| marks.get(reader, &summary.room)).collect();
    let account = authors::owner(db, reader)?.map_or(0, |account| number(account.id));
    for (summary, waiting) in rooms.iter_mut().zip(waiting) {
        let Some(rows::RoomRow { id: room, head, .. }) = rows::room(db, &summary.room)? else { continue };
        summary.seen = waiting.map(|seq| seq.min(head)).max(written_mark(db, account, room)?);
        summary.unread = match summary.seen {
            Some(seen) if seen < head => unread(db, room, account, seen)?,
            _ => 0,
        };
    }
    Ok(())
}

/// How far a user has read a room, if ever.
pub(in crate::store) fn seen(
    db: &Connection,
    username: &Username,
    name: &RoomName,
    marks: &Marks,
) -> rusqlite::Result<Option<Seq>> {
    // As above.
    let waiting = marks.get(username, name);
    let Some(rows::RoomRow { id: room, head, .. }) = rows::room(db, name)? else { return Ok(None) };
    let written = match authors::owner(db, username)? {
        Some(account) => written_mark(db, number(account.id), room)?,
        None => None,
    };
    Ok(waiting.map(|seq| seq.min(head)).max(written))
}

fn written_mark(db: &Connection, author: i64, room: i64) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("SELECT seq FROM seen WHERE author = ?1 AND room = ?2")?
        .query_row((author, room), |row| seq(row, 0))
        .optional()
}

/// Messages and replies of others after a mark.
fn unread(db: &Connection, room: i64, author: i64, seen: Seq) -> rusqlite::Result<u32> {
    db.prepare_cached(
        "SELECT min(count(*), ?5) FROM (SELECT author, kind FROM messages WHERE room = ?1 AND seq > ?2 LIMIT ?4)
         WHERE author <> ?3 AND coalesce(kind, 0) = 0",
    )?
    .query_row((room, number(seen), author, UNREAD_READ, limits::UNREAD_COUNTED), |row| row.get(0))
}
