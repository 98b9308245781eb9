//! Reading about the house: people, invitations, bots, acts, who is in a room.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use shared::{
    Act, Message, RoomName, Seq, Timestamp, Username,
    house::{
        Acts, Bot, Invitation, InvitationOffer, InvitationState, Invitations, People, Person, RecordedAct,
        RoomMembers, Webhook, WebhookState, WebhookTrigger,
    },
};

use crate::store::{
    authors,
    entry::SecretHash,
    model::{
        self,
        invitations::{self, Stored, invitation_columns},
    },
    reader::{KnownRoom, Reader},
    rights,
    rows::{self, CURRENT_MESSAGE, Kind, number, optional_seq, parsed, seq},
};

/// So many people or invitations are listed at a time.
const LISTED: usize = 500;
/// So many acts are listed at a time.
const ACTS: usize = 200;
/// So many positions are looked at for the messages of one author.
const SCANNED: u64 = 100_000;

/// The accounts after a name, by name.
pub(in crate::store) fn people(db: &Connection, after: &str) -> rusqlite::Result<People> {
    let mut select = db.prepare_cached(
        "SELECT name, kind, role, limited, barred FROM authors WHERE kind <= 1 AND name > ?1 ORDER BY name LIMIT ?2",
    )?;
    let people: rusqlite::Result<Vec<Person>> = select
        .query_map((after, one_more(LISTED)), |row| {
            Ok(Person {
                username: parsed(row, 0, Username::parse)?,
                application: Kind::from_code(row.get(1)?) == Kind::Application,
                role: rows::role(row, 2)?,
                limited: row.get(3)?,
                barred: row.get(4)?,
                online: false,
            })
        })?
        .collect();
    let (people, more) = page(people?, LISTED);
    Ok(People { people, more })
}

/// A list is read with one row more than a page has, to know whether there is another page.
pub(super) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit + 1).unwrap_or(i64::MAX)
}

/// A page of what was read with [`one_more`], and whether there is another page.
pub(super) fn page<T>(mut found: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

/// The accounts that own these names.
pub(in crate::store) fn numbers(db: &Connection, names: &[Username]) -> rusqlite::Result<Vec<Option<Seq>>> {
    names.iter().map(|name| Ok(authors::owner(db, name)?.map(|owner| owner.id))).collect()
}

/// Who was added to a room, after a name, by name; and for who manages the room: who was removed from it.
pub(in crate::store) fn members(
    db: &Connection,
    room: &KnownRoom,
    manages: bool,
    after: &str,
) -> rusqlite::Result<RoomMembers> {
    let mut select = db.prepare_cached(
        "SELECT a.name, m.state = 1 FROM members m JOIN authors a ON a.id = m.author
         WHERE m.room = ?1 AND a.kind <= 1 AND a.name > ?2 AND (m.state = 1 OR ?3) ORDER BY a.name LIMIT ?4",
    )?;
    let found: Vec<(Username, bool)> = select
        .query_map((room.id, after, manages, one_more(LISTED)), |row| {
            Ok((parsed(row, 0, Username::parse)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let (found, more) = page(found, LISTED);
    let mut answer = RoomMembers { info: room.info.clone(), manages, more, ..RoomMembers::default() };
    for (name, is_member) in found {
        if is_member { &mut answer.members } else { &mut answer.removed }.push(name);
    }
    Ok(answer)
}

/// Who has made a room.
pub(in crate::store) fn made_by(db: &Connection, room: &KnownRoom) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("SELECT made_by FROM rooms WHERE id = ?1")?
        .query_row([room.id], |row| optional_seq(row, 0))
}

/// The invitations before a number, newest first: all, or those of one account. `reader`: who sees no names of rooms that they
/// may not read.
pub(in crate::store) fn invitations(
    db: &Connection,
    of: Option<Seq>,
    reader: Option<Reader>,
    before: Seq,
    now: Timestamp,
) -> rusqlite::Result<Invitations> {
    let mut select = db.prepare_cached(concat!(
        invitation_columns!(),
        " WHERE (?1 IS NULL OR by = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3"
    ))?;
    let found: Vec<Stored> = select
        .query_map((of.map(number), number(before), one_more(LISTED)), invitations::stored)?
        .collect::<rusqlite::Result<_>>()?;
    let (found, more) = page(found, LISTED);
    let mut invitations = Vec::new();
    // Many invitations name the same rooms.
    let mut is_readable: HashMap<RoomName, bool> = HashMap::new();
    for invitation in found {
        let mut invitation = shown(db, invitation, now)?;
        if let Some(reader) = reader {
            for name in &invitation.rooms {
                if !is_readable.contains_key(name) {
                    is_readable.insert(name.clone(), rights::is_readable(db, name, reader)?);
                }
            }
            invitation.rooms.retain(|name| is_readable[name]);
        }
        invitations.push(invitation);
    }
    Ok(Invitations { invitations, more })
}

fn shown(db: &Connection, invitation: Stored, now: Timestamp) -> rusqlite::Result<Invitation> {
    let valid = invitations::is_valid(db, &invitation, now)?;
    let Stored { id, by, username, role, rooms, expires_at, uses, used, .. } = invitation;
    let state = match () {
        () if valid => InvitationState::Valid,
        () if used >= uses => InvitationState::Used,
        () if now >= expires_at => InvitationState::Expired,
        () => InvitationState::Revoked,
    };
    let by = by.map(|by| authors::shown_name(db, by)).transpose()?;
    Ok(Invitation {
        number: Seq(id.cast_unsigned()),
        by,
        username,
        role,
        rooms,
        expires_at,
        uses,
        used,
        state,
    })
}

/// What an invitation offers, if it can be used.
pub(in crate::store) fn offer(
    db: &Connection,
    secret: SecretHash,
    now: Timestamp,
) -> rusqlite::Result<Option<InvitationOffer>> {
    let Some(invitation) = invitations::find(db, secret)? else { return Ok(None) };
    if !invitations::is_valid(db, &invitation, now)? {
        return Ok(None);
    }
    let rooms = invitations::rooms_of(db, &invitation)?;
    let Stored { by, username, role, .. } = invitation;
    let by = by.map(|by| authors::shown_name(db, by)).transpose()?;
    Ok(Some(InvitationOffer { house: String::new(), by, username, role, rooms }))
}

/// Who owns the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Somebody does.
    Owned,
    /// Nobody does, but somebody was invited to.
    Offered,
    /// Nobody does, and nobody was invited to.
    Unowned,
}

/// Who owns the house.
pub(in crate::store) fn ownership(db: &Connection) -> rusqlite::Result<Ownership> {
    if model::has_owner(db)? {
        return Ok(Ownership::Owned);
    }
    let is_offered =
        db.query_row("SELECT EXISTS(SELECT 1 FROM invitations WHERE role = 0)", [], |row| row.get(0))?;
    Ok(if is_offered { Ownership::Offered } else { Ownership::Unowned })
}

/// The bots, by name.
pub(in crate::store) fn bots(db: &Connection) -> rusqlite::Result<Vec<Bot>> {
    let mut select =
        db.prepare_cached("SELECT id, name FROM authors WHERE kind <= 1 AND role = 4 ORDER BY name")?;
    let bots: Vec<(i64, Username)> = select
        .query_map([], |row| Ok((row.get(0)?, parsed(row, 1, Username::parse)?)))?
        .collect::<rusqlite::Result<_>>()?;
    bots.into_iter()
        .map(|(id, username)| Ok(Bot { username, rooms: rooms_of(db, id)?, webhooks: webhooks_of(db, id)? }))
        .collect()
}

fn rooms_of(db: &Connection, account: i64) -> rusqlite::Result<Vec<RoomName>> {
    let mut select = db.prepare_cached(
        "SELECT r.name FROM members m JOIN rooms r ON r.id = m.room
         WHERE m.author = ?1 AND m.state = 1 AND r.deleted = 0 ORDER BY r.name",
    )?;
    select.query_map([account], |row| parsed(row, 0, RoomName::parse))?.collect()
}

fn webhooks_of(db: &Connection, account: i64) -> rusqlite::Result<Vec<Webhook>> {
    let mut select = db.prepare_cached(
        "SELECT w.id, r.name, w.every_message, w.url, w.is_on, w.error FROM webhooks w JOIN rooms r ON r.id = w.room
         WHERE w.author = ?1 ORDER BY w.id",
    )?;
    let found = select.query_map([account], |row| {
        let (is_on, error): (bool, Option<String>) = (row.get(4)?, row.get(5)?);
        let state = match (is_on, &error) {
            (false, _) => WebhookState::Off,
            (true, Some(_)) => WebhookState::Failing,
            (true, None) => WebhookState::On,
        };
        Ok(Webhook {
            number: seq(row, 0)?,
            room: parsed(row, 1, RoomName::parse)?,
            when: if row.get(2)? { WebhookTrigger::Message } else { WebhookTrigger::Mention },
            url: row.get(3)?,
            state,
            error,
        })
    })?;
    found.collect()
}

/// The acts before a number, newest first.
pub(in crate::store) fn acts(db: &Connection, before: Seq) -> rusqlite::Result<Acts> {
    let mut select =
        db.prepare_cached("SELECT id, at, by, act FROM acts WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
    let mut found = select.query((number(before), one_more(ACTS)))?;
    let mut acts = Vec::new();
    while let Some(row) = found.next()? {
        acts.extend(recorded(row)?);
    }
    let (acts, more) = page(acts, ACTS);
    Ok(Acts { acts, more })
}

/// Some acts after a number, oldest first, and where to go on. `None`: there are no more.
pub(in crate::store) fn acts_after(
    db: &Connection,
    after: Seq,
) -> rusqlite::Result<(Vec<RecordedAct>, Option<Seq>)> {
    let mut select =
        db.prepare_cached("SELECT id, at, by, act FROM acts WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut found = select.query((number(after), i64::try_from(ACTS).unwrap_or(i64::MAX)))?;
    let (mut acts, mut rows, mut last) = (Vec::new(), 0, after);
    while let Some(row) = found.next()? {
        (rows, last) = (rows + 1, seq(row, 0)?);
        acts.extend(recorded(row)?);
    }
    Ok((acts, (rows == ACTS).then_some(last)))
}

/// An act of a later version cannot be read, and is left out.
fn recorded(row: &Row<'_>) -> rusqlite::Result<Option<RecordedAct>> {
    let by: Option<String> = row.get(2)?;
    let by = by.map(|_| parsed(row, 2, Username::parse)).transpose()?;
    let act: Option<Act> = serde_json::from_str(row.get_ref(3)?.as_str()?).ok();
    let (number, at) = (seq(row, 0)?, Timestamp::from_millis(row.get(1)?));
    Ok(act.map(|act| RecordedAct { number, at, by, act }))
}

/// Some messages of an author after a seq, with their current texts, and where to go on. `None`: there are no more.
pub(in crate::store) fn messages_of(
    db: &Connection,
    account: Seq,
    after: Seq,
) -> rusqlite::Result<(Vec<Message>, Option<Seq>)> {
    let Some(first) = rows::next_message(db, after)? else { return Ok((Vec::new(), None)) };
    let upto = Seq(first.0 + SCANNED);
    let sql = format!(
        "{CURRENT_MESSAGE} WHERE m.seq > ?1 AND m.seq <= ?2 AND m.author = ?3 AND m.text <> ''
         AND coalesce(m.kind, 0) IN (0, 3) AND r.deleted = 0 ORDER BY m.seq LIMIT 1000"
    );
    let mut select = db.prepare_cached(&sql)?;
    let messages: Vec<Message> = select
        .query_map((number(after), number(upto), number(account)), rows::message_with_room)?
        .collect::<rusqlite::Result<_>>()?;
    let next = if messages.len() == 1000 { messages.last().map_or(upto, |last| last.seq) } else { upto };
    Ok((messages, Some(next)))
}

/// A webhook that is on, as the worker that calls it needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveWebhook {
    /// Its number.
    pub number: Seq,
    /// The bot that it belongs to.
    pub bot: Username,
    /// The bot's account.
    pub account: Seq,
    /// The room.
    pub room: RoomName,
    /// For which messages it is called.
    pub when: WebhookTrigger,
    /// The address.
    pub url: String,
    /// What its calls are signed with.
    pub secret: [u8; 24],
    /// All messages up to here were delivered, or need no call.
    pub position: Seq,
    /// Why the last call failed, and since when calls fail.
    pub failing: Option<(String, Timestamp)>,
}

/// The webhooks that are on, and whose bots may read their rooms.
pub(in crate::store) fn active_webhooks(db: &Connection) -> rusqlite::Result<Vec<ActiveWebhook>> {
    let mut select = db.prepare_cached(
        "SELECT w.id, a.name, a.id, r.name, w.every_message, w.url, w.secret, w.position, w.failing_since,
         w.error FROM webhooks w JOIN rooms r ON r.id = w.room JOIN authors a ON a.id = w.author
         JOIN members m ON m.room = r.id AND m.author = a.id
         WHERE w.is_on AND a.kind <= 1 AND NOT a.barred AND m.state = 1 AND r.deleted = 0 ORDER BY w.id",
    )?;
    let found = select.query_map([], |row| {
        let (since, error): (Option<i64>, Option<String>) = (row.get(8)?, row.get(9)?);
        Ok(ActiveWebhook {
            number: seq(row, 0)?,
            bot: parsed(row, 1, Username::parse)?,
            account: seq(row, 2)?,
            room: parsed(row, 3, RoomName::parse)?,
            when: if row.get(4)? { WebhookTrigger::Message } else { WebhookTrigger::Mention },
            url: row.get(5)?,
            secret: row.get(6)?,
            position: seq(row, 7)?,
            failing: error.zip(since.map(Timestamp::from_millis)),
        })
    })?;
    found.collect()
}
