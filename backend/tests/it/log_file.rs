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
    let db = open(database);
    let mut rows = db
        .prepare(
            "SELECT messages.seq, messages.id, authors.name, messages.text FROM messages
             JOIN rooms ON rooms.id = messages.room JOIN authors ON authors.id = messages.author
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

/// The numbers of a room's messages, oldest first.
pub fn seqs(database: &Path, room: &str) -> Vec<Seq> {
    read(database, room).into_iter().map(|row| row.seq).collect()
}

/// The names that are recorded, in the order in which they were.
pub fn authors(database: &Path) -> Vec<String> {
    let db = open(database);
    let mut names = db.prepare("SELECT name FROM authors ORDER BY id").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// How many entries the log has, whatever became of them.
pub fn position(database: &Path) -> u64 {
    let position: i64 = open(database).query_row("SELECT position FROM store", [], |row| row.get(0)).unwrap();
    position.try_into().unwrap()
}

fn open(database: &Path) -> Connection {
    Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}
