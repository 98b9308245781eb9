//! Opening the log: what is found in the folder, the schema, and the epoch.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use shared::Epoch;
use tracing::{info, warn};

use super::{
    Place,
    disk::{give_to_owner, inode, size},
    files::{
        Identity, Lost, WAL_HEADER_BYTES, connect, is_lost, lock, make_folder, make_private, reader, wal_of,
    },
    maintenance::{damage, staging},
    open_error::{OpenError, explain},
    position_file::{self, Noted, PositionFile},
    schema::{self, APPLICATION_ID, VERSION},
    wal::begin_wal_anew,
};

/// What stands for the path of a log in memory.
const MEMORY: &str = "in memory";
/// An opened log, from which connections are made.
pub(super) struct Database {
    source: Source,
    epoch: Epoch,
    /// When the log was written last, before it was opened.
    written_at: Option<SystemTime>,
    /// What tells the files from others that take their names.
    identity: Option<Identity>,
    /// Where it is noted how far the log was written.
    position_file: Option<Arc<PositionFile>>,
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
            let (epoch, _) = prepare(&db, &path, &Found::default())?;
            return Ok(Self {
                source: Source::Memory(Arc::new(Mutex::new(db))),
                epoch,
                written_at: None,
                identity: None,
                position_file: None,
                ready: Mutex::new(None),
                _lock: None,
            });
        };
        make_folder(folder).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let lock = lock(folder)?;
        let was_begun = position_file::is_blank(folder);
        let position_lock = position_file::lock(folder)?;
        staging::finish_pending(folder).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let path = folder.join("parlor.db");
        if is_lost(&path) {
            return Err(OpenError::Lost(path));
        }
        // A power loss has cut the very first write short: nothing was stored.
        if was_begun && size(&wal_of(&path)) == 0 && damage::is_first_page_cut(&path) {
            let emptied = fs::File::options().write(true).create(true).truncate(true).open(&path);
            emptied.map_err(|error| OpenError::Unwritable(path.clone(), error.to_string()))?;
        }
        make_private(&path);
        let found = Found {
            wal_bytes: size(&wal_of(&path)),
            inode: inode(&path),
            noted: position_file::read(folder),
        };
        damage::check_files(&path, found.inode)?;
        let mut db = connect(&path).map_err(|error| explain(&path, &error))?;
        damage::check_at_start(&mut db, &path)?;
        let (epoch, position) = prepare(&db, &path, &found)?;
        let identity = Identity::of(&path);
        for file in &identity.files {
            give_to_owner(&file.path, folder);
        }
        let position_file = PositionFile::begin(position_lock, folder, epoch.as_str(), position)?;
        Ok(Self {
            source: Source::File(path),
            epoch,
            written_at: found.noted.and_then(|noted| noted.at),
            identity: Some(identity),
            position_file: Some(Arc::new(position_file)),
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

    /// When the log was written last, before it was opened. `None`: that is not known.
    pub(super) fn written_at(&self) -> Option<SystemTime> {
        self.written_at
    }

    /// Why the files are not those any more that were opened, if they are not.
    pub(super) fn lost(&self) -> Option<Lost> {
        self.identity.as_ref().and_then(Identity::lost)
    }

    /// Where it is noted how far the log was written. `None` in memory.
    pub(super) fn position_file(&self) -> Option<Arc<PositionFile>> {
        self.position_file.clone()
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
/// into one. Gives its epoch and its position.
///
/// A database that has less than what was acknowledged is refused, as damage is. A number may be given again only under a new epoch.
/// So a copy gets one: the original may have gone on. So does a file of which nothing says how far it was written. While a store is
/// open, its database file says that it is not complete without its write-ahead log, and that log is never empty: an incomplete file
/// without one gets a new epoch, too.
fn prepare(db: &Connection, path: &Path, found: &Found) -> Result<(Epoch, i64), OpenError> {
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
    let (clean, inode, epoch): (bool, i64, String) = db
        .query_row("SELECT clean, inode, epoch FROM store", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .map_err(explain)?;
    let copied = inode != 0 && inode != found.inode;
    position_file::check(found.noted.as_ref(), db, path)?;
    let opened = || -> rusqlite::Result<()> {
        let lost = is_wal_lost(clean, found.wal_bytes, &epoch, found.noted.as_ref());
        if lost {
            warn!("the write-ahead log of {} is lost; its numbers begin a new epoch", path.display());
        }
        if copied {
            info!("{} is a copy; its numbers begin a new epoch", path.display());
        }
        let unknown = inode != 0 && !is_noted(&epoch, found.noted.as_ref());
        if unknown {
            info!("nothing says how far {} was written; its numbers begin a new epoch", path.display());
        }
        if lost || copied || unknown {
            db.execute("UPDATE store SET epoch = ?1", [&fresh_epoch])?;
        }
        db.execute("UPDATE store SET clean = 0, inode = ?1", [found.inode])?;
        // What was found in the write-ahead log may never have been synced: now it is.
        db.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
        begin_wal_anew(db)
    };
    opened().map_err(explain)?;
    let (epoch, position): (String, i64) = db
        .query_row("SELECT epoch, position FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(explain)?;
    let epoch = Epoch::parse(&epoch).map_err(|error| OpenError::Corrupt(path.into(), error.to_string()))?;
    Ok((epoch, position))
}

/// Whether it is noted how far the log was written in this epoch.
fn is_noted(epoch: &str, noted: Option<&Noted>) -> bool {
    noted.is_some_and(|noted| noted.epoch == epoch)
}

/// Whether the write-ahead log of a database is missing, and nothing says that the database has all of it. A program of SQLite's that
/// has looked into a store after a kill has copied the log into the database and removed it.
pub(super) fn is_wal_lost(clean: bool, wal_bytes: u64, epoch: &str, noted: Option<&Noted>) -> bool {
    !clean && wal_bytes <= WAL_HEADER_BYTES && !is_noted(epoch, noted)
}

/// What is known of the files before they are opened.
#[derive(Default)]
struct Found {
    wal_bytes: u64,
    /// What tells a file from its copies; 0 where the system does not say.
    inode: i64,
    /// How far the log was written.
    noted: Option<Noted>,
}

pub(super) fn random_epoch() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}
