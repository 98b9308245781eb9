//! Checking a folder's store, with its key and files, or a backup.

use std::path::Path;

use rusqlite::Connection;

use super::{
    Fault, MaintenanceError, Report, backup, check, damage,
    folder::{check_kind, open},
    signing,
};
use crate::{
    store::{
        OpenError,
        disk::size,
        files::{is_served, wal_of},
        open::is_wal_lost,
        position_file,
    },
    token,
};

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The messages, edits and reactions included.
    pub messages: u64,
    /// The rooms that are there.
    pub rooms: u64,
    /// The accounts.
    pub accounts: u64,
    /// What is not as it should be.
    pub faults: Vec<Fault>,
}

/// The way out of what is wrong with a backup.
const ANOTHER: &str = "take another backup";
/// The way out of what is wrong with the key.
const KEY: &str = "put it back, from a backup with `parlor restore FILE --only-key`, or make a new one with `parlor new-key`, which \
                   ends all tokens";

/// Checks the store in a data folder, whether a server runs on it or not.
///
/// # Errors
///
/// There is no store, or it cannot be read. What is wrong with it is no error.
pub fn check_folder(data: &Path, report: Report<'_>) -> Result<Checked, MaintenanceError> {
    let (path, db) = match open(data) {
        Ok(found) => found,
        Err(MaintenanceError::Open(
            error @ (OpenError::Corrupt(..)
            | OpenError::NotOurs(_)
            | OpenError::Lost(_)
            | OpenError::ForeignWal(_)
            | OpenError::Incomplete { .. }),
        )) => {
            return Ok(refused(&error));
        }
        Err(error) => return Err(error),
    };
    let mut checked = check_open(&db, &path, report)?;
    checked.faults.extend(key_faults(data, &db).map_err(MaintenanceError::sqlite(&path))?);
    // A server that runs has written there. A store of the first schema has no such columns, and is not asked.
    let state = db.query_row("SELECT clean, epoch FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)));
    let is_lost = state.is_ok_and(|(clean, epoch): (bool, String)| {
        is_wal_lost(clean, size(&wal_of(&path)), &epoch, position_file::read(data).as_ref())
    });
    if is_lost && !is_served(data) {
        checked.faults.push(Fault {
            what: format!(
                "the write-ahead log {} is missing, and what was stored last with it",
                wal_of(&path).display()
            ),
            way_out: "put it back; or start the server without it, and its numbers begin a new epoch",
        });
    }
    Ok(checked)
}

/// Checks a backup, or another database of Parlor's.
///
/// # Errors
///
/// The file is none of Parlor's, or cannot be read. What is wrong with it is no error.
pub fn check_file(file: &Path, report: Report<'_>) -> Result<Checked, MaintenanceError> {
    let db = backup::open(file)?;
    match damage::check_size(file, 0).map_err(MaintenanceError::from).and_then(|()| check_kind(&db, file)) {
        Err(MaintenanceError::Open(OpenError::Corrupt(_, reason))) => {
            let what = format!("the backup {} is damaged ({reason})", file.display());
            return Ok(Checked { messages: 0, rooms: 0, accounts: 0, faults: vec![fault(&what, ANOTHER)] });
        }
        Err(MaintenanceError::Open(error @ OpenError::NotOurs(_))) => return Ok(refused(&error)),
        other => other?,
    }
    let mut checked = check_open(&db, file, report)?;
    // What is said of a data folder is no way out of a damaged backup.
    for fault in &mut checked.faults {
        fault.way_out = ANOTHER;
    }
    let info = backup::info(&db).map_err(MaintenanceError::sqlite(file))?;
    if let Some(info) = info {
        let wrong = signing::wrong_key(info.key.as_deref(), &db).map_err(MaintenanceError::sqlite(file))?;
        checked.faults.extend(wrong.map(|wrong| fault(&format!("its key {wrong}"), ANOTHER)));
    }
    Ok(checked)
}

fn check_open(db: &Connection, path: &Path, report: Report<'_>) -> Result<Checked, MaintenanceError> {
    let failed = || MaintenanceError::sqlite(path);
    // All questions see one state.
    let state = db.unchecked_transaction().map_err(failed())?;
    let faults = check::faults(&state, report).map_err(failed())?;
    let count = |sql: &str| state.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0).cast_unsigned();
    Ok(Checked {
        messages: count("SELECT count(*) FROM messages"),
        rooms: count("SELECT count(*) FROM rooms WHERE deleted = 0"),
        accounts: count("SELECT count(*) FROM authors WHERE kind <= 1"),
        faults,
    })
}

/// What is wrong with the key of a folder.
fn key_faults(data: &Path, db: &Connection) -> rusqlite::Result<Option<Fault>> {
    let path = data.join("key");
    let wrong = match token::stored_key(data) {
        Err(error) => Some(format!("cannot be read ({error})")),
        Ok(key) => signing::wrong_key(key.as_deref(), db)?.map(str::to_owned),
    };
    Ok(wrong.map(|wrong| fault(&format!("the key file {} {wrong}", path.display()), KEY)))
}

fn fault(what: &str, way_out: &'static str) -> Fault {
    Fault { what: what.into(), way_out }
}

/// What could not even be opened. The sentence says what to do.
fn refused(error: &OpenError) -> Checked {
    let said = error.to_string();
    Checked { messages: 0, rooms: 0, accounts: 0, faults: vec![Fault { what: said, way_out: "" }] }
}
