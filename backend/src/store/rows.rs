//! How values are kept in SQLite, and how a row becomes a message.

use rusqlite::{Connection, OptionalExtension, Params, Row, types::Type};
use shared::{
    About, AboutKind, Authorship, Keep, Message, MessageId, NameError, Role, RoomInfo, RoomKind, RoomName,
    Seq, Timestamp, Topic, Username,
};

/// The columns that [`message`] reads, and where from.
pub(super) const MESSAGE: &str =
    "SELECT m.seq, m.id, a.name, m.text, m.sent_at, m.about, m.kind, a.kind, a.blanked
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
    ", m.sent_at, m.about, m.kind, a.kind, a.blanked, r.name
     FROM messages m JOIN authors a ON a.id = m.author JOIN rooms r ON r.id = m.room"
);

/// The first message after a position, in any room. Numbers may be left out for long, see `maintenance/restore.rs`.
pub(super) fn next_message(db: &Connection, after: Seq) -> rusqlite::Result<Option<Seq>> {
    let next: Option<i64> = db
        .prepare_cached("SELECT min(seq) FROM messages WHERE seq > ?1")?
        .query_row([number(after)], |row| row.get(0))?;
    Ok(next.map(|next| Seq(next.cast_unsigned())))
}

/// How an author's name is known, as SQLite has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Claimed = 0,
    Application = 1,
    Unproven = 2,
    Imported = 3,
    /// With the author's id added, because one name may be superseded several times.
    Superseded = 100,
    /// The account was deleted; nobody can use the name.
    DeletedReserved = 5,
    /// The account was deleted, and its name with it.
    Deleted = 6,
}

impl Kind {
    /// The kind that SQLite has under this number.
    pub(super) fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Claimed,
            1 => Self::Application,
            2 => Self::Unproven,
            3 => Self::Imported,
            5 => Self::DeletedReserved,
            6 => Self::Deleted,
            _ => Self::Superseded,
        }
    }

    /// What readers are told of an author of this kind.
    pub(super) fn authorship(self) -> Authorship {
        match self {
            Self::Claimed | Self::Application => Authorship::Proven,
            Self::Unproven | Self::Superseded => Authorship::Unproven,
            Self::Imported => Authorship::Imported,
            Self::DeletedReserved | Self::Deleted => Authorship::Deleted,
        }
    }

    /// Whether somebody can have this author's token.
    pub(super) fn is_account(self) -> bool {
        matches!(self, Self::Claimed | Self::Application)
    }
}

/// A role, as SQLite has it.
pub(super) const fn role_code(role: Role) -> i64 {
    match role {
        Role::Owner => 0,
        Role::Moderator => 1,
        Role::Member => 2,
        Role::Guest => 3,
        Role::Bot => 4,
    }
}

/// A column that holds a role.
pub(super) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let code: i64 = row.get(column)?;
    Ok(Role::ALL.into_iter().find(|role| role_code(*role) == code).unwrap_or(Role::Guest))
}

/// The kind of a room, as SQLite has it.
pub(super) const fn room_kind_code(kind: RoomKind) -> i64 {
    match kind {
        RoomKind::Open => 0,
        RoomKind::Closed => 1,
        RoomKind::Direct => 2,
    }
}

/// A column that holds the kind of a room. What is not known is read as closed.
pub(super) fn room_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomKind> {
    Ok(match row.get::<_, i64>(column)? {
        0 => RoomKind::Open,
        2 => RoomKind::Direct,
        _ => RoomKind::Closed,
    })
}

/// What is known of a room beside its messages, from columns `kind, topic, archived, slow_seconds, keep, floor`.
pub(super) fn room_info(row: &Row<'_>, first: usize) -> rusqlite::Result<RoomInfo> {
    let topic: Option<String> = row.get(first + 1)?;
    Ok(RoomInfo {
        kind: room_kind(row, first)?,
        topic: topic.and_then(|topic| Topic::parse(&topic).ok()),
        archived: row.get(first + 2)?,
        slow_seconds: row.get(first + 3)?,
        keep: keep(row, first + 4)?,
        floor: seq(row, first + 5)?,
        people: Vec::new(),
    })
}

/// A column that says how long a room's messages are kept, if the room has a setting of its own. What is not known, because a later
/// version wrote it, keeps them.
pub(super) fn keep(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Keep>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map(|text| Keep::parse(&text).unwrap_or_default()))
}

/// Names the people of a direct room.
pub(super) fn add_people(db: &Connection, room: i64, info: &mut RoomInfo) -> rusqlite::Result<()> {
    if info.kind != RoomKind::Direct {
        return Ok(());
    }
    let mut select = db.prepare_cached(
        "SELECT a.name FROM members m JOIN authors a ON a.id = m.author
         WHERE m.room = ?1 AND m.state = 1 ORDER BY a.name",
    )?;
    let people = select.query_map([room], |row| parsed(row, 0, Username::parse))?;
    info.people = people.collect::<Result<_, _>>()?;
    Ok(())
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

/// Where a room's log is, and from where to where it goes.
#[derive(Clone, Copy)]
pub(super) struct RoomRow {
    pub(super) id: i64,
    pub(super) head: Seq,
    /// All messages up to this one are deleted.
    pub(super) floor: Seq,
}

/// A room's row, if it is there.
pub(super) fn room(db: &Connection, room: &RoomName) -> rusqlite::Result<Option<RoomRow>> {
    db.prepare_cached("SELECT id, head, floor FROM rooms WHERE name = ?1 AND deleted = 0")?
        .query_row([room.as_str()], |row| {
            Ok(RoomRow { id: row.get(0)?, head: seq(row, 1)?, floor: seq(row, 2)? })
        })
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

/// Reads the columns of [`MESSAGE`]. An account that was deleted does not show its name, nor its texts if they were to go.
pub(super) fn message(row: &Row<'_>, room: &RoomName) -> rusqlite::Result<Message> {
    let kind = row.get::<_, Option<i64>>(6)?.map(about_kind);
    let authorship = Kind::from_code(row.get(7)?).authorship();
    let deleted = authorship == Authorship::Deleted;
    let blanked = deleted && row.get::<_, i64>(8)? > 0;
    Ok(Message {
        room: room.clone(),
        seq: seq(row, 0)?,
        id: parsed(row, 1, MessageId::parse)?,
        username: if deleted { Username::deleted() } else { parsed(row, 2, Username::parse)? },
        text: if blanked { String::new() } else { text(row, 3)? },
        sent_at: Timestamp::from_millis(row.get(4)?),
        about: optional_seq(row, 5)?.zip(kind).map(|(seq, kind)| About { seq, kind }),
        authorship,
    })
}

/// Reads the columns of [`CURRENT_MESSAGE`].
pub(super) fn message_with_room(row: &Row<'_>) -> rusqlite::Result<Message> {
    message(row, &parsed(row, 9, RoomName::parse)?)
}

/// A column that holds what somebody wrote. Bytes that are damaged are shown as such (U+FFFD): one of them does not keep the rest from
/// being read.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}

/// Whether a row holds what cannot be written there.
pub(super) fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..)
    )
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

/// What [`code`] stands for.
pub(super) fn about_kind(code: i64) -> AboutKind {
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
