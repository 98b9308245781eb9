//! A room as lists show it, out of its row.

use rusqlite::{Connection, OptionalExtension, Row};
use shared::{RoomName, RoomSummary, Timestamp};

use super::rows::{self, CURRENT_MESSAGE, parsed, seq};

/// A room of the list, and when its newest message was sent.
pub(super) struct Listed {
    pub(super) summary: RoomSummary,
    pub(super) newest_at: Timestamp,
}

/// The columns that [`listed`] reads.
macro_rules! summary_columns {
    () => {
        "SELECT r.name, r.head, r.newest, r.newest_at, r.id, r.kind, r.topic, r.archived, r.slow_seconds, r.keep, r.floor FROM rooms r"
    };
}
pub(super) use summary_columns;

/// Reads these columns.
pub(super) fn listed(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Listed> {
    let (room, head) = (parsed(row, 0, RoomName::parse)?, seq(row, 1)?);
    let newest: i64 = row.get(2)?;
    let current = format!("{CURRENT_MESSAGE} WHERE m.seq = ?1");
    let last = db.prepare_cached(&current)?.query_row([newest], rows::message_with_room).optional()?;
    let newest_at = Timestamp::from_millis(row.get(3)?);
    let mut info = rows::room_info(row, 5)?;
    rows::add_people(db, row.get(4)?, &mut info)?;
    Ok(Listed { summary: RoomSummary { room, head, last, seen: None, unread: 0, info }, newest_at })
}

/// A room as everybody sees it who may, and when its newest message was sent.
pub(super) fn summary(
    db: &Connection,
    room: &RoomName,
) -> rusqlite::Result<Option<(RoomSummary, Timestamp)>> {
    let found = db
        .prepare_cached(concat!(summary_columns!(), " WHERE r.name = ?1 AND r.deleted = 0"))?
        .query_row([room.as_str()], |row| listed(db, row))
        .optional()?;
    Ok(found.map(|Listed { mut summary, newest_at }| {
        summary.shorten();
        (summary, newest_at)
    }))
}
