//! A backup put in the place of a store.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{
    MaintenanceError, Report,
    backup::{self, copy, unshared},
    check,
    folder::check_kind,
    part::secret_file,
    signing,
    staging::{self, Cause, Staged},
};
use crate::store::{disk, files, open};

/// A store that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the store is that was there before.
    pub aside: Option<PathBuf>,
    /// Whether the backup had a key.
    pub has_key: bool,
}

/// Puts a backup in the place of the store in a data folder, with a new epoch. The backup is copied, and the copy is checked
/// wholly first.
///
/// # Errors
///
/// The file is no sound backup, the folder has a store that is not to be replaced, or somebody has it, or it cannot be written. Except for
/// [`MaintenanceError::Unfinished`], nothing was changed.
pub fn restore(
    data: &Path,
    file: &Path,
    replace: bool,
    report: Report<'_>,
) -> Result<Restored, MaintenanceError> {
    let from = backup::open(file)?;
    let info = match check_kind(&from, file)
        .and_then(|()| backup::info(&from).map_err(MaintenanceError::sqlite(file)))
    {
        Ok(Some(info)) => info,
        Ok(None) => {
            let reason = "it is a database of Parlor's, without the table `backup`";
            return Err(MaintenanceError::NoBackup(file.into(), reason.into()));
        }
        Err(newer @ MaintenanceError::Newer(..)) => return Err(newer),
        Err(error) => return Err(MaintenanceError::NoBackup(file.into(), error.to_string())),
    };
    files::make_folder(data).map_err(MaintenanceError::write(data))?;
    let _lock = files::lock(data)?;
    let written = || MaintenanceError::write(data);
    staging::finish_pending(data).map_err(written())?;
    if staging::is_occupied(data) && !replace {
        return Err(MaintenanceError::Occupied(data.into()));
    }
    let staged = Staged::begin(data, Cause::Restore).map_err(written())?;
    let database = staged.place().join("parlor.db");
    secret_file(&database).map_err(written())?;
    copy(&from, &database, report)?;
    drop(from);
    let db = unshared(&database).map_err(MaintenanceError::sqlite(&database))?;
    let faults = check::faults(&db, report).map_err(MaintenanceError::sqlite(file))?;
    if let Some(first) = faults.first() {
        return Err(MaintenanceError::Damaged(file.into(), first.to_string()));
    }
    // A backup without a key can be restored; one with a wrong key is refused.
    let wrong = signing::wrong_key(info.key.as_deref(), &db).map_err(MaintenanceError::sqlite(file))?;
    if let (Some(_), Some(wrong)) = (&info.key, wrong) {
        return Err(MaintenanceError::Damaged(file.into(), format!("its key {wrong}")));
    }
    begin_epoch(&db, &open::random_epoch()?).map_err(MaintenanceError::sqlite(&database))?;
    db.close().map_err(|(_, error)| error).map_err(MaintenanceError::sqlite(&database))?;
    disk::sync(&database).map_err(written())?;
    if let Some(key) = &info.key {
        let mut file = secret_file(&staged.place().join("key")).map_err(written())?;
        writeln!(file, "{key}").and_then(|()| file.sync_all()).map_err(written())?;
    }
    let aside = staged.commit(data)?;
    Ok(Restored { aside, has_key: info.key.is_some() })
}

/// How many numbers a restored log leaves out. No number that was given after the backup is given again: a token of an account that
/// is gone is nobody else's, and what a client still says about a message that is gone is about no other one.
const LEFT_OUT: u64 = 1 << 32;

/// Makes the copy a store. What readers have seen after the backup is gone, so its numbers begin a new epoch.
fn begin_epoch(db: &Connection, epoch: &str) -> rusqlite::Result<()> {
    db.execute_batch("DROP TABLE backup")?;
    db.execute("UPDATE store SET epoch = ?1", [epoch])?;
    if db.prepare("SELECT position FROM store").is_ok() {
        db.execute("UPDATE store SET position = position + ?1", [LEFT_OUT.cast_signed()])?;
    }
    // A store of the first schema has no such columns, and gets a new epoch when it is brought to the present one.
    if db.prepare("SELECT inode, clean FROM store").is_ok() {
        db.execute("UPDATE store SET inode = 0, clean = 1", [])?;
    }
    Ok(())
}
