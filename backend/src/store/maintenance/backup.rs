//! A backup: one SQLite file with a state of the store, and the signing key in a table of its own.
//!
//! It is copied page by page within one read transaction. Nobody waits for that: the server's write-ahead log grows behind the
//! state that is copied, and begins anew when the copy is done. `VACUUM INTO` takes more than twice as long, because it builds
//! every table anew, and the write-ahead log grows for that time (measured with a million messages, 180 MB: 3.3 s against 1.5 s).

use std::{
    fs::File,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup as Copying, StepResult},
};

use super::{MaintenanceError, Progress, Report, check, folder, part::Part, signing};
use crate::{
    clock,
    store::{disk::give_to_owner, files, schema::has_table},
    token,
};

/// The pages of 4 KiB that one step copies.
const PAGES_AT_ONCE: i32 = 256;
/// The pages after which the copy is synced. The server's own syncs would otherwise wait for all of them together.
const PAGES_UNSYNCED: i32 = 512;
/// The pause when the source is busy, and the longest pause after a sync.
const PAUSE: Duration = Duration::from_millis(20);

/// The table that makes a store's file a backup.
const TABLE: &str = "
    CREATE TABLE backup(made_at INTEGER NOT NULL, parlor TEXT NOT NULL, key TEXT) STRICT;
";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
    /// Whether the key is in it.
    pub has_key: bool,
}

/// Writes a backup of the store in a data folder, whether a server runs on it or not. Until it is whole, it is in `<file>.part`, and
/// it is checked there as [`restore`](super::restore()) checks it: a damaged store does not take the place of a good backup.
///
/// # Errors
///
/// There is no store, it is damaged or lacks its key, the file is there and is not to be replaced, or one of both cannot be read or
/// written. Then an earlier file is as it was.
pub fn backup(
    data: &Path,
    file: &Path,
    replace: bool,
    report: Report<'_>,
) -> Result<Backup, MaintenanceError> {
    let part = Part::begin(file, replace, data)?;
    let (database, from) = folder::open(data)?;
    let key = token::stored_key(data).map_err(MaintenanceError::read(&data.join("key")))?;
    write(&from, &part, key.as_deref(), report)?;
    drop(from);
    // Nobody has replaced the store meanwhile.
    let (_, now) = folder::open(data)?;
    let failed = || MaintenanceError::sqlite(part.path());
    let made = unshared(part.path()).map_err(failed())?;
    if epoch(&made).map_err(failed())? != epoch(&now).map_err(MaintenanceError::sqlite(&database))? {
        return Err(MaintenanceError::Replaced(data.into()));
    }
    if let Some(first) = check::faults(&made, report).map_err(failed())?.first() {
        return Err(MaintenanceError::DamagedStore(database, first.to_string()));
    }
    if let Some(wrong) = signing::wrong_key(key.as_deref(), &made).map_err(failed())? {
        return Err(MaintenanceError::WrongKey(data.join("key"), wrong));
    }
    made.close().map_err(|(_, error)| error).map_err(failed())?;
    Ok(Backup { bytes: part.keep()?, has_key: key.is_some() })
}

/// Writes a backup of a store that is open, into its folder, and gives its name: for a store whose files have lost their names. The
/// file of its key may be gone, too.
pub(in crate::store) fn rescue(
    from: &Connection,
    key: Option<&str>,
    data: &Path,
) -> Result<PathBuf, MaintenanceError> {
    files::make_folder(data).map_err(MaintenanceError::write(data))?;
    let file = data.join(format!("rescued-{}.backup", clock::now_in_file_name()));
    let part = Part::begin(&file, false, data)?;
    write(from, &part, key, &mut |_| {})?;
    part.keep()?;
    give_to_owner(&file, data);
    Ok(file)
}

/// Copies one state, however long it takes, and adds what makes it a backup.
fn write(
    from: &Connection,
    part: &Part,
    key: Option<&str>,
    report: Report<'_>,
) -> Result<(), MaintenanceError> {
    let failed = || MaintenanceError::sqlite(part.path());
    let state = from.unchecked_transaction().map_err(failed())?;
    epoch(&state).map_err(failed())?;
    copy(&state, part.path(), report)?;
    let to = unshared(part.path()).map_err(failed())?;
    to.execute_batch(TABLE).map_err(failed())?;
    to.execute(
        "INSERT INTO backup(made_at, parlor, key) VALUES(?1, ?2, ?3)",
        (clock::now().millis(), env!("CARGO_PKG_VERSION"), key),
    )
    .map_err(failed())?;
    to.close().map_err(|(_, error)| error).map_err(failed())
}

fn epoch(db: &Connection) -> rusqlite::Result<String> {
    db.query_row("SELECT epoch FROM store", [], |row| row.get(0))
}

/// Copies a database into a file that is there and empty. It is synced from time to time, not at the end.
pub(super) fn copy(from: &Connection, file: &Path, report: Report<'_>) -> Result<(), MaintenanceError> {
    let failed = || MaintenanceError::sqlite(file);
    let synced = File::open(file).map_err(MaintenanceError::write(file))?;
    let mut to = unshared(file).map_err(failed())?;
    let copying = Copying::new(from, &mut to).map_err(failed())?;
    let mut unsynced = 0;
    loop {
        let step = copying.step(PAGES_AT_ONCE).map_err(failed())?;
        let progress = copying.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or(0);
        let done = pages(progress.pagecount - progress.remaining);
        report(Progress { step: "copying", done, total: Some(pages(progress.pagecount)) });
        match step {
            StepResult::Done => break,
            StepResult::More => unsynced += PAGES_AT_ONCE,
            _ => thread::sleep(PAUSE),
        }
        if unsynced >= PAGES_UNSYNCED {
            let began = Instant::now();
            synced.sync_data().map_err(MaintenanceError::write(file))?;
            // The disk is the posts' for as long as it was the backup's.
            thread::sleep(began.elapsed().min(PAUSE));
            unsynced = 0;
        }
    }
    drop(copying);
    // A copy needs no write-ahead log: so it is one file, and can be read where nothing can be written.
    to.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(failed())?;
    to.close().map_err(|(_, error)| error).map_err(failed())
}

/// A connection to a file that nobody else has open, and that is thrown away if something fails.
pub(super) fn unshared(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON",
    )?;
    Ok(db)
}

/// Opens a file that should be a backup, for reading.
pub(super) fn open(file: &Path) -> Result<Connection, MaintenanceError> {
    // SQLite does not say why it cannot open one.
    File::open(file).map_err(MaintenanceError::read(file))?;
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(MaintenanceError::sqlite(file))
}

/// What a file says of itself as a backup. `None`: it is a database without such a table.
pub(super) fn info(db: &Connection) -> rusqlite::Result<Option<BackupInfo>> {
    if !has_table(db, "backup")? {
        return Ok(None);
    }
    db.query_row("SELECT key FROM backup", [], |row| Ok(Some(BackupInfo { key: row.get(0)? })))
}

/// See [`info`].
pub(super) struct BackupInfo {
    /// The signing key, unless the folder had none.
    pub(super) key: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::schema;

    #[test]
    fn a_rescue_that_has_failed_can_be_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let from = Connection::open_in_memory().unwrap();
        schema::create(&from, "0123456789abcdef").unwrap();
        let part = Part::begin(&folder.path().join("one.backup"), false, folder.path()).unwrap();
        fs::remove_file(part.path()).unwrap();
        assert!(write(&from, &part, None, &mut |_| {}).is_err());

        let rescued = rescue(&from, Some("a key"), folder.path()).unwrap();
        let key = info(&Connection::open(rescued).unwrap()).unwrap().unwrap().key;
        assert_eq!(key.as_deref(), Some("a key"));
    }
}
