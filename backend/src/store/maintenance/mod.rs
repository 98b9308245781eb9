//! Keeping the data: copies of a store, and what is checked of it.
//!
//! | file | what it holds |
//! |---|---|
//! | `backup.rs` | a backup: one file with a state of the store and its key |
//! | `restore.rs` | a backup put in the place of a store |
//! | `export.rs`, `import.rs` | everything as lines of JSON, and back |
//! | `staging.rs` | how a new store takes the place of an old one, whatever is killed meanwhile |
//! | `folder.rs` | a data folder, read beside the server that may run on it |
//! | `check.rs`, `checking.rs` | what is checked of a store or a backup |
//! | `key.rs`, `signing.rs` | which key signs, and another one in its place |
//! | `part.rs`, `unfinished.rs` | files that are whole or not there |
//! | `damage.rs` | what a start checks of its database |

mod backup;
pub(super) mod check;
mod checking;
pub(super) mod damage;
pub(super) mod export;
mod folder;
mod import;
pub(super) mod key;
mod part;
mod restore;
mod signing;
pub(super) mod staging;
mod unfinished;

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;
use thiserror::Error;

pub(super) use self::backup::rescue;
pub use self::{
    backup::{Backup, backup},
    check::Fault,
    checking::{Checked, check_file, check_folder},
    export::{export, export_to},
    import::{Taken, import},
    key::{KeyOfStore, new_key, restore_key},
    restore::{Restored, restore},
    unfinished::abandon,
};
use super::{OpenError, errors::is_full};

/// How far long work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as `copying`.
    pub step: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do. `None`: that is not known.
    pub total: Option<u64>,
}

/// What is told how far the work is.
pub type Report<'a> = &'a mut dyn FnMut(Progress);

/// Why a copy was not made or not taken, in a sentence that says what to do.
#[derive(Debug, Error)]
pub enum MaintenanceError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no store in the folder.
    #[error("there is no database in the data folder {}; name the folder with --data", .0.display())]
    NoStore(PathBuf),
    /// The file that was to be written is there.
    #[error("{} exists; choose another name, or write over it with --replace", .0.display())]
    Exists(PathBuf),
    /// The file that was to be written is one of the store's own.
    #[error("{} is a file of the store itself; choose another name", .0.display())]
    OfStore(PathBuf),
    /// The store is damaged, and a copy of it would be.
    #[error("the database {} is damaged ({}); no backup was made, and an earlier one is as it was", .0.display(), .1)]
    DamagedStore(PathBuf, String),
    /// The folder's key is not the one that its store needs.
    #[error(
        "the key file {} {}; no backup was made: put it back, from an earlier backup with `parlor restore FILE --only-key`, or make \
         a new one with `parlor new-key`, which ends all tokens",
        .0.display(), .1
    )]
    WrongKey(PathBuf, &'static str),
    /// Another store is taking the folder, or has taken it meanwhile.
    #[error("another parlor is putting another store into {}; try again when it is done", .0.display())]
    Replaced(PathBuf),
    /// The file that was to be written over is no file.
    #[error("{} is no file; choose another name", .0.display())]
    NoFile(PathBuf),
    /// Somebody else writes the same file.
    #[error("another parlor is writing {}; wait for it, or choose another name", .0.display())]
    Busy(PathBuf),
    /// The folder has a store already.
    #[error(
        "the data folder {} has a database or a key already; add --replace to put this one in its place (the old one is \
         kept, in a folder beside it)",
        .0.display()
    )]
    Occupied(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Read(PathBuf, io::Error),
    /// A file cannot be written.
    #[error("cannot write {}: {}", .0.display(), said(.1))]
    Write(PathBuf, io::Error),
    /// What was decided could not be done to its end.
    #[error(
        "{}: {}; the new store is whole and decided on: the next start of the server, or any command on this folder, puts it in its \
         place",
        .0.display(), .1
    )]
    Unfinished(PathBuf, io::Error),
    /// A database cannot be read or written.
    #[error("{}: {}", .0.display(), sentence(.1))]
    Sqlite(PathBuf, rusqlite::Error),
    /// The file is none of `parlor backup`.
    #[error("{} is not a backup that `parlor backup` has made ({}); nothing was changed", .0.display(), .1)]
    NoBackup(PathBuf, String),
    /// An earlier Parlor wrote the store.
    #[error("{} is of an earlier Parlor (schema {}): start the server once, which brings it up to date", .0.display(), .1)]
    Older(PathBuf, i32),
    /// The house is not empty.
    #[error(
        "an export goes into an empty house, and the data folder {} has {} messages and {} people: name another folder with --data",
        .0.display(), .1, .2
    )]
    NotEmpty(PathBuf, u64, u64),
    /// A line of an export cannot be taken.
    #[error("line {}: {}; nothing was imported", .0, .1)]
    Line(u64, String),
    /// The store does not take what it is given.
    #[error("{}; nothing was imported", .0)]
    Store(#[from] crate::store::StoreError),
    /// A later Parlor wrote the file.
    #[error("{} was written by a later Parlor (schema {}); update this one", .0.display(), .1)]
    Newer(PathBuf, i32),
    /// The backup is damaged.
    #[error("the backup {} is damaged ({}); nothing was changed: take another backup", .0.display(), .1)]
    Damaged(PathBuf, String),
    /// The backup is that of another store, or older than the key; its key signs nothing here.
    #[error("the key in the backup {} is that of another store, or from before a `parlor new-key`; nothing was changed", .0.display())]
    OtherKey(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl MaintenanceError {
    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Read(path, error)
    }

    fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Write(path, error)
    }

    fn sqlite(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Sqlite(path, error)
    }
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "its disk is full".into(),
        _ => error.to_string(),
    }
}

fn sentence(error: &rusqlite::Error) -> String {
    if is_full(error) {
        return "its disk is full; free some space, or take another disk".into();
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            format!("the database is damaged ({error}); `parlor check` says where")
        }
        _ => error.to_string(),
    }
}
