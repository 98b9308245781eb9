//! One post inside the writer's transaction: whose it is, whether it is new, which number it gets, and what it
//! does to the message that it is about.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use shared::{AboutKind, Message, MessageId, Refusal, RefusalCode, RoomName, Seq, Timestamp, Username};

use super::{
    Draft, Outcome,
    about::{Target, find_target},
    names::{self, Kind, Standing, User},
    reading::{self, code, number},
    search,
};

/// So many users and rooms are remembered between transactions, each.
const REMEMBERED: usize = 100_000;

/// A message of a time before this log.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) room: RoomName,
    pub(crate) username: Username,
    pub(crate) id: MessageId,
    pub(crate) text: String,
    pub(crate) said_at: Timestamp,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) added: u64,
    pub(crate) already: u64,
}

/// What the writer knows of the log, so that a post needs one insertion. It is right between transactions, and is
/// thrown away when one fails.
pub(super) struct Ledger {
    rooms: HashMap<RoomName, Room>,
    users: HashMap<Username, User>,
    /// Rooms whose row is behind.
    touched: Vec<RoomName>,
    /// What this transaction added.
    fresh: Vec<Message>,
    /// The last message of the whole log.
    last: i64,
    /// The last message that the search index has.
    indexed: i64,
    /// Whether a text was blanked since [`Ledger::blanked`] was asked.
    blanked: bool,
}

#[derive(Clone, Copy)]
struct Room {
    id: i64,
    head: Seq,
    /// The newest message or reply, and when it was sent.
    entry: Option<(Seq, Timestamp)>,
    touched: bool,
}

impl Ledger {
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            rooms: HashMap::new(),
            users: HashMap::new(),
            touched: Vec::new(),
            fresh: Vec::new(),
            last: db.query_row("SELECT coalesce(max(n), 0) FROM messages", [], |row| row.get(0))?,
            indexed: search::indexed(db)?,
            blanked: false,
        })
    }

    /// The number of the last message in the whole log.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Whether there are messages that cannot be searched yet.
    pub(super) fn behind(&self) -> bool {
        self.indexed < self.last
    }

    /// Whether a text was blanked since the last time this was asked.
    pub(super) fn blanked(&mut self) -> bool {
        std::mem::take(&mut self.blanked)
    }

    /// Puts a post into the log, unless it is there or may not be.
    pub(super) fn append(
        &mut self,
        db: &Connection,
        draft: Draft,
        now: Timestamp,
    ) -> rusqlite::Result<Outcome> {
        let Draft { username, proven, post } = draft;
        let refused = |code, reason: String| {
            let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
            Ok(Outcome::Refused(Refusal { id, room, ..Refusal::new(code, reason) }))
        };
        if let Err(error) = post.check() {
            return refused(RefusalCode::BadText, error.to_string());
        }
        let user = match self.standing(db, &username, proven)? {
            Standing::Known(user) => Some(user),
            Standing::Free => None,
            Standing::Taken(reason) => return refused(RefusalCode::NameTaken, reason),
        };
        let room = self.room(db, &post.room)?;
        let mut target = None;
        if let Some(about) = post.about {
            // A retraction that is tried again is no second one, so this comes first.
            if let (Some(room), Some(user)) = (room, user)
                && let Some(first) = stored(db, room.id, user.id, &post.id)?
            {
                return Ok(first);
            }
            match find_target(db, room.map(|room| room.id), user, about)? {
                Ok(found) => target = Some(found),
                Err((code, reason)) => return refused(code, reason),
            }
        }
        let room = room.map_or_else(|| self.make_room(db, &post.room, now), Ok)?;
        let kind = if proven { Kind::Claimed } else { Kind::Open };
        let user = user.map_or_else(|| self.add_user(db, &username, kind), Ok)?;
        if let (Some(target), Some(about)) = (&target, post.about) {
            self.change(db, room.id, target, about.kind, &post.text)?;
        }
        let message = Message {
            room: post.room,
            seq: room.head.next(),
            id: post.id,
            username,
            text: post.text,
            sent_at: now,
            about: post.about,
            authorship: shared::Authorship::Proven,
        };
        let seq = message.seq;
        match self.insert(db, room, user, message)? {
            None => Ok(Outcome::Stored { seq, sent_at: now }),
            Some(first) => Ok(first),
        }
    }

    /// Puts messages of an earlier time into the log, except those that are there.
    pub(super) fn import(&mut self, db: &Connection, messages: Vec<Imported>) -> rusqlite::Result<Counted> {
        let mut counted = Counted::default();
        for Imported { room: name, username, id, text, said_at } in messages {
            let room = self.room(db, &name)?.map_or_else(|| self.make_room(db, &name, said_at), Ok)?;
            let user = match self.users.get(&username).copied() {
                Some(user) => user,
                None => match names::find(db, &username)? {
                    Some(user) => user,
                    None => self.add_user(db, &username, Kind::Open)?,
                },
            };
            let seq = room.head.next();
            let message = Message {
                room: name,
                seq,
                id,
                username,
                text,
                sent_at: said_at,
                about: None,
                authorship: shared::Authorship::Imported,
            };
            match self.insert(db, room, user, message)? {
                None => counted.added += 1,
                Some(_) => counted.already += 1,
            }
        }
        Ok(counted)
    }

    /// Lists a room, if it is not.
    pub(super) fn list_room(
        &mut self,
        db: &Connection,
        name: &RoomName,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        if self.room(db, name)?.is_none() {
            self.make_room(db, name, now)?;
        }
        Ok(())
    }

    /// Records a name for the holder of its token, or says why not. `anew`: it must not be anybody's yet.
    pub(super) fn claim(
        &mut self,
        db: &Connection,
        username: &Username,
        anew: bool,
    ) -> rusqlite::Result<Result<(), String>> {
        Ok(match self.standing(db, username, true)? {
            Standing::Taken(reason) => Err(reason),
            Standing::Known(user) if anew => Err(user.refuses(username, false).unwrap_or_default()),
            Standing::Known(_) => Ok(()),
            Standing::Free => {
                self.add_user(db, username, Kind::Claimed)?;
                Ok(())
            }
        })
    }

    /// Makes up to `count` messages more searchable.
    pub(super) fn index(&mut self, db: &Connection, count: u32) -> rusqlite::Result<()> {
        self.indexed = search::index(db, self.indexed, count)?.unwrap_or(self.last);
        Ok(())
    }

    /// Writes what is kept once for all posts of a transaction. Call it before the commit.
    pub(super) fn finish(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut update = db.prepare_cached(
            "UPDATE rooms SET head = ?2, entry = coalesce(?3, entry), newest = coalesce(?4, newest) WHERE id = ?1",
        )?;
        for name in self.touched.drain(..) {
            if let Some(room) = self.rooms.get_mut(&name) {
                room.touched = false;
                let (entry, newest) = room.entry.unzip();
                update.execute((
                    room.id,
                    number(room.head),
                    entry.map(number),
                    newest.map(Timestamp::millis),
                ))?;
            }
        }
        Ok(())
    }

    /// What the committed transaction added, in order.
    pub(super) fn take_fresh(&mut self) -> Vec<Message> {
        if self.rooms.len() > REMEMBERED {
            self.rooms.clear();
        }
        if self.users.len() > REMEMBERED {
            self.users.clear();
        }
        std::mem::take(&mut self.fresh)
    }

    fn standing(&mut self, db: &Connection, username: &Username, proven: bool) -> rusqlite::Result<Standing> {
        if let Some(user) = self.users.get(username) {
            let taken = user.refuses(username, proven).map(Standing::Taken);
            return Ok(taken.unwrap_or(Standing::Known(*user)));
        }
        let standing = names::standing(db, username, proven)?;
        if let Standing::Known(user) = standing {
            self.users.insert(username.clone(), user);
        }
        Ok(standing)
    }

    fn add_user(&mut self, db: &Connection, username: &Username, kind: Kind) -> rusqlite::Result<User> {
        let user = names::add(db, username, kind)?;
        self.users.insert(username.clone(), user);
        Ok(user)
    }

    fn room(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Room>> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(Some(*room));
        }
        let Some((id, head)) = reading::room(db, name)? else { return Ok(None) };
        let room = Room { id, head, entry: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(Some(room))
    }

    fn make_room(&mut self, db: &Connection, name: &RoomName, now: Timestamp) -> rusqlite::Result<Room> {
        db.prepare_cached("INSERT INTO rooms(name, newest) VALUES(?1, ?2)")?
            .execute((name.as_str(), now.millis()))?;
        let room = Room { id: db.last_insert_rowid(), head: Seq::ZERO, entry: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(room)
    }

    /// Inserts a message under the room's next number, or gives the one that has its id.
    fn insert(
        &mut self,
        db: &Connection,
        room: Room,
        user: User,
        message: Message,
    ) -> rusqlite::Result<Option<Outcome>> {
        let (about, kind) = message.about.map(|about| (number(about.seq), code(about.kind))).unzip();
        let inserted = db
            .prepare_cached(
                "INSERT INTO messages(n, room, seq, user, sent_at, about, kind, id, text)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(room, user, id) DO NOTHING",
            )?
            .execute((
                self.last + 1,
                room.id,
                number(message.seq),
                user.id,
                message.sent_at.millis(),
                about,
                kind,
                message.id.as_str(),
                &message.text,
            ))?;
        if inserted == 0 {
            let first = stored(db, room.id, user.id, &message.id)?;
            return first.map(Some).ok_or(rusqlite::Error::QueryReturnedNoRows);
        }
        self.last += 1;
        if let Some(room) = self.rooms.get_mut(&message.room) {
            room.head = message.seq;
            if message.is_entry() {
                room.entry = Some((message.seq, message.sent_at));
            }
            if !room.touched {
                room.touched = true;
                self.touched.push(message.room.clone());
            }
        }
        self.fresh.push(message);
        Ok(None)
    }

    /// What an edit or a retraction does to its target, in the log and in the index.
    fn change(
        &mut self,
        db: &Connection,
        room: i64,
        target: &Target,
        kind: AboutKind,
        text: &str,
    ) -> rusqlite::Result<()> {
        if !matches!(kind, AboutKind::Edit | AboutKind::Retraction) {
            return Ok(());
        }
        if target.is_entry() && target.n <= self.indexed {
            let sql = format!("SELECT {} FROM messages m WHERE n = ?1", search::CURRENT_TEXT);
            let before: String = db.prepare_cached(&sql)?.query_row([target.n], |row| row.get(0))?;
            search::remove(db, target.n, room, &before)?;
            search::add(db, target.n, room, text)?;
        }
        if kind == AboutKind::Retraction {
            db.prepare_cached("UPDATE messages SET text = '' WHERE n = ?1")?.execute([target.n])?;
            db.prepare_cached("UPDATE messages SET text = '' WHERE room = ?1 AND about = ?2 AND kind = 1")?
                .execute((room, target.seq))?;
            self.blanked = true;
        }
        Ok(())
    }
}

/// The answer that the first post with this id got.
fn stored(db: &Connection, room: i64, user: i64, id: &MessageId) -> rusqlite::Result<Option<Outcome>> {
    db.prepare_cached("SELECT seq, sent_at FROM messages WHERE room = ?1 AND user = ?2 AND id = ?3")?
        .query_row((room, user, id.as_str()), |row| {
            let sent_at = Timestamp::from_millis(row.get(1)?);
            Ok(Outcome::Stored { seq: reading::seq(row, 0)?, sent_at })
        })
        .optional()
}
