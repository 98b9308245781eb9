//! The link's input (`Event`), its output (`Action`) and its state (`Connection`).

use crate::{close::CloseCode, frames::Refusal};

/// An event of the socket, or of time. Times are milliseconds of a monotonic clock.
///
/// After an [`Action::Open`] or [`Action::Close`], events of the previous socket must not be fed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The socket that [`Action::Open`] requested is open.
    Opened,
    /// A text frame was received.
    Frame(&'a str),
    /// The socket was closed, or could not be opened.
    Closed(CloseCode),
    /// Time has passed: feed this at [`Link::wakes_at`](super::Link::wakes_at) or later.
    Tick,
    /// The device is online again, or the user wants to retry now.
    Retry,
    /// The device is offline.
    Offline,
}

/// What the caller must do with the socket. Actions must be carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a new socket, and drop the previous one.
    Open,
    /// Send this text frame.
    Send(String),
    /// Close the socket with this code, and drop it.
    Close(CloseCode),
}

/// The connection's state, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not started, or stopped on purpose.
    Stopped,
    /// A connection is being made.
    Connecting,
    /// The connection is established.
    Live,
    /// The connection was lost. The next attempt is scheduled.
    Waiting {
        /// The time of the next attempt, in milliseconds of the caller's clock.
        retry_at: u64,
    },
    /// The server refuses the credentials: call [`Link::identify`](super::Link::identify) with other ones.
    Refused(Refusal),
}
