//! The store's promises, kept by real SQLite files in temporary folders.

mod about;
mod expiry;
mod failing;
mod log;
mod migrating;
mod names;
mod opening;
mod posting;
mod reading;
mod rights;
mod searching;

use std::{
    collections::BTreeMap,
    future::Future,
    path::Path,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use parking_lot::Mutex;
use shared::{
    About, AboutKind, Message, MessageId, Post, Refusal, RefusalCode, RoomName, Seq, Side, Timestamp,
    Username,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{
    Actor, Author, ClaimError, Draft, Drawn, Outcome, Page, Place, Reader, Store, authors::skeletons,
};
use crate::token::Grant;

/// A store, what it delivered, and its folder.
struct TestStore {
    store: Store,
    delivered: Arc<Mutex<Vec<Message>>>,
    folder: TempDir,
}

impl TestStore {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let (store, delivered) = open(&Place::Folder(folder.path().into()));
        Self { store, delivered, folder }
    }

    /// A store without accounts.
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, delivered) = open(&Place::Folder(folder.path().into()));
        Self { store, delivered, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the store and opens it again, as a restart does.
    fn again(self) -> Self {
        let Self { store, folder, .. } = self;
        drop(store);
        let (store, delivered) = open(&Place::Folder(folder.path().into()));
        Self { store, delivered, folder }
    }

    fn delivered(&self) -> Vec<(u64, String)> {
        self.delivered.lock().iter().map(|message| (message.seq.0, message.text.clone())).collect()
    }

    /// Says something in the lobby under a name of its own, and gives its seq.
    async fn say(&self, text: &str) -> Seq {
        let id = format!("say-{}", fresh());
        stored(post(&self.store, "ann", &id, text, None).await)
    }

    /// Says something of an earlier message, and gives its seq.
    async fn about(&self, seq: Seq, kind: AboutKind, text: &str) -> Seq {
        let id = format!("about-{}", fresh());
        stored(post(&self.store, "ann", &id, text, Some(About { seq, kind })).await)
    }

    async fn latest(&self) -> Page {
        self.store.page(&lobby(), Side::Before(Seq::MAX), 200).await.unwrap()
    }

    /// Waits until the index has everything.
    async fn indexed(&self) {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.index_all()).await.unwrap().unwrap();
    }

    async fn found(&self, query: &str) -> Vec<u64> {
        let found = self.store.search(query, None, ANYBODY, 100).await.unwrap();
        found.iter().map(|message| message.seq.0).collect()
    }
}

/// Accounts of the application that are there from the start, so that the first message of a test has the number 1.
const KNOWN: [&str; 3] = ["ann", "bob", "cem"];

/// Makes a store with the accounts of [`KNOWN`] in an empty folder.
fn prepare(folder: &Path) {
    drop(Store::open(&Place::Folder(folder.into()), |_| {}).unwrap());
    let db = rusqlite::Connection::open(folder.join("parlor.db")).unwrap();
    for (n, name) in KNOWN.iter().enumerate() {
        let looks = skeletons(name);
        db.execute(
            "INSERT INTO authors(id, name, kind, folded, shown) VALUES(?1, ?2, 1, ?3, ?4)",
            (1_000_000 + i64::try_from(n).unwrap(), name, looks.0, looks.1),
        )
        .unwrap();
    }
}

fn open(place: &Place) -> (Store, Arc<Mutex<Vec<Message>>>) {
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&delivered);
    (Store::open(place, move |commit| sink.lock().extend(commit.messages)).unwrap(), delivered)
}

fn fresh() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn lobby() -> RoomName {
    room("lobby")
}

fn user(name: &str) -> Username {
    Username::parse(name).unwrap()
}

fn draft(username: &str, id: &str, text: &str, about: Option<About>) -> Draft {
    let id = MessageId::parse(id).unwrap();
    let post = Post { room: lobby(), id, text: text.into(), about };
    // The number is filled in when it is posted.
    let author = Author::Account { username: user(username), number: Seq::ZERO };
    Draft { author, post, makes_room: true }
}

/// The same by somebody who proves nothing.
fn unproven_draft(username: &str, id: &str, text: &str) -> Draft {
    Draft { author: Author::Unproven(user(username)), ..draft(username, id, text, None) }
}

/// Everybody.
const ANYBODY: Reader = Reader { account: None, limited: false };

/// Proposes a draft; the receiver gets its outcome. An account without a number is one of the application's.
fn queue(store: &Store, mut draft: Draft) -> oneshot::Receiver<Outcome> {
    let (reply, outcome) = oneshot::channel();
    if let Author::Account { username, number } = &mut draft.author
        && *number == Seq::ZERO
    {
        match number_of(store, username) {
            Ok(known) => *number = known,
            Err(refusal) => {
                let (id, room) = (Some(draft.post.id), Some(draft.post.room));
                reply.send(Outcome::Refused(Refusal { id, room, ..refusal })).unwrap();
                return outcome;
            }
        }
    }
    store.post(draft, |outcome| drop(reply.send(outcome))).unwrap();
    outcome
}

/// The account of a user of the application, which is recorded if it is not.
fn number_of(store: &Store, username: &Username) -> Result<Seq, Refusal> {
    static KNOWN: Mutex<BTreeMap<(String, Username), Seq>> = Mutex::new(BTreeMap::new());
    let key = (store.epoch().as_str().to_owned(), username.clone());
    if let Some(known) = KNOWN.lock().get(&key) {
        return Ok(*known);
    }
    let grant = Grant::default();
    // The task's budget of polls would end the loop below.
    let mut recognize = std::pin::pin!(tokio::task::unconstrained(store.recognize(username, &grant)));
    let mut context = Context::from_waker(Waker::noop());
    // It is done by other threads.
    let recognized = loop {
        match recognize.as_mut().poll(&mut context) {
            Poll::Ready(recognized) => break recognized,
            Poll::Pending => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    match recognized {
        Ok(number) => Ok(*KNOWN.lock().entry(key).or_insert(number)),
        Err(ClaimError::Refused(refusal)) => Err(refusal),
        Err(ClaimError::Store(error)) => Err(error.into()),
    }
}

async fn append(store: &Store, draft: Draft) -> Outcome {
    queue(store, draft).await.unwrap()
}

/// Posts to the lobby as the holder of a token.
async fn post(store: &Store, username: &str, id: &str, text: &str, about: Option<About>) -> Outcome {
    append(store, draft(username, id, text, about)).await
}

fn stored(outcome: Outcome) -> Seq {
    match outcome {
        Outcome::Stored { seq, .. } => seq,
        other => panic!("not stored: {other:?}"),
    }
}

fn refused(outcome: Outcome) -> RefusalCode {
    match outcome {
        Outcome::Refused(refusal) => {
            assert!(refusal.id.is_some() && refusal.room.is_some(), "{refusal:?}");
            refusal.code
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// Waits for what happens on another thread, for at most some seconds.
async fn eventually(mut happened: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if happened().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within 10 seconds");
}

fn seqs(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.seq.0).collect()
}
