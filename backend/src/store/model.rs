//! The read model: what the log's entries add up to, and how one more is applied.
//!
//! [`ReadModel::apply`] is deterministic. An entry carries everything that decides its fate, so applying the same
//! entries in the same order makes the same rows, whether they come live, in a replay or twice: a position that was
//! reached before is passed over. There is no clock, no randomness and no setting here. The position is written in the
//! same transaction as the rows.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use shared::{AboutKind, Message, Post, Refusal, RefusalCode, RoomName, Seq, Timestamp, Username};

use super::{
    authors::{self, Recorded},
    entry::{Author, Commit, Entry, Imported, Outcome, SecretHash},
    rows::{self, Kind, code, number},
    search::Index,
    target::{self, Target},
};

/// How many authors and rooms are kept in memory between transactions, each.
const CACHED: usize = 100_000;

/// What the writer knows of the rows, so that a post needs one insertion. It is right between transactions, and is
/// read anew when one failed.
pub(super) struct ReadModel {
    /// The position of the last entry that was applied.
    position: Seq,
    rooms: HashMap<RoomName, Room>,
    /// Authors that may post now.
    authors: HashMap<Author, Recorded>,
    /// Rooms whose row is behind.
    touched: Vec<RoomName>,
    /// What this transaction has changed for readers.
    commit: Commit,
    /// Whether a text was blanked since [`ReadModel::take_blanked`].
    blanked: bool,
    /// The search index.
    pub(super) index: Index,
}

#[derive(Clone, Copy)]
struct Room {
    id: i64,
    head: Seq,
    /// The newest message or reply of this transaction.
    newest: Option<(Seq, Timestamp)>,
    touched: bool,
}

impl ReadModel {
    /// Reads where the rows are.
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            position: db.query_row("SELECT position FROM store", [], |row| rows::seq(row, 0))?,
            rooms: HashMap::new(),
            authors: HashMap::new(),
            touched: Vec::new(),
            commit: Commit::default(),
            blanked: false,
            index: Index::read(db)?,
        })
    }

    /// The position of the last entry that was applied.
    pub(super) fn position(&self) -> Seq {
        self.position
    }

    /// Whether there are messages that cannot be searched yet.
    pub(super) fn index_is_behind(&self) -> bool {
        self.index.position() < self.position
    }

    /// Whether a text was blanked since this was last asked.
    pub(super) fn take_blanked(&mut self) -> bool {
        std::mem::take(&mut self.blanked)
    }

    /// Applies the entry at a position, inside the caller's transaction. `None` if it was applied before.
    pub(super) fn apply(
        &mut self,
        db: &Connection,
        position: Seq,
        entry: Entry,
    ) -> rusqlite::Result<Option<Outcome>> {
        if position <= self.position {
            return Ok(None);
        }
        let outcome = match entry {
            Entry::Post { at, author, post } => self.post(db, position, at, &author, post),
            Entry::Claim { username, secret } => self.claim(db, position, &username, secret),
            Entry::Recognize { username } => self.recognize(db, position, &username),
            Entry::CreateRoom { at, room } => self.create_room(db, position, &room, at),
            Entry::Import(imported) => self.import(db, position, imported),
        }?;
        self.position = position;
        Ok(Some(outcome))
    }

    /// Writes what is written once for all entries of a transaction. To be called before the commit.
    pub(super) fn finish(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut update = db.prepare_cached(
            "UPDATE rooms SET head = ?2, newest = coalesce(?3, newest), newest_at = max(newest_at, coalesce(?4, newest_at))
             WHERE id = ?1",
        )?;
        for name in self.touched.drain(..) {
            if let Some(room) = self.rooms.get_mut(&name) {
                room.touched = false;
                let (newest, at) = room.newest.take().unzip();
                update.execute((
                    room.id,
                    number(room.head),
                    newest.map(number),
                    at.map(Timestamp::millis),
                ))?;
            }
        }
        db.prepare_cached("UPDATE store SET position = ?1")?.execute([number(self.position)])?;
        Ok(())
    }

    /// What the committed transaction has changed for readers.
    pub(super) fn take_commit(&mut self) -> Commit {
        if self.rooms.len() > CACHED {
            self.rooms.clear();
        }
        if self.authors.len() > CACHED {
            self.authors.clear();
        }
        std::mem::take(&mut self.commit)
    }

    fn post(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        author: &Author,
        post: Post,
    ) -> rusqlite::Result<Outcome> {
        let refused = |code, reason| Outcome::Refused(refusal(&post, code, reason));
        let recorded = match self.author(db, author)? {
            Usable::Recorded(recorded) => Some(recorded),
            Usable::Free => None,
            Usable::No(code, reason) => return Ok(refused(code, reason)),
        };
        let room = self.room(db, &post.room)?;
        let mut target = None;
        if let Some(about) = post.about {
            // A retraction that is tried again is no second one, so this comes first.
            if let (Some(room), Some(recorded)) = (room, recorded)
                && let Some(first) = first_with_id(db, room.id, recorded.id, &post)?
            {
                return Ok(first);
            }
            match target::find(db, room.map(|room| room.id), recorded, about)? {
                Ok(found) => target = Some(found),
                Err((code, reason)) => return Ok(refused(code, reason)),
            }
            if let (AboutKind::Reaction, Some(recorded)) = (about.kind, recorded)
                && let Some(first) = same_reaction(db, about.seq, recorded.id, &post.text)?
            {
                return Ok(first);
            }
        }
        let room = room.map_or_else(|| self.add_room(db, position, &post.room, at), Ok)?;
        let recorded = recorded.map_or_else(|| self.add_author(db, position, author.clone()), Ok)?;
        let username = author.username().clone();
        let Post { room: name, id, text, about } = post;
        let authorship = recorded.kind.authorship();
        let message =
            Message { room: name, seq: position, id, username, text, sent_at: at, about, authorship };
        match self.insert(db, room, recorded, message)? {
            Inserted::Yes => {}
            Inserted::No(first) => return Ok(first),
        }
        if let (Some(target), Some(added)) = (target, self.commit.messages.last()) {
            let (kind, text) = (added.about.map(|about| about.kind), added.text.clone());
            self.change(db, room.id, &target, kind, position, &text)?;
        }
        Ok(Outcome::Stored { seq: position, sent_at: at })
    }

    fn import(&mut self, db: &Connection, position: Seq, imported: Imported) -> rusqlite::Result<Outcome> {
        let Imported { room: name, username, id, text, said_at } = imported;
        let room = self.room(db, &name)?.map_or_else(|| self.add_room(db, position, &name, said_at), Ok)?;
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

    fn create_room(
        &mut self,
        db: &Connection,
        position: Seq,
        name: &RoomName,
        at: Timestamp,
    ) -> rusqlite::Result<Outcome> {
        if self.room(db, name)?.is_none() {
            self.add_room(db, position, name, at)?;
        }
        Ok(Outcome::RoomListed)
    }

    fn claim(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
        secret: Option<SecretHash>,
    ) -> rusqlite::Result<Outcome> {
        if let Some(owner) = authors::owner(db, username)? {
            let again = secret.is_some() && owner.kind == Kind::Claimed;
            if again && authors::secret(db, owner.id)? == secret {
                return Ok(Outcome::Account(owner.id));
            }
            return Ok(name_taken(format!(
                "the name {username} belongs to somebody; send its token, or choose another name"
            )));
        }
        if let Some(reason) = authors::taken_by_lookalike(db, username)? {
            return Ok(name_taken(reason));
        }
        self.authors.retain(|author, _| author.is_proven());
        authors::add(db, position, username, Kind::Claimed, secret)?;
        Ok(Outcome::Account(position))
    }

    fn recognize(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
    ) -> rusqlite::Result<Outcome> {
        let author = Author::Application(username.clone());
        Ok(match self.author(db, &author)? {
            Usable::Recorded(recorded) => Outcome::Account(recorded.id),
            Usable::Free => Outcome::Account(self.add_author(db, position, author)?.id),
            Usable::No(code, reason) => Outcome::Refused(Refusal::new(code, reason)),
        })
    }

    /// Whether an author may post now.
    fn author(&mut self, db: &Connection, author: &Author) -> rusqlite::Result<Usable> {
        if let Some(recorded) = self.authors.get(author) {
            return Ok(Usable::Recorded(*recorded));
        }
        let usable = match author {
            Author::Account { username, account } => match authors::find(db, username, Kind::Claimed)? {
                Some(found) if found.id == *account => Usable::Recorded(found),
                _ => Usable::No(
                    RefusalCode::BadToken,
                    format!(
                        "the token for {username} is not valid any more: the name belongs to somebody else"
                    ),
                ),
            },
            Author::Application(username) => match authors::find(db, username, Kind::Application)? {
                Some(found) => Usable::Recorded(found),
                None => authors::refuses_application(db, username)?
                    .map_or(Usable::Free, |reason| Usable::No(RefusalCode::NameTaken, reason)),
            },
            Author::Unproven(username) => match authors::refuses_unproven(db, username)? {
                Some(reason) => Usable::No(RefusalCode::NameTaken, reason),
                None => authors::find(db, username, Kind::Unproven)?.map_or(Usable::Free, Usable::Recorded),
            },
        };
        if let Usable::Recorded(recorded) = usable {
            self.authors.insert(author.clone(), recorded);
        }
        Ok(usable)
    }

    /// Records an author whose name is free for it.
    fn add_author(&mut self, db: &Connection, position: Seq, author: Author) -> rusqlite::Result<Recorded> {
        let username = author.username();
        let kind = match author {
            Author::Account { .. } => Kind::Claimed,
            Author::Application(_) => {
                for (claimed, account) in authors::claimed_lookalikes(db, username)? {
                    authors::supersede(db, account)?;
                    self.commit.superseded.push((claimed, account));
                }
                // What others could use until now, they may not any more.
                self.authors.retain(|other, _| matches!(other, Author::Application(_)));
                Kind::Application
            }
            Author::Unproven(_) => Kind::Unproven,
        };
        let recorded = authors::add(db, position, username, kind, None)?;
        self.authors.insert(author, recorded);
        Ok(recorded)
    }

    fn room(&mut self, db: &Connection, name: &RoomName) -> rusqlite::Result<Option<Room>> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(Some(*room));
        }
        let Some((id, head)) = rows::room(db, name)? else { return Ok(None) };
        let room = Room { id, head, newest: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(Some(room))
    }

    fn add_room(
        &mut self,
        db: &Connection,
        position: Seq,
        name: &RoomName,
        at: Timestamp,
    ) -> rusqlite::Result<Room> {
        db.prepare_cached("INSERT INTO rooms(id, name, newest_at) VALUES(?1, ?2, ?3)")?.execute((
            number(position),
            name.as_str(),
            at.millis(),
        ))?;
        let room = Room { id: number(position), head: Seq::ZERO, newest: None, touched: false };
        self.rooms.insert(name.clone(), room);
        Ok(room)
    }

    /// Inserts a message, unless the author has posted its id before.
    fn insert(
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
        self.commit.messages.push(message);
        Ok(Inserted::Yes)
    }

    /// What an edit or a retraction does to its target, in the rows and in the index.
    fn change(
        &mut self,
        db: &Connection,
        room: i64,
        target: &Target,
        kind: Option<AboutKind>,
        position: Seq,
        text: &str,
    ) -> rusqlite::Result<()> {
        let column = match kind {
            Some(AboutKind::Edit) => "edit",
            Some(AboutKind::Retraction) => "retraction",
            _ => return Ok(()),
        };
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

/// What a name is to an author who wants to post.
enum Usable {
    /// The author is recorded and may post.
    Recorded(Recorded),
    /// The author is new, and the name is free for it.
    Free,
    /// The author may not post.
    No(RefusalCode, String),
}

enum Inserted {
    Yes,
    /// The answer that the first post with this id got, or a refusal if it was another post.
    No(Outcome),
}

fn refusal(post: &Post, code: RefusalCode, reason: String) -> Refusal {
    let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
    Refusal { id, room, ..Refusal::new(code, reason) }
}

fn name_taken(reason: String) -> Outcome {
    Outcome::Refused(Refusal::new(RefusalCode::NameTaken, reason))
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

/// The answer to a reaction that its author has given before: an author reacts with an emoji once.
fn same_reaction(db: &Connection, target: Seq, author: Seq, text: &str) -> rusqlite::Result<Option<Outcome>> {
    db.prepare_cached(
        "SELECT seq, sent_at FROM messages
         WHERE about = ?1 AND author = ?2 AND text = ?3 AND kind = 3 AND text <> ''",
    )?
    .query_row((number(target), number(author), text), stored)
    .optional()
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Outcome> {
    let sent_at = Timestamp::from_millis(row.get(1)?);
    Ok(Outcome::Stored { seq: rows::seq(row, 0)?, sent_at })
}
