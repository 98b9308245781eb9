//! Why a store does not do what it was asked, each in a sentence that can be shown.

use std::fmt;

use super::QUERY_BYTES;

/// The store cannot be read or written now. It says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub(super) String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store cannot answer now: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl StoreError {
    pub(super) fn closed() -> Self {
        Self("it is closed".into())
    }
}

/// Why a name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimError {
    /// It is somebody else's, or looks like it. The sentence says what to do.
    Taken(String),
    /// The store cannot say now.
    Store(StoreError),
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(reason) => f.write_str(reason),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ClaimError {}

/// Why nothing was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchError {
    /// The query has no letter, digit or ideograph.
    NoWords,
    /// The query is longer than [`QUERY_BYTES`].
    TooLong,
    /// The store cannot be read now.
    Store(StoreError),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWords => f.write_str("a search needs at least one letter, digit or ideograph"),
            Self::TooLong => write!(f, "a search has at most {QUERY_BYTES} bytes"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SearchError {}
