//! Messages: posts, imports, and what they do to earlier messages.

use rusqlite::{Connection, OptionalExtension};
use shared::{
    AboutKind, Act, Authorship, Message, Post, Refusal, RefusalCode, Role, RoomKind, Seq, Timestamp,
    house::is_direct_name,
};

use super::{
    ReadModel, Room,
    accounts::Usable,
    authority::{Who, no_room},
};
use crate::store::{
    authors::{self, Recorded},
    entry::{Author, Imported, Outcome},
    rows::{self, Kind, code, number},
    target::{self, Target},
};

impl ReadModel {
    pub(super) fn post(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        author: &Author,
        mut post: Post,
        makes_room: bool,
    ) -> rusqlite::Result<Outcome> {
        let refused = |post: &Post, code, reason| Outcome::Refused(refusal(post, code, reason));
        let recorded = match self.author(db, author)? {
            Usable::Recorded(recorded) => Some(recorded),
            Usable::Free => None,
            Usable::Refused(code, reason) => return Ok(refused(&post, code, reason)),
        };
        let room = self.room(db, &post.room)?;
        if let Some(room) = room
            && !Self::is_readable(db, &room, recorded)?
        {
            // This comes before what may have been posted there once: the room is not there for this author any more.
            return Ok(Outcome::Refused(refusal_of_no_room(&post)));
        }
        let refusal = match room {
            Some(room) => Self::refuses_post(db, &room, recorded, at, &post)?,
            None if makes_room && recorded.is_none_or(|author| !author.limited) => {
                // A name that begins so would pass for the room of a few people.
                is_direct_name(post.room.as_str()).then(|| refusal_of_no_room(&post))
            }
            None => Some(refusal_of_no_room(&post)),
        };
        if refusal.is_some() || post.about.is_some() {
            // A post that is tried again is no second one, so this comes before what may be wrong with it now.
            if let (Some(room), Some(recorded)) = (room, recorded)
                && let Some(first) = first_with_id(db, room.id, recorded.id, &post)?
            {
                return Ok(first);
            }
        }
        if let Some(refusal) = refusal {
            return Ok(Outcome::Refused(refusal));
        }
        let mut target = None;
        if let Some(about) = post.about {
            let moderates = recorded.is_some_and(|author| author.role.moderates())
                && room.is_some_and(|room| room.kind != RoomKind::Direct);
            match target::find(db, room.map(|room| room.id), recorded, moderates, about)? {
                Ok(found) => target = Some(found),
                Err((code, reason)) => return Ok(refused(&post, code, reason)),
            }
            // An author reacts with an emoji once. The second time has a number and an id of its own, so that a retry is
            // known, and shows nothing.
            if let (AboutKind::Reaction, Some(recorded)) = (about.kind, recorded)
                && has_reacted(db, about.seq, recorded.id, &post.text)?
            {
                post.text.clear();
            }
        }
        let room = room.map_or_else(|| self.add_room(db, position, &post.room, at), Ok)?;
        let recorded = recorded.map_or_else(|| self.add_unproven(db, position, author.clone()), Ok)?;
        let username = author.username().clone();
        let Post { room: name, id, text, about } = post;
        let (room_name, is_entry) = (name.clone(), about.is_none_or(|about| about.kind == AboutKind::Reply));
        let authorship = recorded.kind.authorship();
        let change = match about.map(|about| about.kind) {
            Some(AboutKind::Edit) => Some(("edit", text.clone())),
            Some(AboutKind::Retraction) => Some(("retraction", String::new())),
            _ => None,
        };
        let message =
            Message { room: name, seq: position, id, username, text, sent_at: at, about, authorship };
        match self.insert(db, room, recorded, message)? {
            Inserted::Yes => {}
            Inserted::No(first) => return Ok(first),
        }
        if let (Some(target), Some((column, text))) = (target, change) {
            self.change(db, room.id, &target, column, position, &text)?;
            if target.author != recorded.id {
                let username = authors::shown_name(db, target.author)?;
                let by = Self::name_of(db, Who::Account(recorded))?;
                Self::record(
                    db,
                    position,
                    at,
                    by.as_ref(),
                    &Act::Retract { room: room_name, seq: target.seq, username },
                )?;
            }
        }
        if room.slow_seconds > 0 && is_entry {
            note_slow(db, room.id, recorded, at)?;
        }
        Ok(Outcome::Stored { seq: position, sent_at: at })
    }

    pub(super) fn import(
        &mut self,
        db: &Connection,
        position: Seq,
        imported: Imported,
    ) -> rusqlite::Result<Outcome> {
        let Imported { room: name, username, id, text, said_at } = imported;
        let room = self.room(db, &name)?.map_or_else(|| self.add_room(db, position, &name, said_at), Ok)?;
        if room.deleted {
            let reason = format!("the room {name} was deleted, and its name is not used again");
            return Ok(Outcome::Refused(Refusal::new(RefusalCode::NoRoom, reason)));
        }
        let author = if let Some(author) = authors::find(db, &username, Kind::Imported)? {
            author
        } else {
            // The name is nobody's to use from now on, nor one that looks like it.
            self.authors.retain(|author, _| author.is_proven());
            authors::add(db, position, &username, Kind::Imported, None)?
        };
        let authorship = author.kind.authorship();
        let message = Message {
            room: name,
            seq: position,
            id,
            username,
            text,
            sent_at: said_at,
            about: None,
            authorship,
        };
        let new = matches!(self.insert(db, room, author, message)?, Inserted::Yes);
        Ok(Outcome::Imported { new })
    }

    /// Why an author may not post this in a room now, if so.
    fn refuses_post(
        db: &Connection,
        room: &Room,
        author: Option<Recorded>,
        at: Timestamp,
        post: &Post,
    ) -> rusqlite::Result<Option<Refusal>> {
        if room.archived {
            let reason = format!("the room {} is archived: nothing can be posted any more", post.room);
            return Ok(Some(refusal(post, RefusalCode::Archived, reason)));
        }
        let is_entry = post.about.is_none_or(|about| about.kind == AboutKind::Reply);
        if room.slow_seconds == 0 || !is_entry || author.is_some_and(is_exempt) {
            return Ok(None);
        }
        let wait_ms = slow_wait(db, room, author, at)?;
        Ok(wait_ms.map(|wait_ms| {
            let seconds = wait_ms.div_ceil(1000);
            let reason = format!(
                "this room is slowed down to one post in {} s: wait {seconds} s more",
                room.slow_seconds
            );
            Refusal { retry_after_ms: Some(wait_ms), ..refusal(post, RefusalCode::TooFast, reason) }
        }))
    }

    /// Inserts a message, unless the author has posted its id before.
    pub(super) fn insert(
        &mut self,
        db: &Connection,
        room: Room,
        author: Recorded,
        message: Message,
    ) -> rusqlite::Result<Inserted> {
        let (about, kind) = message.about.map(|about| (number(about.seq), code(about.kind))).unzip();
        let inserted = db
            .prepare_cached(
                "INSERT INTO messages(seq, room, author, sent_at, about, kind, id, text)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(room, id, author) DO NOTHING",
            )?
            .execute((
                number(message.seq),
                room.id,
                number(author.id),
                message.sent_at.millis(),
                about,
                kind,
                message.id.as_str(),
                &message.text,
            ))?;
        if inserted == 0 {
            let Message { room: name, id, text, about, .. } = message;
            let post = Post { room: name, id, text, about };
            let first = first_with_id(db, room.id, author.id, &post)?;
            return first.map(Inserted::No).ok_or(rusqlite::Error::QueryReturnedNoRows);
        }
        if let Some(room) = self.rooms.get_mut(&message.room) {
            room.head = message.seq;
            if message.is_entry() {
                // The time is the latest one, however the entries fall into transactions.
                let latest = room.newest.map_or(message.sent_at, |(_, at)| at.max(message.sent_at));
                room.newest = Some((message.seq, latest));
            }
            if !room.touched {
                room.touched = true;
                self.touched.push(message.room.clone());
            }
        }
        if !room.is_listed() {
            self.commit.unlisted.insert(message.room.clone());
        }
        self.commit.messages.push(message);
        Ok(Inserted::Yes)
    }

    /// What an edit or a retraction does to its target, in the rows and in the index.
    fn change(
        &mut self,
        db: &Connection,
        room: i64,
        target: &Target,
        column: &str,
        position: Seq,
        text: &str,
    ) -> rusqlite::Result<()> {
        if target.is_entry() {
            self.index.replace(db, room, target.seq, text)?;
        }
        db.prepare_cached(&format!("UPDATE messages SET {column} = ?2 WHERE seq = ?1"))?
            .execute((number(target.seq), number(position)))?;
        if column == "retraction" {
            db.prepare_cached("UPDATE messages SET text = '' WHERE seq = ?1")?
                .execute([number(target.seq)])?;
            db.prepare_cached("UPDATE messages SET text = '' WHERE about = ?1 AND kind = 1")?
                .execute([number(target.seq)])?;
            self.blanked = true;
        }
        Ok(())
    }
}

/// Who posts as often as they like in a slowed-down room.
fn is_exempt(author: Recorded) -> bool {
    author.role.moderates() || author.role == Role::Bot
}

/// Whose posts a slowed-down room counts together: an account's; everybody without an account shares one entry (0), because they
/// could use a new name for each post.
fn paced(author: Option<Recorded>) -> i64 {
    author
        .filter(|author| author.kind.authorship() == Authorship::Proven)
        .map_or(0, |author| number(author.id))
}

/// How long an author still has to wait in a slowed-down room, in milliseconds.
fn slow_wait(
    db: &Connection,
    room: &Room,
    author: Option<Recorded>,
    at: Timestamp,
) -> rusqlite::Result<Option<u64>> {
    let last: Option<i64> = db
        .prepare_cached("SELECT at FROM slow WHERE room = ?1 AND author = ?2")?
        .query_row((room.id, paced(author)), |row| row.get(0))
        .optional()?;
    let next = last.map(|last| last.saturating_add(i64::from(room.slow_seconds) * 1000));
    Ok(next.map(|next| next - at.millis()).filter(|wait| *wait > 0).map(i64::cast_unsigned))
}

fn note_slow(db: &Connection, room: i64, author: Recorded, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO slow(room, author, at) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET at = excluded.at",
    )?
    .execute((room, paced(Some(author)), at.millis()))?;
    Ok(())
}

pub(super) enum Inserted {
    Yes,
    /// The answer that the first post with this id got, or a refusal if it was another post.
    No(Outcome),
}

fn refusal(post: &Post, code: RefusalCode, reason: String) -> Refusal {
    let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
    Refusal { id, room, ..Refusal::new(code, reason) }
}

fn refusal_of_no_room(post: &Post) -> Refusal {
    let (code, reason) = no_room(&post.room);
    refusal(post, code, reason)
}

/// The answer to a post whose id its author has used before: the first one's if it is the same post, which is a retry.
/// A text that was blanked since is taken for the same.
fn first_with_id(db: &Connection, room: i64, author: Seq, post: &Post) -> rusqlite::Result<Option<Outcome>> {
    let (about, kind) = post.about.map(|about| (number(about.seq), code(about.kind))).unzip();
    db.prepare_cached(
        "SELECT seq, sent_at, (text = ?4 OR text = '') AND about IS ?5 AND kind IS ?6
         FROM messages WHERE room = ?1 AND author = ?2 AND id = ?3",
    )?
    .query_row((room, number(author), post.id.as_str(), &post.text, about, kind), |row| {
        if !row.get::<_, bool>(2)? {
            let reason = format!("the id {} was used before for another post; use a new id", post.id);
            return Ok(Outcome::Refused(refusal(post, RefusalCode::IdTaken, reason)));
        }
        stored(row)
    })
    .optional()
}

/// Whether an author reacts with this emoji already. Whether it asks to be shown as an emoji (U+FE0F) or as text (U+FE0E)
/// makes no difference.
fn has_reacted(db: &Connection, target: Seq, author: Seq, text: &str) -> rusqlite::Result<bool> {
    let bare = text.replace(['\u{FE0E}', '\u{FE0F}'], "");
    db.prepare_cached(
        "SELECT EXISTS(SELECT 1 FROM messages WHERE about = ?1 AND author = ?2 AND kind = 3 AND text <> ''
         AND replace(replace(text, char(65038), ''), char(65039), '') = ?3)",
    )?
    .query_row((number(target), number(author), bare), |row| row.get(0))
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Outcome> {
    let sent_at = Timestamp::from_millis(row.get(1)?);
    Ok(Outcome::Stored { seq: rows::seq(row, 0)?, sent_at })
}
