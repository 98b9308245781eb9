//! The log and its read model.
//!
//! What changes anything shared is an [`Entry`]: proposed to the log, put into order by it, and applied to the read model
//! at its position. Nothing outside this folder knows which log that is; the embedded one is SQLite's own synced commit.
//! Reads go past the log, on connections of their own, each in a short transaction.
//!
//! | file | what it holds |
//! |---|---|
//! | `entry.rs` | entries, and what becomes of them |
//! | `log.rs`, `log/` | the embedded log: its queue, and the thread that orders, applies, commits and answers |
//! | `model.rs`, `model/` | the read model: how an entry is applied |
//! | `authors.rs`, `target.rs` | parts of that: who may use which name, who may say what of a message |
//! | `open.rs`, `schema.rs`, `connection.rs` | the database: opening, tables and migrations, the connection that writes |
//! | `read/` | reading: the connections, pages, what users have read |
//! | `room_list.rs`, `newest.rs`, `marks.rs` | what is kept in memory |
//! | `search.rs`, `words.rs` | the search index, and what counts as a word |
//! | `rows.rs`, `budget.rs` | how values are kept in SQLite, and answers with a bound in bytes |

mod authors;
mod budget;
mod connection;
mod entry;
mod errors;
mod log;
mod marks;
mod model;
mod newest;
mod open;
mod read;
mod room_list;
mod rows;
mod schema;
mod search;
mod target;
#[cfg(test)]
mod tests;
mod words;

use std::{fmt, path::PathBuf, sync::Arc};

use sha2::{Digest, Sha256};
use shared::{
    ClaimSecret, Epoch, Message, Post, Refusal, RefusalCode, RoomName, RoomSummary, Seq, Side, Username,
};

pub use self::{
    entry::{Author, Commit, Entry, Imported, Outcome, SecretHash},
    errors::{ClaimError, QUERY_BYTES, RETRY_MS, SearchError, StoreError, UNKNOWN_OUTCOME},
    newest::Newest,
    open::OpenError,
};
use self::{
    log::Log,
    marks::Marks,
    newest::NewestPages,
    open::Database,
    read::{Readers, page, rooms},
    room_list::RoomList,
};
use crate::clock;

/// Where a store keeps its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In `parlor.db` in this folder, which is made if it is absent.
    Folder(PathBuf),
    /// Nowhere: it ends with the store.
    Memory,
}

/// A post on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Who posts it.
    pub author: Author,
    /// What is posted.
    pub post: Post,
}

/// The queue has no room for this post now; [`Store::room_in_queue`] tells when.
#[derive(Debug)]
pub struct Full(pub Draft);

/// A part of a room's log, and what is needed to show it whole. In JSON it takes at most 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The newest seq of the room when the page was read.
    pub head: Seq,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// What is about them and what they answer, outside the page, oldest first. Of several edits of one message
    /// only the newest is here, and nothing that was taken back.
    pub context: Vec<Message>,
    /// Whether there is more on the side that was asked for.
    pub more: bool,
}

/// The log and its read model. A clone is another handle to the same store; when the last one is dropped, what has been
/// queued is still committed.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    log: Log,
    readers: Readers,
    marks: Arc<Marks>,
    rooms: Arc<RoomList>,
    newest: Arc<NewestPages>,
    epoch: Epoch,
}

impl Store {
    /// Opens the store at `place`, or makes it. `on_commit` is called on the log's thread after each synced commit,
    /// before the answers.
    pub fn open(
        place: &Place,
        mut on_commit: impl FnMut(Commit) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let database = Database::open(place)?;
        let epoch = database.epoch().clone();
        let readers = Readers::new(&database);
        let marks = Arc::new(Marks::default());
        let listed = database.read_first(rooms::list)?;
        let rooms = Arc::new(RoomList::new(listed));
        let newest = Arc::new(NewestPages::default());
        let deliver = {
            let (rooms, newest) = (Arc::clone(&rooms), Arc::clone(&newest));
            move |commit: Commit| {
                newest.forget(&commit);
                rooms.update(&commit);
                on_commit(commit);
            }
        };
        let log = Log::start(database, Arc::clone(&marks), readers.clone(), Box::new(deliver))?;
        Ok(Self(Arc::new(Inner { log, readers, marks, rooms, newest, epoch })))
    }

    /// Proposes a post and returns at once. `reply` is called on the log's thread, or here if the post cannot be right
    /// or the log is closed.
    pub fn post(&self, draft: Draft, reply: impl FnOnce(Outcome) + Send + 'static) -> Result<(), Full> {
        let Draft { author, post } = draft;
        if let Err(error) = post.check() {
            let (id, room) = (Some(post.id), Some(post.room));
            let refusal = Refusal::new(RefusalCode::BadText, error.to_string());
            reply(Outcome::Refused(Refusal { id, room, ..refusal }));
            return Ok(());
        }
        let entry = Entry::Post { at: clock::now(), author, post };
        self.0.log.propose(entry, reply).map_err(|log::Full(entry)| match entry {
            Entry::Post { author, post, .. } => Full(Draft { author, post }),
            _ => unreachable!("the log gives back what it was given"),
        })
    }

    /// Waits until the queue has room for any post. Somebody else may take it: try [`Store::post`] again.
    pub async fn room_in_queue(&self) {
        self.0.log.room_in_queue().await;
    }

    /// The identity of this store's numbering. It changes when numbers could be given again.
    pub fn epoch(&self) -> &Epoch {
        &self.0.epoch
    }

    /// Whether posts are taken, and no damage was found.
    pub fn is_healthy(&self) -> bool {
        self.0.log.is_healthy() && self.0.readers.is_healthy()
    }

    /// Resolves with the reason when the log can never be written again. The process should end then.
    pub async fn failed(&self) -> String {
        self.0.log.failed().await
    }

    /// The newest seq of a room; zero for a room that has none.
    pub async fn head(&self, room: &RoomName) -> Result<Seq, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| page::head(db, &room)).await
    }

    /// Up to `limit` messages next to a place in a room's log (at most [`shared::limits::PAGE_MESSAGES`]).
    pub async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| page::page(db, &room, side, limit)).await
    }

    /// The newest page of a room, of [`shared::limits::PAGE_DEFAULT`] messages. It is mostly in memory.
    pub async fn newest(&self, room: &RoomName) -> Result<Arc<Newest>, StoreError> {
        let read = async || self.page(room, Side::Before(Seq::MAX), newest::MESSAGES).await;
        self.0.newest.get(room, read).await
    }

    /// What comes after `after`, up to `upto`, oldest first: as many as fit into both bounds, and at least one if
    /// there is one. `max_bytes` counts bytes in JSON.
    pub async fn after(
        &self,
        room: &RoomName,
        after: Seq,
        upto: Seq,
        max_messages: usize,
        max_bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let room = room.clone();
        let read = move |db: &_| page::after(db, &room, after, upto, max_messages, max_bytes);
        self.0.readers.read(read).await
    }

    /// The rooms with the newest messages, newest first, at most [`shared::limits::ROOMS_LISTED`], with what
    /// `reader` has read of them. Without a reader they are in memory.
    pub async fn rooms(&self, reader: Option<&Username>) -> Result<Vec<RoomSummary>, StoreError> {
        let listed = self.0.rooms.newest_first();
        let Some(reader) = reader.cloned() else { return Ok(listed) };
        let marks = Arc::clone(&self.0.marks);
        let read = move |db: &_| {
            let mut listed = listed.clone();
            rooms::add_reader(db, &mut listed, &reader, &marks)?;
            Ok(listed)
        };
        self.0.readers.read(read).await
    }

    /// Puts a room on the list of rooms, even while nobody has posted there. It is on disk when this returns.
    pub async fn create_room(&self, room: &RoomName) -> Result<(), StoreError> {
        let at = clock::now();
        match self.0.log.ask(Entry::CreateRoom { at, room: room.clone() }).await {
            Outcome::RoomListed => {
                self.0.rooms.add(room, at);
                Ok(())
            }
            Outcome::Refused(refusal) => Err(StoreError::Failed(refusal.reason)),
            _ => Err(failed_while_writing()),
        }
    }

    /// The newest messages and replies that have every word of the query, newest first; an edited one is found by
    /// its new text and comes with it, a retracted one is not found. A word is matched whatever its case and
    /// accents, the last one also by its beginning; what stands without white space in the query must stand so in
    /// the text, too. The answer has at most `limit` messages and 256 KiB in JSON, or one message.
    pub async fn search(
        &self,
        query: &str,
        room: Option<&RoomName>,
        limit: u16,
    ) -> Result<Vec<Message>, SearchError> {
        if query.len() > QUERY_BYTES {
            return Err(SearchError::TooLong);
        }
        let words = words::query(query).ok_or(SearchError::NoWords)?;
        let room = room.cloned();
        let found = self.0.readers.search(move |db| match search::find(db, &words, room.as_ref(), limit) {
            Err(error) if search::is_damage(&error) => Ok(None),
            found => found.map(Some),
        });
        found.await?.ok_or_else(|| {
            self.0.log.repair_index();
            StoreError::Failed("the search index is damaged and is made anew".into()).into()
        })
    }

    /// Notes that a user has read a room so far. It only ever rises, and is on disk within about a second.
    pub fn set_seen(&self, username: &Username, room: &RoomName, seq: Seq) {
        if self.0.marks.set(username, room, seq) {
            self.0.log.wake();
        }
    }

    /// How far a user has read a room, if ever.
    pub async fn seen(&self, username: &Username, room: &RoomName) -> Result<Option<Seq>, StoreError> {
        let (username, room, marks) = (username.clone(), room.clone(), Arc::clone(&self.0.marks));
        self.0.readers.read(move |db| rooms::seen(db, &username, &room, &marks)).await
    }

    /// Gives a free name to whoever will hold its token, and tells the account's number. With the same secret the same
    /// claim succeeds again. The claim is on disk when this returns.
    pub async fn claim(&self, username: &Username, secret: Option<&ClaimSecret>) -> Result<Seq, ClaimError> {
        let secret = secret.map(|secret| SecretHash(Sha256::digest(secret.as_str()).into()));
        account(self.0.log.ask(Entry::Claim { username: username.clone(), secret }).await)
    }

    /// Records a name that the operator's application has signed a token for, if it is not, and tells the account's
    /// number. A claim of the same name ends.
    pub async fn recognize(&self, username: &Username) -> Result<Seq, ClaimError> {
        let name = username.clone();
        let find = move |db: &_| authors::find(db, &name, rows::Kind::Application);
        match self.0.readers.read(find).await? {
            Some(known) => Ok(known.id),
            None => account(self.0.log.ask(Entry::Recognize { username: username.clone() }).await),
        }
    }

    /// Whether an account still owns its name.
    pub async fn check_account(&self, username: &Username, number: Seq) -> Result<(), ClaimError> {
        let name = username.clone();
        if self.0.readers.read(move |db| authors::is_account(db, &name, number)).await? {
            return Ok(());
        }
        Err(ClaimError::NotValid(format!(
            "the token for {username} is not valid here any more; leave it out"
        )))
    }

    /// Whether somebody without a token may use this name now. Nothing is recorded before the first post.
    pub async fn check_unproven(&self, username: &Username) -> Result<(), ClaimError> {
        let username = username.clone();
        let refused = self.0.readers.read(move |db| authors::refuses_unproven(db, &username)).await?;
        refused.map_or(Ok(()), |reason| Err(ClaimError::Taken(reason)))
    }

    /// Commits what is queued, copies the write-ahead log into the database, and ends the log. Later posts are
    /// refused as `unavailable`.
    pub async fn close(&self) {
        let inner = Arc::clone(&self.0);
        // This may take as long as a commit.
        let _ = tokio::task::spawn_blocking(move || inner.log.close()).await;
    }

    /// Adds imported messages in one go, from a thread that may wait. Tells of each whether it is new; what has the id
    /// of something stored is not added again.
    pub(crate) fn import(&self, messages: Vec<Imported>) -> Result<Vec<bool>, StoreError> {
        let outcomes = self.0.log.ask_all(messages.into_iter().map(Entry::Import).collect());
        let is_new = |outcome| match outcome {
            Outcome::Imported { new } => Ok(new),
            Outcome::Refused(refusal) => Err(StoreError::Failed(refusal.reason)),
            _ => Err(failed_while_writing()),
        };
        outcomes.into_iter().map(is_new).collect()
    }

    /// Waits, on a thread that may, until everything stored so far can be searched.
    pub(crate) fn index_all(&self) -> Result<(), StoreError> {
        self.0.log.index_all()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("epoch", &self.0.epoch).finish_non_exhaustive()
    }
}

fn account(outcome: Outcome) -> Result<Seq, ClaimError> {
    match outcome {
        Outcome::Account(number) => Ok(number),
        Outcome::Refused(refusal) if refusal.code == RefusalCode::Unavailable => {
            Err(StoreError::Failed(refusal.reason).into())
        }
        Outcome::Refused(refusal) => Err(ClaimError::Taken(refusal.reason)),
        _ => Err(failed_while_writing().into()),
    }
}

fn failed_while_writing() -> StoreError {
    StoreError::Failed("its disk failed while it wrote".into())
}
