//! How a client reads what the server says: the fields of all types first, then those that the type has.
//!
//! serde's own way for tagged enums keeps every frame in a tree before it is read. This reads the text once, and is a
//! third of the code, which the browser downloads.

use serde::Deserialize;

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

/// Every field that a frame of any type has. A name means the same in all of them.
#[derive(Deserialize)]
pub(super) struct Fields {
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

/// A field that the frame's type needs is not there.
pub(super) struct Missing(&'static str);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "missing field `{}`", self.0)
    }
}

fn need<T>(field: Option<T>, name: &'static str) -> Result<T, Missing> {
    field.ok_or(Missing(name))
}

impl TryFrom<Fields> for FromServer {
    type Error = Missing;

    fn try_from(fields: Fields) -> Result<Self, Missing> {
        let room = |room| need(room, "room");
        Ok(match fields.r#type {
            Type::Welcome => Self::Welcome {
                username: need(fields.username, "username")?,
                token: fields.token,
                session: need(fields.session, "session")?,
                heartbeat_ms: need(fields.heartbeat_ms, "heartbeat_ms")?,
                limits: need(fields.limits, "limits")?,
                rooms: need(fields.rooms, "rooms")?,
            },
            Type::Joined => Self::Joined {
                room: room(fields.room)?,
                epoch: need(fields.epoch, "epoch")?,
                head: need(fields.head, "head")?,
                resumed: need(fields.resumed, "resumed")?,
                messages: need(fields.messages, "messages")?,
                context: fields.context.unwrap_or_default(),
                more: fields.more.unwrap_or_default(),
                members: need(fields.members, "members")?,
                seen: fields.seen,
            },
            Type::Message => Self::Message(Message {
                room: room(fields.room)?,
                seq: need(fields.seq, "seq")?,
                id: need(fields.id, "id")?,
                username: need(fields.username, "username")?,
                text: need(fields.text, "text")?,
                sent_at: need(fields.sent_at, "sent_at")?,
                about: fields.about,
                authorship: fields.authorship.unwrap_or_default(),
            }),
            Type::Posted => Self::Posted {
                room: room(fields.room)?,
                id: need(fields.id, "id")?,
                seq: need(fields.seq, "seq")?,
                sent_at: need(fields.sent_at, "sent_at")?,
            },
            Type::Page => Self::Page {
                room: room(fields.room)?,
                side: match (fields.before, fields.after) {
                    (Some(seq), _) => Side::Before(seq),
                    (None, Some(seq)) => Side::After(seq),
                    (None, None) => return Err(Missing("before")),
                },
                messages: need(fields.messages, "messages")?,
                context: fields.context.unwrap_or_default(),
                more: need(fields.more, "more")?,
            },
            Type::Presence => Self::Presence {
                room: room(fields.room)?,
                count: need(fields.count, "count")?,
                arrived: fields.arrived.unwrap_or_default(),
                departed: fields.departed.unwrap_or_default(),
                names: fields.names,
            },
            Type::Typing => {
                Self::Typing { room: room(fields.room)?, username: need(fields.username, "username")? }
            }
            Type::Seen => Self::Seen { room: room(fields.room)?, seq: need(fields.seq, "seq")? },
            Type::Heartbeat => Self::Heartbeat {},
            Type::Refused => Self::Refused(Refusal {
                code: need(fields.code, "code")?,
                reason: need(fields.reason, "reason")?,
                id: fields.id,
                room: fields.room,
                retry_after_ms: fields.retry_after_ms,
            }),
            Type::Closing => Self::Closing {
                reason: need(fields.reason, "reason")?,
                reconnect_after_ms: need(fields.reconnect_after_ms, "reconnect_after_ms")?,
            },
        })
    }
}
