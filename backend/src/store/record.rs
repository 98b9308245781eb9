//! The lines of an export: everything that a store knows, as it is.
//!
//! A record keeps its number. So what names a number stays right: what a message is about, how far somebody has read, and the
//! tokens of accounts. docs/export.md describes each line.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value};
use shared::{About, Keep, MessageId, Role, RoomKind, RoomName, Seq, Timestamp, Topic, Username};

use super::rows::Kind;

/// The version of this format.
pub const VERSION: u32 = 1;

/// A line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Export {
        /// The version of the format.
        version: u32,
        /// The version of the program.
        parlor: String,
        /// When it was made.
        made_at: Timestamp,
        /// The position of the log: no number is beyond it.
        position: Seq,
    },
    /// What owners have set.
    Settings {
        /// The settings, those that only another version knows included.
        settings: Map<String, Value>,
    },
    /// An author.
    Person(Person),
    /// A room.
    Room(Room),
    /// Who was added to a room, or removed from it.
    Member {
        /// The room.
        room: RoomName,
        /// The number of who it is.
        person: Seq,
        /// Whether they were removed.
        #[serde(default, skip_serializing_if = "is_false")]
        removed: bool,
        /// Whether the operator's application has added them.
        #[serde(default, skip_serializing_if = "is_false")]
        granted: bool,
    },
    /// When somebody has posted in a room that is slowed down.
    Slowed {
        /// The room.
        room: RoomName,
        /// The number of who it is; 0 stands for all without an account.
        person: Seq,
        /// When.
        at: Timestamp,
    },
    /// A message, an edit, a retraction or a reaction.
    Message {
        /// The room.
        room: RoomName,
        /// Its number.
        seq: Seq,
        /// Its author's number.
        person: Seq,
        /// Its id.
        id: MessageId,
        /// The text.
        text: String,
        /// When it was taken.
        sent_at: Timestamp,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<About>,
    },
    /// The newest message of a room, if it is not kept any more.
    Head {
        /// The room.
        room: RoomName,
        /// The number of its newest message.
        head: Seq,
        /// The number of its newest message that is no annotation.
        newest: Seq,
    },
    /// How far somebody has read a room.
    Seen {
        /// The room.
        room: RoomName,
        /// The number of who it is.
        person: Seq,
        /// The number of the message.
        seq: Seq,
    },
    /// An invitation.
    Invitation(Invitation),
    /// An address that is kept out.
    Bar {
        /// The address.
        address: String,
        /// Since when.
        at: Timestamp,
    },
    /// A webhook.
    Webhook(Webhook),
    /// What was done in the house.
    Act {
        /// Its number.
        number: Seq,
        /// When.
        at: Timestamp,
        /// The name of who did it. `None`: the operator.
        by: Option<Username>,
        /// What.
        act: Map<String, Value>,
    },
    /// The last line.
    End {
        /// How many lines come before it.
        lines: u64,
    },
}

impl Record {
    /// The position of what has made it, if that is its number. An entry that makes several rooms numbers them on.
    pub(super) fn number(&self) -> Option<Seq> {
        match self {
            Self::Person(person) => Some(person.number),
            Self::Message { seq, .. } => Some(*seq),
            Self::Invitation(invitation) => Some(invitation.number),
            Self::Webhook(webhook) => Some(webhook.number),
            Self::Act { number, .. } => Some(*number),
            _ => None,
        }
    }
}

/// See [`Record::Person`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its number. That of an account is in its tokens.
    pub number: Seq,
    /// How the name is known.
    pub kind: PersonKind,
    /// The name. `None`: the account was deleted, and its name is free.
    pub username: Option<Username>,
    /// The role.
    pub role: Role,
    /// Whether they see only the rooms that they were added to.
    #[serde(default, skip_serializing_if = "is_false")]
    pub limited: bool,
    /// Whether they are kept out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub barred: bool,
    /// How often their tokens were revoked.
    #[serde(default)]
    pub generation: u32,
    /// The SHA-256 of the secret that repeats the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Hex<32>>,
    /// When the newest token of the operator's application was issued, in seconds since 1970.
    #[serde(default)]
    pub granted_at: i64,
    /// What it has granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Map<String, Value>>,
    /// Whether their texts were deleted with the account.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blanked: bool,
}

/// How a name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// It is that of an account of this house.
    Claimed,
    /// It is that of a user of the operator's application.
    Application,
    /// It was used without proof.
    Unproven,
    /// It was imported with history.
    Imported,
    /// It was that of an account, before the application gave it to somebody.
    Superseded,
    /// It was that of an account that was deleted, and nobody can use it.
    DeletedReserved,
    /// The account was deleted, and the name with it.
    Deleted,
}

impl PersonKind {
    const ALL: [(Self, Kind); 7] = [
        (Self::Claimed, Kind::Claimed),
        (Self::Application, Kind::Application),
        (Self::Unproven, Kind::Unproven),
        (Self::Imported, Kind::Imported),
        (Self::Superseded, Kind::Superseded),
        (Self::DeletedReserved, Kind::DeletedReserved),
        (Self::Deleted, Kind::Deleted),
    ];

    pub(super) fn of(kind: Kind) -> Self {
        Self::ALL.into_iter().find(|(_, other)| *other == kind).map_or(Self::Unproven, |(kind, _)| kind)
    }

    /// As SQLite has it, for the author with this number.
    pub(super) fn code(self, number: i64) -> i64 {
        let kind =
            Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or(Kind::Unproven, |(_, kind)| kind);
        // One name may be superseded several times.
        if kind == Kind::Superseded { kind as i64 + number } else { kind as i64 }
    }
}

/// See [`Record::Room`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its number.
    pub number: Seq,
    /// Its name.
    pub room: RoomName,
    /// Its kind.
    pub kind: RoomKind,
    /// Whether it was deleted: its name is not used again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// Whether nothing can be posted any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub archived: bool,
    /// Everybody posts once in so many seconds.
    #[serde(default)]
    pub slow_seconds: u32,
    /// The number of who has made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Seq>,
    /// What a direct room is found by: the numbers of its people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
    /// When its newest message was sent, or it was made.
    pub newest_at: Timestamp,
    /// How long its messages are kept. `None`: as long as the house keeps messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// All messages up to this one are deleted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub floor: Seq,
}

/// See [`Record::Invitation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its number.
    pub number: Seq,
    /// The SHA-256 of its secret.
    pub secret: Hex<32>,
    /// The number of who invites. `None`: the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Seq>,
    /// Whom it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// What role it gives.
    pub role: Role,
    /// To which rooms it leads.
    pub rooms: Vec<RoomName>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it can be used.
    pub uses: u32,
    /// How often it was used.
    pub used: u32,
    /// Whether it was revoked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub revoked: bool,
}

/// See [`Record::Webhook`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub number: Seq,
    /// Its bot's number.
    pub person: Seq,
    /// The room that it follows.
    pub room: RoomName,
    /// Whether it is called for every message.
    pub every_message: bool,
    /// Where it calls.
    pub url: String,
    /// What its calls are signed with.
    pub secret: Hex<24>,
    /// All messages up to here were delivered.
    pub position: Seq,
    /// Since when calls fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Why the last call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether it is switched on.
    pub on: bool,
}

/// Bytes, written as hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| D::Error::custom(format!("expected {N} bytes as hexadecimal digits")))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(seq: &Seq) -> bool {
    *seq == Seq::ZERO
}
