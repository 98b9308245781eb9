//! Which messages go because they are not to be kept longer. They go room by room, the oldest first, a few at a time.
//!
//! This only looks: an entry deletes them. The order in a room is that of its log, so that one number says what is gone. A message
//! that was imported is as old as it says, and goes when all before it have gone.

use rusqlite::{Connection, OptionalExtension, Row};
use shared::{Keep, RoomName, Seq, Timestamp};

use super::{
    Store, StoreError,
    entry::{Entry, Outcome},
    rows::{self, number, optional_seq, parsed, seq},
};
use crate::clock;

/// The most bytes that one entry deletes, unless one message is larger.
const BYTES_AT_ONCE: u64 = 1 << 19;
/// The rooms that one read looks at.
const ROOMS: u32 = 500;
/// The messages that one read looks at.
const SCANNED: u32 = 20_000;
/// The most messages that are counted before a setting is changed.
pub const COUNTED: u64 = 100_000;

/// What the message `m` takes, about, in bytes: its text, which the search index has, too; its row, and its places in the indexes.
/// 20,333 messages of an IRC channel, 59 bytes each, take 312 bytes each.
macro_rules! message_bytes {
    () => {
        "2 * octet_length(m.text) + 200"
    };
}

/// What an entry changes when it deletes the message `m`: the message, and what is about it.
macro_rules! message_changes {
    () => {
        "1 + (SELECT count(*) FROM messages r WHERE r.about = m.seq AND r.kind = 3 AND r.text <> '')
           + (SELECT count(*) FROM messages e WHERE e.about = m.seq AND e.kind = 1)"
    };
}

/// A room that messages may have to go from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The room.
    pub room: RoomName,
    /// The room's own setting, if it has one.
    pub own: Option<Keep>,
    /// Which messages.
    pub which: Expiring,
}

/// What a part of the rooms has that must go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRooms {
    /// The rooms that messages may have to go from.
    pub due: Vec<Due>,
    /// The shortest time that one of the rooms keeps its messages, in seconds.
    pub shortest: Option<u64>,
    /// Where to go on. `None`: there are no more rooms.
    pub next: Option<i64>,
}

/// Which of a room's messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiring {
    /// Those that were sent before this time.
    Before(Timestamp),
    /// The oldest, until the room takes no more than so many bytes.
    Beyond(u64),
}

/// What one entry is to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The room.
    pub room: RoomName,
    /// The last message.
    pub upto: Seq,
    /// What the messages take, about, in bytes.
    pub bytes: u64,
}

/// What a part of the messages takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// The last message that is counted.
    pub upto: Seq,
    /// About how many bytes they take.
    pub bytes: u64,
}

impl Store {
    /// Some rooms after an id. `house` is how long the house keeps messages.
    pub async fn due(&self, after: i64, house: Keep, now: Timestamp) -> Result<DueRooms, StoreError> {
        self.0.readers.read(move |db| due(db, after, house, now)).await
    }

    /// The next messages that go from a room: those that were sent before a time, or the oldest whenever they were sent. They are
    /// `at_once` at most, with those that are about them; or one.
    pub async fn oldest(
        &self,
        room: &RoomName,
        before: Option<Timestamp>,
        at_once: u32,
    ) -> Result<Option<Step>, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| oldest(db, &room, before, at_once)).await
    }

    /// The next messages that go from the rooms without a setting of their own, after a position: the oldest of all; and the
    /// position from which to go on. `None`: there is no such message.
    pub async fn oldest_of_all(
        &self,
        after: Seq,
        at_once: u32,
    ) -> Result<Option<(Vec<Step>, Seq)>, StoreError> {
        self.0.readers.read(move |db| oldest_of_all(db, after, at_once)).await
    }

    /// Measures some more of a room's messages, or of those of all rooms without a setting of their own. True: all are measured.
    pub async fn measure(
        &self,
        room: Option<&RoomName>,
        measured: Measured,
    ) -> Result<(Measured, bool), StoreError> {
        let room = room.cloned();
        self.0
            .readers
            .read(move |db| match &room {
                Some(room) => measure(db, room, measured),
                None => measure_all(db, measured),
            })
            .await
    }

    /// Deletes the oldest messages of a room, if its own setting is still this one. Tells how many went.
    pub async fn expire(&self, room: RoomName, upto: Seq, own: Option<Keep>) -> Result<u64, StoreError> {
        match self.0.log.ask(Entry::Expire { room, upto, own }).await {
            Outcome::Expired(messages) => Ok(messages),
            Outcome::Refused(refusal) => Err(StoreError::Failed(refusal.reason)),
            _ => Err(super::failed_while_writing()),
        }
    }

    /// Removes the traces of what was deleted: until then it can still be read in the write-ahead log.
    pub fn scrub(&self) {
        self.0.log.scrub();
    }

    /// How many messages and replies of a room would go if it kept its messages so long. At most [`COUNTED`] are counted.
    pub async fn would_expire(&self, room: &RoomName, keep: Keep) -> Result<u64, StoreError> {
        let (room, now) = (room.clone(), clock::now());
        self.read_long(move |db| would_expire(db, &room, keep, now)).await
    }
}

fn due(db: &Connection, after: i64, house: Keep, now: Timestamp) -> rusqlite::Result<DueRooms> {
    let mut select = db.prepare_cached(
        "SELECT id, name, keep FROM rooms WHERE id > ?1 AND deleted = 0 AND head > floor ORDER BY id LIMIT ?2",
    )?;
    let mut oldest =
        db.prepare_cached("SELECT sent_at < ?2 FROM messages WHERE room = ?1 ORDER BY seq LIMIT 1")?;
    let mut found = select.query((after, ROOMS))?;
    let (mut due, mut shortest, mut seen, mut last) = (Vec::new(), None, 0, after);
    while let Some(row) = found.next()? {
        (seen, last) = (seen + 1, row.get(0)?);
        let own = rows::keep(row, 2)?;
        let keep = own.unwrap_or(house);
        if let Keep::Seconds(seconds) = keep {
            shortest = Some(shortest.map_or(seconds, |shortest: u64| shortest.min(seconds)));
        }
        let which = match (keep, keep.cutoff(now)) {
            // The house's size is that of all rooms together.
            (Keep::Bytes(bytes), _) if own.is_some() => Expiring::Beyond(bytes),
            (_, Some(cutoff)) => Expiring::Before(cutoff),
            (_, None) => continue,
        };
        if let Expiring::Before(time) = which
            && !oldest.query_row((last, time.millis()), |row| row.get(0)).optional()?.unwrap_or(false)
        {
            continue;
        }
        due.push(Due { room: parsed(row, 1, RoomName::parse)?, own, which });
    }
    Ok(DueRooms { due, shortest, next: (seen == ROOMS).then_some(last) })
}

fn oldest(
    db: &Connection,
    name: &RoomName,
    before: Option<Timestamp>,
    at_once: u32,
) -> rusqlite::Result<Option<Step>> {
    let Some(room) = rows::room(db, name)? else { return Ok(None) };
    let mut select = db.prepare_cached(concat!(
        "SELECT m.seq, m.sent_at, ",
        message_bytes!(),
        ", ",
        message_changes!(),
        " FROM messages m WHERE m.room = ?1 ORDER BY m.seq LIMIT ?2"
    ))?;
    let mut found = select.query((room.id, at_once))?;
    let (mut step, mut changes): (Option<Step>, u32) = (None, 0);
    while let Some(row) = found.next()? {
        changes += row.get::<_, u32>(3)?;
        let is_kept = before.is_some_and(|time| row.get::<_, i64>(1).is_ok_and(|at| at >= time.millis()));
        let is_full = |step: &Step| changes > at_once || step.bytes > BYTES_AT_ONCE;
        if is_kept || step.as_ref().is_some_and(is_full) {
            break;
        }
        let bytes = step.as_ref().map_or(0, |step| step.bytes) + u64::from(row.get::<_, u32>(2)?);
        step = Some(Step { room: name.clone(), upto: seq(row, 0)?, bytes });
    }
    Ok(step)
}

fn oldest_of_all(db: &Connection, after: Seq, at_once: u32) -> rusqlite::Result<Option<(Vec<Step>, Seq)>> {
    let Some(next) = rows::next_message(db, after)? else { return Ok(None) };
    // Messages that are kept by their rooms are passed over, but not without bound.
    let end = number(Seq(next.0 + u64::from(SCANNED)));
    let mut select = db.prepare_cached(concat!(
        "SELECT m.seq, r.name, ",
        message_bytes!(),
        ", ",
        message_changes!(),
        " FROM messages m CROSS JOIN rooms r ON r.id = m.room
         WHERE m.seq > ?1 AND m.seq <= ?2 AND r.keep IS NULL AND r.deleted = 0 ORDER BY m.seq LIMIT ?3"
    ))?;
    let mut found = select.query((number(after), end, at_once))?;
    let (mut steps, mut changes, mut all): (Vec<Step>, u32, u64) = (Vec::new(), 0, 0);
    let mut last = None;
    while let Some(row) = found.next()? {
        changes += row.get::<_, u32>(3)?;
        if last.is_some() && (changes > at_once || all > BYTES_AT_ONCE) {
            break;
        }
        let (upto, room, bytes) =
            (seq(row, 0)?, parsed(row, 1, RoomName::parse)?, u64::from(row.get::<_, u32>(2)?));
        (last, all) = (Some(upto), all + bytes);
        match steps.iter_mut().find(|step| step.room == room) {
            Some(step) => (step.upto, step.bytes) = (upto, step.bytes + bytes),
            None => steps.push(Step { room, upto, bytes }),
        }
    }
    Ok(match last {
        Some(last) => Some((steps, last)),
        None => rows::next_message(db, Seq(end.cast_unsigned()))?.map(|_| (steps, Seq(end.cast_unsigned()))),
    })
}

fn measure(db: &Connection, name: &RoomName, measured: Measured) -> rusqlite::Result<(Measured, bool)> {
    let Some(room) = rows::room(db, name)? else { return Ok((measured, true)) };
    let mut select = db.prepare_cached(concat!(
        "SELECT max(seq), sum(bytes), count(*) FROM (SELECT m.seq, ",
        message_bytes!(),
        " AS bytes FROM messages m WHERE m.room = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3)"
    ))?;
    select.query_row((room.id, number(measured.upto), SCANNED), |row| more(row, measured))
}

fn measure_all(db: &Connection, measured: Measured) -> rusqlite::Result<(Measured, bool)> {
    let mut select = db.prepare_cached(concat!(
        "SELECT max(seq), sum(bytes), count(*) FROM (
             SELECT m.seq, CASE WHEN r.keep IS NULL AND r.deleted = 0 THEN ",
        message_bytes!(),
        " ELSE 0 END AS bytes FROM messages m CROSS JOIN rooms r ON r.id = m.room
             WHERE m.seq > ?1 ORDER BY m.seq LIMIT ?2)"
    ))?;
    select.query_row((number(measured.upto), SCANNED), |row| more(row, measured))
}

/// Adds what a query has measured: the last seq, the bytes, and how many messages.
fn more(row: &Row<'_>, measured: Measured) -> rusqlite::Result<(Measured, bool)> {
    let upto = optional_seq(row, 0)?.unwrap_or(measured.upto);
    let bytes = row.get::<_, Option<i64>>(1)?.unwrap_or(0).cast_unsigned();
    Ok((Measured { upto, bytes: measured.bytes + bytes }, row.get::<_, u32>(2)? < SCANNED))
}

fn would_expire(db: &Connection, name: &RoomName, keep: Keep, now: Timestamp) -> rusqlite::Result<u64> {
    let Some(room) = rows::room(db, name)? else { return Ok(0) };
    let mut select = db.prepare_cached(concat!(
        "SELECT m.sent_at, ",
        message_bytes!(),
        ", coalesce(m.kind, 0) = 0 FROM messages m WHERE m.room = ?1 ORDER BY m.seq"
    ))?;
    let mut beyond: u64 = 0;
    if let Keep::Bytes(most) = keep {
        let mut measured = (Measured::default(), false);
        while !measured.1 {
            measured = measure(db, name, measured.0)?;
        }
        beyond = measured.0.bytes.saturating_sub(most);
    }
    let cutoff = keep.cutoff(now);
    let mut found = select.query([room.id])?;
    let (mut count, mut bytes): (u64, u64) = (0, 0);
    while let Some(row) = found.next()? {
        let goes = match cutoff {
            Some(cutoff) => row.get::<_, i64>(0)? < cutoff.millis(),
            None => bytes < beyond,
        };
        if !goes || count == COUNTED {
            break;
        }
        (bytes, count) =
            (bytes + u64::from(row.get::<_, u32>(1)?), count + u64::from(row.get::<_, bool>(2)?));
    }
    Ok(count)
}
