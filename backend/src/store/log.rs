//! The open log, as the writer has it: its connection, its transactions and its write-ahead log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use shared::Message;

use super::{
    database::{Database, LOCK_WAIT},
    ledger::Ledger,
    reading,
};

/// The write-ahead log is folded into the database from this size on, in pages of 4 KiB.
const CHECKPOINT_PAGES: i32 = 4096;

/// An open log, and what is known of it.
pub(super) struct Log {
    db: Arc<Mutex<Connection>>,
    pub(super) ledger: Ledger,
    /// The pages in the write-ahead log.
    wal: Arc<AtomicI32>,
    /// How many of them are worth a checkpoint.
    checkpoint_from: i32,
    /// Whether something that was taken back is still to be read in the write-ahead log.
    pub(super) scrub: bool,
}

impl Log {
    pub(super) fn open(database: &Database) -> rusqlite::Result<Self> {
        let db = database.writer()?;
        let wal = Arc::new(AtomicI32::new(0));
        let pages = Arc::clone(&wal);
        let mut guard = db.lock();
        guard.wal_hook(Some(move |_: &mut _, count| {
            pages.store(count, Ordering::Relaxed);
            Ok(())
        }))?;
        let ledger = Ledger::read(&guard)?;
        drop(guard);
        Ok(Self { db, ledger, wal, checkpoint_from: CHECKPOINT_PAGES, scrub: false })
    }

    /// Runs `work` in one transaction, which is on disk when this returns.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Ledger, &Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let db = self.db.lock();
        let tx = Transaction::new_unchecked(&db, TransactionBehavior::Immediate)?;
        let done = work(&mut self.ledger, &tx)?;
        self.ledger.finish(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    /// The messages after `n` in the whole log.
    pub(super) fn beyond(&self, n: i64) -> rusqlite::Result<Vec<Message>> {
        reading::beyond(&self.db.lock(), n)
    }

    /// Folds the write-ahead log into the database once it is long enough.
    pub(super) fn keep_wal_small(&mut self) -> rusqlite::Result<()> {
        let pages = self.wal.load(Ordering::Relaxed);
        if pages >= self.checkpoint_from {
            // The next commit begins the file anew, unless a reader still needs it: then later.
            let done = self.checkpoint("PASSIVE")?;
            self.checkpoint_from = if done { CHECKPOINT_PAGES } else { pages + CHECKPOINT_PAGES / 4 };
            self.wal.store(0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Empties the write-ahead log, and with it what was written over in the database. False if a reader is in the
    /// way.
    pub(super) fn empty_wal(&self) -> rusqlite::Result<bool> {
        self.checkpoint("TRUNCATE")
    }

    /// False if a reader still needs some of the write-ahead log.
    fn checkpoint(&self, mode: &str) -> rusqlite::Result<bool> {
        let db = self.db.lock();
        // Readers are not waited for: there will be another time.
        db.busy_timeout(Duration::ZERO)?;
        let result = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            let (busy, pages, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(busy == 0 && pages == done)
        });
        db.busy_timeout(LOCK_WAIT)?;
        match result {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            result => result,
        }
    }

    #[cfg(test)]
    pub(super) fn fill(&self) {
        let db = self.db.lock();
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }
}
