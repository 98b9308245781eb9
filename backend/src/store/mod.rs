//! The log: every room's messages, in SQLite, written by one thread.
//!
//! [`Store::append`] puts a post into a bounded queue. The writer thread takes whatever has queued up, commits it in
//! one synced transaction, hands the new messages to `on_commit`, and then answers each post: nobody sees a message,
//! and nobody is told that it is stored, before it is on disk. Reads go past the writer, on connections of their
//! own, each in a short transaction.
//!
//! | file | what it holds |
//! |---|---|
//! | `database.rs` | opening: the folder, its lock, the schema, what can be wrong |
//! | `writer.rs` | the thread: batches, commits, failure and return, what it does when idle |
//! | `command.rs` | what it is asked, and how it answers |
//! | `log.rs` | its connection: transactions and the write-ahead log |
//! | `ledger.rs` | one post inside a transaction: whose, whether it is new, its number |
//! | `about.rs` | what can be said of an earlier message |
//! | `names.rs` | who may use which name |
//! | `marks.rs` | how far users have read, written down lazily |
//! | `reading.rs` | pages, resumption, lists of rooms |
//! | `search.rs`, `words.rs` | the search index, and what counts as a word |

mod about;
mod command;
mod database;
mod errors;
mod ledger;
mod log;
mod marks;
mod names;
mod reading;
mod search;
#[cfg(test)]
mod tests;
mod words;
mod writer;

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use parking_lot::Mutex;
use shared::{
    Epoch, Message, Post, Refusal, RefusalCode, RoomName, RoomSummary, Seq, Side, Timestamp, Username,
};
use tokio::sync::{Semaphore, oneshot, watch};

pub(crate) use self::ledger::{Counted, Imported};
use self::{
    command::{Command, Reply},
    marks::Marks,
    reading::Readers,
    writer::Writer,
};
pub use self::{
    database::OpenError,
    errors::{ClaimError, SearchError, StoreError},
};

/// What the queue to the writer holds, in units of a post with up to 1 KiB of text; a longer text takes a unit for
/// each KiB.
pub const QUEUE_UNITS: u32 = 8192;
/// After this long, in milliseconds, what was refused as `unavailable` may succeed.
pub const RETRY_MS: u64 = 1000;
/// The longest query that is searched for, in bytes of UTF-8.
pub const QUERY_BYTES: usize = 512;

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
    pub username: Username,
    /// Whether the poster holds a token for that name.
    pub proven: bool,
    /// What is posted.
    pub post: Post,
}

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk, now or since an earlier try with the same id.
    Stored {
        /// Its place in the room's log.
        seq: Seq,
        /// When it was taken.
        sent_at: Timestamp,
    },
    /// It is not in the log.
    Refused(Refusal),
    /// The commit failed: it may be on disk or not. Posting it again with the same id finds out.
    Unknown,
}

/// The queue has no room for this post now; [`Store::room_in_queue`] tells when.
#[derive(Debug)]
pub struct Full(pub Draft);

/// A part of a room's log, and what is needed to show it whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// What is about them and what they answer, outside the page, oldest first. Of several edits of one message
    /// only the newest is here, and nothing that was taken back.
    pub context: Vec<Message>,
    /// Whether there is more on the side that was asked for.
    pub more: bool,
}

/// The log. A clone is another handle to the same store; when the last one is dropped, what has been queued is
/// still committed.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    readers: Readers,
    epoch: Epoch,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    /// Closed when the writer's thread ends.
    ended: watch::Receiver<()>,
}

/// What the handles and the writer thread both see.
struct Shared {
    queue: Semaphore,
    healthy: AtomicBool,
    marks: Marks,
}

impl Store {
    /// Opens the log at `place`, or makes it. `on_commit` is called on the writer thread after each synced commit,
    /// before the answers, with all the messages that are new in it: in the order of each room's log, each once.
    pub fn open(
        place: &Place,
        on_commit: impl FnMut(Vec<Message>) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let database = database::Database::open(place)?;
        let epoch = database.epoch().clone();
        let readers = Readers::new(&database);
        let shared = Arc::new(Shared {
            queue: Semaphore::new(QUEUE_UNITS as usize),
            healthy: AtomicBool::new(true),
            marks: Marks::default(),
        });
        let (commands, queue) = mpsc::channel();
        let writer = Writer::new(database, queue, Arc::clone(&shared), Box::new(on_commit))?;
        let (alive, ended) = watch::channel(());
        let run = move || {
            let _alive = alive;
            writer.run();
        };
        let thread =
            thread::Builder::new().name("parlor-writer".into()).spawn(run).map_err(OpenError::Thread)?;
        Ok(Self(Arc::new(Inner {
            commands,
            shared,
            readers,
            epoch,
            writer: Mutex::new(Some(thread)),
            ended,
        })))
    }

    /// Queues a post and returns at once. `reply` is called on the writer thread, or here if the store is closed.
    pub fn append(&self, draft: Draft, reply: impl FnOnce(Outcome) + Send + 'static) -> Result<(), Full> {
        let units = units(&draft);
        let Ok(permit) = self.0.shared.queue.try_acquire_many(units) else { return Err(Full(draft)) };
        permit.forget();
        let command = Command::Append { draft, units, reply: Reply::new(reply) };
        if let Err(mpsc::SendError(command)) = self.0.commands.send(command) {
            command.refuse();
        }
        Ok(())
    }

    /// Waits until the queue has room for any post. Somebody else may take it: try [`Store::append`] again.
    pub async fn room_in_queue(&self) {
        let largest = 1 + u32::try_from(shared::limits::TEXT_BYTES / 1024).unwrap_or(u32::MAX);
        // The semaphore is never closed, and the permits are given back here and now.
        let _ = self.0.shared.queue.acquire_many(largest).await;
    }

    /// The identity of this store's numbering, made with it.
    pub fn epoch(&self) -> &Epoch {
        &self.0.epoch
    }

    /// Whether posts are taken. False from a failed commit until the log could be opened again.
    pub fn healthy(&self) -> bool {
        self.0.shared.healthy.load(Ordering::Relaxed)
    }

    /// Resolves with the reason when the writer has died. It also resolves when the store is closed.
    pub async fn failed(&self) -> String {
        let mut ended = self.0.ended.clone();
        while ended.changed().await.is_ok() {}
        "its writer ended".to_owned()
    }

    /// The newest seq of a room; zero for a room that has none.
    pub async fn head(&self, room: &RoomName) -> Result<Seq, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| reading::head(db, &room)).await
    }

    /// Up to `limit` messages next to a place in a room's log (at most [`shared::limits::PAGE_MESSAGES`]).
    pub async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| reading::page(db, &room, side, limit)).await
    }

    /// What comes after `after`, up to `upto`, oldest first: as many as fit into both bounds, and at least one if
    /// there is one. `max_bytes` counts bytes of text.
    pub async fn after(
        &self,
        room: &RoomName,
        after: Seq,
        upto: Seq,
        max_messages: usize,
        max_bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let room = room.clone();
        let read = move |db: &_| reading::after(db, &room, after, upto, max_messages, max_bytes);
        self.0.readers.read(read).await
    }

    /// The rooms with the newest messages, newest first, at most [`shared::limits::ROOMS_LISTED`], with what
    /// `reader` has read of them.
    pub async fn rooms(&self, reader: Option<&Username>) -> Result<Vec<RoomSummary>, StoreError> {
        let reader = reader.cloned();
        let shared = Arc::clone(&self.0.shared);
        self.0.readers.read(move |db| reading::rooms(db, reader.as_ref(), &shared.marks)).await
    }

    /// Puts a room on the list of rooms, even while nobody has posted there. It is on disk when this returns.
    pub async fn make_room(&self, room: &RoomName) -> Result<(), StoreError> {
        let known = room.clone();
        if self.0.readers.read(move |db| reading::room_exists(db, &known)).await? {
            return Ok(());
        }
        let room = room.clone();
        self.ask(|reply| Command::MakeRoom { room, reply }).await?
    }

    /// The newest messages and replies that have every word of the query, newest first; an edited one is found by
    /// its new text and comes with it, a retracted one is not found. A word is matched whatever its case and
    /// accents, the last one also by its beginning; what stands without white space in the query must stand so in
    /// the text, too.
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
        let found = self.0.readers.read(move |db| search::find(db, &words, room.as_ref(), limit)).await;
        found.map_err(SearchError::Store)
    }

    /// Notes that a user has read a room so far. It only ever rises, and is on disk within about a second.
    pub fn set_seen(&self, username: &Username, room: &RoomName, seq: Seq) {
        if self.0.shared.marks.set(username, room, seq) {
            // A closed store has written its marks; there is nobody to wake.
            let _ = self.0.commands.send(Command::Wake);
        }
    }

    /// How far a user has read a room, if ever.
    pub async fn seen(&self, username: &Username, room: &RoomName) -> Result<Option<Seq>, StoreError> {
        let (username, room) = (username.clone(), room.clone());
        let shared = Arc::clone(&self.0.shared);
        self.0.readers.read(move |db| reading::seen(db, &username, &room, &shared.marks)).await
    }

    /// Gives a free name to whoever will hold its token. The claim is on disk when this returns.
    pub async fn claim(&self, username: &Username) -> Result<(), ClaimError> {
        self.admit(username, true).await
    }

    /// Lets the holder of a valid token use its name: the name is recorded if the token was made elsewhere with the
    /// shared key, and refused if it looks like another's.
    pub async fn recognise(&self, username: &Username) -> Result<(), ClaimError> {
        let name = username.clone();
        let known = self.0.readers.read(move |db| names::is_claimed(db, &name)).await;
        if known.map_err(ClaimError::Store)? { Ok(()) } else { self.admit(username, false).await }
    }

    async fn admit(&self, username: &Username, anew: bool) -> Result<(), ClaimError> {
        let username = username.clone();
        let answer = self.ask(|reply| Command::Claim { username, anew, reply }).await;
        answer.map_err(ClaimError::Store)?
    }

    /// Whether somebody without a token may use this name now: it is free, or known as used without one. Nothing
    /// is recorded before the first post.
    pub async fn may_use_open(&self, username: &Username) -> Result<(), ClaimError> {
        let username = username.clone();
        let standing = self.0.readers.read(move |db| names::standing(db, &username, false)).await;
        match standing.map_err(ClaimError::Store)? {
            names::Standing::Taken(reason) => Err(ClaimError::Taken(reason)),
            names::Standing::Known(_) | names::Standing::Free => Ok(()),
        }
    }

    /// Commits what is queued, folds the write-ahead log into the database, and ends the writer. Later posts are
    /// refused as `unavailable`.
    pub async fn close(&self) {
        let _ = self.0.commands.send(Command::Close);
        let inner = Arc::clone(&self.0);
        // The join may take as long as a commit. A panic of the writer was reported when it happened.
        let _ = tokio::task::spawn_blocking(move || inner.join()).await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.commands.send(command(reply)).map_err(|_| StoreError::closed())?;
        answer.await.map_err(|_| StoreError::closed())
    }

    /// Adds history in one transaction, from a thread that may wait. What has the id of something stored is
    /// counted, not added.
    pub(crate) fn add_history(&self, messages: Vec<Imported>) -> Result<Counted, StoreError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Import { messages, reply };
        self.0.commands.send(command).map_err(|_| StoreError::closed())?;
        answer.blocking_recv().map_err(|_| StoreError::closed())?
    }

    /// Waits, on a thread that may, until everything stored so far can be searched.
    pub(crate) fn index_all(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.commands.send(Command::IndexAll { reply }).map_err(|_| StoreError::closed())?;
        answer.blocking_recv().map_err(|_| StoreError::closed())?
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("epoch", &self.0.epoch).finish_non_exhaustive()
    }
}

impl Inner {
    fn join(&self) {
        let thread = self.writer.lock().take();
        // The last handle may be dropped by an answer, on the writer thread itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Close);
        self.join();
    }
}

fn units(draft: &Draft) -> u32 {
    let text = draft.post.text.len().min(shared::limits::TEXT_BYTES);
    1 + u32::try_from(text / 1024).unwrap_or(u32::MAX)
}

/// The refusal of a post that the store cannot take now.
fn unavailable(post: &Post) -> Refusal {
    Refusal {
        id: Some(post.id.clone()),
        room: Some(post.room.clone()),
        retry_after_ms: Some(RETRY_MS),
        ..Refusal::new(RefusalCode::Unavailable, "the log cannot be written now; post again with the same id")
    }
}
