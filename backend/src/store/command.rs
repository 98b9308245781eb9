//! What the writer is asked to do, and how whoever asked is answered.

use rusqlite::Connection;
use shared::{RoomName, Timestamp, Username};
use tokio::sync::oneshot;

use super::{
    ClaimError, Draft, Outcome, StoreError,
    ledger::{Counted, Imported, Ledger},
    unavailable,
};

/// What is called with a post's outcome: `Unknown` if it is dropped before.
pub(super) struct Reply(Option<Box<dyn FnOnce(Outcome) + Send>>);

impl Reply {
    pub(super) fn new(reply: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self(Some(Box::new(reply)))
    }

    fn give(mut self, outcome: Outcome) {
        if let Some(reply) = self.0.take() {
            reply(outcome);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(reply) = self.0.take() {
            reply(Outcome::Unknown);
        }
    }
}

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

impl Command {
    /// Does what was asked, inside a transaction.
    pub(super) fn perform(
        self,
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
        match self {
            Self::Append { draft, reply, .. } => {
                let (outcome, done) = split(ledger.append(db, draft, now));
                (Answer::Post(reply, outcome), done)
            }
            Self::Import { messages, reply } => {
                let (counted, done) = split(ledger.import(db, messages));
                (Answer::Import(reply, counted), done)
            }
            Self::IndexAll { reply } => {
                let (indexed, done) = split(ledger.index(db, u32::MAX));
                (Answer::Done(reply, indexed), done)
            }
            Self::MakeRoom { room, reply } => {
                let (made, done) = split(ledger.list_room(db, &room, now));
                (Answer::Done(reply, made), done)
            }
            Self::Claim { username, anew, reply } => {
                let (claimed, done) = split(ledger.claim(db, &username, anew));
                (Answer::Claim(reply, claimed), done)
            }
            _ => unreachable!("`gather` keeps the rest for itself"),
        }
    }

    /// Answers what cannot be done now and was not tried.
    pub(super) fn refuse(self) {
        let error = || StoreError("its disk cannot be written".into());
        match self {
            Self::Append { draft, reply, .. } => reply.give(Outcome::Refused(unavailable(&draft.post))),
            Self::Import { reply, .. } => drop(reply.send(Err(error()))),
            Self::IndexAll { reply } | Command::MakeRoom { reply, .. } => drop(reply.send(Err(error()))),
            Self::Claim { reply, .. } => drop(reply.send(Err(ClaimError::Store(error())))),
            _ => {}
        }
    }
}

/// What was asked, and what to answer once it is committed; nothing if it failed.
pub(super) enum Answer {
    Post(Reply, Option<Outcome>),
    Import(Asked<Counted>, Option<Counted>),
    Done(Asked<()>, Option<()>),
    Claim(oneshot::Sender<Result<(), ClaimError>>, Option<Result<(), String>>),
}

impl Answer {
    /// After the commit. Whoever asked may be gone.
    pub(super) fn give(self) {
        match self {
            Self::Post(reply, Some(outcome)) => reply.give(outcome),
            Self::Import(reply, Some(counted)) => drop(reply.send(Ok(counted))),
            Self::Done(reply, Some(())) => drop(reply.send(Ok(()))),
            Self::Claim(reply, Some(claimed)) => drop(reply.send(claimed.map_err(ClaimError::Taken))),
            failed => failed.fail(),
        }
    }

    /// After a commit that failed: what was asked may have been done or not.
    pub(super) fn fail(self) {
        let error = || StoreError("its disk failed while it wrote".into());
        match self {
            Self::Post(reply, _) => reply.give(Outcome::Unknown),
            Self::Import(reply, _) => drop(reply.send(Err(error()))),
            Self::Done(reply, _) => drop(reply.send(Err(error()))),
            Self::Claim(reply, _) => drop(reply.send(Err(ClaimError::Store(error())))),
        }
    }
}
