//! What is checked of a store or a backup: its pages, and what SQLite cannot know.

use std::{
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use rusqlite::{Connection, types::ValueRef};
use shared::{Epoch, MessageId, RoomName, Topic, Username};

use super::{Progress, Report};
use crate::store::{
    rows::{Kind, current_text, text},
    search::is_damage,
    words::words,
};

/// So many faults of a kind are named; the others are counted.
const NAMED: usize = 5;
/// The longest term of the search index, in bytes: FTS5 cuts what is longer.
const TERM_BYTES: usize = 32_768;
/// The first schema whose rows are checked, not only its pages.
const CHECKED_FROM: i32 = 3;

/// Something that is not as it should be, in a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// What to do about it, if the sentence does not say so already.
    pub way_out: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        // What a start would say has its own.
        if self.way_out.is_empty() { Ok(()) } else { write!(f, ": {}", self.way_out) }
    }
}

/// The way out of what is wrong with the rows or the pages.
const RESTORE: &str = "put a backup in its place with `parlor restore FILE --replace`";
/// The way out of what is wrong with the search index.
const INDEX: &str = "`parlor export` and `parlor import` into an empty folder make the index anew";

/// The faults of an open database. An error is one that is none of the data: a full disk, say.
pub(in crate::store) fn faults(db: &Connection, report: Report<'_>) -> rusqlite::Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let mut step = |step, done| report(Progress { step, done, total: Some(4) });
    step("checking the pages", 0);
    add(&mut faults, RESTORE, "", integrity(db))?;
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < CHECKED_FROM {
        return Ok(faults);
    }
    step("checking the rows", 1);
    for sql in rows(db)? {
        add(&mut faults, RESTORE, "", sentences(db, &sql))?;
    }
    step("checking the names", 2);
    // Without its one row nothing can be said of the rest.
    let is_one = db.query_row("SELECT count(*) = 1 FROM store", [], |row| row.get(0)).unwrap_or(false);
    if !is_one {
        return Ok(faults);
    }
    add(&mut faults, RESTORE, "", names(db))?;
    step("checking the search index", 3);
    // What is wrong with its pages was said.
    if faults.is_empty() {
        add(&mut faults, INDEX, "the search index: ", index(db))?;
    }
    step("checking the search index", 4);
    Ok(faults)
}

/// Adds the first few of what was found. Damage that keeps it from being found is a fault, too.
fn add(
    faults: &mut Vec<Fault>,
    way_out: &'static str,
    of: &str,
    found: rusqlite::Result<Vec<String>>,
) -> rusqlite::Result<()> {
    let mut found = match found {
        Err(error) if is_damage(&error) => vec![error.to_string()],
        found => found?,
    };
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    if more > 0 {
        found.push(format!("and {more} more of this kind"));
    }
    for what in found {
        let fault = Fault { what: format!("{of}{what}"), way_out };
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    Ok(())
}

/// What SQLite says. Where it can say nothing of the whole, it is asked of each table.
fn integrity(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let said = match sentences(db, "PRAGMA integrity_check") {
        Err(error) if is_damage(&error) => {
            let mut said = Vec::new();
            for table in
                sentences(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")?
            {
                match sentences(db, &format!("PRAGMA integrity_check(\"{table}\")")) {
                    Err(error) if is_damage(&error) => said.push(format!("the table `{table}`: {error}")),
                    found => said.extend(found?),
                }
            }
            if said.iter().all(|said| said == "ok") {
                said.push(error.to_string());
            }
            said
        }
        said => said?,
    };
    let lines = said.iter().flat_map(|said| said.lines());
    Ok(lines.filter(|line| *line != "ok" && !line.starts_with("***")).map(str::to_owned).collect())
}

/// The first column of each row.
fn sentences(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = db.prepare(sql)?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// Queries each of whose rows is a sentence about what is wrong.
fn rows(db: &Connection) -> rusqlite::Result<Vec<String>> {
    // Messages up to the floor are not kept.
    let has_floor: bool = db.query_row(
        "SELECT EXISTS(SELECT 1 FROM pragma_table_info('rooms') WHERE name = 'floor')",
        [],
        |row| row.get(0),
    )?;
    let floor = if has_floor { "r.floor" } else { "0" };
    let mut queries = vec![
        "SELECT 'the table `store` has ' || count(*) || ' rows instead of one' FROM store HAVING count(*) <> 1".into(),
        format!(
            "SELECT 'the room ' || name || ' says that its newest message is #' || said || ', and it is #' || found FROM
             (SELECT r.name, r.head AS said, coalesce((SELECT max(seq) FROM messages WHERE room = r.id), 0) AS found, {floor} AS floor
              FROM rooms r WHERE r.deleted = 0)
             WHERE said <> found AND NOT (found < said AND said <= floor)"
        ),
        format!(
            "SELECT 'the room ' || name || ' says that it was last written in at #' || said || ', and it was at #' || found FROM
             (SELECT r.name, r.newest AS said, {floor} AS floor,
              coalesce((SELECT max(seq) FROM messages WHERE room = r.id AND coalesce(kind, 0) = 0), 0) AS found
              FROM rooms r WHERE r.deleted = 0)
             WHERE said <> found AND NOT (found < said AND said <= floor)"
        ),
        "SELECT 'message #' || seq || ' is in a room that is not there' FROM messages WHERE room NOT IN (SELECT id FROM rooms)".into(),
        "SELECT 'message #' || seq || ' has an author who is not there' FROM messages WHERE author NOT IN (SELECT id FROM authors)".into(),
        format!(
            "SELECT 'message #' || m.seq || ' is about #' || m.about || ', which is not before it in its room'
             FROM messages m JOIN rooms r ON r.id = m.room LEFT JOIN messages t ON t.seq = m.about AND t.room = m.room
             WHERE m.about IS NOT NULL AND (t.seq IS NULL OR m.about >= m.seq) AND m.about > {floor} AND r.deleted = 0"
        ),
        "SELECT 'message #' || seq || ' does not say how it is about another' FROM messages
         WHERE (about IS NULL) <> (kind IS NULL) OR kind NOT BETWEEN 0 AND 3".into(),
        "SELECT 'message #' || m.seq || ' does not name its newest edit' FROM
             (SELECT about, max(seq) AS edit FROM messages WHERE kind = 1 GROUP BY about) e JOIN messages m ON m.seq = e.about
         WHERE m.edit IS NOT e.edit".into(),
        "SELECT 'message #' || m.seq || ' names an edit or a retraction that is not there' FROM messages m
         WHERE (m.edit IS NOT NULL AND m.edit NOT IN (SELECT seq FROM messages WHERE about = m.seq AND kind = 1))
            OR (m.retraction IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM messages t WHERE t.seq = m.retraction AND t.about = m.seq AND t.kind = 2))".into(),
        "SELECT 'message #' || seq || ' was retracted and has its text still' FROM messages
         WHERE retraction IS NOT NULL AND text <> ''".into(),
        "SELECT 'somebody who is not there is a member of a room' FROM members WHERE author NOT IN (SELECT id FROM authors)
             OR room NOT IN (SELECT id FROM rooms)".into(),
        "SELECT 'a read mark in the room ' || coalesce(r.name, '?') || ' is at #' || s.seq || ', behind its newest message'
         FROM seen s LEFT JOIN rooms r ON r.id = s.room WHERE r.id IS NULL OR (s.seq > r.head AND r.deleted = 0)".into(),
        "SELECT 'webhook ' || id || ' is of a room or a bot that is not there' FROM webhooks
         WHERE room NOT IN (SELECT id FROM rooms) OR author NOT IN (SELECT id FROM authors)".into(),
    ];
    for (table, column) in [
        ("messages", "seq"),
        ("rooms", "id"),
        ("authors", "id"),
        ("acts", "id"),
        ("invitations", "id"),
        ("webhooks", "id"),
    ] {
        // An entry that makes several rooms numbers them on.
        let beyond = if table == "rooms" { "+ 100" } else { "" };
        queries.push(format!(
            "SELECT 'the log is at position ' || position || ', and the table `{table}` has the number ' || top
             FROM store, (SELECT max({column}) AS top FROM {table}) WHERE top > position {beyond}"
        ));
    }
    Ok(queries)
}

/// What cannot be read as what it should be.
fn names(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut bad = Vec::new();
    let epoch: String = db.query_row("SELECT epoch FROM store", [], |row| row.get(0))?;
    if Epoch::parse(&epoch).is_err() {
        bad.push(format!("the epoch is {epoch:?}, which is none"));
    }
    let settings: String = db.query_row("SELECT settings FROM store", [], |row| row.get(0))?;
    if serde_json::from_str::<serde_json::Map<_, _>>(&settings).is_err() {
        bad.push("the settings cannot be read".into());
    }
    let mut each = |sql: &str, check: &dyn Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Option<String>>| {
        let mut select = db.prepare(sql)?;
        let mut found = select.query([])?;
        while let Some(row) = found.next()? {
            bad.extend(check(row)?);
        }
        Ok::<(), rusqlite::Error>(())
    };
    each("SELECT id, name, topic FROM rooms", &|row| {
        let (id, name, topic): (i64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_good =
            RoomName::parse(&name).is_ok() && topic.is_none_or(|topic| Topic::parse(&topic).is_ok());
        Ok((!is_good).then(|| format!("room {id} has a name or a topic that cannot be: {name:?}")))
    })?;
    each("SELECT id, name, kind FROM authors", &|row| {
        let (id, name, kind): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_good = Kind::from_code(kind) == Kind::Deleted || Username::parse(&name).is_ok();
        Ok((!is_good).then(|| format!("author {id} has a name that cannot be: {name:?}")))
    })?;
    each("SELECT seq, id, text FROM messages", &|row| {
        let is_text = |column| matches!(row.get_ref(column), Ok(ValueRef::Text(text)) if std::str::from_utf8(text).is_ok());
        let is_good = is_text(2) && is_text(1) && MessageId::parse(row.get_ref(1)?.as_str()?).is_ok();
        Ok((!is_good).then(|| format!("message #{} cannot be read", row.get::<_, i64>(0).unwrap_or(0))))
    })?;
    each("SELECT id, act FROM acts", &|row| {
        let act: String = row.get(1)?;
        // Another version may have acts that this one does not know.
        let is_good = serde_json::from_str::<serde_json::Map<_, _>>(&act).is_ok();
        Ok((!is_good)
            .then(|| format!("the record of act {} cannot be read", row.get::<_, i64>(0).unwrap_or(0))))
    })?;
    Ok(bad)
}

/// Compares the search index with the texts: what is found must be there, and what is there must be found.
fn index(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let indexed: i64 = db.query_row("SELECT indexed FROM store", [], |row| row.get(0))?;
    if indexed < 0 {
        // It is known to be damaged, and made anew by the next start.
        return Ok(Vec::new());
    }
    db.execute_batch(
        "PRAGMA query_only = OFF; DROP TABLE IF EXISTS temp.indexed;
         CREATE VIRTUAL TABLE temp.indexed USING fts5vocab('main', 'words', 'instance')",
    )?;
    // The sums of both differ if anything does; only then it is worth the memory to find out what.
    let (mut texts, mut terms) = (0_u64, 0_u64);
    of_texts(db, indexed, |_, hash| texts = texts.wrapping_add(hash))?;
    of_terms(db, |_, hash| terms = terms.wrapping_add(hash))?;
    if texts == terms {
        return Ok(Vec::new());
    }
    let mut documents = HashMap::<i64, u64>::new();
    of_texts(db, indexed, |seq, hash| {
        let sum = documents.entry(seq).or_default();
        *sum = sum.wrapping_add(hash);
    })?;
    of_terms(db, |seq, hash| {
        let sum = documents.entry(seq).or_default();
        *sum = sum.wrapping_sub(hash);
    })?;
    let mut wrong: Vec<_> = documents.into_iter().filter(|(_, sum)| *sum != 0).map(|(seq, _)| seq).collect();
    wrong.sort_unstable();
    let mut text = db.prepare("SELECT EXISTS(SELECT 1 FROM messages WHERE seq = ?1 AND text <> '')")?;
    let sentence = |(n, seq): (usize, i64)| {
        // Nobody reads the others.
        if n >= NAMED {
            return Ok(String::new());
        }
        let is_there: bool = text.query_row([seq], |row| row.get(0))?;
        let what = if is_there { "is found by other words than it has" } else { "is found, and has no text" };
        Ok(format!("message #{seq} {what}"))
    };
    wrong.into_iter().enumerate().map(sentence).collect()
}

/// What the index should have.
fn of_texts(db: &Connection, indexed: i64, mut add: impl FnMut(i64, u64)) -> rusqlite::Result<()> {
    // The texts of an account that was just deleted go one by one.
    let mut select = db.prepare(concat!(
        "SELECT m.seq, m.room, ",
        current_text!(),
        " FROM messages m WHERE m.seq <= ?1 AND coalesce(m.kind, 0) = 0
          AND m.author NOT IN (SELECT id FROM authors WHERE blanked = 1)"
    ))?;
    let mut found = select.query([indexed])?;
    while let Some(row) = found.next()? {
        let seq: i64 = row.get(0)?;
        let words = words(&text(row, 2)?);
        if words.is_empty() {
            continue;
        }
        add(seq, hash(seq, "room", row.get::<_, i64>(1)?.to_string().as_bytes(), 0));
        for (offset, word) in (0..).zip(words.split(' ')) {
            add(seq, hash(seq, "text", &word.as_bytes()[..word.len().min(TERM_BYTES)], offset));
        }
    }
    Ok(())
}

/// What the index has.
fn of_terms(db: &Connection, mut add: impl FnMut(i64, u64)) -> rusqlite::Result<()> {
    let mut select = db.prepare(
        "SELECT doc, col, term, offset FROM temp.indexed
         WHERE doc NOT IN (SELECT seq FROM messages WHERE author IN (SELECT id FROM authors WHERE blanked = 1))",
    )?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        let seq: i64 = row.get(0)?;
        add(seq, hash(seq, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_bytes()?, row.get(3)?));
    }
    Ok(())
}

fn hash(seq: i64, column: &str, term: &[u8], offset: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seq, column, term, offset).hash(&mut hasher);
    hasher.finish()
}
