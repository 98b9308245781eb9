//! Why the log could not be opened: one clear sentence for all that can be wrong.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;

use super::{disk, errors::is_full, schema::VERSION};

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
    /// The database is missing or empty, and what is beside it says that it had entries.
    Lost(PathBuf),
    /// The database has less than what was acknowledged.
    Incomplete {
        /// The database.
        path: PathBuf,
        /// The last entry that it has.
        position: i64,
        /// An entry that was acknowledged.
        noted: i64,
    },
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
                "the database {} is missing or empty, and what is beside it says that it had entries: put the database back, or a \
                 backup with `parlor restore FILE --replace`; to begin with an empty database, move {}-wal and {} away",
                path.display(),
                path.display(),
                disk::position_file(path.parent().unwrap_or(path)).display()
            ),
            Self::Incomplete { path, position, noted } => write!(
                f,
                "the database {} ends at entry {position}, and what was acknowledged goes up to entry {noted}: the file or its \
                 write-ahead log was damaged, cut off or replaced by an earlier one; put the right files back, or a backup with \
                 `parlor restore FILE --replace`; to go on without what is missing, delete {}",
                path.display(),
                disk::position_file(path.parent().unwrap_or(path)).display()
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

/// The sentence for an error of SQLite's while a database is opened.
pub(super) fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_path_buf();
    if is_full(error) {
        return OpenError::Full(path);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt(path, error.to_string()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            OpenError::Unwritable(path, error.to_string())
        }
        _ => OpenError::Sqlite(path, error.to_string()),
    }
}
