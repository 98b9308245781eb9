//! Why a call of the HTTP API failed.

use crate::transport::ConnectionFailure;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// There is no connection.
    #[error(transparent)]
    Open(#[from] ConnectionFailure),
    /// The connection was lost, or the server did not answer in time.
    #[error("{0}")]
    Lost(String),
    /// The server refused.
    #[error("{reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The kind of error, for programs.
        code: String,
        /// What was wrong and what is allowed.
        reason: String,
    },
    /// The answer is not one of a Parlor server.
    #[error("{0}")]
    NotParlor(String),
}

impl ApiError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Open(error) => !error.is_permanent,
            Self::Lost(_) => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::NotParlor(_) => false,
        }
    }
}
