//! What is known of a room beside its messages.

use serde::{Deserialize, Serialize};

use super::Keep;
use crate::{
    json::{FieldError, FromJson, Json, Object},
    limits::CLOSED_SUFFIX_CHARACTERS,
    names::{RoomName, Seq, Topic, Username},
};

/// Who may read a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody in the house. It is listed.
    #[default]
    Open,
    /// Its members. For all others it does not exist.
    Closed,
    /// Two to eight people, who are fixed.
    Direct,
}

impl RoomKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Direct => "direct",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl FromJson for RoomKind {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let word = json.text()?;
        let known = [Self::Open, Self::Closed, Self::Direct].into_iter().find(|kind| kind.as_str() == word);
        // Of a kind of a later version it is only known that not everybody reads the room.
        Some(known.unwrap_or(Self::Closed))
    }
}

/// What is known of a room beside its messages. What has its default is not written on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Who may read it.
    #[serde(default, skip_serializing_if = "RoomKind::is_open")]
    pub kind: RoomKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// Whether nothing can be posted any more. It is not listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Everybody posts at most once in so many seconds; 0: as often as they like.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_seconds: u32,
    /// How long its messages are kept. `None`: as long as the house keeps messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// All messages up to this one are deleted because they were not to be kept longer. Zero: none is.
    #[serde(default, skip_serializing_if = "is_start")]
    pub floor: Seq,
    /// The people of a direct room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Username>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whether a seq is before every message, so that it is not written on the wire.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference; on 32 bits it is no lint")]
pub(crate) fn is_start(seq: &Seq) -> bool {
    *seq == Seq::ZERO
}

impl RoomInfo {
    /// Takes the fields out of the JSON of something that has them.
    pub(crate) fn read(from: &mut Object<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            kind: from.optional("kind")?.unwrap_or_default(),
            topic: from.optional("topic")?,
            archived: from.optional("archived")?.unwrap_or_default(),
            slow_seconds: from.optional("slow_seconds")?.unwrap_or_default(),
            // What a later version says of it is not known here.
            keep: Keep::from_json(from.take("keep")),
            floor: from.optional("floor")?.unwrap_or_default(),
            people: from.optional("people")?.unwrap_or_default(),
        })
    }
}

/// Whether this is a name as direct rooms have, which the server draws: nobody makes a room of such a name otherwise.
pub fn is_direct_name(room: &str) -> bool {
    room.starts_with("direct.")
}

/// The name of a closed room as it was asked for: without the suffix that keeps it from being guessed. A room that was open
/// before has none.
pub fn without_suffix(room: &RoomName) -> &str {
    let is_drawn = |suffix: &str| {
        suffix.len() == CLOSED_SUFFIX_CHARACTERS
            && suffix.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
    };
    match room.as_str().rsplit_once('.') {
        Some((name, suffix)) if !name.is_empty() && is_drawn(suffix) => name,
        _ => room.as_str(),
    }
}

/// Why a user is no longer in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// The room is not the user's to read any more: they were removed, or it was closed. Or it was deleted; the server does
    /// not tell, because for this user the room does not exist now.
    Removed,
    /// A reason of a later version.
    #[serde(other)]
    Other,
}

impl FromJson for LeftReason {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Some(if json.text()? == "removed" { Self::Removed } else { Self::Other })
    }
}
