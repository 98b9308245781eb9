//! The frames of the protocol, one enum for each direction. `docs/protocol.md` shows each with an example.

mod received;
mod refusal;

pub use refusal::{DecodeError, Refusal, RefusalCode};
use serde::{Deserialize, Serialize};

use crate::{
    house::{self, Access, LeftReason, Role, RoomInfo},
    json::{self, FieldError},
    limits::{self, Limits},
    message::{About, AboutKind, Message, Post},
    names::{ClaimSecret, Epoch, InvitationSecret, MessageId, RoomName, Seq, Token, Username},
    time::Timestamp,
};

/// A frame that a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// Authenticates the connection. The first frame, within [`limits::HELLO_MS`]; answered by `welcome` or `refused`.
    Hello {
        /// The name to claim. `None`: the server uses the token's name, or assigns a guest name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        username: Option<Username>,
        /// Proves a name that was claimed before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// Makes the claim repeatable: a `hello` with the same username and secret gets the same answer, so a lost
        /// `welcome` loses no name. The client stores the secret before it sends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<ClaimSecret>,
        /// Lets somebody into a house that needs one; with a token, gives its account what the invitation offers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation: Option<InvitationSecret>,
    },
    /// Subscribe to a room, which is created if it is new. Answered by `joined`.
    Join {
        /// The room.
        room: RoomName,
        /// The epoch that `after` belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<Epoch>,
        /// The last seq that the client has. `None`: start with the latest page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Seq>,
    },
    /// Unsubscribe from a room. Not answered.
    Leave {
        /// The room.
        room: RoomName,
    },
    /// Add a message to a room's log. Answered by `posted` or `refused`, with its id.
    Post(Post),
    /// Request history. Answered by `page`.
    Page {
        /// The room.
        room: RoomName,
        /// On which side of which message.
        #[serde(flatten)]
        side: Side,
        /// How many messages at most, up to [`limits::PAGE_MESSAGES`].
        #[serde(default = "page_default")]
        limit: u16,
    },
    /// The user is typing. Not answered.
    Typing {
        /// The room.
        room: RoomName,
    },
    /// The user has read the room up to a message. Not answered; the user's other connections are told.
    Seen {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
}

fn page_default() -> u16 {
    limits::PAGE_DEFAULT
}

/// One side of a message, without the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Messages older than this one.
    Before(Seq),
    /// Messages newer than this one.
    After(Seq),
}

/// A frame that the server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer {
    /// The answer to `hello`.
    Welcome {
        /// The connection's username, in NFC.
        username: Username,
        /// Proves that name from now on. Absent if the client sent a token in its `hello`: it keeps that one.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// The connection's id in the server's logs.
        session: String,
        /// The server sends something at least this often, in milliseconds.
        heartbeat_ms: u64,
        /// The limits that the client should respect.
        limits: Limits,
        /// At most [`limits::ROOMS_LISTED`] rooms, the one with the newest message first.
        rooms: Vec<RoomSummary>,
        /// What the user may do in this house.
        #[serde(skip_serializing_if = "house::is_member")]
        role: Role,
        /// Who may come into this house.
        #[serde(skip_serializing_if = "Access::is_open")]
        access: Access,
    },
    /// The answer to `join`. The room's later messages follow.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of its seqs.
        epoch: Epoch,
        /// Its newest seq.
        head: Seq,
        /// True: the messages after `after` follow as `message` frames. False: the client starts again with
        /// `messages`, the latest page.
        resumed: bool,
        /// The latest page, oldest first; empty if resumed.
        messages: Vec<Message>,
        /// Messages outside `messages` that are needed to display them completely, as in `page`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        context: Vec<Message>,
        /// Whether there are older messages.
        more: bool,
        /// Who is in the room.
        members: Members,
        /// How far this user has read.
        #[serde(skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
        /// What is known of the room beside its messages.
        #[serde(flatten)]
        info: RoomInfo,
    },
    /// A room is new for this user, or what is known of it has changed.
    Room(RoomSummary),
    /// The user is no longer in a room, and gets nothing more from it.
    Left {
        /// The room.
        room: RoomName,
        /// The reason.
        reason: LeftReason,
    },
    /// An account was deleted: its messages are shown without its name from now on.
    AccountDeleted {
        /// Its name.
        username: Username,
        /// Whether the texts were deleted, too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        blanked: bool,
    },
    /// Messages were deleted because they were not to be kept longer, see [`RoomInfo::floor`].
    Expired {
        /// The room.
        room: RoomName,
        /// All messages up to this one are deleted.
        floor: Seq,
    },
    /// A message was stored.
    Message(Message),
    /// A post of this connection is stored and synced to disk.
    Posted {
        /// The room.
        room: RoomName,
        /// The post's id.
        id: MessageId,
        /// Its seq in the log.
        seq: Seq,
        /// When the server received it.
        sent_at: Timestamp,
    },
    /// The answer to `page`.
    Page {
        /// The room.
        room: RoomName,
        /// The side that was requested.
        #[serde(flatten)]
        side: Side,
        /// The nearest messages on that side, oldest first.
        messages: Vec<Message>,
        /// Messages outside this page that are needed to display it completely: annotations of its messages, and the
        /// messages that its replies answer. Oldest first, at most [`limits::CONTEXT_MESSAGES`].
        #[serde(skip_serializing_if = "Vec::is_empty")]
        context: Vec<Message>,
        /// Whether there are more messages on that side.
        more: bool,
        /// All messages up to this one are deleted, see [`RoomInfo::floor`].
        #[serde(skip_serializing_if = "house::is_start")]
        floor: Seq,
    },
    /// Who joined and left a room since the last `presence`.
    Presence {
        /// The room.
        room: RoomName,
        /// How many members it has now.
        count: u32,
        /// Who joined. In rooms with more than [`limits::MEMBERS_NAMED`] members, nobody is named.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        arrived: Vec<Username>,
        /// Who left.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        departed: Vec<Username>,
        /// All names, if they cannot be derived from `arrived` and `departed`: the room was too large and has shrunk.
        #[serde(skip_serializing_if = "Option::is_none")]
        names: Option<Vec<Username>>,
    },
    /// Somebody is typing, for the next [`limits::TYPING_MS`].
    Typing {
        /// The room.
        room: RoomName,
        /// Who.
        username: Username,
    },
    /// This user has read the room up to a message, on another connection.
    Seen {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// Nothing else was sent for a while, and the connection is alive.
    Heartbeat {},
    /// A request was refused. The connection stays open.
    Refused(Refusal),
    /// The server will close this connection soon, for a restart or a move.
    Closing {
        /// The reason, for people.
        reason: String,
        /// When to reconnect, in milliseconds from now. It differs from client to client.
        reconnect_after_ms: u64,
    },
}

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSummary {
    /// The room.
    pub room: RoomName,
    /// Its newest seq.
    pub head: Seq,
    /// Its newest message or reply, with at most [`limits::PREVIEW_CHARACTERS`] of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Message>,
    /// How far this user has read, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seq>,
    /// The unread messages and replies of others, in a room that this user has read before. At most 1,000 are
    /// counted.
    #[serde(default)]
    pub unread: u32,
    /// What is known of it beside its messages.
    #[serde(flatten)]
    pub info: RoomInfo,
}

impl RoomSummary {
    /// A room without messages that nobody has read.
    pub fn empty(room: RoomName) -> Self {
        Self { room, head: Seq::ZERO, last: None, seen: None, unread: 0, info: RoomInfo::default() }
    }

    /// Takes in a message of the room: its newest entry is shown here with its current text.
    pub fn update(&mut self, message: &Message) {
        self.head = self.head.max(message.seq);
        let is_newer = self.last.as_ref().is_none_or(|last| last.seq < message.seq);
        match (message.about, &mut self.last) {
            _ if message.is_entry() && is_newer => {
                let Message { room, seq, id, username, text, sent_at, about, authorship } = message;
                self.last = Some(Message {
                    room: room.clone(),
                    seq: *seq,
                    id: id.clone(),
                    username: username.clone(),
                    text: preview(text).to_owned(),
                    sent_at: *sent_at,
                    about: *about,
                    authorship: *authorship,
                });
            }
            (Some(About { seq, kind: AboutKind::Edit | AboutKind::Retraction }), Some(last))
                if last.seq == seq =>
            {
                preview(&message.text).clone_into(&mut last.text);
            }
            _ => {}
        }
    }

    /// Cuts the text of the newest entry to [`limits::PREVIEW_CHARACTERS`].
    pub fn shorten(&mut self) {
        if let Some(last) = &mut self.last {
            let end = preview(&last.text).len();
            last.text.truncate(end);
        }
    }
}

/// The part of a text that a list of rooms shows.
fn preview(text: &str) -> &str {
    if text.len() <= limits::PREVIEW_CHARACTERS {
        return text;
    }
    let end = text.char_indices().nth(limits::PREVIEW_CHARACTERS).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Who is in a room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Members {
    /// The number of members: usernames, not connections.
    pub count: u32,
    /// Their names; a sample if there are more than [`limits::MEMBERS_NAMED`].
    pub names: Vec<Username>,
}

const CLIENT_TYPES: [&str; 7] = ["hello", "join", "leave", "post", "page", "typing", "seen"];

impl FromClient {
    /// Reads a frame. Unknown fields are ignored.
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        decode(text).map_err(|error| explain(text, &error))
    }

    /// Encodes the frame as JSON.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

impl FromServer {
    /// Reads a frame. A client ignores frames that it cannot read: a later version sent them. The error names the field
    /// that is missing or not valid; `type` if the text is no frame.
    pub fn decode(text: &str) -> Result<Self, FieldError> {
        json::parse(text).ok_or(FieldError("type")).and_then(Self::read)
    }

    /// Encodes the frame as JSON.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

/// Decodes an object. serde would accept an array of the fields as well.
fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    if text.trim_start().starts_with('[') {
        return Err(serde::de::Error::custom("a frame is an object, not an array"));
    }
    serde_json::from_str(text)
}

fn encode(frame: &impl Serialize) -> String {
    // Not `expect`, whose message would format the error: the browser would download that.
    serde_json::to_string(frame)
        .unwrap_or_else(|_| unreachable!("frames have string keys and no failing parts"))
}

/// The maximum length of a refusal's reason, in bytes: it may quote what the client sent.
const REASON_BYTES: usize = 400;

fn explain(text: &str, error: &serde_json::Error) -> DecodeError {
    let bad = |code, reason: String| {
        let end = reason.floor_char_boundary(REASON_BYTES);
        let reason = if end < reason.len() { format!("{}…", &reason[..end]) } else { reason };
        DecodeError { code, reason, id: None, room: None }
    };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return bad(RefusalCode::BadFrame, format!("a frame is one JSON object: {error}"));
    };
    let field = |name| value.get(name).and_then(serde_json::Value::as_str);
    let types = CLIENT_TYPES.join(", ");
    let (code, reason) = match field("type") {
        None => (RefusalCode::BadFrame, format!("a frame is an object with a \"type\", one of {types}")),
        Some(kind) if !CLIENT_TYPES.contains(&kind) => {
            (RefusalCode::UnknownType, format!("unknown type {kind:?}; the types are {types}"))
        }
        Some(kind) => (RefusalCode::BadFrame, format!("invalid {kind:?} frame: {error}")),
    };
    DecodeError {
        id: field("id").and_then(|id| MessageId::parse(id).ok()),
        room: field("room").and_then(|room| RoomName::parse(room).ok()),
        ..bad(code, reason)
    }
}
