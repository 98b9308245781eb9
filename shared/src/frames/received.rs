//! How a client decodes the server's frames: the fields of all types first, then those of the frame's type.
//!
//! serde's derived code for tagged enums builds a tree of each frame before it decodes it. This reads the text once, and
//! needs a third of the code, which the browser downloads.

use serde::{Deserialize, Deserializer, de};

use super::{FromServer, Members, Refusal, RefusalCode, RoomSummary, Side};
use crate::{
    limits::Limits,
    message::{About, Authorship, Message},
    names::{Epoch, MessageId, RoomName, Seq, Token, Username},
    time::Timestamp,
};

/// A frame's type.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Welcome,
    Joined,
    Message,
    Posted,
    Page,
    Presence,
    Typing,
    Seen,
    Heartbeat,
    Refused,
    Closing,
}

/// The fields of all frame types. A field's name has the same type in all of them.
#[derive(Deserialize)]
struct Fields {
    r#type: Type,
    about: Option<About>,
    after: Option<Seq>,
    arrived: Option<Vec<Username>>,
    authorship: Option<Authorship>,
    before: Option<Seq>,
    code: Option<RefusalCode>,
    context: Option<Vec<Message>>,
    count: Option<u32>,
    departed: Option<Vec<Username>>,
    epoch: Option<Epoch>,
    head: Option<Seq>,
    heartbeat_ms: Option<u64>,
    id: Option<MessageId>,
    limits: Option<Limits>,
    members: Option<Members>,
    messages: Option<Vec<Message>>,
    more: Option<bool>,
    names: Option<Vec<Username>>,
    reason: Option<String>,
    reconnect_after_ms: Option<u64>,
    resumed: Option<bool>,
    retry_after_ms: Option<u64>,
    room: Option<RoomName>,
    rooms: Option<Vec<RoomSummary>>,
    seen: Option<Seq>,
    sent_at: Option<Timestamp>,
    seq: Option<Seq>,
    session: Option<String>,
    text: Option<String>,
    token: Option<Token>,
    username: Option<Username>,
}

/// A required field of the frame's type is missing.
struct MissingField(&'static str);

impl std::fmt::Display for MissingField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "missing field `{}`", self.0)
    }
}

fn required<T>(field: Option<T>, name: &'static str) -> Result<T, MissingField> {
    field.ok_or(MissingField(name))
}

impl<'de> Deserialize<'de> for FromServer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Fields::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl TryFrom<Fields> for FromServer {
    type Error = MissingField;

    fn try_from(fields: Fields) -> Result<Self, MissingField> {
        let room = |room| required(room, "room");
        Ok(match fields.r#type {
            Type::Welcome => Self::Welcome {
                username: required(fields.username, "username")?,
                token: fields.token,
                session: required(fields.session, "session")?,
                heartbeat_ms: required(fields.heartbeat_ms, "heartbeat_ms")?,
                limits: required(fields.limits, "limits")?,
                rooms: required(fields.rooms, "rooms")?,
            },
            Type::Joined => Self::Joined {
                room: room(fields.room)?,
                epoch: required(fields.epoch, "epoch")?,
                head: required(fields.head, "head")?,
                resumed: required(fields.resumed, "resumed")?,
                messages: required(fields.messages, "messages")?,
                context: fields.context.unwrap_or_default(),
                more: fields.more.unwrap_or_default(),
                members: required(fields.members, "members")?,
                seen: fields.seen,
            },
            Type::Message => Self::Message(Message {
                room: room(fields.room)?,
                seq: required(fields.seq, "seq")?,
                id: required(fields.id, "id")?,
                username: required(fields.username, "username")?,
                text: required(fields.text, "text")?,
                sent_at: required(fields.sent_at, "sent_at")?,
                about: fields.about,
                authorship: fields.authorship.unwrap_or_default(),
            }),
            Type::Posted => Self::Posted {
                room: room(fields.room)?,
                id: required(fields.id, "id")?,
                seq: required(fields.seq, "seq")?,
                sent_at: required(fields.sent_at, "sent_at")?,
            },
            Type::Page => Self::Page {
                room: room(fields.room)?,
                side: match (fields.before, fields.after) {
                    (Some(seq), _) => Side::Before(seq),
                    (None, Some(seq)) => Side::After(seq),
                    (None, None) => return Err(MissingField("before")),
                },
                messages: required(fields.messages, "messages")?,
                context: fields.context.unwrap_or_default(),
                more: required(fields.more, "more")?,
            },
            Type::Presence => Self::Presence {
                room: room(fields.room)?,
                count: required(fields.count, "count")?,
                arrived: fields.arrived.unwrap_or_default(),
                departed: fields.departed.unwrap_or_default(),
                names: fields.names,
            },
            Type::Typing => {
                Self::Typing { room: room(fields.room)?, username: required(fields.username, "username")? }
            }
            Type::Seen => Self::Seen { room: room(fields.room)?, seq: required(fields.seq, "seq")? },
            Type::Heartbeat => Self::Heartbeat {},
            Type::Refused => Self::Refused(Refusal {
                code: required(fields.code, "code")?,
                reason: required(fields.reason, "reason")?,
                id: fields.id,
                room: fields.room,
                retry_after_ms: fields.retry_after_ms,
            }),
            Type::Closing => Self::Closing {
                reason: required(fields.reason, "reason")?,
                reconnect_after_ms: required(fields.reconnect_after_ms, "reconnect_after_ms")?,
            },
        })
    }
}
