//! The embedded log: a queue, and the thread that orders, applies and commits what is in it.
//!
//! [`Log::propose`] puts an entry into the queue. The thread takes whatever has queued up, gives each entry the next
//! position, applies all in one synced transaction, hands the new messages to `on_commit`, and then answers each
//! proposer. So nobody sees a message, and nobody is told that it is stored, before it is on disk.

mod failure;
mod queue;
mod writer;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot, watch};

pub(super) use self::queue::Full;
use self::{
    queue::{Command, Reply},
    writer::Writer,
};
use super::{
    OpenError, StoreError,
    entry::{Commit, CommitTimes, Entry, Outcome},
    marks::Marks,
    open::Database,
    read::Readers,
};
use crate::metrics::LogMetrics;

/// What the queue holds, in units of an entry with up to 1 KiB of text; a longer text takes a unit for each KiB.
const QUEUE_UNITS: usize = 8192;

/// What is called on the log's thread after each synced commit, before the answers.
pub(super) type OnCommit = Box<dyn FnMut(Commit) + Send>;

/// A handle to the log. When it is dropped, what has queued up is still committed.
pub(super) struct Log {
    commands: mpsc::Sender<Command>,
    state: Arc<State>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

/// What the handle and the thread both see.
struct State {
    queue: Semaphore,
    healthy: AtomicBool,
    /// Why it is not healthy, in a sentence.
    fault: Mutex<Option<String>>,
    /// The position of the last entry, and the one up to which messages can be searched.
    position: AtomicU64,
    indexed: AtomicU64,
    metrics: LogMetrics,
    /// Whether a search found the index damaged.
    index_damaged: AtomicBool,
    /// Why the thread ended, if it did so by itself.
    failed: watch::Sender<Option<String>>,
    marks: Arc<Marks>,
    /// The text of the signing key, once it is known: its file may be taken away.
    key: OnceLock<String>,
}

impl Log {
    /// Starts the thread.
    pub(super) fn start(
        database: Database,
        marks: Arc<Marks>,
        readers: Readers,
        metrics: LogMetrics,
        on_commit: OnCommit,
    ) -> Result<Self, OpenError> {
        let state = Arc::new(State {
            queue: Semaphore::new(QUEUE_UNITS),
            healthy: AtomicBool::new(true),
            fault: Mutex::new(None),
            position: AtomicU64::new(0),
            indexed: AtomicU64::new(0),
            metrics,
            index_damaged: AtomicBool::new(false),
            failed: watch::channel(None).0,
            marks,
            key: OnceLock::new(),
        });
        let (commands, queue) = mpsc::channel();
        let writer = Writer::open(database, queue, Arc::clone(&state), readers, on_commit)?;
        let thread = thread::Builder::new()
            .name("parlor-log".into())
            .spawn(move || writer.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { commands, state, thread: Mutex::new(Some(thread)) })
    }

    /// Proposes an entry and returns at once. `reply` is called on the log's thread when the entry was applied and
    /// committed, or here if the log is closed.
    pub(super) fn propose(
        &self,
        entry: Entry,
        reply: impl FnOnce(Outcome, Option<CommitTimes>) + Send + 'static,
    ) -> Result<(), Full> {
        let units = queue::units(&entry);
        match self.state.queue.try_acquire_many(units) {
            Ok(permit) => permit.forget(),
            Err(_) => return Err(Full(entry)),
        }
        self.send(Command::Propose { entry, units, reply: Reply::new(reply) });
        Ok(())
    }

    /// Proposes an entry whatever the queue holds, and waits for its outcome.
    pub(super) async fn ask(&self, entry: Entry) -> Outcome {
        let (reply, outcome) = oneshot::channel();
        self.send(Command::Propose {
            entry,
            units: 0,
            reply: Reply::new(move |outcome, _| drop(reply.send(outcome))),
        });
        outcome.await.unwrap_or(Outcome::UNKNOWN)
    }

    /// Proposes many entries from a thread that may wait, and gives their outcomes in order.
    pub(super) fn ask_all(&self, entries: Vec<Entry>) -> Vec<Outcome> {
        let (reply, outcomes) = mpsc::channel();
        let count = entries.len();
        for (n, entry) in entries.into_iter().enumerate() {
            let reply = reply.clone();
            let reply = Reply::new(move |outcome, _| drop(reply.send((n, outcome))));
            self.send(Command::Propose { entry, units: 0, reply });
        }
        drop(reply);
        let mut ordered = vec![Outcome::UNKNOWN; count];
        for (n, outcome) in outcomes {
            ordered[n] = outcome;
        }
        ordered
    }

    fn send(&self, command: Command) {
        if let Err(mpsc::SendError(command)) = self.commands.send(command) {
            command.refuse(None);
        }
    }

    /// Waits until the queue has room for any entry. Somebody else may take it: try [`Log::propose`] again.
    pub(super) async fn room_in_queue(&self) {
        // The semaphore is never closed, and the permits are given back here and now.
        let _ = self.state.queue.acquire_many(queue::LARGEST).await;
    }

    /// Whether entries are taken. False from a failed commit until the database could be opened again.
    pub(super) fn is_healthy(&self) -> bool {
        self.state.healthy.load(Ordering::Relaxed)
    }

    /// Why entries are not taken, if they are not.
    pub(super) fn fault(&self) -> Option<String> {
        if self.is_healthy() {
            return None;
        }
        Some(self.state.fault.lock().clone().unwrap_or_else(|| "it is closed".into()))
    }

    /// What waits in the queue, in its units, and how many fit.
    pub(super) fn queued(&self) -> (usize, usize) {
        (QUEUE_UNITS.saturating_sub(self.state.queue.available_permits()), QUEUE_UNITS)
    }

    /// The position of the last entry, and the one up to which messages can be searched.
    pub(super) fn positions(&self) -> (u64, u64) {
        let indexed = self.state.indexed.load(Ordering::Relaxed);
        (self.state.position.load(Ordering::Relaxed), indexed)
    }

    /// Resolves with the reason when the log has ended by itself, for good.
    pub(super) async fn failed(&self) -> String {
        let mut failed = self.state.failed.subscribe();
        let reason = failed.wait_for(Option::is_some).await;
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }

    /// The reason, if it has.
    pub(super) fn failure(&self) -> Option<String> {
        self.state.failed.borrow().clone()
    }

    /// Keeps the text of the signing key, for a backup of a store whose files are taken away.
    pub(super) fn keep_key(&self, text: String) {
        // It does not change while the store is open.
        let _ = self.state.key.set(text);
    }

    /// There are marks to write.
    pub(super) fn wake(&self) {
        // A closed log has written its marks.
        let _ = self.commands.send(Command::Wake);
    }

    /// Texts were deleted: they are to leave the write-ahead log, too.
    pub(super) fn scrub(&self) {
        // A closed log has emptied it.
        let _ = self.commands.send(Command::Scrub);
    }

    /// A search found the index damaged: it is made anew.
    pub(super) fn repair_index(&self) {
        self.state.index_damaged.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Waits, on a thread that may, until everything committed so far can be searched.
    pub(super) fn index_all(&self) -> Result<(), StoreError> {
        let (reply, done) = mpsc::channel();
        self.send(Command::IndexAll { reply });
        done.recv().unwrap_or_else(|_| Err(StoreError::closed()))
    }

    /// Commits what is queued, empties the write-ahead log, and ends the thread.
    pub(super) fn close(&self) {
        let _ = self.commands.send(Command::Close);
        let thread = self.thread.lock().take();
        // The last handle may be dropped by an answer, on the thread itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // A panic was reported when it happened.
            let _ = thread.join();
        }
    }

    #[cfg(test)]
    pub(super) fn fill_disk(&self) {
        self.commands.send(Command::FillDisk).expect("the log is open");
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}
