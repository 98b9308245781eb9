//! What a link is told, what it answers with, and how it stands.

use crate::{close::CloseCode, frames::Refusal};

/// What happened to the socket. Times are milliseconds of a clock that never goes back.
///
/// Once an [`Action::Open`] or [`Action::Close`] was given, events of an earlier socket must not be fed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The socket that [`Action::Open`] asked for is open.
    Opened,
    /// A text frame came.
    Frame(&'a str),
    /// The socket is closed, or could not be opened.
    Closed(CloseCode),
    /// Time has passed: to be fed at [`Link::wakes_at`](super::Link::wakes_at) or later.
    Tick,
    /// The device is on a network again, or the user asks to try now.
    Retry,
    /// The device has lost its network.
    Offline,
}

/// What the caller should do to the socket, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a socket; forget an earlier one.
    Open,
    /// Send this text frame.
    Send(String),
    /// Close the socket with this code, and forget it.
    Close(CloseCode),
}

/// How it stands with the connection, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// It was not started, or stopped on purpose.
    Stopped,
    /// A connection is being made.
    Connecting,
    /// Everything works.
    Live,
    /// The connection was lost; the next try is at this moment of the caller's clock, in milliseconds.
    Waiting {
        /// When.
        retry_at: u64,
    },
    /// The server does not accept who we say we are: [`Link::identify`](super::Link::identify) anew.
    Refused(Refusal),
}
