//! How values are kept in SQLite, and how a row becomes a message.

use rusqlite::{Connection, OptionalExtension, Params, Row, types::Type};
use shared::{
    About, AboutKind, Authorship, Message, MessageId, NameError, RoomName, Seq, Timestamp, Username,
};

/// The columns that [`message`] reads, and where from.
pub(super) const MESSAGE: &str = "SELECT m.seq, m.id, a.name, m.text, m.sent_at, m.about, m.kind, a.kind
    FROM messages m JOIN authors a ON a.id = m.author";

/// The current text of the message `m`: that of its newest edit, or its own.
macro_rules! current_text {
    () => {
        "coalesce((SELECT e.text FROM messages e WHERE e.seq = m.edit), m.text)"
    };
}
pub(super) use current_text;

/// The same columns with each message's current text, and its room's name.
pub(super) const CURRENT_MESSAGE: &str = concat!(
    "SELECT m.seq, m.id, a.name, ",
    current_text!(),
    ", m.sent_at, m.about, m.kind, a.kind, r.name
     FROM messages m JOIN authors a ON a.id = m.author JOIN rooms r ON r.id = m.room"
);

/// How an author's name is known, as SQLite has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Claimed = 0,
    Application = 1,
    Unproven = 2,
    Imported = 3,
    Superseded = 4,
}

impl Kind {
    /// The kind that SQLite has under this number.
    pub(super) fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Claimed,
            1 => Self::Application,
            2 => Self::Unproven,
            3 => Self::Imported,
            _ => Self::Superseded,
        }
    }

    /// What readers are told of an author of this kind.
    pub(super) fn authorship(self) -> Authorship {
        match self {
            Self::Claimed | Self::Application => Authorship::Proven,
            Self::Unproven | Self::Superseded => Authorship::Unproven,
            Self::Imported => Authorship::Imported,
        }
    }
}

/// A seq as SQLite has it.
pub(super) fn number(seq: Seq) -> i64 {
    seq.0.min(Seq::MAX.0).cast_signed()
}

/// A column that holds a seq.
pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    Ok(Seq(row.get::<_, i64>(column)?.cast_unsigned()))
}

/// A column that holds a seq or nothing.
pub(super) fn optional_seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Seq>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|seq| Seq(seq.cast_unsigned())))
}

/// A room's id and head, if it was ever recorded.
pub(super) fn room(db: &Connection, room: &RoomName) -> rusqlite::Result<Option<(i64, Seq)>> {
    db.prepare_cached("SELECT id, head FROM rooms WHERE name = ?1")?
        .query_row([room.as_str()], |row| Ok((row.get(0)?, seq(row, 1)?)))
        .optional()
}

/// The messages of one room that a query finds.
pub(super) fn select(
    db: &Connection,
    room: &RoomName,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<Message>> {
    let mut select = db.prepare_cached(sql)?;
    select.query_map(params, |row| message(row, room))?.collect()
}

/// Reads the columns of [`MESSAGE`].
pub(super) fn message(row: &Row<'_>, room: &RoomName) -> rusqlite::Result<Message> {
    let kind = row.get::<_, Option<i64>>(6)?.map(about_kind);
    Ok(Message {
        room: room.clone(),
        seq: seq(row, 0)?,
        id: parsed(row, 1, MessageId::parse)?,
        username: parsed(row, 2, Username::parse)?,
        text: row.get(3)?,
        sent_at: Timestamp::from_millis(row.get(4)?),
        about: optional_seq(row, 5)?.zip(kind).map(|(seq, kind)| About { seq, kind }),
        authorship: Kind::from_code(row.get(7)?).authorship(),
    })
}

/// Reads the columns of [`CURRENT_MESSAGE`].
pub(super) fn message_with_room(row: &Row<'_>) -> rusqlite::Result<Message> {
    message(row, &parsed(row, 8, RoomName::parse)?)
}

/// A column that holds a name of some kind.
pub(super) fn parsed<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&str) -> Result<T, NameError>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn about_kind(code: i64) -> AboutKind {
    match code {
        0 => AboutKind::Reply,
        1 => AboutKind::Edit,
        2 => AboutKind::Retraction,
        _ => AboutKind::Reaction,
    }
}

/// An [`AboutKind`] as SQLite has it.
pub(super) const fn code(kind: AboutKind) -> i64 {
    match kind {
        AboutKind::Reply => 0,
        AboutKind::Edit => 1,
        AboutKind::Retraction => 2,
        AboutKind::Reaction => 3,
    }
}
