//! Opening the log: what is found in the folder, the schema, and the epoch.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use shared::Epoch;
use tracing::{info, warn};

use super::{
    Place,
    files::{connect, inode, is_lost, lock, make_folder, reader, size, wal_of},
    open_error::{OpenError, explain},
    schema::{self, APPLICATION_ID, VERSION},
    upkeep::{damage, staging},
    wal::begin_wal_anew,
};

/// What stands for the path of a log in memory.
const MEMORY: &str = "in memory";
/// A write-ahead log of this size or less holds nothing (SQLite file format §4.1).
const WAL_HEADER_BYTES: u64 = 32;
/// An opened log, from which connections are made.
pub(super) struct Database {
    source: Source,
    epoch: Epoch,
    is_checked: bool,
    /// The connection that it was opened with, for the first who writes: opening is a large part of a cold start.
    ready: Mutex<Option<Connection>>,
    /// Keeps other servers out for as long as it lives; the system gives it back when the process ends, however.
    _lock: Option<File>,
}

/// Where connections come from.
#[derive(Clone)]
pub(super) enum Source {
    /// Each is its own, to this file.
    File(PathBuf),
    /// There is only one, and readers wait while the writer has it.
    Memory(Arc<Mutex<Connection>>),
}

impl Database {
    pub(super) fn open(place: &Place) -> Result<Self, OpenError> {
        let Place::Folder(folder) = place else {
            let path = PathBuf::from(MEMORY);
            let db = Connection::open_in_memory().map_err(|error| explain(&path, &error))?;
            let epoch = prepare(&db, &path, &Found::default())?;
            let source = Source::Memory(Arc::new(Mutex::new(db)));
            return Ok(Self { source, epoch, is_checked: true, ready: Mutex::new(None), _lock: None });
        };
        make_folder(folder).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let lock = lock(folder)?;
        staging::settle(folder).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let path = folder.join("parlor.db");
        if is_lost(&path) {
            return Err(OpenError::Lost(path));
        }
        super::files::keep_private(&path);
        let found = Found { wal_bytes: size(&wal_of(&path)), inode: inode(&path) };
        damage::check_files(&path, found.inode)?;
        let mut db = connect(&path).map_err(|error| explain(&path, &error))?;
        let is_checked = damage::check_at_start(&mut db, &path)?;
        let epoch = prepare(&db, &path, &found)?;
        Ok(Self {
            source: Source::File(path),
            epoch,
            is_checked,
            ready: Mutex::new(Some(db)),
            _lock: Some(lock),
        })
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Whether the whole database was checked for damage when it was opened.
    pub(super) fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// A connection that writes: the one that opened the database, then new ones.
    pub(super) fn take_writer(&self) -> rusqlite::Result<Arc<Mutex<Connection>>> {
        let path = match &self.source {
            Source::Memory(db) => return Ok(Arc::clone(db)),
            Source::File(path) => path,
        };
        let ready = self.ready.lock().take();
        Ok(Arc::new(Mutex::new(ready.map_or_else(|| connect(path), Ok)?)))
    }

    /// Reads with the connection that opened the database, before anything is written.
    pub(super) fn read_first<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, OpenError> {
        let ready = self.ready.lock();
        let answer = match (&*ready, &self.source) {
            (Some(db), _) => read(db),
            (None, Source::Memory(db)) => read(&db.lock()),
            (None, Source::File(path)) => reader(path).and_then(|db| read(&db)),
        };
        answer.map_err(|error| self.explain(&error))
    }

    /// The sentence for an error of SQLite's while the log is opened.
    pub(super) fn explain(&self, error: &rusqlite::Error) -> OpenError {
        explain(&self.path(), error)
    }

    fn path(&self) -> PathBuf {
        match &self.source {
            Source::File(path) => path.clone(),
            Source::Memory(_) => MEMORY.into(),
        }
    }
}

/// Checks that the file is a store of ours that can be written, brings it to the present version, and makes an empty one
/// into one. Gives its epoch.
///
/// A number may be given again only under a new epoch. While a store is open, its database file says that it is not
/// complete without its write-ahead log, and that log is never empty. So an incomplete file without one may
/// have lost what was acknowledged, and gets a new epoch. So does a copy: the original may have gone on.
fn prepare(db: &Connection, path: &Path, found: &Found) -> Result<Epoch, OpenError> {
    let explain = |error| explain(path, &error);
    let number = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).map_err(explain);
    let tables: i32 =
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(explain)?;
    let fresh_epoch = random_epoch().map_err(OpenError::Random)?;
    let in_transaction = |work: &dyn Fn(&Connection) -> rusqlite::Result<()>| {
        let tx = db.unchecked_transaction()?;
        work(&tx)?;
        tx.commit()
    };
    if tables == 0 {
        in_transaction(&|db| schema::create(db, &fresh_epoch)).map_err(explain)?;
    } else if number("application_id")? != APPLICATION_ID {
        return Err(OpenError::NotOurs(path.into()));
    } else {
        match number("user_version")? {
            VERSION => {}
            1 => {
                info!("bringing {} from schema 1 to {VERSION}", path.display());
                in_transaction(&|db| schema::migrate_from_1(db, &fresh_epoch)).map_err(explain)?;
            }
            2 => {
                info!("bringing {} from schema 2 to {VERSION}", path.display());
                in_transaction(&schema::migrate_from_2).map_err(explain)?;
            }
            3 => {
                info!("bringing {} from schema 3 to {VERSION}", path.display());
                in_transaction(&schema::migrate_from_3).map_err(explain)?;
            }
            other => return Err(OpenError::Newer(path.into(), other)),
        }
    }
    let (clean, inode): (bool, i64) = db
        .query_row("SELECT clean, inode FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(explain)?;
    let opened = || -> rusqlite::Result<()> {
        let lost = !clean && found.wal_bytes <= WAL_HEADER_BYTES;
        if lost {
            warn!("the write-ahead log of {} is lost; its numbers begin a new epoch", path.display());
        }
        let copied = inode != 0 && inode != found.inode;
        if copied {
            info!("{} is a copy; its numbers begin a new epoch", path.display());
        }
        if lost || copied {
            db.execute("UPDATE store SET epoch = ?1", [&fresh_epoch])?;
        }
        db.execute("UPDATE store SET clean = 0, inode = ?1", [found.inode])?;
        // What was found in the write-ahead log may never have been synced: now it is.
        db.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
        begin_wal_anew(db)
    };
    opened().map_err(explain)?;
    let epoch: String = db.query_row("SELECT epoch FROM store", [], |row| row.get(0)).map_err(explain)?;
    Epoch::parse(&epoch).map_err(|error| OpenError::Corrupt(path.into(), error.to_string()))
}

/// What is known of the files before they are opened.
#[derive(Default)]
struct Found {
    wal_bytes: u64,
    /// What tells a file from its copies; 0 where the system does not say.
    inode: i64,
}

pub(super) fn random_epoch() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}
