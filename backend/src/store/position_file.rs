//! How far the log was written, noted in a small file beside the database.
//!
//! It is written behind each synced commit, and not synced itself: what it says was on disk before. So a database that has less has
//! lost what was acknowledged, because something else than Parlor has damaged, cut off or replaced one of its files. SQLite cannot
//! know: it takes the first frame of the write-ahead log that is not whole for the log's end.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
    time::SystemTime,
};

use rusqlite::{Connection, OptionalExtension};
use shared::Seq;

use super::{
    disk::{self, give_to_owner, sync},
    open_error::OpenError,
};

/// What a folder's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    /// The epoch of the position.
    pub(super) epoch: String,
    /// The position of an entry that was acknowledged.
    pub(super) position: i64,
    /// When it was written last, as far as the system says.
    pub(super) at: Option<SystemTime>,
}

/// Reads it. `None`: there is none, or it cannot be read.
pub(super) fn read(folder: &Path) -> Option<Noted> {
    let line = fs::read_to_string(disk::position_file(folder)).ok()?;
    let (epoch, position) = line.trim_end().split_once(' ')?;
    let at = fs::metadata(disk::position_file(folder)).and_then(|file| file.modified()).ok();
    Some(Noted { epoch: epoch.into(), position: position.parse().ok()?, at })
}

/// Refuses a database that has less than was acknowledged in this folder. `noted` was read before it.
pub(super) fn check(noted: Option<&Noted>, db: &Connection, path: &Path) -> Result<(), OpenError> {
    let Some(noted) = noted else { return Ok(()) };
    let less: rusqlite::Result<Option<i64>> = db
        .query_row(
            "SELECT position FROM store WHERE epoch = ?1 AND position < ?2",
            (&noted.epoch, noted.position),
            |row| row.get(0),
        )
        .optional();
    match less {
        Ok(Some(position)) => {
            Err(OpenError::Incomplete { path: path.into(), position, noted: noted.position })
        }
        // A store of an early schema has no position, and what else is wrong is said elsewhere.
        Ok(None) | Err(_) => Ok(()),
    }
}

/// What stands in a file that is made beside a database, until a start has completed.
const UNKNOWN: &[u8] = b"unknown\n";

/// A folder's file, open for as long as the store is.
#[derive(Debug)]
pub(super) struct PositionFile {
    file: File,
    epoch: String,
}

/// Opens it, and makes it if it is absent. It is locked, so that nobody else has it, even where the folder's own lock was deleted.
pub(super) fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = disk::position_file(folder);
    let failed = |error| unwritable(folder, &error);
    let is_new = !path.exists();
    let mut file = disk::private(File::options().create(true).truncate(false).write(true))
        .open(&path)
        .map_err(failed)?;
    // On other systems a lock keeps readers out, too, and `check` reads it.
    if cfg!(unix) && matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        return Err(OpenError::InUse(folder.into()));
    }
    give_to_owner(&path, folder);
    if is_new {
        if disk::size(&folder.join("parlor.db")) > 0 {
            file.write_all(UNKNOWN).map_err(failed)?;
        }
        sync(folder).map_err(failed)?;
    }
    Ok(file)
}

/// Why a store cannot be opened: its file cannot be written.
fn unwritable(folder: &Path, error: &io::Error) -> OpenError {
    let path = disk::position_file(folder);
    match error.kind() {
        io::ErrorKind::StorageFull => OpenError::Full(path),
        _ => OpenError::Unwritable(path, error.to_string()),
    }
}

/// Whether the file was made in a folder without a database, and no start has completed since.
pub(super) fn is_blank(folder: &Path) -> bool {
    fs::metadata(disk::position_file(folder)).is_ok_and(|file| file.len() == 0)
}

/// Writes the file of a store that has been taken away, so that the next start does not begin an empty one in its place.
pub(super) fn write_again(folder: &Path, epoch: &str, position: Seq) -> io::Result<()> {
    let mut file = disk::private(File::options().create(true).truncate(true).write(true))
        .open(disk::position_file(folder))?;
    file.write_all(line(epoch, position.0.cast_signed()).as_bytes())
}

/// It always has the same length.
fn line(epoch: &str, position: i64) -> String {
    format!("{epoch} {position:020}\n")
}

impl PositionFile {
    /// Notes the position with which a store is opened. When this returns, the file is on disk, with its name.
    pub(super) fn begin(file: File, folder: &Path, epoch: &str, position: i64) -> Result<Self, OpenError> {
        let mut begun = Self { file, epoch: epoch.into() };
        begun.begin_line(folder, position).map_err(|error| unwritable(folder, &error))?;
        Ok(begun)
    }

    fn begin_line(&mut self, folder: &Path, position: i64) -> io::Result<()> {
        self.write(position)?;
        // What was there may have been longer.
        let end = self.file.stream_position()?;
        self.file.set_len(end)?;
        self.file.sync_all()?;
        sync(folder)
    }

    /// The epoch of its positions.
    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Notes a position that is on disk in the log.
    pub(super) fn note(&self, position: Seq) {
        // Without it only a loss that something else causes may go unnoticed: posts go on.
        let _ = self.write(position.0.cast_signed());
    }

    /// The line is written over in place, also on a full disk.
    fn write(&self, position: i64) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(line(&self.epoch, position).as_bytes())
    }
}
