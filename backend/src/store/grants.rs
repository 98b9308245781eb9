//! What the tokens of the operator's application grant, as the rows keep it.

use rusqlite::{Connection, OptionalExtension};
use shared::{Role, Seq};

use super::rows::number;
use crate::token::Grant;

/// The role and the rooms of a grant, as its row keeps them.
pub(super) fn text(grant: &Grant) -> String {
    serde_json::json!({ "role": grant.role, "rooms": grant.rooms }).to_string()
}

/// A grant out of its row, without its time.
pub(super) fn parse(text: &str) -> Option<Grant> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Grant {
        role: value["role"].as_str().and_then(Role::parse),
        rooms: serde_json::from_value(value["rooms"].clone()).ok()?,
        issued_at: 0,
    })
}

/// What the newest token of an account of the application has granted, and when it was issued.
pub(super) fn newest(db: &Connection, account: Seq) -> rusqlite::Result<Option<(u64, Option<Grant>)>> {
    db.prepare_cached("SELECT granted_at, granted FROM authors WHERE id = ?1")?
        .query_row([number(account)], |row| {
            let (at, text): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok((at.cast_unsigned(), text.as_deref().and_then(parse)))
        })
        .optional()
}
