//! The files of a store: the data folder and its lock, the paths, and connections to the database.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{Connection, config::DbConfig};

use super::{
    open_error::OpenError,
    wal::{WAL_BYTES, limit_wal},
};

/// How long a statement waits for a lock that another program (a backup, say) holds on the file.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(2);
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
/// SQLite gives the files that it makes beside it the same mode.
pub(super) fn keep_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

        // What cannot be made or changed here, SQLite complains about when it opens the file.
        let _ = File::options().create(true).append(true).mode(0o600).open(path);
        for file in [path.to_path_buf(), wal_of(path), path.with_file_name("parlor.db-shm")] {
            let is_open = fs::metadata(&file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
            if is_open {
                let _ = fs::set_permissions(&file, fs::Permissions::from_mode(0o600));
            }
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Locks the folder for one server or command. The lock ends with the file.
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

/// A connection that writes.
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

/// What tells a file from its copies; 0 where the system does not say.
pub(super) fn inode(path: &Path) -> i64 {
    #[cfg(unix)]
    return fs::metadata(path).map_or(0, |file| std::os::unix::fs::MetadataExt::ino(&file).cast_signed());
    #[cfg(not(unix))]
    return 0;
}
