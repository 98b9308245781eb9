//! Refusals: errors after which the connection stays open.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::{MessageId, RoomName};

/// An error after which the connection stays open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The kind of error, for programs.
    pub code: RefusalCode,
    /// What was wrong and what is allowed, for people.
    pub reason: String,
    /// The post that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// The room that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The same request may succeed after this many milliseconds. `None`: it never will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A final refusal that does not concern a post.
    pub fn new(code: RefusalCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), id: None, room: None, retry_after_ms: None }
    }

    /// The refusal that says the same whether a room does not exist, was deleted, or is not this user's to know.
    pub fn no_room(room: &RoomName) -> Self {
        let reason = format!("there is no room {room}, or it is not open to you");
        Self { room: Some(room.clone()), ..Self::new(RefusalCode::NoRoom, reason) }
    }

    /// The refusal of an invitation, whatever is wrong with it.
    pub fn bad_invitation() -> Self {
        let reason = "this invitation is not valid: it was used, has expired, was revoked, or is not whole; ask for a new one";
        Self::new(RefusalCode::BadInvitation, reason)
    }
}

/// The kinds of [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The frame is not a JSON object, or does not have its type's fields.
    BadFrame,
    /// Version 1 has no frame of this type.
    UnknownType,
    /// Another frame came before `hello`.
    HelloFirst,
    /// The name belongs to somebody else, or looks like one that does.
    NameTaken,
    /// The token is not valid here.
    BadToken,
    /// The text is empty or too long, or does not fit its kind.
    BadText,
    /// The message that the post is about does not exist, or cannot have an annotation of this kind.
    BadAbout,
    /// The user may not do this, for example edit somebody else's message.
    Forbidden,
    /// The id was used before for another post.
    IdTaken,
    /// The connection has joined the maximum number of rooms.
    TooManyRooms,
    /// The request needs a joined room.
    NotJoined,
    /// There is no such room for this user: it does not exist, is closed to them, or was deleted.
    NoRoom,
    /// What the request names does not exist.
    NotFound,
    /// The room is archived: nothing can be posted any more.
    Archived,
    /// The room is slowed down: the post can be sent again after `retry_after_ms`.
    TooFast,
    /// The house takes nobody without an invitation or a token.
    InvitationNeeded,
    /// The invitation is not valid: it was used, has expired, was revoked, or never existed.
    BadInvitation,
    /// The user or the address is barred.
    Barred,
    /// The server is overloaded: try again.
    Busy,
    /// The store cannot be written now: try again.
    Unavailable,
    /// An unknown code, sent by a later version.
    #[serde(other)]
    Other,
}

impl RefusalCode {
    /// All kinds.
    pub const ALL: [Self; 21] = [
        Self::BadFrame,
        Self::UnknownType,
        Self::HelloFirst,
        Self::NameTaken,
        Self::BadToken,
        Self::BadText,
        Self::BadAbout,
        Self::Forbidden,
        Self::IdTaken,
        Self::TooManyRooms,
        Self::NotJoined,
        Self::NoRoom,
        Self::NotFound,
        Self::Archived,
        Self::TooFast,
        Self::InvitationNeeded,
        Self::BadInvitation,
        Self::Barred,
        Self::Busy,
        Self::Unavailable,
        Self::Other,
    ];

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
            Self::NoRoom => "no_room",
            Self::NotFound => "not_found",
            Self::Archived => "archived",
            Self::TooFast => "too_fast",
            Self::InvitationNeeded => "invitation_needed",
            Self::BadInvitation => "bad_invitation",
            Self::Barred => "barred",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }
}

/// A text that is not a frame, with the fields that could be read. The answer names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// `BadFrame` or `UnknownType`.
    pub code: RefusalCode,
    /// What was wrong and what is allowed.
    pub reason: String,
    /// The frame's `id`, if it is valid.
    pub id: Option<MessageId>,
    /// The frame's `room`, if it is valid.
    pub room: Option<RoomName>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DecodeError {}

impl From<DecodeError> for Refusal {
    fn from(bad: DecodeError) -> Self {
        Self { code: bad.code, reason: bad.reason, id: bad.id, room: bad.room, retry_after_ms: None }
    }
}
