//! Who may use which name.
//!
//! A name that was used once is recorded with how it was used, and from then on keeps others from names that look
//! the same. A claimed name belongs to whoever holds a token. An open one is used without a token, by programs or in
//! imported history: anyone may use it so again, and nobody can claim it, nor a name that looks like it.

use rusqlite::{Connection, OptionalExtension, Row};
use shared::Username;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// How a name came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Claimed = 0,
    Open = 1,
}

/// A name that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) kind: Kind,
}

/// What a name is to somebody who wants to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is theirs to use.
    Known(User),
    /// Nobody has used it.
    Free,
    /// It is not for them. The sentence says why and what to do.
    Taken(String),
}

impl User {
    /// Why somebody with or without a token may not use this known name, if so.
    pub(super) fn refuses(self, username: &Username, proven: bool) -> Option<String> {
        match (self.kind, proven) {
            (Kind::Claimed, true) | (Kind::Open, false) => None,
            (Kind::Claimed, false) => Some(format!(
                "the name {username} belongs to somebody; send its token, or choose another name"
            )),
            (Kind::Open, true) => Some(format!(
                "the name {username} is in use without a token, so nobody can own it; choose another name"
            )),
        }
    }
}

/// What a name is to somebody with or without a token for it.
pub(super) fn standing(db: &Connection, username: &Username, proven: bool) -> rusqlite::Result<Standing> {
    if let Some(user) = find(db, username)? {
        let taken = user.refuses(username, proven).map(Standing::Taken);
        return Ok(taken.unwrap_or(Standing::Known(user)));
    }
    Ok(match lookalike(db, username, proven)? {
        Some(other) => Standing::Taken(format!(
            "the name {username} looks like {other}, which is taken; choose another name"
        )),
        None => Standing::Free,
    })
}

/// The user of exactly this name.
pub(super) fn find(db: &Connection, username: &Username) -> rusqlite::Result<Option<User>> {
    db.prepare_cached("SELECT id, kind FROM users WHERE name = ?1")?
        .query_row([username.as_str()], |row| Ok(User { id: row.get(0)?, kind: kind(row, 1)? }))
        .optional()
}

/// Whether somebody owns exactly this name.
pub(super) fn is_claimed(db: &Connection, username: &Username) -> rusqlite::Result<bool> {
    Ok(find(db, username)?.is_some_and(|user| user.kind == Kind::Claimed))
}

/// Records a name.
pub(super) fn add(db: &Connection, username: &Username, kind: Kind) -> rusqlite::Result<User> {
    let (folded, shown) = skeletons(username.as_str());
    db.prepare_cached("INSERT INTO users(name, kind, folded, shown) VALUES(?1, ?2, ?3, ?4)")?.execute((
        username.as_str(),
        kind as i64,
        folded,
        shown,
    ))?;
    Ok(User { id: db.last_insert_rowid(), kind })
}

/// A known name that looks the same. Open names are nobody's, so they may look alike among themselves; an owner's
/// name looks like no other.
fn lookalike(db: &Connection, username: &Username, proven: bool) -> rusqlite::Result<Option<String>> {
    let (folded, shown) = skeletons(username.as_str());
    let most = if proven { Kind::Open } else { Kind::Claimed };
    db.prepare_cached(
        "SELECT name FROM users WHERE folded = ?1 AND kind <= ?3
         UNION ALL SELECT name FROM users WHERE shown = ?2 AND kind <= ?3 LIMIT 1",
    )?
    .query_row((folded, shown, most as i64), |row| row.get(0))
    .optional()
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<Kind> {
    Ok(match row.get::<_, i64>(column)? {
        0 => Kind::Claimed,
        _ => Kind::Open,
    })
}

/// What a name looks like (UTS 39), with its case folded before and after: two names that are equal in either look
/// the same. One alone is not enough, because a capital I looks like an l and is also an i.
fn skeletons(name: &str) -> (String, String) {
    let fold = |text: &str| text.to_uppercase().to_lowercase();
    // A page shows several spaces as one, and none at the ends.
    let bare = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let folded = skeleton(&fold(&bare)).nfc().collect();
    let shown = skeleton(&fold(&skeleton(&bare).collect::<String>())).nfc().collect();
    (folded, shown)
}

#[cfg(test)]
mod tests {
    use super::skeletons;

    fn alike(a: &str, b: &str) -> bool {
        let ((a1, a2), (b1, b2)) = (skeletons(a), skeletons(b));
        a1 == b1 || a2 == b2
    }

    #[test]
    fn names_that_look_the_same_are_alike() {
        let pairs = [
            ("Ann", "ann"),
            ("ann", "аnn"),
            ("Alice", "AIice"),
            ("Iou", "iou"),
            ("paypal", "PayPaI"),
            ("scope", "ѕсоре"),
            ("STRASSE", "straße"),
            ("modern", "modem"),
            ("Ａnn", "ann"),
            ("e\u{301}va", "éva"),
            ("ann ", "ann"),
            ("Ann  Lee", "Ann Lee"),
        ];
        for (a, b) in pairs {
            assert!(alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn names_that_differ_are_not_alike() {
        for (a, b) in [("ann", "anna"), ("bill", "bob"), ("王小明", "王小朋"), ("ann", "añn")] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }
}
