//! The files of a store: the data folder and its lock, the paths, and connections to the database.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    disk::{give_to_owner, inode, inode_of, private, size},
    open_error::OpenError,
    position_file,
    wal::{WAL_BYTES, limit_wal},
};

/// How long a statement waits for a lock that another program (a backup, say) holds on the file.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(2);
/// A write-ahead log of this size or less holds nothing (SQLite file format §4.1).
pub(super) const WAL_HEADER_BYTES: u64 = 32;
/// More time than [`is_served`] holds the folder's lock for.
const LOOK_TIME: Duration = Duration::from_millis(20);

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

/// Makes the database's file if it is absent, and lets only its owner read it and those beside it, wherever the folder is copied to.
/// SQLite gives the files that it makes beside it the same mode. What cannot be made or changed here, SQLite complains about when it
/// opens the file. No connection may be open to it: closing it here would end the locks that SQLite has on it (fcntl(2)).
pub(super) fn make_private(path: &Path) {
    let _ = private(File::options().create(true).append(true)).open(path);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        for file in [path.to_path_buf(), wal_of(path), path.with_file_name("parlor.db-shm")] {
            let others_may = fs::metadata(&file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
            if others_may {
                let _ = fs::set_permissions(&file, fs::Permissions::from_mode(0o600));
            }
        }
    }
}

/// Locks the folder for one server or command. The lock ends with the file.
pub(super) fn lock(folder: &Path) -> Result<File, OpenError> {
    let open = File::options().create(true).truncate(false).write(true).open(folder.join("parlor.lock"));
    let file = open.map_err(|error| OpenError::Folder(folder.into(), error))?;
    give_to_owner(&folder.join("parlor.lock"), folder);
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

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = open(path)?;
    // The system caches the file: more than that takes memory for each connection, and saves no time.
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -256")?;
    db.busy_timeout(LOCK_WAIT)?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

/// Without this the last connection that is closed deletes the write-ahead log, also after a failure, and the next start
/// would take it for lost.
fn keep_wal(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

/// SQLite would make a file that is absent: that is an empty database in the place of one that somebody has moved away.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // Before anything else: a connection that fails is closed, too, and would copy a wrong write-ahead log into the database.
    keep_wal(&db)?;
    Ok(db)
}

/// A connection that writes.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = open(path)?;
    db.busy_timeout(LOCK_WAIT)?;
    // The writer checkpoints by itself, when it suits. On macOS only a full fsync reaches the disk.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024;
         PRAGMA secure_delete = ON",
    )?;
    limit_wal(&db, WAL_BYTES)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Whether a database is missing or empty, and what is beside it says that it had entries.
pub(super) fn is_lost(path: &Path) -> bool {
    let noted = || position_file::read(path.parent().unwrap_or(path));
    size(path) == 0 && (size(&wal_of(path)) > 0 || noted().is_some_and(|noted| noted.position > 0))
}

/// The write-ahead log of a database.
pub(super) fn wal_of(path: &Path) -> PathBuf {
    path.with_file_name("parlor.db-wal")
}

/// The files of an open store, and what tells them from others that take their names.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) files: [Known; 2],
}

/// A file as it was when the store was opened.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) path: PathBuf,
    inode: i64,
    /// It is never smaller.
    least: AtomicU64,
    is_wal: bool,
}

/// Why a store's files are not what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// Another file has the name, or none. Who has it open can still read all of it.
    Name(PathBuf),
    /// It was cut off.
    Bytes(PathBuf),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(path) => {
                write!(f, "{} was deleted, moved or replaced while the server ran", path.display())
            }
            Self::Bytes(path) => write!(f, "{} was cut off while the server ran", path.display()),
        }
    }
}

impl Identity {
    pub(super) fn of(path: &Path) -> Self {
        let wal = wal_of(path);
        Self {
            files: [
                Known {
                    path: path.into(),
                    inode: inode(path),
                    least: AtomicU64::new(size(path)),
                    is_wal: false,
                },
                // It is never empty while the store is open.
                Known {
                    inode: inode(&wal),
                    path: wal,
                    least: AtomicU64::new(WAL_HEADER_BYTES + 1),
                    is_wal: true,
                },
            ],
        }
    }

    /// What has happened to them, if something has. A file that cannot be looked at now may be there.
    pub(super) fn lost(&self) -> Option<Lost> {
        self.files.iter().find_map(|known| {
            let (id, bytes) = match fs::metadata(&known.path) {
                Ok(metadata) => (inode_of(&metadata), metadata.len()),
                Err(error) => {
                    let is_gone = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
                    return is_gone.then(|| Lost::Name(known.path.clone()));
                }
            };
            if id != known.inode {
                return Some(Lost::Name(known.path.clone()));
            }
            // The database is not opened here: closing it would end the locks that SQLite has on it (fcntl(2)).
            let is_cut = bytes < known.least.load(Ordering::Relaxed)
                || (known.is_wal && starts_with_zeros(&known.path));
            if !known.is_wal {
                known.least.fetch_max(bytes, Ordering::Relaxed);
            }
            is_cut.then(|| Lost::Bytes(known.path.clone()))
        })
    }
}

/// Whether a file was cut off to nothing, and written on from where it ended.
fn starts_with_zeros(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == [0; 4]
}
