//! Reading past the log: a few connections of their own, each used for one short transaction at a time.
//!
//! Searches take turns of their own, so that they never keep a page waiting. Every read ends after a stated time, and
//! when nobody waits for it any more.

pub(super) mod house;
pub(super) mod page;
pub(super) mod rooms;
mod threads;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub(super) use self::page::{beyond, unlisted};
use parking_lot::{Mutex, RwLock, RwLockWriteGuard};
use rusqlite::{Connection, ErrorCode};
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use tracing::error;

use self::threads::Threads;
use super::{
    OpenError, StoreError, files,
    open::{Database, Source},
    rows::is_unreadable,
};

/// So many reads at a time; others wait.
const READS: usize = 4;
/// So many searches at a time, beside the reads.
const SEARCHES: usize = 2;
/// A read that takes longer than this is ended.
const READ_TIME: Duration = Duration::from_secs(5);
/// A search that takes longer than this is ended.
const SEARCH_TIME: Duration = Duration::from_secs(1);
/// A search that does not get its turn within this time is refused.
const SEARCH_WAIT: Duration = Duration::from_secs(3);
/// How often a statement looks whether it is to end, in instructions of SQLite's virtual machine.
const PROGRESS_STEPS: i32 = 1000;

/// A cheap handle to the connections.
#[derive(Clone)]
pub(super) struct Readers(Arc<Inner>);

struct Inner {
    connections: Connections,
    reads: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    read_threads: Threads,
    search_threads: Threads,
    /// Held for reading by every read, and for writing while the write-ahead log begins anew.
    gate: RwLock<()>,
    /// Searches are to make way for the gate.
    gate_wanted: AtomicBool,
    /// A read found the database damaged.
    damaged: AtomicBool,
}

enum Connections {
    /// Those to this file that nobody uses now.
    File(PathBuf, Mutex<Vec<Connection>>),
    Memory(Arc<Mutex<Connection>>),
}

/// What a read may take.
#[derive(Clone, Copy)]
enum Class {
    Read,
    Search,
}

/// Ends a read when the one who asked for it is gone.
struct Cancel(Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Readers {
    pub(super) fn new(database: &Database) -> Result<Self, OpenError> {
        let connections = match database.source() {
            Source::File(path) => Connections::File(path.clone(), Mutex::default()),
            Source::Memory(db) => Connections::Memory(Arc::clone(db)),
        };
        Ok(Self(Arc::new(Inner {
            connections,
            reads: Arc::new(Semaphore::new(READS)),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            read_threads: Threads::start("parlor-read", READS).map_err(OpenError::Thread)?,
            search_threads: Threads::start("parlor-search", SEARCHES).map_err(OpenError::Thread)?,
            gate: RwLock::new(()),
            gate_wanted: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
        })))
    }

    /// Runs queries that see one state of the database, on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        queries: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(Class::Read, queries).await
    }

    /// The same for what may take long.
    pub(super) async fn search<T: Send + 'static>(
        &self,
        queries: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let run = self.run(Class::Search, queries);
        timeout(SEARCH_WAIT + SEARCH_TIME, run).await.unwrap_or(Err(StoreError::Busy))
    }

    /// Runs queries on this thread, beside the turns of the others: for what is read through slowly.
    pub(super) fn read_here<T>(
        &self,
        queries: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.0.read(Class::Read, &Arc::default(), &queries)
    }

    /// Writes what is not the log's, on a connection that is closed again.
    pub(super) fn write_aside(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        match &self.0.connections {
            Connections::Memory(db) => write(&db.lock()),
            Connections::File(path, _) => write(&files::connect(path)?),
        }
    }

    /// What damage a read has found in the database, if one did.
    pub(super) fn fault(&self) -> Option<String> {
        let is_damaged = self.0.damaged.load(Ordering::Relaxed);
        is_damaged.then(|| "the database is damaged: `parlor check` says where".into())
    }

    /// Keeps reads from beginning and waits for those that run, but for no longer than `time`.
    pub(super) fn hold(&self, time: Duration) -> Option<RwLockWriteGuard<'_, ()>> {
        self.0.gate_wanted.store(true, Ordering::Relaxed);
        let gate = self.0.gate.try_write_for(time);
        self.0.gate_wanted.store(false, Ordering::Relaxed);
        gate
    }

    async fn run<T: Send + 'static>(
        &self,
        class: Class,
        queries: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turns = match class {
            Class::Read => &self.0.reads,
            Class::Search => &self.0.searches,
        };
        let turn = Arc::clone(turns).acquire_owned().await.map_err(|_| StoreError::closed())?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let cancel = Cancel(Arc::clone(&cancelled));
        let readers = self.clone();
        // The turn ends with the thread's work, whether somebody still waits for it or not.
        let (reply, answer) = oneshot::channel();
        let threads = match class {
            Class::Read => &self.0.read_threads,
            Class::Search => &self.0.search_threads,
        };
        threads.run(move || {
            let _turn = turn;
            // Nobody may wait for it any more.
            let _ = reply.send(readers.0.read(class, &cancelled, &queries));
        });
        let answer = answer.await;
        drop(cancel);
        answer.unwrap_or_else(|_| Err(StoreError::Failed("a read has panicked".into())))
    }
}

impl Inner {
    fn read<T>(
        self: &Arc<Self>,
        class: Class,
        cancelled: &Arc<AtomicBool>,
        queries: &impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let by = Instant::now()
            + match class {
                Class::Read => READ_TIME,
                Class::Search => SEARCH_TIME,
            };
        loop {
            let answer = self.read_once(class, cancelled, by, queries);
            let Err(error) = answer else { return answer.map_err(StoreError::from) };
            match error.sqlite_error_code() {
                Some(ErrorCode::OperationInterrupted) => {
                    if cancelled.load(Ordering::Relaxed) || Instant::now() >= by {
                        return Err(StoreError::Busy);
                    }
                    // It made way for the gate: once more.
                }
                code if matches!(class, Class::Read)
                    && (code == Some(ErrorCode::DatabaseCorrupt) || is_unreadable(&error)) =>
                {
                    if !self.damaged.swap(true, Ordering::Relaxed) {
                        error!(
                            %error,
                            "the database is damaged: `parlor check` says where, and `parlor restore FILE --replace` puts a \
                             backup in its place"
                        );
                    }
                    return Err(error.into());
                }
                _ => return Err(error.into()),
            }
        }
    }

    fn read_once<T>(
        self: &Arc<Self>,
        class: Class,
        cancelled: &Arc<AtomicBool>,
        by: Instant,
        queries: &impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (path, idle) = match &self.connections {
            // The writer has the connection for whole transactions only, so this sees one state.
            Connections::Memory(db) => return queries(&db.lock()),
            Connections::File(path, idle) => (path, idle),
        };
        let _open = self.gate.read();
        let pooled = idle.lock().pop();
        let mut db = pooled.map_or_else(|| files::reader(path), Ok)?;
        let (inner, cancelled) = (Arc::clone(self), Arc::clone(cancelled));
        let ends = move || {
            let makes_way = matches!(class, Class::Search) && inner.gate_wanted.load(Ordering::Relaxed);
            makes_way || cancelled.load(Ordering::Relaxed) || Instant::now() >= by
        };
        db.progress_handler(PROGRESS_STEPS, Some(ends))?;
        let tx = db.unchecked_transaction()?;
        // A connection that failed is dropped: the next read opens another.
        let answer = queries(&tx)?;
        tx.finish()?;
        db.progress_handler(0, None::<fn() -> bool>)?;
        idle.lock().push(db);
        Ok(answer)
    }
}
