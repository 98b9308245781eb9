//! The thread that writes: batches from the queue, one synced commit each, and what can wait until later.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use shared::{Message, RoomName, Timestamp, Username};
use tokio::sync::oneshot;
use tracing::{error, info, warn};

use super::{
    ClaimError, Counted, Draft, Imported, OpenError, Outcome, RETRY_MS, Shared, StoreError,
    database::{Database, LOCK_WAIT},
    ledger::Ledger,
    reading, unavailable,
};

/// One transaction takes at most so many commands, so that the first of them does not wait for too many others.
const BATCH: usize = 1024;
/// What can wait (search index, marks) waits so long, to be done for many messages at once.
const LATER: Duration = Duration::from_millis(250);
/// The index grows by so many messages at a time; posts get their turn between.
const INDEXED_AT_ONCE: u32 = 1000;
/// The write-ahead log is folded into the database from this size on, in pages of 4 KiB.
const CHECKPOINT_PAGES: i32 = 4096;
/// A log that could not be written is tried again so often.
const RETRY: Duration = Duration::from_millis(RETRY_MS);

type Reply = Box<dyn FnOnce(Outcome) + Send>;
type Asked<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer is asked to do.
pub(super) enum Command {
    Append {
        draft: Draft,
        units: u32,
        reply: Reply,
    },
    Import {
        messages: Vec<Imported>,
        reply: Asked<Counted>,
    },
    IndexAll {
        reply: Asked<()>,
    },
    MakeRoom {
        room: RoomName,
        reply: Asked<()>,
    },
    Claim {
        username: Username,
        anew: bool,
        reply: oneshot::Sender<Result<(), ClaimError>>,
    },
    /// There are marks to write, later.
    Wake,
    Close,
    /// The next commit succeeds, and is taken for failed.
    #[cfg(test)]
    Doubt,
    /// The database cannot grow any more, until it is opened again.
    #[cfg(test)]
    Fill,
}

/// What was asked, and what to answer once it is committed; nothing if it failed.
enum Answer {
    Post(Reply, Option<Outcome>),
    Import(Asked<Counted>, Option<Counted>),
    Done(Asked<()>, Option<()>),
    Claim(oneshot::Sender<Result<(), ClaimError>>, Option<Result<(), String>>),
}

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
        let log = Log::open(&database)?;
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
            batch.into_iter().for_each(refuse);
            return;
        };
        let mut answers = Vec::with_capacity(batch.len());
        let committed = log.transact(|ledger, db| {
            let now = now();
            while let Some(command) = batch.pop_front() {
                let (answer, done) = perform(command, ledger, db, now);
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
            }
            Err(error) => {
                self.fail(&error);
                answers.into_iter().for_each(Answer::fail);
                // These were not tried.
                batch.into_iter().for_each(refuse);
            }
        }
    }

    fn deliver(&mut self) {
        let Some(log) = &mut self.log else { return };
        let fresh = log.ledger.take_fresh();
        self.delivered = log.ledger.last();
        let behind = log.ledger.behind();
        log.scrub |= log.ledger.blanked();
        let due = behind || log.scrub;
        if !fresh.is_empty() {
            (self.on_commit)(fresh);
        }
        if due {
            self.later();
        }
        self.keep_wal_small();
    }

    /// Does what could wait: marks, the search index, and the traces of what was taken back.
    fn catch_up(&mut self) {
        self.due = None;
        let Some(log) = &mut self.log else { return };
        let marks = &self.shared.marks;
        if log.ledger.behind() || !marks.is_empty() {
            let written = log.transact(|ledger, db| {
                ledger.index(db, INDEXED_AT_ONCE)?;
                marks.write(db)
            });
            match written {
                Ok(written) => marks.written(&written),
                Err(error) => return self.fail(&error),
            }
        }
        if log.ledger.behind() {
            self.due = Some(Instant::now());
        } else if log.scrub {
            match log.checkpoint("TRUNCATE") {
                Ok(done) => log.scrub = !done,
                Err(error) => return self.fail(&error),
            }
            if log.scrub {
                self.later();
            }
        } else if !marks.is_empty() {
            self.later();
        }
        self.keep_wal_small();
    }

    fn keep_wal_small(&mut self) {
        let Some(log) = &mut self.log else { return };
        let pages = log.wal.load(Ordering::Relaxed);
        if pages < log.checkpoint_from {
            return;
        }
        match log.checkpoint("PASSIVE") {
            // The next commit begins the file anew.
            Ok(true) => log.checkpoint_from = CHECKPOINT_PAGES,
            // A reader still needs it.
            Ok(false) => log.checkpoint_from = pages + CHECKPOINT_PAGES / 4,
            Err(error) => return self.fail(&error),
        }
        log.wal.store(0, Ordering::Relaxed);
    }

    /// After a failure nothing that is remembered of the log is certain: only the file is.
    fn fail(&mut self, error: &rusqlite::Error) {
        error!(%error, "the log could not be written; posts are refused until it can be opened again");
        self.log = None;
        self.shared.healthy.store(false, Ordering::Relaxed);
        self.due = Some(Instant::now());
    }

    fn reopen(&mut self) {
        let opened = Log::open(&self.database).map_err(|error| error.to_string()).and_then(|log| {
            let missed = log.beyond(self.delivered).map_err(|error| error.to_string())?;
            Ok((log, missed))
        });
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
            Err(reason) => {
                warn!(%reason, "the log is still closed");
                self.due = Some(Instant::now() + RETRY);
            }
        }
    }

    /// Leaves the log in one file, and refuses whatever comes after.
    fn end(mut self) {
        if let Some(log) = &mut self.log {
            let marks = &self.shared.marks;
            let ended = if marks.is_empty() {
                log.checkpoint("TRUNCATE")
            } else {
                let written = log.transact(|_, db| marks.write(db));
                written.map(|written| marks.written(&written)).and_then(|()| log.checkpoint("TRUNCATE"))
            };
            if let Err(error) = ended {
                error!(%error, "the log was not closed tidily; nothing stored is lost");
            }
        }
        self.log = None;
        self.shared.healthy.store(false, Ordering::Relaxed);
        while let Ok(command) = self.queue.try_recv() {
            refuse(command);
        }
    }
}

/// An open log, and what is known of it.
struct Log {
    db: Arc<Mutex<Connection>>,
    ledger: Ledger,
    /// The pages in the write-ahead log.
    wal: Arc<AtomicI32>,
    /// How many of them are worth a checkpoint.
    checkpoint_from: i32,
    /// Whether something that was taken back is still to be read in the write-ahead log.
    scrub: bool,
}

impl Log {
    fn open(database: &Database) -> Result<Self, OpenError> {
        let db = database.writer()?;
        let wal = Arc::new(AtomicI32::new(0));
        let pages = Arc::clone(&wal);
        let mut guard = db.lock();
        let counted = guard.wal_hook(Some(move |_: &mut _, count| {
            pages.store(count, Ordering::Relaxed);
            Ok(())
        }));
        let ledger = counted.and_then(|()| Ledger::read(&guard)).map_err(|error| database.explain(&error))?;
        drop(guard);
        Ok(Self { db, ledger, wal, checkpoint_from: CHECKPOINT_PAGES, scrub: false })
    }

    /// Runs `work` in one transaction, which is on disk when this returns.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Ledger, &Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let db = self.db.lock();
        let tx = Transaction::new_unchecked(&db, TransactionBehavior::Immediate)?;
        let done = work(&mut self.ledger, &tx)?;
        self.ledger.finish(&tx)?;
        tx.commit()?;
        Ok(done)
    }

    fn beyond(&self, n: i64) -> rusqlite::Result<Vec<Message>> {
        reading::beyond(&self.db.lock(), n)
    }

    /// Folds the write-ahead log into the database. False if a reader still needs some of it.
    fn checkpoint(&self, mode: &str) -> rusqlite::Result<bool> {
        let db = self.db.lock();
        // Readers are not waited for: there will be another time.
        db.busy_timeout(Duration::ZERO)?;
        let result = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            let (busy, pages, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(busy == 0 && pages == done)
        });
        db.busy_timeout(LOCK_WAIT)?;
        match result {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            result => result,
        }
    }

    #[cfg(test)]
    fn fill(&self) {
        let db = self.db.lock();
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }
}

/// Does what was asked, inside a transaction.
fn perform(
    command: Command,
    ledger: &mut Ledger,
    db: &Connection,
    now: Timestamp,
) -> (Answer, rusqlite::Result<()>) {
    fn split<T>(result: rusqlite::Result<T>) -> (Option<T>, rusqlite::Result<()>) {
        match result {
            Ok(done) => (Some(done), Ok(())),
            Err(error) => (None, Err(error)),
        }
    }
    match command {
        Command::Append { draft, reply, .. } => {
            let (outcome, done) = split(ledger.append(db, draft, now));
            (Answer::Post(reply, outcome), done)
        }
        Command::Import { messages, reply } => {
            let (counted, done) = split(ledger.import(db, messages));
            (Answer::Import(reply, counted), done)
        }
        Command::IndexAll { reply } => {
            let (indexed, done) = split(ledger.index(db, u32::MAX));
            (Answer::Done(reply, indexed), done)
        }
        Command::MakeRoom { room, reply } => {
            let (made, done) = split(ledger.list_room(db, &room, now));
            (Answer::Done(reply, made), done)
        }
        Command::Claim { username, anew, reply } => {
            let (claimed, done) = split(ledger.claim(db, &username, anew));
            (Answer::Claim(reply, claimed), done)
        }
        _ => unreachable!("`gather` keeps the rest for itself"),
    }
}

impl Answer {
    /// After the commit. Whoever asked may be gone.
    fn give(self) {
        match self {
            Self::Post(reply, Some(outcome)) => reply(outcome),
            Self::Import(reply, Some(counted)) => drop(reply.send(Ok(counted))),
            Self::Done(reply, Some(())) => drop(reply.send(Ok(()))),
            Self::Claim(reply, Some(claimed)) => drop(reply.send(claimed.map_err(ClaimError::Taken))),
            failed => failed.fail(),
        }
    }

    /// After a commit that failed: what was asked may have been done or not.
    fn fail(self) {
        let error = || StoreError("its disk failed while it wrote".into());
        match self {
            Self::Post(reply, _) => reply(Outcome::Unknown),
            Self::Import(reply, _) => drop(reply.send(Err(error()))),
            Self::Done(reply, _) => drop(reply.send(Err(error()))),
            Self::Claim(reply, _) => drop(reply.send(Err(ClaimError::Store(error())))),
        }
    }
}

/// Answers what cannot be done now and was not tried.
fn refuse(command: Command) {
    let error = || StoreError("its disk cannot be written".into());
    match command {
        Command::Append { draft, reply, .. } => reply(Outcome::Refused(unavailable(&draft.post))),
        Command::Import { reply, .. } => drop(reply.send(Err(error()))),
        Command::IndexAll { reply } | Command::MakeRoom { reply, .. } => drop(reply.send(Err(error()))),
        Command::Claim { reply, .. } => drop(reply.send(Err(ClaimError::Store(error())))),
        _ => {}
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
