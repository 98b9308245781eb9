//! What a client is told.

use shared::{
    Connection, Epoch, FromServer, Message, Refusal, RoomName, RoomSummary, Seq, Timestamp, Username,
    house::LeftReason,
};
use tokio::sync::mpsc;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The connection's state changed.
    Connection(Connection),
    /// A room was joined, for the first time or again after a lost connection; or it begins anew, because messages that this slow
    /// reader did not have yet are deleted.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of its numbers.
        epoch: Epoch,
        /// Its newest seq.
        head: Seq,
        /// True: the missed messages follow as [`Event::Message`]. False: `messages` is the latest page; unless this is
        /// the first join, messages may be missing before it.
        resumed: bool,
        /// The latest page, oldest first.
        messages: Vec<Message>,
        /// All messages up to this one are deleted, because they were not to be kept longer. Zero: none is.
        floor: Seq,
    },
    /// A message was stored in a joined room. Each comes once, in the room's order.
    Message(Message),
    /// Members arrived or departed.
    Presence {
        /// The room.
        room: RoomName,
        /// The number of members now.
        count: u32,
        /// Who arrived. Empty in large rooms.
        arrived: Vec<Username>,
        /// Who departed. Empty in large rooms.
        departed: Vec<Username>,
    },
    /// Somebody is typing.
    Typing {
        /// The room.
        room: RoomName,
        /// Who.
        username: Username,
    },
    /// A room is new for this user, or what is known of it has changed: its kind, its topic, whether it is archived.
    Room(RoomSummary),
    /// This user is no longer in a room: the client has forgotten it, and nothing more comes from it. It is joined again by
    /// itself if an [`Event::Room`] names it.
    Left {
        /// The room.
        room: RoomName,
        /// The reason.
        reason: LeftReason,
    },
    /// An account was deleted: its messages have another name from now on.
    AccountDeleted {
        /// Its name until now.
        username: Username,
        /// Whether the texts were deleted, too.
        blanked: bool,
    },
    /// The server refused something that is not a post.
    Refused(Refusal),
}

impl Event {
    /// The event that a frame means, if any.
    pub(crate) fn from_frame(frame: FromServer) -> Option<Self> {
        Some(match frame {
            FromServer::Joined { room, epoch, head, resumed, messages, info, .. } => {
                Self::Joined { room, epoch, head, resumed, messages, floor: info.floor }
            }
            FromServer::Message(message) => Self::Message(message),
            FromServer::Presence { room, count, arrived, departed, .. } => {
                Self::Presence { room, count, arrived, departed }
            }
            FromServer::Typing { room, username } => Self::Typing { room, username },
            FromServer::Room(summary) => Self::Room(summary),
            FromServer::Left { room, reason } => Self::Left { room, reason },
            FromServer::AccountDeleted { username, blanked } => Self::AccountDeleted { username, blanked },
            FromServer::Refused(refusal) if refusal.id.is_none() => Self::Refused(refusal),
            _ => return None,
        })
    }
}

/// The events, in order.
///
/// The stream is bounded. While it is full, the client reads nothing from the server, which keeps the rest in its log.
/// Drop the stream if you do not need events.
#[derive(Debug)]
pub struct Events(pub(crate) mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` once the client is closed.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

/// The acknowledgement of a post: it is on the server's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// Its number in the room.
    pub seq: Seq,
    /// When the server stored it.
    pub sent_at: Timestamp,
}

/// What became of a post.
pub type PostAnswer = Result<Posted, PostFailure>;

/// Why a post was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostFailure {
    /// The server, or a check before sending, refused it for good.
    #[error("{}", .0.reason)]
    Refused(Refusal),
    /// The client was closed first. Nobody knows whether the post is stored.
    #[error("the client was closed before the post was acknowledged")]
    Closed,
}

/// A page of a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether the log goes on beyond the page, on the side that was asked for.
    pub more: bool,
    /// All messages up to this one are deleted, because they were not to be kept longer. Zero: none is.
    pub floor: Seq,
}
