//! The search index: an FTS5 table without texts of its own, whose row ids are the messages' seqs.
//!
//! New messages are indexed a little later than they are stored, many at a time, so that posting does not wait for
//! it; `store.indexed` says how far that is. What changes an indexed message changes the index in the same
//! transaction. The index is derived from the messages: when it is damaged it is dropped and made anew, and posting
//! goes on.

use rusqlite::Connection;
use shared::{Message, RoomName, Seq};
use tracing::error;

use super::{
    budget::Budgeted,
    reader::Reader,
    rights::readable,
    rows::{self, CURRENT_MESSAGE, current_text, number},
    words::words,
};

/// A search names at most so many rooms.
const ROOMS_SEARCHED: usize = 200;

/// Results are read up to so many bytes in JSON.
const RESULT_BYTES: usize = 1 << 18;

/// The index's table. `prefix` makes searches for the beginning of a word quick; what is deleted leaves no trace.
pub(super) const SCHEMA: &str = "
    CREATE VIRTUAL TABLE words USING fts5(room, text, content='', columnsize=0, tokenize='ascii', prefix='2');
    INSERT INTO words(words, rank) VALUES('secure-delete', 1);
";

/// So many positions are looked at for messages to index at once.
const SCANNED: u64 = 50_000;
/// What `store.indexed` says while the index is to be made anew.
const DAMAGED: i64 = -1;

/// How far the index is.
pub(super) struct Index {
    position: Seq,
    damaged: bool,
}

impl Index {
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        let position: i64 = db.query_row("SELECT indexed FROM store", [], |row| row.get(0))?;
        Ok(Self { position: Seq(u64::try_from(position).unwrap_or(0)), damaged: position == DAMAGED })
    }

    /// The position up to which messages can be found.
    pub(super) fn position(&self) -> Seq {
        self.position
    }

    /// Indexes more messages within the caller's transaction: up to `count`, or `bytes` of text. `head` is the position
    /// of the last entry. If the transaction fails, the index has to be read again.
    pub(super) fn extend(
        &mut self,
        db: &Connection,
        head: Seq,
        count: usize,
        bytes: usize,
    ) -> rusqlite::Result<()> {
        if self.damaged {
            db.execute_batch("DROP TABLE IF EXISTS words")?;
            db.execute_batch(SCHEMA)?;
            (self.damaged, self.position) = (false, Seq::ZERO);
        }
        let mut select = db.prepare_cached(concat!(
            "SELECT seq, room, ",
            current_text!(),
            "
             FROM messages m WHERE seq > ?1 AND seq <= ?3 AND coalesce(kind, 0) = 0 ORDER BY seq LIMIT ?2"
        ))?;
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        // Annotations are passed over, but not without bound; numbers that were left out are.
        let end = rows::next_message(db, self.position)?.map_or(head, |next| head.min(Seq(next.0 + SCANNED)));
        let mut found = select.query((number(self.position), limit, number(end)))?;
        let (mut done, mut read) = (0, 0);
        let mut position = end;
        while let Some(row) = found.next()? {
            let seq = rows::seq(row, 0)?;
            let text = rows::text(row, 2)?;
            add(db, seq, row.get(1)?, &text)?;
            (done, read) = (done + 1, read + text.len());
            if done == count || read >= bytes {
                position = seq;
                break;
            }
        }
        db.prepare_cached("UPDATE store SET indexed = ?1")?.execute([number(position)])?;
        self.position = position;
        Ok(())
    }

    /// Gives an indexed message a new text, within the caller's transaction and before the rows are changed.
    pub(super) fn replace(
        &mut self,
        db: &Connection,
        room: i64,
        seq: Seq,
        text: &str,
    ) -> rusqlite::Result<()> {
        if seq > self.position || self.damaged {
            return Ok(());
        }
        self.change(db, |db| {
            let before = current_text(db, seq)?;
            remove(db, seq, room, &before)?;
            add(db, seq, room, text)
        })
    }

    /// Takes indexed messages of a room out of the index, within the caller's transaction and before the rows are changed.
    pub(super) fn remove_all(
        &mut self,
        db: &Connection,
        room: i64,
        messages: impl Iterator<Item = Seq>,
    ) -> rusqlite::Result<()> {
        if self.damaged {
            return Ok(());
        }
        let position = self.position;
        self.change(db, |db| {
            for seq in messages.filter(|seq| *seq <= position) {
                remove(db, seq, room, &current_text(db, seq)?)?;
            }
            Ok(())
        })
    }

    /// Changes the index. A fault of it undoes only what was done to it.
    fn change(
        &mut self,
        db: &Connection,
        change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        db.execute_batch("SAVEPOINT change_index")?;
        // FTS5 writes what it holds in memory when a savepoint begins: what is wrong must be known here.
        let changed =
            change(db).and_then(|()| db.execute_batch("SAVEPOINT flush_index; RELEASE flush_index"));
        match changed {
            Ok(()) => db.execute_batch("RELEASE change_index"),
            Err(error) if is_damage(&error) => {
                db.execute_batch("ROLLBACK TO change_index; RELEASE change_index")?;
                self.note_damage(db, &error)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes down that the index cannot be used: [`Index::extend`] makes it anew, after a restart too.
    pub(super) fn note_damage(&mut self, db: &Connection, fault: &rusqlite::Error) -> rusqlite::Result<()> {
        if !self.damaged {
            error!(%fault, "the search index is damaged; it is made anew");
        }
        (self.damaged, self.position) = (true, Seq::ZERO);
        db.execute("UPDATE store SET indexed = ?1", [DAMAGED])?;
        Ok(())
    }
}

/// Whether an error says that what is in the file is not as it should be.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}

fn current_text(db: &Connection, seq: Seq) -> rusqlite::Result<String> {
    db.prepare_cached(concat!("SELECT ", current_text!(), " FROM messages m WHERE seq = ?1"))?
        .query_row([number(seq)], |row| rows::text(row, 0))
}

/// Adds a message under a text.
fn add(db: &Connection, seq: Seq, room: i64, text: &str) -> rusqlite::Result<()> {
    let words = words(text);
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO words(rowid, room, text) VALUES(?1, ?2, ?3)")?.execute((
            number(seq),
            room.to_string(),
            words,
        ))?;
    }
    Ok(())
}

/// Takes out a message, which is there under this text.
fn remove(db: &Connection, seq: Seq, room: i64, text: &str) -> rusqlite::Result<()> {
    let words = words(text);
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO words(words, rowid, room, text) VALUES('delete', ?1, ?2, ?3)")?
            .execute((number(seq), room.to_string(), words))?;
    }
    Ok(())
}

/// The rooms that a reader may read, if there are others and these are few enough to be searched by name: so that a search takes
/// no time that tells what is in the others. Whoever reads more than [`ROOMS_SEARCHED`] searches the whole index, and the time may
/// tell.
fn only_readable(db: &Connection, reader: Reader) -> rusqlite::Result<Option<Vec<i64>>> {
    let account = reader.account.map_or(0, number);
    // `readable!` uses the parameters 3 and 4; 1 and 2 are not used.
    let mut select = db.prepare_cached(concat!(
        "SELECT r.id FROM rooms r
         WHERE (r.kind = 0 OR r.id IN (SELECT room FROM members WHERE author = ?3 AND state = 1)) AND ",
        readable!()
    ))?;
    let mut found = select.query((0, 0, account, reader.limited))?;
    let mut readable: Vec<i64> = Vec::new();
    while let Some(row) = found.next()? {
        readable.push(row.get(0)?);
        if readable.len() > ROOMS_SEARCHED {
            return Ok(None);
        }
    }
    let mut select = db.prepare_cached(concat!(
        "SELECT EXISTS(SELECT 1 FROM rooms r WHERE r.deleted = 0 AND NOT (",
        readable!(),
        "))"
    ))?;
    let hides: bool = select.query_row((0, 0, account, reader.limited), |row| row.get(0))?;
    Ok(hides.then_some(readable))
}

/// What matches a query (see [`super::words::query`]) and a reader may read, newest first, each with its current text.
pub(super) fn find(
    db: &Connection,
    query: &str,
    room: Option<&RoomName>,
    reader: Reader,
    limit: u16,
) -> rusqlite::Result<Vec<Message>> {
    let rooms = match room {
        None => only_readable(db, reader)?,
        Some(room) => match rows::room(db, room)? {
            Some(room) => Some(vec![room.id]),
            None => return Ok(Vec::new()),
        },
    };
    let expression = match rooms {
        None => format!("text : ({query})"),
        Some(rooms) if rooms.is_empty() => return Ok(Vec::new()),
        Some(rooms) => {
            let rooms: Vec<_> = rooms.iter().map(|id| format!("\"{id}\"")).collect();
            format!("text : ({query}) AND room : ({})", rooms.join(" OR "))
        }
    };
    // The subquery keeps the index outermost: it has the newest first by itself. What the reader may not read is left out
    // before the limit, so that it cannot even be counted.
    let sql = format!(
        "{CURRENT_MESSAGE} WHERE m.seq IN (
             SELECT w.rowid FROM words w CROSS JOIN messages x ON x.seq = w.rowid CROSS JOIN rooms r ON r.id = x.room
             WHERE w.words MATCH ?1 AND x.text <> '' AND {} ORDER BY w.rowid DESC LIMIT ?2)
         AND a.blanked = 0 ORDER BY m.seq DESC",
        readable!()
    );
    let account = reader.account.map_or(0, number);
    let mut select = db.prepare_cached(&sql)?;
    let mut found = select.query((expression, limit, account, reader.limited))?;
    let mut messages = Budgeted::new(RESULT_BYTES);
    while let Some(row) = found.next()? {
        if !messages.push(rows::message_with_room(row)?) {
            break;
        }
    }
    Ok(messages.list)
}
