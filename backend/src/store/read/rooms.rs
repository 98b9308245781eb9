//! Reading the list of rooms, and what one user has read: marks, and how much is unread.

use rusqlite::{Connection, OptionalExtension};
use shared::{RoomName, RoomSummary, Seq, Timestamp, Username, limits};

use crate::store::{
    authors,
    marks::Marks,
    rows::{self, CURRENT_MESSAGE, number, parsed, seq},
};

/// So many messages after the mark are looked at to count the unread ones, those of the user and annotations included.
const UNREAD_READ: u32 = 4 * limits::UNREAD_COUNTED;

/// A room of the list, and when its newest message was sent.
pub(in crate::store) struct Listed {
    pub(in crate::store) summary: RoomSummary,
    pub(in crate::store) newest_at: Timestamp,
}

/// The rooms with the newest messages, newest first, as every reader sees them.
pub(in crate::store) fn list(db: &Connection) -> rusqlite::Result<Vec<Listed>> {
    let current = format!("{CURRENT_MESSAGE} WHERE m.seq = ?1");
    let mut listed = db.prepare(
        "SELECT name, head, newest, newest_at FROM rooms ORDER BY newest_at DESC, id DESC LIMIT ?1",
    )?;
    let listed = listed.query_map([i64::try_from(limits::ROOMS_LISTED).unwrap_or(i64::MAX)], |row| {
        let (room, head) = (parsed(row, 0, RoomName::parse)?, seq(row, 1)?);
        let newest: i64 = row.get(2)?;
        let mut current = db.prepare_cached(&current)?;
        let last = current.query_row([newest], rows::message_with_room).optional()?;
        let newest_at = Timestamp::from_millis(row.get(3)?);
        Ok(Listed { summary: RoomSummary { room, head, last, seen: None, unread: 0 }, newest_at })
    })?;
    listed.collect()
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
        let Some((room, head)) = rows::room(db, &summary.room)? else { continue };
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
    let Some((room, head)) = rows::room(db, name)? else { return Ok(None) };
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
