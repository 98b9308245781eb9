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
//! | `open.rs`, `open_error.rs`, `files.rs`, `disk.rs`, `schema.rs` | the database: opening, the files, tables and migrations |
//! | `position_file.rs` | how far the log was written, so that a loss is noticed |
//! | `connection.rs`, `wal.rs` | the connection that writes, the write-ahead log |
//! | `queries.rs`, `read/` | reading: what the store is asked; the connections, pages, what users have read |
//! | `claims.rs` | how somebody gets an account |
//! | `expiry.rs` | which messages go because they are not to be kept longer |
//! | `house.rs` | acts, and questions about people, invitations and bots |
//! | `rights.rs`, `reader.rs` | who may read which room |
//! | `room_list.rs`, `known_rooms.rs`, `newest.rs`, `marks.rs` | what is kept in memory |
//! | `figures.rs` | what the store tells of itself for the metrics |
//! | `search.rs`, `words.rs` | the search index, and what counts as a word |
//! | `maintenance/` | backups, restoring, checking, exporting |
//! | `record.rs` | the lines of an export |
//! | `rows.rs`, `budget.rs` | how values are kept in SQLite, and answers with a bound in bytes |

mod authors;
mod budget;
mod claims;
mod connection;
mod disk;
mod entry;
mod errors;
mod expiry;
mod figures;
mod files;
mod grants;
mod house;
mod known_rooms;
mod log;
pub mod maintenance;
mod marks;
mod model;
mod newest;
mod open;
mod open_error;
mod position_file;
mod queries;
mod read;
mod reader;
pub mod record;
mod rights;
mod room_list;
mod rows;
mod schema;
mod search;
mod summaries;
mod target;
#[cfg(test)]
mod tests;
mod wal;
mod words;

use std::{fmt, path::PathBuf, sync::Arc, thread, time::SystemTime};

use shared::{Epoch, Message, Post, Refusal, RefusalCode, RoomName, Seq, Username};
use tokio::sync::Semaphore;

pub use self::{
    entry::{
        Actor, Audience, Author, Change, Commit, CommitTimes, Drawn, Entry, Imported, Invitee, Outcome,
        SecretHash, WebhookCalls,
    },
    errors::{ClaimError, CommitFailure, QUERY_BYTES, RETRY_MS, SearchError, StoreError},
    expiry::{COUNTED, Due, DueRooms, Expiring, Measured, Step},
    figures::Figures,
    files::is_served,
    house::RoomRights,
    newest::Newest,
    open_error::OpenError,
    read::house::{ActiveWebhook, Ownership},
    reader::{Account, KnownRoom, Reader, RoomAccess},
};
use self::{
    known_rooms::KnownRooms,
    log::Log,
    maintenance::KeyOfStore,
    marks::Marks,
    newest::NewestPages,
    open::Database,
    read::{Readers, rooms},
    room_list::RoomList,
};
use crate::{clock, metrics::LogMetrics};

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
    /// Whether the room is made if it is absent: so it is in open houses.
    pub makes_room: bool,
}

/// The queue has no room for this post now; [`Store::room_in_queue`] tells when.
#[derive(Debug)]
pub struct Full(pub Draft);

/// A part of a room's log, and what is needed to show it whole. In JSON it takes at most 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The newest seq of the room when the page was read.
    pub head: Seq,
    /// All messages up to this one are deleted. Zero: none is.
    pub floor: Seq,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// What is about them and what they answer, outside the page, oldest first. Of several edits of one message
    /// only the newest is here, and nothing that was taken back.
    pub context: Vec<Message>,
    /// Whether there is more on the side that was asked for.
    pub more: bool,
}

/// What comes next for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// These messages, oldest first.
    Messages(Vec<Message>),
    /// Messages that the reader does not have are deleted, up to this one.
    Expired(Seq),
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
    known: Arc<KnownRooms>,
    /// Whose turn it is to read what takes a reader long.
    long_reads: Arc<Semaphore>,
    /// What was last counted in the database, for the metrics.
    counted: figures::Counted,
    /// When the log was written last, before it was opened.
    written_at: Option<SystemTime>,
    epoch: Epoch,
    key: KeyOfStore,
}

impl Store {
    /// Opens the store at `place`, or makes it. `on_commit` is called with the bars and the settings that it finds, then on the log's thread after each synced commit,
    /// before the answers.
    pub fn open(place: &Place, on_commit: impl FnMut(Commit) + Send + 'static) -> Result<Self, OpenError> {
        Self::open_measured(place, LogMetrics::default(), on_commit)
    }

    /// The same for a store whose log is measured.
    pub fn open_measured(
        place: &Place,
        metrics: LogMetrics,
        mut on_commit: impl FnMut(Commit) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let database = Database::open(place)?;
        let epoch = database.epoch().clone();
        let found = database.read_first(|db| {
            Ok(vec![Change::Bars(model::bars(db)?), Change::Settings(model::read_settings(db)?)])
        })?;
        on_commit(Commit { changes: found, ..Commit::default() });
        let readers = Readers::new(&database)?;
        let marks = Arc::new(Marks::default());
        let listed = database.read_first(rooms::list)?;
        let rooms = Arc::new(RoomList::new(listed));
        let newest = Arc::new(NewestPages::default());
        let known = Arc::new(KnownRooms::default());
        let deliver = {
            let (rooms, newest, known) = (Arc::clone(&rooms), Arc::clone(&newest), Arc::clone(&known));
            move |commit: Commit| {
                newest.forget(&commit);
                known.forget(&commit);
                rooms.update(&commit);
                on_commit(commit);
            }
        };
        let key = database.read_first(maintenance::key::read)?;
        let written_at = database.written_at();
        let log = Log::start(database, Arc::clone(&marks), readers.clone(), metrics, Box::new(deliver))?;
        let store = Self(Arc::new(Inner {
            log,
            readers,
            marks,
            rooms,
            newest,
            known,
            long_reads: Arc::new(Semaphore::new(1)),
            counted: figures::Counted::default(),
            written_at,
            epoch,
            key,
        }));
        if matches!(place, Place::Folder(_)) {
            let inner = Arc::downgrade(&store.0);
            let reading = move || maintenance::damage::read_through(&inner);
            thread::Builder::new().name("parlor-check".into()).spawn(reading).map_err(OpenError::Thread)?;
        }
        Ok(store)
    }

    /// Proposes a post and returns at once. `reply` is called on the log's thread, or here if the post cannot be right
    /// or the log is closed.
    pub fn post(&self, draft: Draft, reply: impl FnOnce(Outcome) + Send + 'static) -> Result<(), Full> {
        self.post_timed(draft, |outcome, _| reply(outcome))
    }

    /// The same for somebody who wants to know what took how long. There are no times if there was no commit.
    pub fn post_timed(
        &self,
        draft: Draft,
        reply: impl FnOnce(Outcome, Option<CommitTimes>) + Send + 'static,
    ) -> Result<(), Full> {
        let Draft { author, post, makes_room } = draft;
        if let Err(error) = post.check() {
            let (id, room) = (Some(post.id), Some(post.room));
            let refusal = Refusal::new(RefusalCode::BadText, error.to_string());
            reply(Outcome::Refused(Refusal { id, room, ..refusal }), None);
            return Ok(());
        }
        let entry = Entry::Post { at: clock::now(), author, post, makes_room };
        self.0.log.propose(entry, reply).map_err(|log::Full(entry)| match entry {
            Entry::Post { author, post, makes_room, .. } => Full(Draft { author, post, makes_room }),
            _ => unreachable!("the log gives back what it was given"),
        })
    }

    /// Waits until the queue has room for any post. Somebody else may take it: try [`Store::post`] again.
    pub async fn room_in_queue(&self) {
        self.0.log.room_in_queue().await;
    }

    /// When the log was written last, before it was opened. `None`: that is not known.
    pub fn written_at(&self) -> Option<SystemTime> {
        self.0.written_at
    }

    /// The identity of this store's numbering. It changes when numbers could be given again.
    pub fn epoch(&self) -> &Epoch {
        &self.0.epoch
    }

    /// What this store knows of the key that signs its tokens, since it was opened.
    pub fn key(&self) -> KeyOfStore {
        self.0.key
    }

    /// Keeps the text of the key in memory: if the files are taken away while the store is open, a backup is made with it.
    pub fn keep_key(&self, text: String) {
        self.0.log.keep_key(text);
    }

    /// Notes which key signs the tokens. It is this node's own, so it is no entry.
    pub fn note_key(&self, fingerprint: [u8; 16]) -> Result<(), StoreError> {
        Ok(self.0.readers.write_aside(|db| maintenance::key::note(db, fingerprint))?)
    }

    /// Why no posts are taken. `None`: they are.
    pub fn post_fault(&self) -> Option<String> {
        self.0.log.fault()
    }

    /// Why no posts are taken, or what damage was found. `None`: all is well.
    pub fn fault(&self) -> Option<String> {
        self.0.log.fault().or_else(|| self.0.readers.fault())
    }

    /// Whether posts are taken, and no damage was found.
    pub fn is_healthy(&self) -> bool {
        self.fault().is_none()
    }

    /// Resolves with the reason when the log can never be written again. The process should end then.
    pub async fn failed(&self) -> String {
        self.0.log.failed().await
    }

    /// Why the log has ended by itself, if it has.
    pub fn failure(&self) -> Option<String> {
        self.0.log.failure()
    }

    /// Notes that a user has read a room so far. It only ever rises, and is on disk within about a second.
    pub fn set_seen(&self, username: &Username, room: &RoomName, seq: Seq) {
        if self.0.marks.set(username, room, seq) {
            self.0.log.wake();
        }
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

    /// Takes lines of an export in one go, from a thread that may wait. Tells of the first that was refused, by its place among
    /// them, and why.
    pub(crate) fn take_records(
        &self,
        records: Vec<record::Record>,
    ) -> Result<Result<(), (usize, String)>, StoreError> {
        let entries = records.into_iter().map(|record| Entry::Record(Box::new(record))).collect();
        for (place, outcome) in self.0.log.ask_all(entries).into_iter().enumerate() {
            match outcome {
                Outcome::Noted => {}
                Outcome::Refused(refusal) => return Ok(Err((place, refusal.reason))),
                _ => return Err(failed_while_writing()),
            }
        }
        Ok(Ok(()))
    }

    /// Ends the log, from a thread that may wait. See [`Store::close`].
    pub(crate) fn close_here(&self) {
        self.0.log.close();
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

fn failed_while_writing() -> StoreError {
    StoreError::Failed("its disk failed while it wrote".into())
}
