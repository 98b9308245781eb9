//! The search index: an FTS5 table without texts of its own, whose rows are the messages' `n`.
//!
//! New messages are indexed a little later than they are stored, many at a time, so that posting does not wait for
//! it; `store.indexed` says how far that is. What changes an indexed message changes the index in the same
//! transaction.

use rusqlite::Connection;
use shared::{Message, RoomName};

use super::{reading, words::words};

/// A message's current text: that of its newest edit, or its own. For queries where the message is `m`.
pub(super) const CURRENT_TEXT: &str = "coalesce((SELECT e.text FROM messages e
    WHERE e.room = m.room AND e.about = m.seq AND e.kind = 1 AND e.text <> '' ORDER BY e.n DESC LIMIT 1), m.text)";

/// How far the index is.
pub(super) fn indexed(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT indexed FROM store", [], |row| row.get(0))
}

/// Indexes up to `count` messages after `from`, within the caller's transaction. Gives the last one that was looked
/// at, or none when there is nothing left.
pub(super) fn index(db: &Connection, from: i64, count: u32) -> rusqlite::Result<Option<i64>> {
    let sql = format!(
        "SELECT n, room, CASE WHEN coalesce(kind, 0) = 0 THEN {CURRENT_TEXT} ELSE '' END
         FROM messages m WHERE n > ?1 ORDER BY n LIMIT ?2"
    );
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query((from, count))?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let n = row.get(0)?;
        add(db, n, row.get(1)?, row.get_ref(2)?.as_str()?)?;
        last = Some(n);
    }
    if let Some(n) = last {
        db.prepare_cached("UPDATE store SET indexed = ?1")?.execute([n])?;
    }
    Ok(last)
}

/// Adds a message under a text.
pub(super) fn add(db: &Connection, n: i64, room: i64, text: &str) -> rusqlite::Result<()> {
    let words = words(text);
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO words(rowid, room, text) VALUES(?1, ?2, ?3)")?.execute((
            n,
            room.to_string(),
            words,
        ))?;
    }
    Ok(())
}

/// Takes out a message, which is there under this text.
pub(super) fn remove(db: &Connection, n: i64, room: i64, text: &str) -> rusqlite::Result<()> {
    let words = words(text);
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO words(words, rowid, room, text) VALUES('delete', ?1, ?2, ?3)")?
            .execute((n, room.to_string(), words))?;
    }
    Ok(())
}

/// What matches a query (see [`super::words::query`]), newest first, each with its current text.
pub(super) fn find(
    db: &Connection,
    query: &str,
    room: Option<&RoomName>,
    limit: u16,
) -> rusqlite::Result<Vec<Message>> {
    let expression = match room {
        None => format!("text : ({query})"),
        Some(room) => match reading::room(db, room)? {
            Some((id, _)) => format!("text : ({query}) AND room : \"{id}\""),
            None => return Ok(Vec::new()),
        },
    };
    // CROSS JOIN keeps the index outermost: it has the newest first by itself.
    let sql = format!(
        "SELECT m.seq, m.id, u.name, {CURRENT_TEXT}, m.sent_at, m.about, m.kind, r.name
         FROM words CROSS JOIN messages m ON m.n = words.rowid JOIN users u ON u.id = m.user
         JOIN rooms r ON r.id = m.room
         WHERE words MATCH ?1 AND m.text <> '' ORDER BY words.rowid DESC LIMIT ?2"
    );
    let mut select = db.prepare_cached(&sql)?;
    let found = select.query_map((expression, limit), |row| {
        let room = reading::parsed(row, 7, RoomName::parse)?;
        reading::message(row, &room)
    })?;
    found.collect()
}
