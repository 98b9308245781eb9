//! The log as it is in its SQLite file, read past the server.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use shared::{MessageId, RoomName, Seq, Username};

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub seq: Seq,
    pub id: MessageId,
    pub username: Username,
    pub text: String,
}

/// A room's log, oldest first.
pub fn read(database: &Path, room: &str) -> Vec<Row> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut rows = db
        .prepare(
            "SELECT messages.seq, messages.id, users.name, messages.text FROM messages
             JOIN rooms ON rooms.id = messages.room JOIN users ON users.id = messages.user
             WHERE rooms.name = ?1 ORDER BY messages.seq",
        )
        .unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Row {
            seq: Seq(row.get::<_, i64>(0)?.try_into().unwrap()),
            id: MessageId::parse(&row.get::<_, String>(1)?).unwrap(),
            username: Username::parse(&row.get::<_, String>(2)?).unwrap(),
            text: row.get(3)?,
        })
    };
    rows.query_map([RoomName::parse(room).unwrap().as_str()], row).unwrap().map(Result::unwrap).collect()
}
