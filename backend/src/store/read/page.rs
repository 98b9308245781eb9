//! Reading rooms: pages with their context, and what comes after a place.

use std::collections::{BTreeSet, HashSet};

use rusqlite::Connection;
use shared::{AboutKind, Message, RoomName, Seq, Side, limits};

use crate::store::{
    Behind, Page,
    budget::Budgeted,
    rows::{self, CURRENT_MESSAGE, MESSAGE, RoomRow, number, optional_seq, select},
};

/// A page ends early at so many bytes in JSON, so that an answer stays small however long its messages are: four of the
/// longest texts.
const PAGE_BYTES: usize = 4 * (limits::TEXT_BYTES + 1024);
/// The context of a page ends at so many bytes in JSON.
const CONTEXT_BYTES: usize = 1 << 17;
/// The reactions to one message that a page's context carries: the newest.
const REACTIONS: i64 = 100;

/// The newest seq of a room; zero for a room that has none.
pub(in crate::store) fn head(db: &Connection, name: &RoomName) -> rusqlite::Result<Seq> {
    Ok(rows::room(db, name)?.map_or(Seq::ZERO, |room| room.head))
}

/// See [`crate::store::Store::after`].
pub(in crate::store) fn after(
    db: &Connection,
    name: &RoomName,
    after: Seq,
    upto: Seq,
    max_messages: usize,
    max_bytes: usize,
) -> rusqlite::Result<Vec<Message>> {
    let Some(RoomRow { id, .. }) = rows::room(db, name)? else { return Ok(Vec::new()) };
    let sql = format!("{MESSAGE} WHERE m.room = ?1 AND m.seq > ?2 AND m.seq <= ?3 ORDER BY m.seq LIMIT ?4");
    let limit = i64::try_from(max_messages).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(&sql)?;
    let mut found = select.query((id, number(after), number(upto), limit))?;
    let mut messages = Budgeted::new(max_bytes);
    while let Some(row) = found.next()? {
        if !messages.push(rows::message(row, name)?) {
            break;
        }
    }
    Ok(messages.list)
}

/// See [`crate::store::Store::behind`].
pub(in crate::store) fn behind(
    db: &Connection,
    name: &RoomName,
    after_seq: Seq,
    upto: Seq,
    max_messages: usize,
    max_bytes: usize,
) -> rusqlite::Result<Behind> {
    let floor = rows::room(db, name)?.map_or(Seq::ZERO, |room| room.floor);
    if after_seq < floor {
        return Ok(Behind::Expired(floor));
    }
    Ok(Behind::Messages(after(db, name, after_seq, upto, max_messages, max_bytes)?))
}

/// See [`crate::store::Store::page`].
pub(in crate::store) fn page(
    db: &Connection,
    name: &RoomName,
    side: Side,
    limit: u16,
) -> rusqlite::Result<Page> {
    let Some(RoomRow { id, head, floor }) = rows::room(db, name)? else { return Ok(Page::default()) };
    let limit = usize::from(limit.clamp(1, limits::PAGE_MESSAGES));
    let (bound, from) = match side {
        Side::Before(seq) => ("m.seq < ?2 ORDER BY m.seq DESC", seq),
        Side::After(seq) => ("m.seq > ?2 ORDER BY m.seq", seq),
    };
    // One more than was asked for tells whether there is more.
    let sql = format!("{MESSAGE} WHERE m.room = ?1 AND {bound} LIMIT ?3");
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(&sql)?;
    let mut found = select.query((id, number(from), one_more))?;
    let (mut messages, mut more) = (Budgeted::new(PAGE_BYTES), false);
    while let Some(row) = found.next()? {
        if messages.list.len() == limit || !messages.push(rows::message(row, name)?) {
            more = true;
            break;
        }
    }
    let mut messages = messages.list;
    if matches!(side, Side::Before(_)) {
        messages.reverse();
    }
    let context = context(db, name, id, &messages)?;
    Ok(Page { head, floor, messages, context, more })
}

/// What is needed to show these messages whole and is not among them: changes of them first, then what they answer,
/// then reactions, until a bound is reached.
fn context(db: &Connection, name: &RoomName, room: i64, page: &[Message]) -> rusqlite::Result<Vec<Message>> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(Vec::new()) };
    let outside = |seq: &Seq| *seq < first.seq || *seq > last.seq;
    let mut context = Budgeted::new(CONTEXT_BYTES);
    let mut wanted = Vec::new();
    let mut with_reactions = Vec::new();
    for annotated in annotated(db, room, first.seq, last.seq)? {
        wanted.extend(annotated.change());
        if annotated.has_reactions {
            with_reactions.push(annotated.seq);
        }
    }
    let answered: BTreeSet<Seq> = page
        .iter()
        .filter_map(|message| message.about.filter(|about| about.kind == AboutKind::Reply))
        .map(|about| about.seq)
        .filter(|seq| *seq < first.seq)
        .collect();
    for target in answered {
        wanted.push(target);
        wanted.extend(annotated(db, room, target, target)?.iter().filter_map(Annotated::change));
    }
    let one = format!("{MESSAGE} WHERE m.seq = ?1");
    for seq in wanted.into_iter().filter(outside) {
        context.push_all(select(db, name, &one, [number(seq)])?);
    }
    let reactions = format!(
        "{MESSAGE} WHERE m.about = ?1 AND m.kind = 3 AND m.text <> '' AND m.seq > ?2 ORDER BY m.seq DESC LIMIT ?3"
    );
    for target in with_reactions.into_iter().rev() {
        let free = i64::try_from(context.free()).unwrap_or(i64::MAX);
        if free == 0 {
            break;
        }
        let params = (number(target), number(last.seq), REACTIONS.min(free));
        context.push_all(select(db, name, &reactions, params)?);
    }
    let mut context = context.list;
    context.sort_by_key(|message| message.seq);
    context.dedup_by_key(|message| message.seq);
    Ok(context)
}

/// A message that others are about.
struct Annotated {
    seq: Seq,
    edit: Option<Seq>,
    retraction: Option<Seq>,
    has_reactions: bool,
}

impl Annotated {
    /// The message that decides its text now. The edits of a retracted message are blank.
    fn change(&self) -> Option<Seq> {
        self.retraction.or(self.edit)
    }
}

/// The messages of a part of a room that were edited, retracted or reacted to.
fn annotated(db: &Connection, room: i64, first: Seq, last: Seq) -> rusqlite::Result<Vec<Annotated>> {
    let mut select = db.prepare_cached(
        "SELECT seq, edit, retraction, has_reactions FROM (
             SELECT seq, edit, retraction, EXISTS(
                 SELECT 1 FROM messages r WHERE r.about = m.seq AND r.kind = 3 AND r.text <> ''
             ) AS has_reactions
             FROM messages m WHERE room = ?1 AND seq BETWEEN ?2 AND ?3
         ) WHERE edit IS NOT NULL OR retraction IS NOT NULL OR has_reactions",
    )?;
    let found = select.query_map((room, number(first), number(last)), |row| {
        Ok(Annotated {
            seq: rows::seq(row, 0)?,
            edit: optional_seq(row, 1)?,
            retraction: optional_seq(row, 2)?,
            has_reactions: row.get(3)?,
        })
    })?;
    found.collect()
}

/// The rooms of the messages after a position that are not on everybody's list.
pub(in crate::store) fn unlisted(db: &Connection, position: Seq) -> rusqlite::Result<HashSet<RoomName>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT r.name FROM messages m JOIN rooms r ON r.id = m.room
         WHERE m.seq > ?1 AND (r.kind <> 0 OR r.archived OR r.deleted)",
    )?;
    select.query_map([number(position)], |row| rows::parsed(row, 0, RoomName::parse))?.collect()
}

/// The messages after a position, with their rooms.
pub(in crate::store) fn beyond(db: &Connection, position: Seq) -> rusqlite::Result<Vec<Message>> {
    let sql = format!("{CURRENT_MESSAGE} WHERE m.seq > ?1 ORDER BY m.seq");
    let mut select = db.prepare_cached(&sql)?;
    select.query_map([number(position)], rows::message_with_room)?.collect()
}
