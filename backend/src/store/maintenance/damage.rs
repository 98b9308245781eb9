//! What a start checks of its database.
//!
//! A start must be quick, however large the store is. So it checks what fits into [`START_TIME`], the small tables first. All of it is
//! read through later, slowly, by short reads beside those of the clients ([`read_through`]): a read that meets damage is noted by the
//! readers, and the server is not ready any more.

use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::Weak,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::store::{
    Inner,
    disk::size,
    files::{WAL_HEADER_BYTES, reader, wal_of},
    open_error::{OpenError, explain},
    search::is_damage,
};

/// How long a start checks its database.
const START_TIME: Duration = Duration::from_millis(100);
/// How often a check looks at the clock, in steps of SQLite's.
const CLOCK_STEPS: i32 = 500;
/// The rows that one read takes …
const ROWS: i64 = 500;
/// … and how long the pause is before the next.
const PAUSE: Duration = Duration::from_millis(20);
/// The pause behind a read that took too long, or failed for another reason that may pass.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// The header of a database, and of a frame of its write-ahead log, in bytes (SQLite file format §1.3 and §4.1).
const HEADER: usize = 100;
const FRAME_HEADER: u64 = 24;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Checks the sizes of the files, and that they belong together, before anything is written.
pub(in crate::store) fn check_files(path: &Path, inode: i64) -> Result<(), OpenError> {
    let logged = size(&wal_of(path));
    check_size(path, logged)?;
    if logged > WAL_HEADER_BYTES && has_foreign_log(path, inode) {
        return Err(OpenError::ForeignWal(path.into()));
    }
    Ok(())
}

/// Checks that a database with a write-ahead log of so many bytes was not cut off.
pub(super) fn check_size(path: &Path, logged: u64) -> Result<(), OpenError> {
    let mut header = [0; HEADER];
    let is_there = File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok();
    if !is_there || !header.starts_with(MAGIC) {
        return Ok(());
    }
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        page => page.max(512),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    let bytes = size(path);
    // Pages that the file lacks may be in the log, if a checkpoint was cut short.
    let frames = logged.saturating_sub(WAL_HEADER_BYTES) / (page + FRAME_HEADER);
    if pages.saturating_sub(bytes / page) > frames {
        let reason = format!("it has {bytes} bytes, and should have {}", pages * page);
        return Err(OpenError::Corrupt(path.into(), reason));
    }
    Ok(())
}

/// Whether a file is the beginning of a database's first page, and less than the whole.
pub(in crate::store) fn is_first_page_cut(path: &Path) -> bool {
    let mut header = [0; HEADER];
    let is_database = File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok()
        && header.starts_with(MAGIC);
    is_database && size(path) < u64::from(u16::from_be_bytes([header[16], header[17]]))
}

/// Whether the write-ahead log is certainly not that of the database: the state that both give together is older than that of
/// the file alone, or of another store. A store that just gets a new epoch says so with its own inode.
fn has_foreign_log(path: &Path, inode: i64) -> bool {
    // Where it is damaged by itself, opening it says what is wrong.
    let Ok(alone) = file_alone(path).and_then(|db| state(&db)) else { return false };
    let both = match reader(path).and_then(|db| state(&db)) {
        Ok(both) => both,
        Err(error) => {
            return matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            );
        }
    };
    let is_other = alone.epoch != both.epoch && both.inode != inode;
    is_other || both.opened < alone.opened || both.position < alone.position
}

struct State {
    epoch: String,
    inode: i64,
    opened: i64,
    position: i64,
}

fn state(db: &Connection) -> rusqlite::Result<State> {
    db.query_row("SELECT epoch, inode, opened, position FROM store", [], |row| {
        Ok(State { epoch: row.get(0)?, inode: row.get(1)?, opened: row.get(2)?, position: row.get(3)? })
    })
}

/// The database without its write-ahead log.
fn file_alone(path: &Path) -> rusqlite::Result<Connection> {
    let escaped: String = path.to_string_lossy().chars().fold(String::new(), |mut uri, c| {
        match c {
            '%' => uri += "%25",
            '?' => uri += "%3f",
            '#' => uri += "%23",
            c => uri.push(c),
        }
        uri
    });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
}

/// Checks as much as fits into [`START_TIME`], except for the search index, which is made anew when it is damaged.
pub(in crate::store) fn check_at_start(db: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |error| explain(path, &error);
    let by = Instant::now() + START_TIME;
    db.progress_handler(CLOCK_STEPS, Some(move || Instant::now() >= by)).map_err(failed)?;
    let checked = fault(db);
    db.progress_handler(0, None::<fn() -> bool>).map_err(failed)?;
    // What was read fills the cache.
    db.execute_batch("PRAGMA shrink_memory").map_err(failed)?;
    match checked {
        Ok(None) => Ok(()),
        Ok(Some(fault)) => Err(OpenError::Corrupt(path.into(), fault)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The first fault, if there is one: first of each table, then of the whole, with the list of free pages. A page that is free and
/// used at once would be written over.
fn fault(db: &Connection) -> rusqlite::Result<Option<String>> {
    for table in tables(db, "name NOT GLOB 'words*'")? {
        if let Some(fault) = quick_check(db, &table)? {
            return Ok(Some(format!("{table}: {fault}")));
        }
    }
    let Some(of_all) = quick_check_of(db, "")?.filter(|fault| !fault.contains("FTS5")) else {
        return Ok(None);
    };
    for table in tables(db, "name GLOB 'words_*'")? {
        match quick_check(db, &table) {
            Ok(None) => {}
            Err(error) if !is_damage(&error) => return Err(error),
            // The damage is in the search index, which is made anew.
            Ok(Some(_)) | Err(_) => return Ok(None),
        }
    }
    Ok(Some(of_all))
}

/// Some of the tables, the largest one last.
fn tables(db: &Connection, which: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = db.prepare(&format!(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT GLOB 'sqlite_*' AND {which}
         ORDER BY name = 'messages', name <> 'store', name"
    ))?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// The first fault of a table, if there is one.
fn quick_check(db: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    quick_check_of(db, &format!("(\"{table}\")"))
}

fn quick_check_of(db: &Connection, what: &str) -> rusqlite::Result<Option<String>> {
    let found: String = db.query_row(&format!("PRAGMA quick_check{what}"), [], |row| row.get(0))?;
    let is_good = found == "ok";
    // It may say several things in as many lines, and begins with a heading.
    let line = found.lines().find(|line| !line.starts_with("***")).unwrap_or(&found);
    Ok((!is_good).then(|| line.to_owned()))
}

/// A place in a table or an index, as SQLite compares it.
type Key = (i64, String, i64);

/// Reads some rows behind a key, and gives the last one's. `None`: there are no more.
type Pass = fn(&Connection, &Key) -> rusqlite::Result<Option<Key>>;

/// All columns, then both large indexes.
const PASSES: [Pass; 3] = [
    |db, (seq, ..)| {
        let read = "SELECT seq, id, text, room + author + sent_at FROM messages WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut select = db.prepare_cached(read)?;
        let (mut found, mut last) = (select.query((seq, ROWS))?, None);
        while let Some(row) = found.next()? {
            row.get_ref(1)?.as_str()?;
            row.get_ref(2)?.as_str()?;
            last = Some((row.get(0)?, String::new(), 0));
        }
        Ok(last)
    },
    |db, (room, _, seq)| {
        let read = "SELECT room, '', seq FROM messages INDEXED BY messages_by_room
             WHERE (room, seq) > (?1, ?2) ORDER BY room, seq LIMIT 1 OFFSET ?3";
        last_or_end(db, read, (room, seq, ROWS))
    },
    |db, (room, id, author)| {
        let read = "SELECT room, id, author FROM messages INDEXED BY sqlite_autoindex_messages_1
             WHERE (room, id, author) > (?1, ?2, ?3) ORDER BY room, id, author LIMIT 1 OFFSET ?4";
        last_or_end(db, read, (room, id, author, ROWS))
    },
];

fn last_or_end(db: &Connection, read: &str, key: impl rusqlite::Params) -> rusqlite::Result<Option<Key>> {
    db.prepare_cached(read)?.query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
}

/// Reads the search index.
fn pass_of_index(db: &Connection, (after, ..): &Key) -> rusqlite::Result<Option<Key>> {
    let read = "SELECT max(id), sum(length(substr(block, -1)))
         FROM (SELECT id, block FROM words_data WHERE id > ?1 ORDER BY id LIMIT ?2)";
    let last: Option<i64> = db.prepare_cached(read)?.query_row((after, ROWS / 10), |row| row.get(0))?;
    Ok(last.map(|id| (id, String::new(), 0)))
}

/// Reads the whole database through, for as long as the store is there. A read that meets damage is noted.
pub(in crate::store) fn read_through(store: &Weak<Inner>) {
    for pass in PASSES {
        let mut key = (i64::MIN, String::new(), i64::MIN);
        loop {
            thread::sleep(PAUSE);
            let Some(store) = store.upgrade() else { return };
            let from = key.clone();
            match store.readers.read_here(move |db| pass(db, &from)) {
                Ok(Some(next)) => key = next,
                Ok(None) => break,
                // Damage was noted, and there is no way past it.
                Err(_) if store.readers.fault().is_some() => return,
                Err(_) => thread::sleep(LONG_PAUSE),
            }
        }
    }
    let mut key = (i64::MIN, String::new(), 0);
    loop {
        thread::sleep(PAUSE);
        let Some(store) = store.upgrade() else { return };
        let from = key.clone();
        let read = store.readers.read_here(move |db| match pass_of_index(db, &from) {
            Err(error) if is_damage(&error) => Ok(Err(())),
            read => read.map(Ok),
        });
        match read {
            Ok(Ok(Some(next))) => key = next,
            Ok(Err(())) => {
                store.log.repair_index();
                return;
            }
            Ok(Ok(None)) => return,
            Err(_) if store.readers.fault().is_some() => return,
            Err(_) => thread::sleep(LONG_PAUSE),
        }
    }
}
