//! Why a connection ended, and what its other side is told: the one place that maps errors to close codes.

use std::{fmt, io};

use shared::CloseCode;

use crate::store::StoreError;

/// Why a session ended. It is mapped to a close code and a log line in one place: [`CloseReason::close_frame`].
#[derive(Debug)]
pub enum CloseReason {
    /// The client closed.
    Closed,
    /// The connection is gone.
    Gone(io::Error),
    /// The client broke a rule.
    Rule(CloseCode, String),
    /// No `hello` came.
    NoHello,
    /// The client's token has expired.
    TokenExpired,
    /// The client takes nothing.
    Stuck,
    /// The client sent nothing for a long time, not even the answer to a ping.
    Silent,
    /// An endpoint of the lab closes with this code and reason.
    Lab(CloseCode, String),
    /// The server drains.
    Drained,
    /// The store cannot be read.
    Store(StoreError),
}

impl CloseReason {
    /// The close frame that the client is sent, if it can be sent one.
    pub fn close_frame(&self) -> Option<(CloseCode, String)> {
        match self {
            Self::Closed | Self::Gone(_) | Self::Stuck => None,
            Self::Rule(code, reason) | Self::Lab(code, reason) => Some((*code, reason.clone())),
            Self::Silent => Some((CloseCode::SILENT, "nothing came from the client for 30 s".into())),
            Self::NoHello => {
                Some((CloseCode::HELLO_TIMEOUT, "the first frame is a hello, within 10 s".into()))
            }
            Self::TokenExpired => Some((CloseCode::TOKEN_EXPIRED, "the token has expired".into())),
            Self::Drained => Some((CloseCode::RESTART, "the server restarts".into())),
            Self::Store(_) => Some((CloseCode::TRY_LATER, "the store cannot be read now".into())),
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the client closed"),
            Self::Gone(error) => write!(f, "the connection is gone: {error}"),
            Self::Rule(code, reason) => write!(f, "the client broke a rule ({code}): {reason}"),
            Self::NoHello => f.write_str("no hello came"),
            Self::TokenExpired => f.write_str("the client's token has expired"),
            Self::Stuck => f.write_str("the client took no bytes for 30 s"),
            Self::Silent => f.write_str("the client sent nothing for 30 s, not even the answer to a ping"),
            Self::Lab(code, reason) => write!(f, "the lab closed ({code}): {reason}"),
            Self::Drained => f.write_str("the server drains"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for CloseReason {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl From<StoreError> for CloseReason {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
