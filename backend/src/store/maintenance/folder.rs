//! A data folder, read beside the server that may run on it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{MaintenanceError, damage, staging};
use crate::store::{
    OpenError, disk,
    files::{self, reader},
    open_error::explain,
    position_file,
    schema::{APPLICATION_ID, VERSION},
};

/// Opens a folder's database for reading, and gives its path. What was decided and not finished is finished first, unless
/// somebody else has the folder.
pub(super) fn open(data: &Path) -> Result<(PathBuf, Connection), MaintenanceError> {
    if staging::has_pending(data) {
        match files::lock(data) {
            Ok(_lock) => staging::finish_pending(data).map_err(MaintenanceError::write(data))?,
            Err(OpenError::InUse(_)) if staging::is_decided(data) => {
                return Err(MaintenanceError::Replaced(data.into()));
            }
            Err(OpenError::InUse(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let path = data.join("parlor.db");
    let noted = position_file::read(data);
    if files::is_lost(&path) {
        return Err(OpenError::Lost(path).into());
    }
    if !path.exists() {
        return Err(MaintenanceError::NoStore(data.into()));
    }
    // The sizes of a running server's files change while they are compared.
    if !files::is_served(data) {
        damage::check_files(&path, disk::inode(&path))?;
    }
    let db = reader(&path).map_err(|error| explain(&path, &error))?;
    check_kind(&db, &path)?;
    position_file::check(noted.as_ref(), &db, &path)?;
    Ok((path, db))
}

/// Refuses a database that is none of Parlor's, or of a later one.
pub(super) fn check_kind(db: &Connection, path: &Path) -> Result<(), MaintenanceError> {
    let number = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let failed = |error| explain(path, &error);
    if number("application_id").map_err(failed)? != APPLICATION_ID {
        return Err(OpenError::NotOurs(path.into()).into());
    }
    match number("user_version").map_err(failed)? {
        1..=VERSION => Ok(()),
        later => Err(MaintenanceError::Newer(path.into(), later)),
    }
}
