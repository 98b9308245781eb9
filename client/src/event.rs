//! What a client hears, and what it is answered.

use shared::{Connection, Epoch, FromServer, Message, Refusal, RoomName, Seq, Timestamp, Username};
use tokio::sync::mpsc;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It stands otherwise with the connection.
    Connection(Connection),
    /// A room is followed, at first or again after the connection was lost.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of its numbers.
        epoch: Epoch,
        /// Its newest seq.
        head: Seq,
        /// True: what was missed follows, message by message. False: `messages` is the latest page, and unless this is
        /// the first join there may be a gap before it.
        resumed: bool,
        /// The latest page, oldest first.
        messages: Vec<Message>,
    },
    /// A message was stored: each one of a followed room, once, in order.
    Message(Message),
    /// Members came or went.
    Presence {
        /// The room.
        room: RoomName,
        /// How many it has now.
        count: u32,
        /// Who came, unless it is a crowd.
        arrived: Vec<Username>,
        /// Who went.
        departed: Vec<Username>,
    },
    /// Somebody is typing.
    Typing {
        /// The room.
        room: RoomName,
        /// Who.
        username: Username,
    },
    /// Something that is not a post was refused.
    Refused(Refusal),
}

impl Event {
    /// What a frame says to the user, if anything.
    pub(crate) fn of(frame: FromServer) -> Option<Self> {
        Some(match frame {
            FromServer::Joined { room, epoch, head, resumed, messages, .. } => {
                Self::Joined { room, epoch, head, resumed, messages }
            }
            FromServer::Message(message) => Self::Message(message),
            FromServer::Presence { room, count, arrived, departed, .. } => {
                Self::Presence { room, count, arrived, departed }
            }
            FromServer::Typing { room, username } => Self::Typing { room, username },
            FromServer::Refused(refusal) if refusal.id.is_none() => Self::Refused(refusal),
            _ => return None,
        })
    }
}

/// What happens, in order.
///
/// The stream is bounded: while it is full the client reads nothing from the server, which keeps what is missed in its
/// log. Who needs no events drops it.
#[derive(Debug)]
pub struct Events(pub(crate) mpsc::Receiver<Event>);

impl Events {
    /// The next event; none once the client is closed.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

/// The acknowledgement of a post: it is on the server's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// Its number in the room.
    pub seq: Seq,
    /// When the server took it.
    pub sent_at: Timestamp,
}

/// Why a post was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostFailure {
    /// The server, or a check before it was sent, refused it for good.
    Refused(Refusal),
    /// The client was closed first. Whether the post is stored is unknown.
    Closed,
}

impl std::fmt::Display for PostFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.reason),
            Self::Closed => f.write_str("the client was closed before the post was acknowledged"),
        }
    }
}

impl std::error::Error for PostFailure {}

/// A stretch of a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether there is more beyond them, on the side that was asked for.
    pub more: bool,
}
