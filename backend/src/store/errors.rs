//! Why a store does not do what it was asked, each in a sentence that can be shown.

use rusqlite::{ErrorCode, ffi};
use shared::{Refusal, RefusalCode};
use thiserror::Error;

/// What was refused as `unavailable` may succeed after this long, in milliseconds.
pub const RETRY_MS: u64 = 1000;
/// The longest query that is searched for, in bytes of UTF-8.
pub const QUERY_BYTES: usize = 512;

/// Why nobody knows what became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CommitFailure {
    /// There was no room for it.
    #[error("the server's disk is full")]
    DiskFull,
    /// Anything else.
    #[error("the store failed")]
    Other,
}

impl CommitFailure {
    /// What is said of a post.
    pub fn of_post(self) -> String {
        format!("{self}, and the message may be stored or not: post it again with the same id")
    }

    /// What is said of an act.
    pub fn of_act(self) -> String {
        format!("{self}, and this may be done or not: look, and try again")
    }
}

/// The store cannot answer now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Reading or writing failed. It says why.
    #[error("the store cannot answer now: {0}")]
    Failed(String),
    /// There is more to read than there is time for.
    #[error("the store has more to do than it can; try again in a moment")]
    Busy,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&rusqlite::Error> for StoreError {
    fn from(error: &rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Whether the disk is full.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    // The index of the write-ahead log (`-shm`) found no room on a full disk. SQLite makes it from the log again.
    let found_no_room = |error: &ffi::Error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE;
    error.sqlite_error_code() == Some(ErrorCode::DiskFull) || error.sqlite_error().is_some_and(found_no_room)
}

impl StoreError {
    pub(super) fn closed() -> Self {
        Self::Failed("it is closed".into())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Busy => RefusalCode::Busy,
            StoreError::Failed(_) => RefusalCode::Unavailable,
        };
        Self { retry_after_ms: Some(RETRY_MS), ..Self::new(code, error.to_string()) }
    }
}

/// Why a name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClaimError {
    /// It is somebody else's, looks like it, or is not to be had so. The refusal says what to do.
    #[error("{}", .0.reason)]
    Refused(Refusal),
    /// The store cannot say now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was searched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchError {
    /// The query has no letter, digit or ideograph.
    #[error("a search needs at least one letter, digit or ideograph")]
    NoWords,
    /// The query is longer than [`QUERY_BYTES`].
    #[error("a search has at most {QUERY_BYTES} bytes")]
    TooLong,
    /// The store cannot be read now.
    #[error(transparent)]
    Store(#[from] StoreError),
}
