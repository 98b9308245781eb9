//! How a client reads the server's frames.

use serde::{Deserialize, Deserializer, de};

use super::{FromServer, Members, Refusal, RefusalCode, RoomSummary, Side};
use crate::{
    house::RoomInfo,
    json::{FieldError, FromJson, Json, Object},
    limits::Limits,
};

impl<'de> Deserialize<'de> for FromServer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Json::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl FromServer {
    /// Takes a frame out of its JSON.
    pub(super) fn read(json: Json<'_>) -> Result<Self, FieldError> {
        let mut object = json.object().ok_or(FieldError("type"))?;
        let kind = object.take("type").text().ok_or(FieldError("type"))?;
        Self::of_type(&kind, &mut object)
    }

    fn of_type(kind: &str, from: &mut Object<'_>) -> Result<Self, FieldError> {
        Ok(match kind {
            "welcome" => Self::Welcome {
                username: from.required("username")?,
                token: from.optional("token")?,
                session: from.required("session")?,
                heartbeat_ms: from.required("heartbeat_ms")?,
                limits: from.required("limits")?,
                rooms: from.required("rooms")?,
                role: from.optional("role")?.unwrap_or_default(),
                access: from.optional("access")?.unwrap_or_default(),
            },
            "joined" => Self::Joined {
                room: from.required("room")?,
                epoch: from.required("epoch")?,
                head: from.required("head")?,
                resumed: from.required("resumed")?,
                messages: from.required("messages")?,
                context: from.optional("context")?.unwrap_or_default(),
                more: from.optional("more")?.unwrap_or_default(),
                members: from.required("members")?,
                seen: from.optional("seen")?,
                info: RoomInfo::read(from)?,
            },
            "room" => Self::Room(read_summary(from)?),
            "left" => Self::Left { room: from.required("room")?, reason: from.required("reason")? },
            "account_deleted" => Self::AccountDeleted {
                username: from.required("username")?,
                blanked: from.optional("blanked")?.unwrap_or_default(),
            },
            "expired" => Self::Expired { room: from.required("room")?, floor: from.required("floor")? },
            "message" => Self::Message(crate::message::read(from)?),
            "posted" => Self::Posted {
                room: from.required("room")?,
                id: from.required("id")?,
                seq: from.required("seq")?,
                sent_at: from.required("sent_at")?,
            },
            "page" => Self::Page {
                room: from.required("room")?,
                side: match from.optional("before")? {
                    Some(seq) => Side::Before(seq),
                    None => Side::After(from.required("after")?),
                },
                messages: from.required("messages")?,
                context: from.optional("context")?.unwrap_or_default(),
                more: from.required("more")?,
                floor: from.optional("floor")?.unwrap_or_default(),
            },
            "presence" => Self::Presence {
                room: from.required("room")?,
                count: from.required("count")?,
                arrived: from.optional("arrived")?.unwrap_or_default(),
                departed: from.optional("departed")?.unwrap_or_default(),
                names: from.optional("names")?,
            },
            "typing" => Self::Typing { room: from.required("room")?, username: from.required("username")? },
            "seen" => Self::Seen { room: from.required("room")?, seq: from.required("seq")? },
            "heartbeat" => Self::Heartbeat {},
            "refused" => Self::Refused(read_refusal(from)?),
            "closing" => Self::Closing {
                reason: from.required("reason")?,
                reconnect_after_ms: from.required("reconnect_after_ms")?,
            },
            _ => return Err(FieldError("type")),
        })
    }
}

fn read_refusal(from: &mut Object<'_>) -> Result<Refusal, FieldError> {
    Ok(Refusal {
        code: from.required("code")?,
        reason: from.required("reason")?,
        id: from.optional("id")?,
        room: from.optional("room")?,
        retry_after_ms: from.optional("retry_after_ms")?,
    })
}

impl FromJson for Refusal {
    fn from_json(json: Json<'_>) -> Option<Self> {
        read_refusal(&mut json.object()?).ok()
    }
}

impl FromJson for RefusalCode {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let word = json.text()?;
        Some(Self::ALL.into_iter().find(|code| code.as_str() == word).unwrap_or(Self::Other))
    }
}

impl FromJson for Members {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self { count: from.required("count").ok()?, names: from.required("names").ok()? })
    }
}

impl FromJson for RoomSummary {
    fn from_json(json: Json<'_>) -> Option<Self> {
        read_summary(&mut json.object()?).ok()
    }
}

fn read_summary(from: &mut Object<'_>) -> Result<RoomSummary, FieldError> {
    Ok(RoomSummary {
        room: from.required("room")?,
        head: from.required("head")?,
        last: from.optional("last")?,
        seen: from.optional("seen")?,
        unread: from.optional("unread")?.unwrap_or_default(),
        info: RoomInfo::read(from)?,
    })
}

impl FromJson for Limits {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        let default = Self::default();
        let mut size = |name, default: usize| -> Option<usize> {
            let told = from.optional::<u64>(name).ok()?;
            told.map_or(Some(default), |told| told.try_into().ok())
        };
        Some(Self {
            text_bytes: size("text_bytes", default.text_bytes)?,
            frame_bytes: size("frame_bytes", default.frame_bytes)?,
            page_messages: size("page_messages", default.page_messages.into())?.try_into().ok()?,
            rooms_joined: size("rooms_joined", default.rooms_joined)?,
        })
    }
}
