//! Everything that a store knows, as lines of JSON.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use rusqlite::{Connection, Row};
use serde_json::{Map, Value};
use shared::{About, MessageId, RoomName, Seq, Timestamp, Topic, Username};

use super::{MaintenanceError, Progress, Report, folder, part::Part};
use crate::{
    clock,
    store::{
        record::{self, Hex, Invitation, Person, PersonKind, Record, Room, Webhook},
        rows::{self, Kind, optional_seq, parsed, seq},
        schema,
    },
};

/// How often progress is told, in messages.
const TOLD: u64 = 1000;

/// Why an export ends.
#[derive(Debug)]
pub(in crate::store) enum Failure {
    Read(rusqlite::Error),
    Write(io::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Writes an export of the store in a data folder into a file, which is there when it is whole. Gives the number of lines.
///
/// # Errors
///
/// There is no store, it is of an earlier schema or damaged, or the file cannot be written. Then an earlier file is as it was.
pub fn export(data: &Path, file: &Path, replace: bool, report: Report<'_>) -> Result<u64, MaintenanceError> {
    let part = Part::begin(file, replace, data)?;
    let lines = export_to(data, part.file(), part.path(), report)?;
    part.keep()?;
    Ok(lines)
}

/// Writes an export to an output that is called `name`.
///
/// # Errors
///
/// As [`export`]. Some lines may have been written.
pub fn export_to(
    data: &Path,
    output: impl Write,
    name: &Path,
    report: Report<'_>,
) -> Result<u64, MaintenanceError> {
    let (path, db) = folder::open(data)?;
    let version: i32 = db
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(MaintenanceError::sqlite(&path))?;
    if version != schema::VERSION {
        return Err(MaintenanceError::Older(path, version));
    }
    // All lines are from one state.
    let state = db.unchecked_transaction().map_err(MaintenanceError::sqlite(&path))?;
    write(&state, output, report).map_err(|failure| match failure {
        Failure::Read(error) => MaintenanceError::Sqlite(path.clone(), error),
        Failure::Write(error) => MaintenanceError::Write(name.into(), error),
    })
}

/// Writes all lines of one state, and gives their number.
pub(in crate::store) fn write(
    db: &Connection,
    output: impl Write,
    report: Report<'_>,
) -> Result<u64, Failure> {
    let mut output = BufWriter::with_capacity(1 << 16, output);
    let mut lines = 0;
    let mut line = |record: &Record| -> Result<(), Failure> {
        serde_json::to_writer(&mut output, record).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        lines += 1;
        Ok(())
    };
    line(&Record::Export {
        version: record::VERSION,
        parlor: env!("CARGO_PKG_VERSION").into(),
        made_at: clock::now(),
        position: db.query_row("SELECT position FROM store", [], |row| seq(row, 0))?,
    })?;
    let settings: String = db.query_row("SELECT settings FROM store", [], |row| row.get(0))?;
    line(&Record::Settings { settings: object(&settings) })?;
    each(db, PERSONS, person, &mut line)?;
    each(db, ROOMS, room, &mut line)?;
    each(db, MEMBERS, member, &mut line)?;
    each(db, SLOWED, slowed, &mut line)?;
    let total: i64 = db.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
    let mut done = 0;
    each(db, MESSAGES, message, &mut |record| {
        done += 1;
        if done % TOLD == 0 {
            report(Progress { step: "exporting", done, total: Some(total.cast_unsigned()) });
        }
        line(record)
    })?;
    each(db, HEADS, head, &mut line)?;
    each(db, SEEN, seen, &mut line)?;
    each(db, INVITATIONS, invitation, &mut line)?;
    let bar = |row: &Row<'_>| Ok(Record::Bar { address: row.get(0)?, at: time(row, 1)? });
    each(db, "SELECT address, at FROM bars ORDER BY address", bar, &mut line)?;
    each(db, WEBHOOKS, webhook, &mut line)?;
    each(db, "SELECT id, at, by, act FROM acts ORDER BY id", act, &mut line)?;
    let before = lines;
    let end = serde_json::to_string(&Record::End { lines: before }).map_err(io::Error::from)?;
    writeln!(output, "{end}")?;
    output.flush()?;
    Ok(before + 1)
}

fn each(
    db: &Connection,
    sql: &str,
    record: impl Fn(&Row<'_>) -> rusqlite::Result<Record>,
    line: &mut impl FnMut(&Record) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut select = db.prepare(sql)?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        line(&record(row)?)?;
    }
    Ok(())
}

const PERSONS: &str = "
    SELECT id, kind, name, role, limited, barred, generation, secret, granted_at, granted, blanked FROM authors ORDER BY id";

fn person(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind = Kind::from_code(row.get(1)?);
    let secret: Option<[u8; 32]> = row.get(7)?;
    let granted: Option<String> = row.get(9)?;
    Ok(Record::Person(Person {
        number: seq(row, 0)?,
        kind: PersonKind::of(kind),
        username: if kind == Kind::Deleted { None } else { Some(parsed(row, 2, Username::parse)?) },
        role: rows::role(row, 3)?,
        limited: row.get(4)?,
        barred: row.get(5)?,
        generation: row.get(6)?,
        secret: secret.map(Hex),
        granted_at: row.get(8)?,
        granted: granted.map(|text| object(&text)),
        blanked: row.get::<_, i64>(10)? > 0,
    }))
}

const ROOMS: &str = "SELECT id, name, kind, deleted, topic, archived, slow_seconds, made_by, people, newest_at, keep, floor FROM rooms ORDER BY id";

fn room(row: &Row<'_>) -> rusqlite::Result<Record> {
    let topic: Option<String> = row.get(4)?;
    Ok(Record::Room(Room {
        number: seq(row, 0)?,
        room: parsed(row, 1, RoomName::parse)?,
        kind: rows::room_kind(row, 2)?,
        deleted: row.get::<_, i64>(3)? > 0,
        topic: topic.and_then(|topic| Topic::parse(&topic).ok()),
        archived: row.get(5)?,
        slow_seconds: row.get(6)?,
        made_by: optional_seq(row, 7)?,
        people: row.get(8)?,
        newest_at: time(row, 9)?,
        keep: rows::keep(row, 10)?,
        floor: seq(row, 11)?,
    }))
}

const MEMBERS: &str = "
    SELECT r.name, m.author, m.state, m.granted FROM members m JOIN rooms r ON r.id = m.room
    WHERE r.deleted = 0 ORDER BY m.room, m.author";

fn member(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Member {
        room: parsed(row, 0, RoomName::parse)?,
        person: seq(row, 1)?,
        removed: row.get::<_, i64>(2)? == 2,
        granted: row.get(3)?,
    })
}

const SLOWED: &str = "
    SELECT r.name, s.author, s.at FROM slow s JOIN rooms r ON r.id = s.room WHERE r.deleted = 0 ORDER BY s.room, s.author";

fn slowed(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Slowed { room: parsed(row, 0, RoomName::parse)?, person: seq(row, 1)?, at: time(row, 2)? })
}

/// The texts of an account that was deleted with them may still be in the rows.
const MESSAGES: &str = "
    SELECT r.name, m.seq, m.author, m.id, CASE WHEN a.blanked > 0 THEN '' ELSE m.text END, m.sent_at, m.about, m.kind
    FROM messages m CROSS JOIN rooms r ON r.id = m.room CROSS JOIN authors a ON a.id = m.author
    WHERE r.deleted = 0 ORDER BY m.seq";

fn message(row: &Row<'_>) -> rusqlite::Result<Record> {
    let kind = row.get::<_, Option<i64>>(7)?.map(rows::about_kind);
    Ok(Record::Message {
        room: parsed(row, 0, RoomName::parse)?,
        seq: seq(row, 1)?,
        person: seq(row, 2)?,
        id: parsed(row, 3, MessageId::parse)?,
        text: rows::text(row, 4)?,
        sent_at: time(row, 5)?,
        about: optional_seq(row, 6)?.zip(kind).map(|(seq, kind)| About { seq, kind }),
    })
}

const HEADS: &str = "
    SELECT name, head, newest FROM
        (SELECT r.*, coalesce((SELECT max(seq) FROM messages WHERE room = r.id), 0) AS top,
            coalesce((SELECT max(seq) FROM messages WHERE room = r.id AND coalesce(kind, 0) = 0), 0) AS entry
         FROM rooms r WHERE r.deleted = 0)
    WHERE head <> top OR newest <> entry ORDER BY id";

fn head(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Head { room: parsed(row, 0, RoomName::parse)?, head: seq(row, 1)?, newest: seq(row, 2)? })
}

const SEEN: &str = "
    SELECT r.name, s.author, s.seq FROM seen s JOIN rooms r ON r.id = s.room WHERE r.deleted = 0 ORDER BY s.room, s.author";

fn seen(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Seen { room: parsed(row, 0, RoomName::parse)?, person: seq(row, 1)?, seq: seq(row, 2)? })
}

const INVITATIONS: &str = "
    SELECT id, secret, by, username, role, rooms, expires_at, uses, used, revoked FROM invitations ORDER BY id";

fn invitation(row: &Row<'_>) -> rusqlite::Result<Record> {
    let (username, rooms): (Option<String>, String) = (row.get(3)?, row.get(5)?);
    Ok(Record::Invitation(Invitation {
        number: seq(row, 0)?,
        secret: Hex(row.get(1)?),
        by: optional_seq(row, 2)?,
        username: username.and_then(|username| Username::parse(&username).ok()),
        role: rows::role(row, 4)?,
        rooms: serde_json::from_str(&rooms).unwrap_or_default(),
        expires_at: time(row, 6)?,
        uses: row.get(7)?,
        used: row.get(8)?,
        revoked: row.get(9)?,
    }))
}

const WEBHOOKS: &str = "
    SELECT w.id, w.author, r.name, w.every_message, w.url, w.secret, w.position, w.failing_since, w.error, w.is_on
    FROM webhooks w JOIN rooms r ON r.id = w.room WHERE r.deleted = 0 ORDER BY w.id";

fn webhook(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record::Webhook(Webhook {
        number: seq(row, 0)?,
        person: seq(row, 1)?,
        room: parsed(row, 2, RoomName::parse)?,
        every_message: row.get(3)?,
        url: row.get(4)?,
        secret: Hex(row.get(5)?),
        position: seq(row, 6)?,
        failing_since: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        error: row.get(8)?,
        on: row.get(9)?,
    }))
}

fn act(row: &Row<'_>) -> rusqlite::Result<Record> {
    let (by, act): (Option<String>, String) = (row.get(2)?, row.get(3)?);
    let by = by.and_then(|by| Username::parse(&by).ok());
    Ok(Record::Act {
        number: Seq(row.get::<_, i64>(0)?.cast_unsigned()),
        at: time(row, 1)?,
        by,
        act: object(&act),
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

/// A JSON object out of a row.
fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}
