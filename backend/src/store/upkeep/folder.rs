//! A data folder, read beside the server that may run on it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{UpkeepError, staging};
use crate::store::{
    OpenError,
    files::{self, reader},
    open_error::explain,
    position_file,
    schema::{APPLICATION_ID, VERSION},
};

/// Opens a folder's database for reading, and gives its path. What was decided and not finished is finished first, unless
/// somebody else has the folder.
pub(super) fn look(data: &Path) -> Result<(PathBuf, Connection), UpkeepError> {
    if staging::is_unsettled(data) {
        match files::lock(data) {
            Ok(_lock) => staging::settle(data).map_err(UpkeepError::write(data))?,
            Err(OpenError::InUse(_)) if staging::is_decided(data) => {
                return Err(UpkeepError::Replaced(data.into()));
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
        return Err(UpkeepError::NoStore(data.into()));
    }
    let db = reader(&path).map_err(|error| explain(&path, &error))?;
    check_kind(&db, &path)?;
    position_file::check(noted.as_ref(), &db, &path)?;
    Ok((path, db))
}

/// Refuses a database that is none of Parlor's, or of a later one.
pub(super) fn check_kind(db: &Connection, path: &Path) -> Result<(), UpkeepError> {
    let number = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let failed = |error| explain(path, &error);
    if number("application_id").map_err(failed)? != APPLICATION_ID {
        return Err(OpenError::NotOurs(path.into()).into());
    }
    match number("user_version").map_err(failed)? {
        1..=VERSION => Ok(()),
        later => Err(UpkeepError::Newer(path.into(), later)),
    }
}
