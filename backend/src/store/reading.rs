//! Reading the log: pages with their context, what comes after a place, lists of rooms.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Params, Row, types::Type};
use shared::{
    About, AboutKind, Message, MessageId, NameError, RoomName, RoomSummary, Seq, Side, Timestamp, Username,
    limits,
};
use tokio::sync::Semaphore;

use super::{
    Page, StoreError,
    database::{self, Database, Source},
    marks::Marks,
    search::CURRENT_TEXT,
};

/// So many reads at a time; others wait.
const READERS: usize = 4;
/// A page ends early at so many bytes of text, so that an answer stays small however long its messages are.
const PAGE_BYTES: usize = 1 << 18;
/// Unread messages are counted up to here.
const UNREAD: u32 = 1000;

/// The columns that [`message`] reads, and where from.
const MESSAGE: &str = "SELECT m.seq, m.id, u.name, m.text, m.sent_at, m.about, m.kind
    FROM messages m JOIN users u ON u.id = m.user";

/// Connections for reading.
pub(super) struct Readers {
    connections: Arc<Connections>,
    turns: Semaphore,
}

enum Connections {
    /// Those to this file that nobody uses now.
    File(PathBuf, Mutex<Vec<Connection>>),
    Memory(Arc<Mutex<Connection>>),
}

impl Readers {
    pub(super) fn new(database: &Database) -> Self {
        let connections = match database.source() {
            Source::File(path) => Connections::File(path.clone(), Mutex::default()),
            Source::Memory(db) => Connections::Memory(Arc::clone(db)),
        };
        Self { connections: Arc::new(connections), turns: Semaphore::new(READERS) }
    }

    /// Runs queries that see one state of the log, on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _turn = self.turns.acquire().await.map_err(|_| StoreError::closed())?;
        let connections = Arc::clone(&self.connections);
        let answer = tokio::task::spawn_blocking(move || connections.read(queries)).await;
        answer.map_err(|panic| StoreError(panic.to_string()))?.map_err(StoreError::from)
    }
}

impl Connections {
    fn read<T>(&self, queries: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match self {
            // The writer has the connection for whole transactions only, so this sees one state.
            Self::Memory(db) => queries(&db.lock()),
            Self::File(path, idle) => {
                let pooled = idle.lock().pop();
                let db = pooled.map_or_else(|| database::reader(path), Ok)?;
                let tx = db.unchecked_transaction()?;
                // A connection that failed is dropped: the next read opens another.
                let answer = queries(&tx)?;
                tx.finish()?;
                idle.lock().push(db);
                Ok(answer)
            }
        }
    }
}

/// A seq as SQLite has it.
pub(super) fn number(seq: Seq) -> i64 {
    seq.0.min(Seq::MAX.0).cast_signed()
}

pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    Ok(Seq(row.get::<_, i64>(column)?.cast_unsigned()))
}

/// A room's row and its head, if it was ever made.
pub(super) fn room(db: &Connection, room: &RoomName) -> rusqlite::Result<Option<(i64, Seq)>> {
    db.prepare_cached("SELECT id, head FROM rooms WHERE name = ?1")?
        .query_row([room.as_str()], |row| Ok((row.get(0)?, seq(row, 1)?)))
        .optional()
}

pub(super) fn room_exists(db: &Connection, name: &RoomName) -> rusqlite::Result<bool> {
    Ok(room(db, name)?.is_some())
}

pub(super) fn head(db: &Connection, name: &RoomName) -> rusqlite::Result<Seq> {
    Ok(room(db, name)?.map_or(Seq::ZERO, |(_, head)| head))
}

pub(super) fn after(
    db: &Connection,
    name: &RoomName,
    after: Seq,
    upto: Seq,
    max_messages: usize,
    max_bytes: usize,
) -> rusqlite::Result<Vec<Message>> {
    let Some((id, _)) = room(db, name)? else { return Ok(Vec::new()) };
    let sql = format!("{MESSAGE} WHERE m.room = ?1 AND m.seq > ?2 AND m.seq <= ?3 ORDER BY m.seq LIMIT ?4");
    let limit = i64::try_from(max_messages).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query((id, number(after), number(upto), limit))?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let message = message(row, name)?;
        bytes += message.text.len();
        if bytes > max_bytes && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    Ok(messages)
}

pub(super) fn page(db: &Connection, name: &RoomName, side: Side, limit: u16) -> rusqlite::Result<Page> {
    let Some((id, _)) = room(db, name)? else { return Ok(Page::default()) };
    let limit = usize::from(limit.clamp(1, limits::PAGE_MESSAGES));
    let (bound, from) = match side {
        Side::Before(seq) => ("m.seq < ?2 ORDER BY m.seq DESC", seq),
        Side::After(seq) => ("m.seq > ?2 ORDER BY m.seq", seq),
    };
    // One more than was asked for tells whether there is more.
    let sql = format!("{MESSAGE} WHERE m.room = ?1 AND {bound} LIMIT ?3");
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(&sql)?;
    let mut rows = select.query((id, number(from), one_more))?;
    let (mut messages, mut bytes, mut more) = (Vec::new(), 0, false);
    while let Some(row) = rows.next()? {
        let message = message(row, name)?;
        bytes += message.text.len();
        if messages.len() == limit || (bytes > PAGE_BYTES && !messages.is_empty()) {
            more = true;
            break;
        }
        messages.push(message);
    }
    if matches!(side, Side::Before(_)) {
        messages.reverse();
    }
    let context = context(db, name, id, &messages)?;
    Ok(Page { messages, context, more })
}

/// What is needed to show these messages whole and is not among them: changes of them first, then what they answer,
/// then reactions, until the bound is reached.
fn context(db: &Connection, name: &RoomName, room: i64, page: &[Message]) -> rusqlite::Result<Vec<Message>> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(Vec::new()) };
    let (first, last) = (number(first.seq), number(last.seq));
    let bound = usize::from(limits::CONTEXT_MESSAGES);
    // What is about a message comes after it, so outside the page means after the page. Of several edits the newest
    // counts; those of a retracted message are blank. `max` decides which row of a group the other columns are of.
    let sql = "SELECT m.seq, m.id, u.name, m.text, m.sent_at, m.about, m.kind, max(m.n)
         FROM messages m JOIN users u ON u.id = m.user
         WHERE m.room = ?1 AND m.about BETWEEN ?2 AND ?3 AND m.seq > ?4
         AND (m.kind = 2 OR m.kind = 1 AND m.text <> '') GROUP BY m.about, m.kind";
    let mut context = select(db, name, sql, (room, first, last, last))?;

    let answered: BTreeSet<i64> = page
        .iter()
        .filter_map(|message| message.about.filter(|about| about.kind == AboutKind::Reply))
        .map(|about| number(about.seq))
        .filter(|seq| *seq < first)
        .collect();
    for target in answered {
        if context.len() >= bound {
            break;
        }
        context.extend(select(
            db,
            name,
            &format!("{MESSAGE} WHERE m.room = ?1 AND m.seq = ?2"),
            (room, target),
        )?);
        let changes = select(db, name, sql, (room, target, target, 0))?;
        context.extend(changes.into_iter().filter(|m| !(first..=last).contains(&number(m.seq))));
    }

    let room_left = i64::try_from(bound.saturating_sub(context.len())).unwrap_or(0);
    let reactions = format!(
        "{MESSAGE} WHERE m.room = ?1 AND m.about BETWEEN ?2 AND ?3 AND m.seq > ?3 AND m.kind = 3 AND m.text <> ''
         ORDER BY m.n DESC LIMIT ?4"
    );
    context.extend(select(db, name, &reactions, (room, first, last, room_left))?);
    context.truncate(bound);
    context.sort_by_key(|message| message.seq);
    context.dedup_by_key(|message| message.seq);
    Ok(context)
}

pub(super) fn rooms(
    db: &Connection,
    reader: Option<&Username>,
    marks: &Marks,
) -> rusqlite::Result<Vec<RoomSummary>> {
    let user = reader.map(|reader| super::names::find(db, reader)).transpose()?.flatten();
    let user = user.map_or(0, |user| user.id);
    let mut listed =
        db.prepare_cached("SELECT id, name, head, entry FROM rooms ORDER BY newest DESC, id DESC LIMIT ?1")?;
    let listed = listed.query_map([i64::try_from(limits::ROOMS_LISTED).unwrap_or(i64::MAX)], |row| {
        let (id, entry): (i64, i64) = (row.get(0)?, row.get(3)?);
        let (room, head) = (parsed(row, 1, RoomName::parse)?, seq(row, 2)?);
        let waiting = reader.and_then(|reader| marks.get(reader, &room));
        let seen = waiting.map(|seq| seq.min(head)).max(written_mark(db, user, id)?);
        let unread = seen.map_or(Ok(0), |seen| unread(db, id, user, seen))?;
        Ok(RoomSummary { last: current(db, &room, id, entry)?, room, head, seen, unread })
    })?;
    listed.collect()
}

pub(super) fn seen(
    db: &Connection,
    username: &Username,
    name: &RoomName,
    marks: &Marks,
) -> rusqlite::Result<Option<Seq>> {
    let Some((room, head)) = room(db, name)? else { return Ok(None) };
    let written = match super::names::find(db, username)? {
        Some(user) => written_mark(db, user.id, room)?,
        None => None,
    };
    Ok(marks.get(username, name).map(|seq| seq.min(head)).max(written))
}

fn written_mark(db: &Connection, user: i64, room: i64) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("SELECT seq FROM seen WHERE user = ?1 AND room = ?2")?
        .query_row((user, room), |row| seq(row, 0))
        .optional()
}

/// Messages and replies of others after a mark.
fn unread(db: &Connection, room: i64, user: i64, seen: Seq) -> rusqlite::Result<u32> {
    db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM messages
         WHERE room = ?1 AND seq > ?2 AND user <> ?3 AND coalesce(kind, 0) = 0 LIMIT ?4)",
    )?
    .query_row((room, number(seen), user, UNREAD), |row| row.get(0))
}

/// A message with its current text.
fn current(db: &Connection, name: &RoomName, room: i64, seq: i64) -> rusqlite::Result<Option<Message>> {
    let sql = format!(
        "SELECT m.seq, m.id, u.name, {CURRENT_TEXT}, m.sent_at, m.about, m.kind
         FROM messages m JOIN users u ON u.id = m.user WHERE m.room = ?1 AND m.seq = ?2"
    );
    Ok(select(db, name, &sql, (room, seq))?.pop())
}

/// Messages after `n` in the whole log's order, with their rooms.
pub(super) fn beyond(db: &Connection, n: i64) -> rusqlite::Result<Vec<Message>> {
    let mut select = db.prepare_cached(
        "SELECT m.seq, m.id, u.name, m.text, m.sent_at, m.about, m.kind, r.name
         FROM messages m JOIN users u ON u.id = m.user JOIN rooms r ON r.id = m.room WHERE m.n > ?1 ORDER BY m.n",
    )?;
    let rows = select.query_map([n], |row| message(row, &parsed(row, 7, RoomName::parse)?))?;
    rows.collect()
}

fn select(
    db: &Connection,
    room: &RoomName,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<Message>> {
    let mut select = db.prepare_cached(sql)?;
    select.query_map(params, |row| message(row, room))?.collect()
}

/// Reads the columns seq, id, username, text, `sent_at`, about and kind.
pub(super) fn message(row: &Row<'_>, room: &RoomName) -> rusqlite::Result<Message> {
    let kind = row.get::<_, Option<i64>>(6)?.map(about_kind);
    let about = match row.get::<_, Option<i64>>(5)? {
        Some(seq) => kind.map(|kind| About { seq: Seq(seq.cast_unsigned()), kind }),
        None => None,
    };
    Ok(Message {
        room: room.clone(),
        seq: seq(row, 0)?,
        id: parsed(row, 1, MessageId::parse)?,
        username: parsed(row, 2, Username::parse)?,
        text: row.get(3)?,
        sent_at: Timestamp::from_millis(row.get(4)?),
        about,
        authorship: shared::Authorship::Proven,
    })
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
