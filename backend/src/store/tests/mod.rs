//! The store's promises, kept by real SQLite files in temporary folders.

mod about;
mod failing;
mod log;
mod migrating;
mod names;
mod opening;
mod posting;
mod reading;
mod searching;

use std::{path::Path, sync::Arc, time::Duration};

use parking_lot::Mutex;
use shared::{
    About, AboutKind, Message, MessageId, Post, RefusalCode, RoomName, Seq, Side, Timestamp, Username,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Author, Draft, Outcome, Page, Place, Store};

/// A store, what it delivered, and its folder.
struct TestStore {
    store: Store,
    delivered: Arc<Mutex<Vec<Message>>>,
    folder: TempDir,
}

impl TestStore {
    fn new() -> Self {
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
        let found = self.store.search(query, None, 100).await.unwrap();
        found.iter().map(|message| message.seq.0).collect()
    }
}

fn open(place: &Place) -> (Store, Arc<Mutex<Vec<Message>>>) {
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&delivered);
    (Store::open(place, move |messages| sink.lock().extend(messages)).unwrap(), delivered)
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
    Draft { author: Author::Application(user(username)), post }
}

/// Proposes a draft; the receiver gets its outcome.
fn queue(store: &Store, draft: Draft) -> oneshot::Receiver<Outcome> {
    let (reply, outcome) = oneshot::channel();
    store.post(draft, |outcome| drop(reply.send(outcome))).unwrap();
    outcome
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
