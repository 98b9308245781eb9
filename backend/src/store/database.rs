//! Opening the log: the folder and its lock, the schema, and one clear sentence for all that can be wrong.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode};
use shared::Epoch;

use super::Place;

/// "PARL": marks a SQLite file as Parlor's.
const APPLICATION: i32 = 0x5041_524C;
/// The version of the schema below, and of what `words.rs` makes of a text: the index is written in its terms.
const VERSION: i32 = 1;
/// What stands for the path of a log in memory.
const MEMORY: &str = "in memory";
/// How long a statement waits for a lock that another program (a backup, say) holds on the file.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Messages are numbered twice: `seq` within the room, and `n` in the order of the whole log, which is how the
/// search index and a writer that comes back know what is new.
///
/// Posting writes to the table and to two of its indexes. The one that keeps ids unique is ordered by `id` before
/// the user: ids that rise with time, whoever made them, then go to its end, which costs a third less than ids in
/// no order. The one by `seq` also holds what is needed to count unread messages.
const SCHEMA: &str = "
    CREATE TABLE store(epoch TEXT NOT NULL, indexed INTEGER NOT NULL, opened INTEGER NOT NULL) STRICT;
    CREATE TABLE rooms(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        head INTEGER NOT NULL DEFAULT 0,
        entry INTEGER NOT NULL DEFAULT 0,
        newest INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX rooms_by_newest ON rooms(newest);
    CREATE TABLE users(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        kind INTEGER NOT NULL,
        folded TEXT NOT NULL,
        shown TEXT NOT NULL
    ) STRICT;
    CREATE INDEX users_by_folded ON users(folded);
    CREATE INDEX users_by_shown ON users(shown);
    CREATE TABLE messages(
        n INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        user INTEGER NOT NULL,
        sent_at INTEGER NOT NULL,
        about INTEGER,
        kind INTEGER,
        id TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE(room, id, user)
    ) STRICT;
    CREATE INDEX messages_by_seq ON messages(room, seq, user, kind);
    CREATE INDEX messages_about ON messages(room, about) WHERE about IS NOT NULL;
    CREATE TABLE seen(
        user INTEGER NOT NULL,
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY(user, room)
    ) STRICT, WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5(room, text, content='', columnsize=0, tokenize='ascii');
    INSERT INTO words(words, rank) VALUES('secure-delete', 1);
";

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
                "{} is not a database of Parlor's; move it away or choose another data folder",
                path.display()
            ),
            Self::Corrupt(path, error) => {
                write!(f, "the database {} is damaged ({error}); put back a copy of it", path.display())
            }
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
            let epoch = prepare(&db, &path)?;
            let source = Source::Memory(Arc::new(Mutex::new(db)));
            return Ok(Self { source, epoch, ready: Mutex::new(None), _lock: None });
        };
        make_folder(folder).map_err(|error| OpenError::Folder(folder.clone(), error))?;
        let lock = lock(folder)?;
        let path = folder.join("parlor.db");
        let db = connect(&path).map_err(|error| explain(&path, &error))?;
        let epoch = prepare(&db, &path)?;
        Ok(Self { source: Source::File(path), epoch, ready: Mutex::new(Some(db)), _lock: Some(lock) })
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The connection that writes. After the first one, which was just opened, it checks that the disk takes writes.
    pub(super) fn writer(&self) -> rusqlite::Result<Arc<Mutex<Connection>>> {
        let path = match &self.source {
            Source::Memory(db) => return Ok(Arc::clone(db)),
            Source::File(path) => path,
        };
        let ready = self.ready.lock().take();
        let db = if let Some(db) = ready {
            db
        } else {
            let db = connect(path)?;
            db.execute("UPDATE store SET opened = opened + 1", [])?;
            db
        };
        Ok(Arc::new(Mutex::new(db)))
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
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(LOCK_WAIT)?;
    // The writer checkpoints by itself, when it suits. On macOS only a full fsync reaches the disk.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192;
         PRAGMA secure_delete = ON",
    )?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Checks that the file is a log of ours that can be written, and makes an empty one into one. Gives its epoch.
fn prepare(db: &Connection, path: &Path) -> Result<Epoch, OpenError> {
    let explain = |error| explain(path, &error);
    let number = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0)).map_err(explain);
    let tables: i32 =
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(explain)?;
    if tables == 0 {
        let epoch = random_epoch().map_err(OpenError::Random)?;
        let make = || -> rusqlite::Result<()> {
            let tx = db.unchecked_transaction()?;
            tx.execute_batch(SCHEMA)?;
            tx.execute("INSERT INTO store(epoch, indexed, opened) VALUES(?1, 0, 0)", [epoch])?;
            tx.pragma_update(None, "application_id", APPLICATION)?;
            tx.pragma_update(None, "user_version", VERSION)?;
            tx.commit()
        };
        make().map_err(explain)?;
    } else if number("application_id")? != APPLICATION {
        return Err(OpenError::NotOurs(path.into()));
    } else {
        let version = number("user_version")?;
        if version != VERSION {
            return Err(OpenError::Newer(path.into(), version));
        }
        db.execute_batch("BEGIN IMMEDIATE; ROLLBACK").map_err(explain)?;
    }
    let epoch: String = db.query_row("SELECT epoch FROM store", [], |row| row.get(0)).map_err(explain)?;
    Epoch::parse(&epoch).map_err(|error| OpenError::Corrupt(path.into(), error.to_string()))
}

fn random_epoch() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}

/// What is said in the rooms is nobody else's business: the folder is its owner's.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let open = File::options().create(true).truncate(false).write(true).open(folder.join("parlor.lock"));
    let file = open.map_err(|error| OpenError::Folder(folder.into(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.into())),
        Err(TryLockError::Error(error)) => Err(OpenError::Folder(folder.into(), error)),
    }
}

fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_path_buf();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt(path, error.to_string()),
        _ => OpenError::Sqlite(path, error.to_string()),
    }
}
