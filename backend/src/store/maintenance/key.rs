//! The signing key beside a store: which one it is, and another one in its place.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    MaintenanceError, backup, folder::check_kind, part::secret_file, signing, staging, unfinished::Unfinished,
};
use crate::{
    clock,
    store::{
        disk::{give_to_owner, sync},
        files,
    },
    token,
};

/// What a store knows of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyOfStore {
    /// What tells the key from others. `None`: no start has noted it yet.
    pub fingerprint: Option<[u8; 16]>,
    /// Whether somebody may have a token that only this key verifies.
    pub is_needed: bool,
}

/// Reads it.
pub(in crate::store) fn read(db: &Connection) -> rusqlite::Result<KeyOfStore> {
    Ok(KeyOfStore { fingerprint: signing::fingerprint(db)?, is_needed: signing::needs_key(db)? })
}

/// Notes which key a store has.
pub(in crate::store) fn note(db: &Connection, fingerprint: [u8; 16]) -> rusqlite::Result<()> {
    // One that reads first could not wait for the log's thread.
    let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    tx.execute_batch("CREATE TABLE IF NOT EXISTS signing(key BLOB NOT NULL) STRICT; DELETE FROM signing")?;
    tx.execute("INSERT INTO signing(key) VALUES(?1)", [fingerprint])?;
    tx.commit()
}

/// Forgets which key a store has: the next start notes the one that is there.
fn forget(data: &Path) -> Result<(), MaintenanceError> {
    let path = data.join("parlor.db");
    if !path.exists() {
        return Ok(());
    }
    let forget = || {
        let db = files::connect(&path)?;
        db.execute_batch("DROP TABLE IF EXISTS signing")
    };
    forget().map_err(MaintenanceError::sqlite(&path))
}

/// Puts the key of a backup in the place of that in a data folder, and gives where that one is now.
///
/// # Errors
///
/// The backup has no key, or that of another store; or somebody has the folder, or it cannot be written.
pub fn restore_key(data: &Path, file: &Path) -> Result<Option<PathBuf>, MaintenanceError> {
    let db = backup::open(file)?;
    check_kind(&db, file)?;
    let key = backup::info(&db).map_err(MaintenanceError::sqlite(file))?.and_then(|info| info.key);
    let Some(key) = key.filter(|key| token::key_fingerprint(key).is_some()) else {
        return Err(MaintenanceError::NoBackup(file.into(), "there is no key in it".into()));
    };
    let _lock = files::lock(data)?;
    staging::finish_pending(data).map_err(MaintenanceError::write(data))?;
    let database = data.join("parlor.db");
    if database.exists() {
        let known = files::reader(&database).and_then(|db| signing::fingerprint(&db));
        let known = known.map_err(MaintenanceError::sqlite(&database))?;
        if known.is_some() && known != token::key_fingerprint(&key) {
            return Err(MaintenanceError::OtherKey(file.into()));
        }
    }
    put(data, &key)
}

/// Makes a new key, and gives where the old one is now.
///
/// # Errors
///
/// There is no store, somebody has its folder, or it cannot be written.
pub fn new_key(data: &Path) -> Result<Option<PathBuf>, MaintenanceError> {
    if !data.join("parlor.db").exists() && !data.join("key").exists() {
        return Err(MaintenanceError::NoStore(data.into()));
    }
    let _lock = files::lock(data)?;
    staging::finish_pending(data).map_err(MaintenanceError::write(data))?;
    // If this ends here, the next start takes the key that is there.
    forget(data)?;
    put(data, &token::random_key()?)
}

/// Writes the key file. The old one has a second name before, so that it is never lost.
fn put(data: &Path, key: &str) -> Result<Option<PathBuf>, MaintenanceError> {
    let path = data.join("key");
    let written = || {
        let part = Unfinished::new(data.join("key.part"));
        super::unfinished::remove(part.path())?;
        let mut file = secret_file(part.path())?;
        writeln!(file, "{key}")?;
        file.sync_all()?;
        give_to_owner(part.path(), data);
        let made = part.path().to_path_buf();
        let aside = if path.exists() {
            let aside = data.join(format!("key.before-{}", clock::now_in_file_name()));
            fs::hard_link(&path, &aside)?;
            Some(aside)
        } else {
            None
        };
        part.keep(|| {
            fs::rename(made, &path)?;
            sync(data)
        })?;
        Ok(aside)
    };
    written().map_err(MaintenanceError::write(&path))
}
