//! What the store tells of itself when somebody asks for the metrics.

use std::{
    fs,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rusqlite::{Connection, ToSql};
use shared::Role;

use super::{Store, StoreError, rows};

/// What is counted in the database is counted again after this time: it reads an index of all accounts.
const COUNTED_FOR: Duration = Duration::from_secs(5);

/// What was last counted, and when.
pub(super) type Counted = Mutex<Option<(Instant, Counts)>>;

/// Numbers that are read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Rooms, without deleted ones.
    pub rooms: u64,
    /// Accounts of people, without bots.
    pub people: u64,
    /// The size of the database.
    pub store_bytes: u64,
    /// The size of the write-ahead log's file.
    pub wal_bytes: u64,
}

/// Numbers of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// `None`: the database cannot be read now.
    pub counts: Option<Counts>,
    /// The position of the newest entry.
    pub position: u64,
    /// Positions that cannot be searched yet.
    pub search_behind: u64,
    /// What waits for the log, in units of an entry with up to 1 KiB of text.
    pub queued: usize,
    /// The most that may wait.
    pub queue_limit: usize,
}

impl Store {
    /// The present numbers. Those that are counted in the database may be some seconds old.
    pub async fn figures(&self) -> Figures {
        let counts = self.counts().await.ok();
        let (queued, queue_limit) = self.0.log.queued();
        let (position, indexed) = self.0.log.positions();
        let search_behind = position.saturating_sub(indexed);
        Figures { counts, position, search_behind, queued, queue_limit }
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        let known = *self.0.counted.lock();
        if let Some((_, counts)) = known.filter(|(at, _)| at.elapsed() < COUNTED_FOR) {
            return Ok(counts);
        }
        let counts = self.0.readers.read(count).await?;
        *self.0.counted.lock() = Some((Instant::now(), counts));
        Ok(counts)
    }
}

fn count(db: &Connection) -> rusqlite::Result<Counts> {
    let number = |query: &str, parameters: &[&dyn ToSql]| -> rusqlite::Result<u64> {
        let number: i64 = db.query_row(query, parameters, |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    };
    // Beside the database lies its write-ahead log; a database in memory has none.
    let wal =
        db.path().filter(|path| !path.is_empty()).and_then(|path| fs::metadata(format!("{path}-wal")).ok());
    Ok(Counts {
        rooms: number("SELECT count(*) FROM rooms WHERE deleted = 0", &[])?,
        people: number(
            "SELECT count(*) FROM authors WHERE kind <= 1 AND role <> ?1",
            &[&rows::role_code(Role::Bot)],
        )?,
        store_bytes: number("PRAGMA page_count", &[])? * number("PRAGMA page_size", &[])?,
        wal_bytes: wal.map_or(0, |file| file.len()),
    })
}
