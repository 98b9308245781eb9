//! The thread that writes: batches from the queue, one synced commit each, and what can wait until later.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use shared::{Message, Timestamp};
use tracing::{error, info, warn};

use super::{
    OpenError, RETRY_MS, Shared,
    command::{Answer, Command},
    database::Database,
    log::Log,
};

/// One transaction takes at most so many commands, so that the first of them does not wait for too many others.
const BATCH: usize = 1024;
/// What can wait (search index, marks) waits so long, to be done for many messages at once.
const LATER: Duration = Duration::from_millis(250);
/// The index grows by so many messages at a time; posts get their turn between.
const INDEXED_AT_ONCE: u32 = 1000;
/// A log that could not be written is tried again so often.
const RETRY: Duration = Duration::from_millis(RETRY_MS);

pub(super) struct Writer {
    database: Database,
    queue: Receiver<Command>,
    shared: Arc<Shared>,
    on_commit: Box<dyn FnMut(Vec<Message>) + Send>,
    /// None after a failure, until the log could be opened again.
    log: Option<Log>,
    /// The last message of the whole log that `on_commit` was given.
    delivered: i64,
    /// When there is something to do even if nobody asks.
    due: Option<Instant>,
    closing: bool,
    #[cfg(test)]
    doubt: bool,
}

impl Writer {
    pub(super) fn new(
        database: Database,
        queue: Receiver<Command>,
        shared: Arc<Shared>,
        on_commit: Box<dyn FnMut(Vec<Message>) + Send>,
    ) -> Result<Self, OpenError> {
        let log = Log::open(&database).map_err(|error| database.explain(&error))?;
        let delivered = log.ledger.last();
        // A server that was killed may have left messages that cannot be searched.
        let due = log.ledger.behind().then(Instant::now);
        Ok(Self {
            database,
            queue,
            shared,
            on_commit,
            log: Some(log),
            delivered,
            due,
            closing: false,
            #[cfg(test)]
            doubt: false,
        })
    }

    pub(super) fn run(mut self) {
        while !self.closing {
            let batch = self.gather();
            if self.log.is_none() && self.is_due() {
                self.reopen();
            }
            if !batch.is_empty() {
                self.commit(batch);
            }
            if self.log.is_some() && self.is_due() {
                self.catch_up();
            }
        }
        self.end();
    }

    fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    fn later(&mut self) {
        self.due = self.due.or_else(|| Some(Instant::now() + LATER));
    }

    /// Waits for a command and takes what has queued up behind it; nothing if something is due before.
    fn gather(&mut self) -> VecDeque<Command> {
        let first = match self.due {
            None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => self.queue.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        let mut next = match first {
            Ok(command) => Some(command),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Command::Close),
        };
        let mut batch = VecDeque::new();
        let mut units = 0;
        while let Some(command) = next.take() {
            match command {
                Command::Close => {
                    self.closing = true;
                    break;
                }
                Command::Wake => self.later(),
                #[cfg(test)]
                Command::Doubt => self.doubt = true,
                #[cfg(test)]
                Command::Fill => self.log.as_ref().expect("the log is open").fill(),
                command => {
                    if let Command::Append { units: size, .. } = command {
                        units += size as usize;
                    }
                    batch.push_back(command);
                }
            }
            if batch.len() < BATCH {
                next = self.queue.try_recv().ok();
            }
        }
        self.shared.queue.add_permits(units);
        batch
    }

    /// Commits a batch, delivers what is new in it, and then answers.
    fn commit(&mut self, mut batch: VecDeque<Command>) {
        let Some(log) = &mut self.log else {
            batch.into_iter().for_each(Command::refuse);
            return;
        };
        let mut answers = Vec::with_capacity(batch.len());
        let committed = log.transact(|ledger, db| {
            let now = now();
            while let Some(command) = batch.pop_front() {
                let (answer, done) = command.perform(ledger, db, now);
                answers.push(answer);
                done?;
            }
            Ok(())
        });
        #[cfg(test)]
        let committed = if std::mem::take(&mut self.doubt) {
            committed.and(Err(rusqlite::Error::QueryReturnedNoRows))
        } else {
            committed
        };
        match committed {
            Ok(()) => {
                self.deliver();
                answers.into_iter().for_each(Answer::give);
                if let Some(Err(error)) = self.log.as_mut().map(Log::keep_wal_small) {
                    self.fail(&error);
                }
            }
            Err(error) => {
                self.fail(&error);
                answers.into_iter().for_each(Answer::fail);
                // These were not tried.
                batch.into_iter().for_each(Command::refuse);
            }
        }
    }

    fn deliver(&mut self) {
        let Some(log) = &mut self.log else { return };
        let fresh = log.ledger.take_fresh();
        self.delivered = log.ledger.last();
        log.scrub |= log.ledger.blanked();
        let later = log.scrub || log.ledger.behind();
        if !fresh.is_empty() {
            (self.on_commit)(fresh);
        }
        if later {
            self.later();
        }
    }

    /// Does what could wait: marks, the search index, and the traces of what was taken back.
    fn catch_up(&mut self) {
        self.due = None;
        let Some(log) = &mut self.log else { return };
        let marks = &self.shared.marks;
        let done = if log.ledger.behind() || !marks.is_empty() {
            let written = log.transact(|ledger, db| {
                ledger.index(db, INDEXED_AT_ONCE)?;
                marks.write(db)
            });
            written.map(|written| marks.written(&written))
        } else {
            Ok(())
        };
        let done = done.and_then(|()| {
            log.scrub = log.scrub && !log.empty_wal()?;
            log.keep_wal_small()
        });
        let (more, later) = (log.ledger.behind(), log.scrub || !marks.is_empty());
        match done {
            Err(error) => self.fail(&error),
            Ok(()) if more => self.due = Some(Instant::now()),
            Ok(()) if later => self.later(),
            Ok(()) => {}
        }
    }

    /// After a failure nothing that is remembered of the log is certain: only the file is.
    fn fail(&mut self, error: &rusqlite::Error) {
        error!(%error, "the log could not be written; posts are refused until it can be opened again");
        self.log = None;
        self.shared.healthy.store(false, Ordering::Relaxed);
        self.due = Some(Instant::now());
    }

    fn reopen(&mut self) {
        let opened =
            Log::open(&self.database).and_then(|log| log.beyond(self.delivered).map(|missed| (log, missed)));
        match opened {
            Ok((log, missed)) => {
                info!(stored_after_all = missed.len(), "the log is open again");
                self.delivered = log.ledger.last();
                self.log = Some(log);
                if !missed.is_empty() {
                    (self.on_commit)(missed);
                }
                self.shared.healthy.store(true, Ordering::Relaxed);
                self.due = Some(Instant::now());
            }
            Err(error) => {
                warn!(%error, "the log is still closed");
                self.due = Some(Instant::now() + RETRY);
            }
        }
    }

    /// Leaves the log in one file.
    fn end(mut self) {
        if let Some(log) = &mut self.log {
            let marks = &self.shared.marks;
            let ended = if marks.is_empty() {
                log.empty_wal()
            } else {
                let written = log.transact(|_, db| marks.write(db));
                written.map(|written| marks.written(&written)).and_then(|()| log.empty_wal())
            };
            if let Err(error) = ended {
                error!(%error, "the log was not closed tidily; nothing stored is lost");
            }
        }
    }
}

impl Drop for Writer {
    /// However the thread ends, nobody is left without an answer.
    fn drop(&mut self) {
        self.shared.healthy.store(false, Ordering::Relaxed);
        while let Ok(command) = self.queue.try_recv() {
            command.refuse();
        }
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
