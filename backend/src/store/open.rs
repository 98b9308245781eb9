//! Opening the log: the folder and its lock, the schema, and one clear sentence for all that can be wrong.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, config::DbConfig, ffi::SQLITE_IOERR_SHMSIZE};
use shared::Epoch;
use tracing::{info, warn};

use super::{
    Place,
    connection::{WAL_BYTES, begin_wal_anew, limit_wal},
    schema::{self, APPLICATION_ID, VERSION},
    upkeep::{damage, staging},
};

/// What stands for the path of a log in memory.
const MEMORY: &str = "in memory";
/// A write-ahead log of this size or less holds nothing (SQLite file format §4.1).
const WAL_HEADER_BYTES: u64 = 32;
/// How long a statement waits for a lock that another program (a backup, say) holds on the file.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(2);
/// More time than [`is_served`] holds the folder's lock for.
const LOOK_TIME: Duration = Duration::from_millis(20);

/// Why the log could not be opened, in a sentence that says what to do.
#[derive(Debug)]
pub enum OpenError {
    /// The folder cannot be made or written.
    Folder(PathBuf, io::Error),
    /// Another server has the folder.
    InUse(PathBuf),
    /// The file is not a database, or not Parlor's.
    NotOurs(PathBuf),
    /// The file is damaged.
    Corrupt(PathBuf, String),
    /// The database is missing or empty, and its write-ahead log is not.
    Lost(PathBuf),
    /// The write-ahead log belongs to another database.
    ForeignWal(PathBuf),
    /// The disk is full.
    Full(PathBuf),
    /// The file cannot be opened for writing.
    Unwritable(PathBuf, String),
    /// A later Parlor wrote the file.
    Newer(PathBuf, i32),
    /// SQLite cannot open it for another reason.
    Sqlite(PathBuf, String),
    /// The system gave no randomness.
    Random(getrandom::Error),
    /// The system gave no thread.
    Thread(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path, error) => write!(
                f,
                "the data folder {} cannot be written ({error}); choose another one or change its permissions",
                path.display()
            ),
            Self::InUse(path) => write!(
                f,
                "another parlor is using the data folder {}; stop it first or choose another folder",
                path.display()
            ),
            Self::NotOurs(path) => write!(
                f,
                "{} is not a database of Parlor's, or its beginning is damaged: `parlor restore FILE --replace` puts a backup \
                 in its place; if it is another program's, move it away or choose another data folder",
                path.display()
            ),
            Self::Corrupt(path, error) => write!(
                f,
                "the database {} is damaged ({error}): `parlor check` says where, and `parlor restore FILE --replace` puts a \
                 backup in its place",
                path.display()
            ),
            Self::Lost(path) => write!(
                f,
                "the database {} is missing or empty, but its write-ahead log is not: put the database back, or a backup with \
                 `parlor restore FILE --replace`; to begin with an empty database, move {}-wal away",
                path.display(),
                path.display()
            ),
            Self::ForeignWal(path) => write!(
                f,
                "the write-ahead log {}-wal is not that of the database beside it: put the right one back, or a backup with \
                 `parlor restore FILE --replace`; without a write-ahead log, what was stored last may be missing",
                path.display()
            ),
            Self::Unwritable(path, error) => write!(
                f,
                "the database {} cannot be written ({error}): change the permissions of the data folder and its files, or choose \
                 another data folder",
                path.display()
            ),
            Self::Full(path) => write!(
                f,
                "the disk of {} is full, and the database cannot be opened without writing: free some space, then start again",
                path.display()
            ),
            Self::Newer(path, version) => write!(
                f,
                "the database {} was written by a later Parlor (schema {version}, this one knows {VERSION}); \
                 update this one",
                path.display()
            ),
            Self::Sqlite(path, error) => {
                write!(f, "the database {} cannot be opened: {error}", path.display())
            }
            Self::Random(error) => write!(f, "the system gives no random numbers: {error}"),
            Self::Thread(error) => write!(f, "the system gives no thread for the log: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

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

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1024")?;
    db.busy_timeout(LOCK_WAIT)?;
    keep_wal(&db)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

/// Without this the last connection that is closed deletes the write-ahead log, also after a failure, and the next start
/// would take it for lost.
fn keep_wal(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(LOCK_WAIT)?;
    // The writer checkpoints by itself, when it suits. On macOS only a full fsync reaches the disk.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192;
         PRAGMA secure_delete = ON",
    )?;
    limit_wal(&db, WAL_BYTES)?;
    keep_wal(&db)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
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

/// Whether a database is missing or empty, and its write-ahead log is not.
pub(super) fn is_lost(path: &Path) -> bool {
    size(path) == 0 && size(&wal_of(path)) > 0
}

/// The write-ahead log of a database.
pub(super) fn wal_of(path: &Path) -> PathBuf {
    path.with_file_name("parlor.db-wal")
}

/// A file's size in bytes; 0 if it is not there.
pub(super) fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// What is known of the files before they are opened.
#[derive(Default)]
struct Found {
    wal_bytes: u64,
    /// What tells a file from its copies; 0 where the system does not say.
    inode: i64,
}

pub(super) fn inode(path: &Path) -> i64 {
    #[cfg(unix)]
    return fs::metadata(path).map_or(0, |file| std::os::unix::fs::MetadataExt::ino(&file).cast_signed());
    #[cfg(not(unix))]
    return 0;
}

pub(super) fn random_epoch() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}

/// Only its owner may read the folder: it holds what people write. Where it is new, it is on disk when this returns: SQLite
/// syncs the names in it, not its own name.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let new: Vec<&Path> = folder.ancestors().take_while(is_new).collect();
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    #[cfg(unix)]
    for folder in new {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

pub(super) fn lock(folder: &Path) -> Result<File, OpenError> {
    let open = File::options().create(true).truncate(false).write(true).open(folder.join("parlor.lock"));
    let file = open.map_err(|error| OpenError::Folder(folder.into(), error))?;
    let mut locked = file.try_lock();
    if matches!(locked, Err(TryLockError::WouldBlock)) {
        // A command may be looking whether a server runs here, see `is_served`.
        thread::sleep(LOOK_TIME);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.into())),
        Err(TryLockError::Error(error)) => Err(OpenError::Folder(folder.into(), error)),
    }
}

/// Whether a program has the folder open as its data folder.
pub fn is_served(folder: &Path) -> bool {
    // The lock ends with the file.
    File::open(folder.join("parlor.lock"))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

pub(super) fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_path_buf();
    // A full disk has no room for the index of the write-ahead log either, which SQLite calls a failure of the disk.
    if matches!(error, rusqlite::Error::SqliteFailure(error, _) if error.extended_code == SQLITE_IOERR_SHMSIZE)
    {
        return OpenError::Full(path);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt(path, error.to_string()),
        Some(ErrorCode::DiskFull) => OpenError::Full(path),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            OpenError::Unwritable(path, error.to_string())
        }
        _ => OpenError::Sqlite(path, error.to_string()),
    }
}
