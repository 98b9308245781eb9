//! Who may use which name.
//!
//! An author is a name together with how it is known. Several authors may have one name: somebody may have used it
//! without proof before it was claimed, and an import may bring it from elsewhere. They share nothing else: an account
//! does not own what others wrote under its name.
//!
//! | kind | its name |
//! |---|---|
//! | claimed | belongs to the holder of a token of this server |
//! | application | belongs to the holder of a token of the operator's application, which outranks a claim |
//! | unproven | was used without proof; it can be claimed |
//! | imported | is history: it can be neither claimed nor used |
//! | deleted, reserved | was an account's that was deleted; nobody can use it any more |
//! | deleted | the same, with a name that is free again |
//! | superseded | was claimed before the application signed it, or one that looks like it; nobody is this author any more |
//!
//! Nobody may use a name that looks like one that is claimed, the application's or imported (UTS 39).

use rusqlite::{Connection, OptionalExtension, Row};
use shared::{Role, Seq, Timestamp, Username};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use super::{
    entry::SecretHash,
    grants,
    reader::Account,
    rows::{self, Kind, number, seq},
};
use crate::token::Grant;

/// Names that nobody can have, nor one that looks like them: lists and pages show them for something else.
const RESERVED: [&str; 5] = ["deleted", "operator", "the operator", "服务器运维者", "伺服器維運者"];

/// A recorded author. The id is the position of the entry that recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) id: Seq,
    pub(super) kind: Kind,
    pub(super) role: Role,
    /// Whether it sees only the rooms that it was added to.
    pub(super) limited: bool,
    pub(super) barred: bool,
}

/// A user of the application who is recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recognized {
    /// The account.
    pub(super) number: Seq,
    /// Whether nothing of this token is to be recorded: it is, or a newer one is.
    pub(super) is_recorded: bool,
    /// Whether a token with the same grant is recorded, whenever it was issued.
    pub(super) is_same: bool,
}

/// A user of the application, and how the grant of a token compares with what is recorded.
pub(super) fn find_recognized(
    db: &Connection,
    username: &Username,
    grant: &Grant,
) -> rusqlite::Result<Option<Recognized>> {
    let Some(known) = find(db, username, Kind::Application)? else { return Ok(None) };
    let Some((issued_at, granted)) = grants::newest(db, known.id)? else { return Ok(None) };
    let granted = granted.map_or((None, None), |granted| (granted.role, granted.rooms));
    let is_same = granted == (grant.role, grant.rooms.clone());
    let is_recorded = grant.issued_at < issued_at || (grant.issued_at == issued_at && is_same);
    Ok(Some(Recognized { number: known.id, is_recorded, is_same }))
}

/// The columns that [`recorded`] reads.
macro_rules! recorded_columns {
    () => {
        "id, kind, role, limited, barred"
    };
}

/// The author of this name and kind.
pub(super) fn find(db: &Connection, username: &Username, kind: Kind) -> rusqlite::Result<Option<Recorded>> {
    db.prepare_cached(concat!("SELECT ", recorded_columns!(), " FROM authors WHERE name = ?1 AND kind = ?2"))?
        .query_row((username.as_str(), kind as i64), recorded)
        .optional()
}

/// The author with this number.
pub(super) fn get(db: &Connection, id: Seq) -> rusqlite::Result<Option<Recorded>> {
    db.prepare_cached(concat!("SELECT ", recorded_columns!(), " FROM authors WHERE id = ?1"))?
        .query_row([number(id)], recorded)
        .optional()
}

/// The name under which the messages of the author with this number are shown.
pub(super) fn shown_name(db: &Connection, id: Seq) -> rusqlite::Result<Username> {
    db.prepare_cached("SELECT name, kind FROM authors WHERE id = ?1")?.query_row([number(id)], |row| {
        match Kind::from_code(row.get(1)?) {
            Kind::Deleted | Kind::DeletedReserved => Ok(Username::deleted()),
            _ => rows::parsed(row, 0, Username::parse),
        }
    })
}

/// The account that owns this name now.
pub(super) fn owner(db: &Connection, username: &Username) -> rusqlite::Result<Option<Recorded>> {
    db.prepare_cached(concat!("SELECT ", recorded_columns!(), " FROM authors WHERE name = ?1 AND kind <= 1"))?
        .query_row([username.as_str()], recorded)
        .optional()
}

/// What a session needs to know of an account, if it is there and owns its name.
pub(super) fn account(db: &Connection, id: Seq) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(
        "SELECT id, name, kind, role, limited, barred, generation FROM authors WHERE id = ?1 AND kind <= 1",
    )?
    .query_row([number(id)], |row| {
        Ok(Account {
            number: seq(row, 0)?,
            username: rows::parsed(row, 1, Username::parse)?,
            by_application: Kind::from_code(row.get(2)?) == Kind::Application,
            role: rows::role(row, 3)?,
            limited: row.get(4)?,
            barred: row.get(5)?,
            generation: row.get(6)?,
        })
    })
    .optional()
}

/// Why nobody may use this name without proof, if so.
pub(super) fn refuses_unproven(db: &Connection, username: &Username) -> rusqlite::Result<Option<String>> {
    if owner(db, username)?.is_some() {
        return Ok(Some(format!(
            "the name {username} belongs to somebody; send its token, or choose another name"
        )));
    }
    taken_by_lookalike(db, username)
}

/// Why this name, which nobody owns, cannot be recorded for an owner, if so.
pub(super) fn taken_by_lookalike(db: &Connection, username: &Username) -> rusqlite::Result<Option<String>> {
    refuses_lookalike(
        db,
        username,
        &[Kind::Claimed, Kind::Application, Kind::Imported, Kind::DeletedReserved],
    )
}

/// The same for a user of the application, which outranks those who have merely claimed a name: but not owners, moderators and
/// bots, whom the house itself has made what they are.
pub(super) fn refuses_application(db: &Connection, username: &Username) -> rusqlite::Result<Option<String>> {
    let office = lookalikes(db, username)?.into_iter().find(|(_, recorded)| {
        recorded.kind == Kind::Claimed && (recorded.role.moderates() || recorded.role == Role::Bot)
    });
    if let Some((other, Recorded { role, .. })) = office {
        return Ok(Some(format!(
            "the name {username} is, or looks like, that of {other}, who has the role {role} in this house: sign another name, or \
             let an owner give {other} the role member"
        )));
    }
    refuses_lookalike(db, username, &[Kind::Application, Kind::Imported, Kind::DeletedReserved])
}

fn refuses_lookalike(
    db: &Connection,
    username: &Username,
    kinds: &[Kind],
) -> rusqlite::Result<Option<String>> {
    if is_reserved(username) {
        return Ok(Some(format!("nobody can use the name {username}; choose another name")));
    }
    let others = lookalikes(db, username)?;
    let other = others.into_iter().find(|(other, recorded)| {
        // The name itself counts only where nobody can use it.
        let is_history = matches!(recorded.kind, Kind::Imported | Kind::DeletedReserved);
        kinds.contains(&recorded.kind) && (other != username || is_history)
    });
    let Some((other, recorded)) = other else { return Ok(None) };
    Ok(Some(if other != *username {
        format!("the name {username} looks like {other}, which is taken; choose another name")
    } else if recorded.kind == Kind::Imported {
        format!("the name {username} is an imported author's, so nobody can use it; choose another name")
    } else {
        format!("the account of {username} was deleted, and nobody can use its name; choose another name")
    }))
}

/// Whether an invitation other than the `accepted` one keeps this name, or one that looks like it, for somebody.
pub(super) fn is_kept(
    db: &Connection,
    at: Timestamp,
    username: &Username,
    accepted: Option<i64>,
) -> rusqlite::Result<bool> {
    let (folded, shown) = skeletons(username.as_str());
    db.prepare_cached(
        "SELECT EXISTS(SELECT 1 FROM invitations WHERE username IS NOT NULL AND (folded = ?1 OR shown = ?2)
             AND revoked = 0 AND used < uses AND expires_at > ?3 AND id IS NOT ?4)",
    )?
    .query_row((folded, shown, at.millis(), accepted), |row| row.get(0))
}

/// The authors whose names look the same, this name included, unless they were only used without proof.
fn lookalikes(db: &Connection, username: &Username) -> rusqlite::Result<Vec<(Username, Recorded)>> {
    let (folded, shown) = skeletons(username.as_str());
    let mut select = db.prepare_cached(
        "SELECT id, kind, role, limited, barred, name FROM authors WHERE folded = ?1 AND kind IN (0, 1, 3, 5)
         UNION SELECT id, kind, role, limited, barred, name FROM authors WHERE shown = ?2 AND kind IN (0, 1, 3, 5) ORDER BY id",
    )?;
    let found = select
        .query_map((folded, shown), |row| Ok((rows::parsed(row, 5, Username::parse)?, recorded(row)?)))?;
    found.collect()
}

/// The accounts whose names look like this one: an application that signs this name takes them over.
pub(super) fn claimed_lookalikes(
    db: &Connection,
    username: &Username,
) -> rusqlite::Result<Vec<(Username, Seq)>> {
    let claimed = |(name, recorded): (Username, Recorded)| {
        (recorded.kind == Kind::Claimed).then_some((name, recorded.id))
    };
    Ok(lookalikes(db, username)?.into_iter().filter_map(claimed).collect())
}

/// The secret that an account was claimed with.
pub(super) fn secret(db: &Connection, account: Seq) -> rusqlite::Result<Option<SecretHash>> {
    db.prepare_cached("SELECT secret FROM authors WHERE id = ?1")?
        .query_row([number(account)], |row| Ok(row.get::<_, Option<[u8; 32]>>(0)?.map(SecretHash)))
}

/// Gives an account to whoever claims it with this secret. Tokens that others may have are not valid any more.
pub(super) fn let_back(db: &Connection, account: Seq, secret: Option<SecretHash>) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE authors SET secret = ?2, generation = generation + 1 WHERE id = ?1")?
        .execute((number(account), secret.map(|SecretHash(hash)| hash)))?;
    Ok(())
}

/// Records an author.
pub(super) fn add(
    db: &Connection,
    id: Seq,
    username: &Username,
    kind: Kind,
    secret: Option<SecretHash>,
) -> rusqlite::Result<Recorded> {
    let (folded, shown) = skeletons(username.as_str());
    db.prepare_cached(
        "INSERT INTO authors(id, name, kind, secret, folded, shown) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((
        number(id),
        username.as_str(),
        kind as i64,
        secret.map(|SecretHash(hash)| hash),
        folded,
        shown,
    ))?;
    Ok(Recorded { id, kind, role: Role::Member, limited: false, barred: false })
}

/// Takes the name from an account: the operator's application has given it to somebody.
pub(super) fn supersede(db: &Connection, account: Seq) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE authors SET kind = ?2 + id WHERE id = ?1")?
        .execute((number(account), Kind::Superseded as i64))?;
    Ok(())
}

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        id: seq(row, 0)?,
        kind: Kind::from_code(row.get(1)?),
        role: rows::role(row, 2)?,
        limited: row.get(3)?,
        barred: row.get(4)?,
    })
}

/// Whether a name looks like one of [`RESERVED`]. What stands between the words makes no difference to a reader.
fn is_reserved(username: &Username) -> bool {
    let bare = |name: &str| {
        let (folded, shown) = skeletons(name);
        [folded, shown].map(|skeleton| skeleton.chars().filter(|c| c.is_alphanumeric()).collect::<String>())
    };
    let [folded, shown] = bare(username.as_str());
    RESERVED.into_iter().map(bare).any(|reserved| reserved[0] == folded || reserved[1] == shown)
}

/// What a name looks like (UTS 39), with its case folded before and after: two names that are equal in either look
/// the same. One alone is not enough, because a capital I looks like an l and is also an i.
pub(super) fn skeletons(name: &str) -> (String, String) {
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
        let (a, b) = (skeletons(a), skeletons(b));
        a.0 == b.0 || a.1 == b.1
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
