//! The log's thread: batches from the queue, one synced commit each, and what can wait until later.

mod recovery;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use rusqlite::ErrorCode;
use shared::Seq;
use tracing::{error, warn};

use super::{
    OnCommit, State,
    failure::extend_index,
    queue::{Command, Reply},
};
use crate::store::{
    OpenError, StoreError,
    connection::WriteConnection,
    entry::{CommitTimes, Entry, Outcome},
    errors::{CommitFailure, RETRY_MS, is_full},
    model::ReadModel,
    open::Database,
    read::Readers,
};

/// One transaction takes at most so many entries, so that the first of them does not wait for too many others.
const BATCH: usize = 1024;
/// What can wait (search index, marks) waits so long, to be done for many messages at once.
const LATER: Duration = Duration::from_millis(250);
/// The time between two checks that the files are still there.
const CHECK_FILES: Duration = Duration::from_secs(1);
/// The time for which a store that is closed waits for reads.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// What could not be written is tried again so often.
const RETRY: Duration = Duration::from_millis(RETRY_MS);

pub(super) struct Writer {
    database: Database,
    queue: Receiver<Command>,
    state: Arc<State>,
    readers: Readers,
    on_commit: OnCommit,
    /// `None` after a failure, until the database could be opened again.
    open: Option<WriteConnection>,
    /// The position of the last entry whose messages `on_commit` was given.
    delivered: Seq,
    /// When there is something to do even if nobody asks.
    due: Option<Instant>,
    /// The files are not there any more, and there is no backup of them yet.
    losing: Option<Losing>,
    /// When the files were checked last.
    checked_at: Instant,
    /// When the database was opened again after a failure.
    reopened_at: Option<Instant>,
    /// The index cannot be written before this.
    index_after: Option<Instant>,
    closing: bool,
    /// Those who wait until everything can be searched.
    index_waiters: Vec<mpsc::Sender<Result<(), StoreError>>>,
}

/// Why the log ends for good.
struct Fatal(String);

/// A backup of files that are lost could not be written.
struct Losing {
    /// When it is tried again …
    again_at: Instant,
    /// … and the time from the last attempt to that.
    pause: Duration,
}

impl Writer {
    pub(super) fn open(
        database: Database,
        queue: Receiver<Command>,
        state: Arc<State>,
        readers: Readers,
        on_commit: OnCommit,
    ) -> Result<Self, OpenError> {
        let open = WriteConnection::open(&database).map_err(|error| database.explain(&error))?;
        let delivered = open.model.position();
        // A server that was killed may have left messages that cannot be searched.
        let due = (open.model.index_is_behind() || open.model.has_purges()).then(Instant::now);
        note_positions(&state, &open);
        Ok(Self {
            database,
            queue,
            state,
            readers,
            on_commit,
            open: Some(open),
            delivered,
            due,
            losing: None,
            checked_at: Instant::now(),
            reopened_at: None,
            index_after: None,
            closing: false,
            index_waiters: Vec::new(),
        })
    }

    pub(super) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            while !self.closing {
                self.turn()?;
            }
            self.end();
            Ok(())
        }));
        self.state.healthy.store(false, Ordering::Relaxed);
        let reason = match ended {
            Ok(Ok(())) => None,
            Ok(Err(Fatal(reason))) => Some(reason),
            Err(_) => Some("the thread that writes the log has panicked; start the server again".to_owned()),
        };
        if let Some(reason) = reason {
            error!("{reason}");
            *self.state.fault.lock() = Some(reason.clone());
            self.state.failed.send_replace(Some(reason));
        }
        // However the thread ends, nobody is left without an answer.
        while let Ok(command) = self.queue.try_recv() {
            command.refuse(None);
        }
    }

    fn turn(&mut self) -> Result<(), Fatal> {
        let mut batch = self.gather();
        if self.checked_at.elapsed() >= CHECK_FILES || self.closing {
            self.check_files(&mut batch)?;
        }
        if self.losing.is_some() {
            self.refuse(batch);
            // What is due waits for the files.
            self.due = None;
            return Ok(());
        }
        if self.open.is_none() && self.is_due() {
            self.reopen();
        }
        if !batch.is_empty() {
            self.commit(batch)?;
        }
        if self.open.is_some() && self.is_due() {
            self.catch_up()?;
        }
        if let Some(open) = &self.open {
            note_positions(&self.state, open);
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    fn later(&mut self) {
        self.due = self.due.or_else(|| Some(Instant::now() + LATER));
    }

    /// Waits for a command and takes what has queued up behind it; nothing if something is due before.
    fn gather(&mut self) -> Vec<(Entry, Reply)> {
        let until = self.checked_at + CHECK_FILES;
        let until = self.due.map_or(until, |due| due.min(until));
        let first = self.queue.recv_timeout(until.saturating_duration_since(Instant::now()));
        let mut next = match first {
            Ok(command) => Some(command),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Command::Close),
        };
        let mut batch = Vec::new();
        let mut freed = 0;
        while let Some(command) = next.take() {
            match command {
                Command::Propose { entry, units, reply } => {
                    freed += units as usize;
                    batch.push((entry, reply));
                }
                Command::Close => {
                    self.closing = true;
                    break;
                }
                Command::Wake => self.later(),
                Command::Scrub => {
                    // A log that is opened again does this by itself.
                    if let Some(open) = &mut self.open {
                        open.scrub = true;
                    }
                    self.later();
                }
                Command::IndexAll { reply } => {
                    self.index_waiters.push(reply);
                    self.due = Some(Instant::now());
                }
                #[cfg(test)]
                Command::FillDisk => self.open.as_ref().expect("the database is open").fill_disk(),
            }
            if batch.len() < BATCH {
                next = self.queue.try_recv().ok();
            }
        }
        self.state.queue.add_permits(freed);
        batch
    }

    /// Applies and commits a batch, delivers what is new in it, and then answers.
    fn commit(&mut self, batch: Vec<(Entry, Reply)>) -> Result<(), Fatal> {
        let Some(open) = &mut self.open else {
            self.refuse(batch);
            return Ok(());
        };
        let (began, entries) = (Instant::now(), batch.len());
        let mut answers = Vec::with_capacity(entries);
        let mut batch = batch.into_iter();
        let committed = open.transact(|model, db| {
            for (entry, reply) in batch.by_ref() {
                match model.apply(db, model.position().next(), entry) {
                    Ok(outcome) => answers.push((reply, outcome.unwrap_or(Outcome::UNKNOWN))),
                    Err(error) => {
                        answers.push((reply, Outcome::UNKNOWN));
                        return Err(error);
                    }
                }
            }
            Ok(())
        });
        match committed {
            Ok(()) => {
                let (committed, metrics) = (Instant::now(), &self.state.metrics);
                metrics.commits.inc();
                metrics.commit_seconds.observe((committed - began).as_secs_f64());
                #[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
                metrics.commit_entries.observe(entries as f64);
                open.note_position();
                self.deliver();
                let [began, committed, published] = [began, committed, Instant::now()].map(Into::into);
                let times = Some(CommitTimes { began, committed, published, entries });
                for (reply, outcome) in answers {
                    reply.send_timed(outcome, times);
                }
                self.keep_wal_small()
            }
            Err(error) => {
                let fatal = self.fail(&error);
                let failure = if is_full(&error) { CommitFailure::DiskFull } else { CommitFailure::Other };
                for (reply, _) in answers {
                    reply.send(Outcome::Unknown(failure));
                }
                // These were not tried.
                self.refuse(batch);
                fatal
            }
        }
    }

    fn deliver(&mut self) {
        let Some(open) = &mut self.open else { return };
        let commit = open.model.take_commit();
        self.delivered = open.model.position();
        open.scrub |= open.model.take_blanked();
        let later = open.scrub || open.model.index_is_behind() || open.model.has_purges();
        if !commit.is_empty() {
            (self.on_commit)(commit);
        }
        if later {
            self.later();
        }
    }

    /// Does what could wait: marks, the search index, and traces of retracted texts. Each by itself: a fault
    /// of one does not hold up the others, nor posts.
    fn catch_up(&mut self) -> Result<(), Fatal> {
        self.due = None;
        let now = Instant::now();
        let Some(open) = &mut self.open else { return Ok(()) };
        let marks = Arc::clone(&self.state.marks);
        if !marks.is_empty() {
            match open.transact(|_, db| marks.write(db)) {
                Ok(written) => marks.written(&written),
                Err(error) => return self.fail(&error),
            }
        }
        if self.index_after.is_none_or(|after| after <= now) {
            self.index_after = None;
            let extended = extend_index(open, self.state.index_damaged.swap(false, Ordering::Relaxed));
            if let Err(error) = extended {
                if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
                    return self.fail(&error);
                }
                if let Err(error) = open.read_model_again() {
                    return self.fail(&error);
                }
                warn!(%error, "the search index cannot be written; posting goes on");
                self.index_after = Some(now + RETRY);
                let refused = || Err(StoreError::from(&error));
                self.index_waiters.drain(..).for_each(|waiter| drop(waiter.send(refused())));
            }
        }
        if open.model.has_purges() {
            if let Err(error) = open.transact(ReadModel::purge) {
                return self.fail(&error);
            }
            open.scrub |= open.model.take_blanked();
        }
        if open.scrub && !open.model.has_purges() {
            match open.empty_wal() {
                Ok(emptied) => open.scrub = !emptied,
                Err(error) => return self.fail(&error),
            }
        }
        let behind = open.model.index_is_behind();
        if !behind {
            self.index_waiters.drain(..).for_each(|waiter| drop(waiter.send(Ok(()))));
        }
        if open.model.has_purges() {
            self.due = Some(now);
            return self.keep_wal_small();
        }
        match (behind, self.index_after) {
            (true, None) => self.due = Some(now),
            (true, Some(after)) => self.due = Some(after),
            (false, _) if open.scrub || !marks.is_empty() => self.later(),
            (false, _) => {}
        }
        self.keep_wal_small()
    }

    fn keep_wal_small(&mut self) -> Result<(), Fatal> {
        let Some(open) = &mut self.open else { return Ok(()) };
        match open.keep_wal_small(&self.readers) {
            Ok(()) => Ok(()),
            Err(error) => self.fail(&error),
        }
    }

    /// Leaves everything in one file, and says there that nothing is missing.
    fn end(&mut self) {
        let Some(open) = &mut self.open else { return };
        let marks = &self.state.marks;
        let ended = open.transact(|_, db| marks.write(db)).and_then(|written| {
            marks.written(&written);
            // A read that goes on keeps the write-ahead log.
            let _gate = self.readers.hold(CLOSE_WAIT);
            open.close()
        });
        if let Err(error) = ended {
            error!(%error, "the log was not closed tidily; nothing stored is lost");
        }
    }
}

/// Notes for others how far the log and its search index are.
fn note_positions(state: &State, open: &WriteConnection) {
    state.position.store(open.model.position().0, Ordering::Relaxed);
    state.indexed.store(open.model.index.position().0, Ordering::Relaxed);
}
