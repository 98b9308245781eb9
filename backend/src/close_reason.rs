//! Why a connection ended, and what its other side is told: the one place that maps errors to close codes.

use std::io;

use shared::CloseCode;
use thiserror::Error;

use crate::store::StoreError;

/// Why a connection ended, as its log line says it. [`CloseReason::close_frame`] is what the client is told.
#[derive(Debug, Error)]
pub enum CloseReason {
    /// The client closed, and said with which code.
    #[error("the client closed")]
    Closed(Option<CloseCode>),
    /// The connection is gone.
    #[error("the connection is gone: {0}")]
    Gone(#[from] io::Error),
    /// The client broke a rule.
    #[error("the client broke a rule ({0}): {1}")]
    Rule(CloseCode, String),
    /// No `hello` came.
    #[error("no hello came")]
    NoHello,
    /// The client's token has expired.
    #[error("the client's token has expired")]
    TokenExpired,
    /// The client's token is not valid any more: it was revoked, or the account is not there.
    #[error("the client's token was revoked, or its account is gone")]
    Revoked,
    /// The user or the address is barred.
    #[error("the user or the address is barred")]
    Barred,
    /// The only room of a plain connection is not the user's to read any more.
    #[error("the connection's room is not the user's to read any more")]
    RoomLeft,
    /// The user's role has changed: a new connection begins with it.
    #[error("the user's rights have changed")]
    RightsChanged,
    /// The client takes no bytes.
    #[error("the client took no bytes for 30 s")]
    Stuck,
    /// The client sent nothing for a long time, not even the answer to a ping.
    #[error("the client sent nothing for 30 s, not even the answer to a ping")]
    Silent,
    /// An endpoint of the lab closes with this code and reason.
    #[error("the lab closed ({0}): {1}")]
    Lab(CloseCode, String),
    /// The server shuts down.
    #[error("the server shuts down")]
    Drained,
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CloseReason {
    /// The reason in a word, for metrics and logs.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Gone(_) => "gone",
            Self::Rule(..) => "rule",
            Self::NoHello => "no_hello",
            Self::TokenExpired => "token_expired",
            Self::Revoked => "revoked",
            Self::Barred => "barred",
            Self::RoomLeft => "room_left",
            Self::RightsChanged => "rights_changed",
            Self::Stuck => "stuck",
            Self::Silent => "silent",
            Self::Lab(..) => "lab",
            Self::Drained => "drained",
            Self::Store(_) => "store",
        }
    }

    /// The close code that was sent: by the server, or by the client, if it closed.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Closed(code) => code.map(|code| code.0),
            _ => self.close_frame().map(|(code, _)| code.0),
        }
    }

    /// The close frame that the client is sent, if it can be sent one.
    pub fn close_frame(&self) -> Option<(CloseCode, String)> {
        match self {
            Self::Closed(_) | Self::Gone(_) | Self::Stuck => None,
            Self::Rule(code, reason) | Self::Lab(code, reason) => Some((*code, reason.clone())),
            Self::Silent => {
                Some((CloseCode::HEARTBEAT_TIMEOUT, "nothing came from the client for 30 s".into()))
            }
            Self::NoHello => {
                Some((CloseCode::HELLO_TIMEOUT, "the first frame is a hello, within 10 s".into()))
            }
            Self::Revoked => Some((CloseCode::TOKEN_EXPIRED, "the token is not valid any more".into())),
            Self::Barred => {
                Some((CloseCode::BARRED, "this user or address is barred from this house".into()))
            }
            Self::RoomLeft => Some((CloseCode::ROOM_LEFT, "this room is not open to you".into())),
            Self::RightsChanged => Some((CloseCode::RESTART, "your rights have changed".into())),
            Self::TokenExpired => Some((CloseCode::TOKEN_EXPIRED, "the token has expired".into())),
            Self::Drained => Some((CloseCode::RESTART, "the server restarts".into())),
            Self::Store(_) => Some((CloseCode::TRY_LATER, "the store cannot be read now".into())),
        }
    }
}
