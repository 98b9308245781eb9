//! Which key a store's tokens are signed with.

use rusqlite::{Connection, OptionalExtension};
use shared::Role;

use crate::{
    store::{rows::role_code, schema::has_table},
    token,
};

/// What is wrong with the key of a store, if something is.
pub(super) fn wrong_key(key: Option<&str>, db: &Connection) -> rusqlite::Result<Option<&'static str>> {
    Ok(match key.map(token::key_fingerprint) {
        None => needs_key(db)?.then_some("is missing, and the accounts have tokens that need it"),
        Some(None) => Some("holds no key"),
        Some(Some(here)) => {
            fingerprint(db)?.filter(|known| *known != here).map(|_| "is that of another store")
        }
    })
}

/// The fingerprint of the key that a store's tokens are signed with, if it was noted.
pub(in crate::store) fn fingerprint(db: &Connection) -> rusqlite::Result<Option<[u8; 16]>> {
    if !has_table(db, "signing")? {
        return Ok(None);
    }
    db.query_row("SELECT key FROM signing", [], |row| row.get(0)).optional()
}

/// Whether somebody may have a token that only this store's key verifies.
pub(in crate::store) fn needs_key(db: &Connection) -> rusqlite::Result<bool> {
    let has_kinds = db.prepare("SELECT kind, role FROM authors").is_ok();
    if !has_kinds {
        return Ok(false);
    }
    db.query_row(
        "SELECT EXISTS(SELECT 1 FROM authors WHERE kind = 0 OR (kind = 1 AND role = ?1))",
        [role_code(Role::Bot)],
        |row| row.get(0),
    )
}
