//! The frames of the protocol, one enum a direction. `docs/protocol.md` shows each with an example.

mod received;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    limits::{self, Limits},
    message::{About, AboutKind, Message, Post},
    names::{ClaimSecret, Epoch, MessageId, RoomName, Seq, Token, Username},
    time::Timestamp,
};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// Who is there. The first frame, within [`limits::HELLO_MS`]; answered by `welcome` or `refused`.
    Hello {
        /// The name to claim. None: the server gives a guest's name, or the token's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        username: Option<Username>,
        /// The proof of a name that was claimed before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// Makes a claim repeatable: the same username and secret get the same answer again, so a lost `welcome`
        /// loses no name. The client keeps the secret before it sends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<ClaimSecret>,
    },
    /// Follow a room, which is made if it is new. Answered by `joined`.
    Join {
        /// The room.
        room: RoomName,
        /// The epoch that `after` belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<Epoch>,
        /// The last seq that the client has. None: begin with the latest page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Seq>,
    },
    /// Follow a room no longer. Not answered.
    Leave {
        /// The room.
        room: RoomName,
    },
    /// Add a message to a room's log. Answered by `posted` or `refused`, with its id.
    Post(Post),
    /// Ask for history. Answered by `page`.
    Page {
        /// The room.
        room: RoomName,
        /// Which side of which message.
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
    /// The user has read the room so far. Not answered; the user's other connections hear of it.
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

/// One side of a message, not including it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What is older than this.
    Before(Seq),
    /// What is newer than this.
    After(Seq),
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "received::Fields")]
pub enum FromServer {
    /// The answer to `hello`.
    Welcome {
        /// The name that the connection goes by, in NFC.
        username: Username,
        /// The proof of that name from now on. Absent if the client sent a token in its `hello`: it keeps that one.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// This connection's name in the server's log.
        session: String,
        /// Something comes at least this often, in milliseconds.
        heartbeat_ms: u64,
        /// What the client should keep to.
        limits: Limits,
        /// Rooms, the one with the newest message first, at most [`limits::ROOMS_LISTED`].
        rooms: Vec<RoomSummary>,
    },
    /// The answer to `join`: the room is followed from here on.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of its numbers.
        epoch: Epoch,
        /// Its newest seq.
        head: Seq,
        /// True: what came after `after` follows as `message` frames. False: the client starts afresh with
        /// `messages`, the latest page.
        resumed: bool,
        /// The latest page, oldest first; empty when resumed.
        messages: Vec<Message>,
        /// Earlier and later entries that are needed to show `messages` whole, as in `page`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        context: Vec<Message>,
        /// Whether there is history before `messages`.
        more: bool,
        /// Who is here.
        members: Members,
        /// How far this user has read.
        #[serde(skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
    },
    /// A message was stored.
    Message(Message),
    /// A post of this connection's is stored and synced to disk.
    Posted {
        /// The room.
        room: RoomName,
        /// The post's id.
        id: MessageId,
        /// Its place in the log.
        seq: Seq,
        /// When the server took it.
        sent_at: Timestamp,
    },
    /// The answer to `page`.
    Page {
        /// The room.
        room: RoomName,
        /// The side that was asked for.
        #[serde(flatten)]
        side: Side,
        /// The messages next to it, oldest first.
        messages: Vec<Message>,
        /// Entries outside this page that are needed to show it whole: what is about its messages, and what its
        /// messages are replies to. Oldest first, at most [`limits::CONTEXT_MESSAGES`].
        #[serde(skip_serializing_if = "Vec::is_empty")]
        context: Vec<Message>,
        /// Whether there is more on that side.
        more: bool,
    },
    /// Who came and went since the last one.
    Presence {
        /// The room.
        room: RoomName,
        /// How many members it has now.
        count: u32,
        /// Who came. Past [`limits::MEMBERS_NAMED`] members, nobody is named.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        arrived: Vec<Username>,
        /// Who went.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        departed: Vec<Username>,
        /// All names anew, where arrivals and departures cannot tell (after a crowd grew small again).
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
    /// This user has read the room so far, on another connection.
    Seen {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// The connection lives: nothing else was sent for a while.
    Heartbeat {},
    /// Something was refused; the connection lives on.
    Refused(Refusal),
    /// The server closes this connection soon, to restart or to move.
    Closing {
        /// Why, in words.
        reason: String,
        /// When to connect again, in milliseconds from now. Each client is given another delay.
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
    /// Messages and replies of others that this user has not read, of a room that was read before. It is counted up
    /// to 1,000.
    #[serde(default)]
    pub unread: u32,
}

impl RoomSummary {
    /// A room without messages that nobody has read.
    pub fn empty(room: RoomName) -> Self {
        Self { room, head: Seq::ZERO, last: None, seen: None, unread: 0 }
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
    /// How many members it has: names, not connections.
    pub count: u32,
    /// Their names, or a sample past [`limits::MEMBERS_NAMED`].
    pub names: Vec<Username>,
}

/// An error that the connection survives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of error, for programs.
    pub code: RefusalCode,
    /// What was wrong and what is allowed, for people.
    pub reason: String,
    /// The post that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// The room that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The same may succeed after so many milliseconds. None: it never will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that is final and belongs to no post.
    pub fn new(code: RefusalCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), id: None, room: None, retry_after_ms: None }
    }
}

/// The kinds of [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The frame is not JSON, or not of the form that its type has.
    BadFrame,
    /// The frame's type is not one of version 1.
    UnknownType,
    /// Something came before `hello`.
    HelloFirst,
    /// The name is somebody else's, or looks like it.
    NameTaken,
    /// The token is not valid here.
    BadToken,
    /// The text is empty, too long or not of its kind's form.
    BadText,
    /// What the post is about does not exist, or cannot be spoken of in that way.
    BadAbout,
    /// The user may not do this, for example edit somebody else's message.
    Forbidden,
    /// The post's id was used before for another post.
    IdTaken,
    /// The connection has joined as many rooms as it may.
    TooManyRooms,
    /// The room is not joined, and what was asked for needs that.
    NotJoined,
    /// The server has more to do than it can: try again.
    Busy,
    /// The store cannot take anything now: try again.
    Unavailable,
    /// A code of a later version.
    #[serde(other)]
    Other,
}

impl RefusalCode {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadFrame => "bad_frame",
            Self::UnknownType => "unknown_type",
            Self::HelloFirst => "hello_first",
            Self::NameTaken => "name_taken",
            Self::BadToken => "bad_token",
            Self::BadText => "bad_text",
            Self::BadAbout => "bad_about",
            Self::Forbidden => "forbidden",
            Self::IdTaken => "id_taken",
            Self::TooManyRooms => "too_many_rooms",
            Self::NotJoined => "not_joined",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }
}

/// A text that is not a frame, with what could be read of it, so that an answer can say what it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// `BadFrame` or `UnknownType`.
    pub code: RefusalCode,
    /// What was wrong and what is allowed.
    pub reason: String,
    /// The frame's `id`, where it has a valid one.
    pub id: Option<MessageId>,
    /// The frame's `room`, where it has a valid one.
    pub room: Option<RoomName>,
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Undecodable {}

impl From<Undecodable> for Refusal {
    fn from(bad: Undecodable) -> Self {
        Self { code: bad.code, reason: bad.reason, id: bad.id, room: bad.room, retry_after_ms: None }
    }
}

const CLIENT_TYPES: [&str; 7] = ["hello", "join", "leave", "post", "page", "typing", "seen"];

impl FromClient {
    /// Reads a frame. Unknown fields are ignored.
    pub fn decode(text: &str) -> Result<Self, Undecodable> {
        serde_json::from_str(text).map_err(|error| explain(text, &error))
    }

    /// Writes a frame.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

impl FromServer {
    /// Reads a frame. A client ignores what it cannot read: it is of a later version.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Writes a frame.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

fn encode(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("frames have string keys and no failing parts")
}

/// So much of what a client said comes back to it in a reason, in bytes.
const REASON_BYTES: usize = 400;

fn explain(text: &str, error: &serde_json::Error) -> Undecodable {
    let bad = |code, reason: String| {
        let end = reason.floor_char_boundary(REASON_BYTES);
        let reason = if end < reason.len() { format!("{}…", &reason[..end]) } else { reason };
        Undecodable { code, reason, id: None, room: None }
    };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return bad(RefusalCode::BadFrame, format!("a frame is one JSON object: {error}"));
    };
    let field = |name| value.get(name).and_then(serde_json::Value::as_str);
    let types = CLIENT_TYPES.join(", ");
    let (code, reason) = match field("type") {
        None => (RefusalCode::BadFrame, format!("a frame is an object with a \"type\", one of {types}")),
        Some(kind) if !CLIENT_TYPES.contains(&kind) => {
            (RefusalCode::UnknownType, format!("there is no type {kind:?}; the types are {types}"))
        }
        Some(kind) => (RefusalCode::BadFrame, format!("this is no proper {kind:?}: {error}")),
    };
    Undecodable {
        id: field("id").and_then(|id| MessageId::parse(id).ok()),
        room: field("room").and_then(|room| RoomName::parse(room).ok()),
        ..bad(code, reason)
    }
}
