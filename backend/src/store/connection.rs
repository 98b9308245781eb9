//! The connection that writes: its transactions, the read model in them, and the write-ahead log.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{
    files::LOCK_WAIT,
    model::ReadModel,
    open::Database,
    position_file::{self, PositionFile},
    read::Readers,
    wal::{begin_wal_anew, mark_wal},
};

/// The write-ahead log is copied into the database from this size on, in pages of 4 KiB.
const CHECKPOINT_PAGES: i32 = 4096;
/// The same on a disk that takes [`SLOW_SYNC`] for a commit. A checkpoint has two syncs, and posts wait for it.
const SLOW_CHECKPOINT_PAGES: i32 = 3 * CHECKPOINT_PAGES;
const SLOW_SYNC: Duration = Duration::from_millis(50);
/// From this size on, readers are held up for a moment so that it can begin anew.
const LARGEST_WAL_PAGES: i32 = 4 * CHECKPOINT_PAGES;
/// Readers are held up for at most so long.
const GATE_WAIT: Duration = Duration::from_millis(100);

/// The connection, and what is known of the rows.
pub(super) struct WriteConnection {
    db: Arc<Mutex<Connection>>,
    pub(super) model: ReadModel,
    /// The pages in the write-ahead log.
    wal: Arc<AtomicI32>,
    /// How many of them are worth a checkpoint.
    checkpoint_from: i32,
    /// How long the last synced commit took to reach the disk.
    sync_time: Duration,
    /// Where it is noted how far the log was written.
    position_file: Option<Arc<PositionFile>>,
    /// Whether a retracted text can still be read in the write-ahead log.
    pub(super) scrub: bool,
}

impl WriteConnection {
    /// Connects again after a failure, and checks that the disk takes writes.
    pub(super) fn reopen(database: &Database) -> rusqlite::Result<Self> {
        let mut open = Self::open(database)?;
        open.mark_wal()?;
        // Whether a retracted text was left in the write-ahead log is not known any more.
        open.scrub = true;
        Ok(open)
    }

    /// Connects, at first with the connection that opened the database.
    pub(super) fn open(database: &Database) -> rusqlite::Result<Self> {
        let db = database.take_writer()?;
        let wal = Arc::new(AtomicI32::new(0));
        let pages = Arc::clone(&wal);
        let mut guard = db.lock();
        guard.wal_hook(Some(move |_: &mut _, count| {
            pages.store(count, Ordering::Relaxed);
            Ok(())
        }))?;
        let model = ReadModel::read(&guard)?;
        drop(guard);
        Ok(Self {
            db,
            model,
            wal,
            checkpoint_from: CHECKPOINT_PAGES,
            sync_time: Duration::ZERO,
            position_file: database.position_file(),
            scrub: false,
        })
    }

    /// Runs `work` in one transaction, which is on disk when this returns.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut ReadModel, &Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let db = self.db.lock();
        let tx = Transaction::new_unchecked(&db, TransactionBehavior::Immediate)?;
        let done = work(&mut self.model, &tx)?;
        self.model.finish(&tx)?;
        let began = Instant::now();
        tx.commit()?;
        self.sync_time = began.elapsed();
        Ok(done)
    }

    /// The same without a sync: the transaction is on disk with the next synced one. For what can be made again after a
    /// power loss.
    pub(super) fn transact_unsynced<T>(
        &mut self,
        work: impl FnOnce(&mut ReadModel, &Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.db.lock().execute_batch("PRAGMA synchronous = NORMAL")?;
        let sync_time = self.sync_time;
        let done = self.transact(work);
        self.sync_time = sync_time;
        self.db.lock().execute_batch("PRAGMA synchronous = FULL")?;
        done
    }

    /// Notes that what was committed is on disk.
    pub(super) fn note_position(&self) {
        if let Some(file) = &self.position_file {
            file.note(self.model.position());
        }
    }

    /// Notes the same in a folder whose files were taken away.
    pub(super) fn write_position_again(&self, folder: &Path) {
        if let Some(file) = &self.position_file {
            // The backup that was just written there says the same.
            let _ = position_file::write_again(folder, file.epoch(), self.model.position());
        }
    }

    /// Forgets what a failed transaction did to the model.
    pub(super) fn read_model_again(&mut self) -> rusqlite::Result<()> {
        self.model = ReadModel::read(&self.db.lock())?;
        Ok(())
    }

    /// The connection, for reading what was just committed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock()
    }

    /// Copies the write-ahead log into the database once it is long enough. SQLite begins the file anew with the next
    /// commit unless a reader still needs it; where readers overlap without end, they are held up for a moment.
    pub(super) fn keep_wal_small(&mut self, readers: &Readers) -> rusqlite::Result<()> {
        let pages = self.wal.load(Ordering::Relaxed);
        let is_slow = self.sync_time >= SLOW_SYNC;
        if pages < self.checkpoint_from || (is_slow && pages < SLOW_CHECKPOINT_PAGES) {
            return Ok(());
        }
        let mut done = self.checkpoint("PASSIVE")?.is_some();
        if pages >= LARGEST_WAL_PAGES
            && let Some(_gate) = readers.hold(GATE_WAIT)
        {
            done = self.checkpoint("RESTART")?.is_some();
            self.mark_wal()?;
        }
        self.checkpoint_from = if done { CHECKPOINT_PAGES } else { pages + CHECKPOINT_PAGES / 4 };
        self.wal.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Removes from the write-ahead log everything but a small commit, and with it what was written over in the database. False
    /// if a reader is in the way.
    pub(super) fn empty_wal(&self) -> rusqlite::Result<bool> {
        let copied = self.checkpoint("RESTART")?;
        begin_wal_anew(&self.db.lock())?;
        // A log that was begun anew has the frames of that commit alone.
        Ok(copied.is_some_and(|frames| self.wal.load(Ordering::Relaxed) <= frames))
    }

    /// Commits something small, so that the write-ahead log is not empty while the database is open: an empty one is
    /// then known to be lost. See [`super::open`].
    fn mark_wal(&self) -> rusqlite::Result<()> {
        mark_wal(&self.db.lock())
    }

    /// Leaves everything in the database file, and notes there that it is complete.
    pub(super) fn close(&self) -> rusqlite::Result<()> {
        self.db.lock().execute("UPDATE store SET clean = 1", [])?;
        self.checkpoint("TRUNCATE")?;
        Ok(())
    }

    /// How many frames of the write-ahead log were copied. `None`: a reader still needs some of it.
    fn checkpoint(&self, mode: &str) -> rusqlite::Result<Option<i32>> {
        let db = self.db.lock();
        // Readers are not waited for: there will be another time.
        db.busy_timeout(Duration::ZERO)?;
        let result = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            let (busy, pages, done): (i64, i32, i32) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((busy == 0 && pages == done).then_some(pages))
        });
        db.busy_timeout(LOCK_WAIT)?;
        match result {
            // Nothing is lost on a full disk: everything is in the write-ahead log.
            Err(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull)
                ) =>
            {
                Ok(None)
            }
            result => result,
        }
    }

    #[cfg(test)]
    pub(super) fn fill_disk(&self) {
        let db = self.db.lock();
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }
}
