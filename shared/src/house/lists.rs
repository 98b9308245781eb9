//! What the HTTP API answers about a house.

use serde::{Deserialize, Serialize};

use super::{Access, HouseSettings, Keep, RecordedAct, Role, RoomInfo, WebhookTrigger};
use crate::{
    RoomSummary,
    json::{FromJson, Json},
    names::{InvitationSecret, RoomName, Seq, Username},
    time::Timestamp,
};

/// `GET /api/house`: what everybody is told who reaches the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// What the house is called; empty if it has no name.
    #[serde(default)]
    pub name: String,
    /// Who may come in.
    pub access: Access,
    /// Where people find the app; empty if no setting says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// `GET /api/me`: what the holder of a token is told about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The name.
    pub username: Username,
    /// What they may do.
    pub role: Role,
    /// Whether they see only the rooms that they were added to.
    #[serde(default)]
    pub limited: bool,
    /// Whether they may make rooms now.
    #[serde(default)]
    pub makes_rooms: bool,
    /// Whether they may invite people now.
    #[serde(default)]
    pub invites: bool,
    /// The house's settings: among them what becomes of one's name and messages when one leaves.
    pub settings: HouseSettings,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Person {
    /// The name.
    pub username: Username,
    /// What they may do.
    pub role: Role,
    /// Whether they see only the rooms that they were added to.
    #[serde(default)]
    pub limited: bool,
    /// Whether they are kept out.
    #[serde(default)]
    pub barred: bool,
    /// Whether the operator's application signs their tokens.
    #[serde(default)]
    pub application: bool,
    /// Whether they have a connection now.
    #[serde(default)]
    pub online: bool,
}

/// `GET /api/people?after=NAME`: the accounts, by name, at most 500.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct People {
    /// The people.
    pub people: Vec<Person>,
    /// Whether there are more after the last one.
    #[serde(default)]
    pub more: bool,
}

/// `GET /api/rooms`: the rooms that one may read, newest first. And `GET /api/rooms?all=true&after=NAME`, for owners: all but the
/// direct ones, by name, at most 500.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rooms {
    /// The rooms.
    pub rooms: Vec<RoomSummary>,
    /// Whether there are more after the last one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// `GET /api/rooms/{room}/members?after=NAME`: at most 500 people, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomMembers {
    /// What is known of the room.
    #[serde(flatten)]
    pub info: RoomInfo,
    /// Whether who asks may change the room and remove people.
    #[serde(default)]
    pub manages: bool,
    /// The members of a closed or direct room; in an open one, the people who were added by name.
    pub members: Vec<Username>,
    /// Who was removed from it and may not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Username>,
    /// Whether there are more after the last name of both lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Whether the reader may say how long the room's messages are kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sets_keep: bool,
}

impl RoomMembers {
    /// The last name of both lists, if there are more after it.
    pub fn last_of_more(&self) -> Option<&Username> {
        let last = self.members.last().max(self.removed.last());
        last.filter(|_| self.more)
    }
}

/// Whether an invitation can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be used.
    Valid,
    /// All who could use it have.
    Used,
    /// Its days are over.
    Expired,
    /// Somebody has ended it.
    Revoked,
}

/// An invitation in a list. Its secret is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its number.
    pub number: Seq,
    /// Who invites. Absent: the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Username>,
    /// The name that is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The role that it gives.
    pub role: Role,
    /// The rooms that it leads to.
    #[serde(default)]
    pub rooms: Vec<RoomName>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How many people can use it.
    pub uses: u32,
    /// How many have.
    pub used: u32,
    /// Whether it can be used.
    pub state: InvitationState,
}

/// `GET /api/invitations?before=NUMBER`: those that owners and moderators may see, or one's own; newest first, at most 500.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Invitations {
    /// The invitations.
    pub invitations: Vec<Invitation>,
    /// Whether there are older ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// The body of `POST /api/invitations/look`. The secret is not in an address, which logs would keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtInvitation {
    /// The secret.
    pub invitation: InvitationSecret,
}

/// What the holder of an invitation is told: who invites to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationOffer {
    /// What the house is called; empty if it has no name.
    #[serde(default)]
    pub house: String,
    /// Who invites. Absent: the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Username>,
    /// The name that is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The role that it gives.
    pub role: Role,
    /// The rooms that it leads to.
    #[serde(default)]
    pub rooms: Vec<RoomName>,
}

impl FromJson for InvitationOffer {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self {
            house: from.optional("house").ok()?.unwrap_or_default(),
            by: from.optional("by").ok()?,
            username: from.optional("username").ok()?,
            role: from.required("role").ok()?,
            rooms: from.optional("rooms").ok()?.unwrap_or_default(),
        })
    }
}

/// `GET /api/rooms/{room}/expiring?keep=…`: what would go if a room's messages were kept so long. Without `keep`: as long as the
/// house keeps messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expiring {
    /// How long they would be kept.
    pub keep: Keep,
    /// How many messages and replies would go now. Absent: that depends on the other rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Whether there may be more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// An address that is kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The address, or the network of an IPv6 address.
    pub address: String,
    /// Since when.
    pub at: Timestamp,
}

/// `GET /api/bars`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bars {
    /// The addresses that are kept out.
    pub addresses: Vec<Bar>,
}

/// Whether a webhook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is called, and the last call was answered.
    On,
    /// The last call failed, and is tried again.
    Failing,
    /// It is not called: it has failed for a day, or was switched off.
    Off,
}

/// A webhook in a list. Its secret is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub number: Seq,
    /// The room.
    pub room: RoomName,
    /// For which messages it is called.
    pub when: WebhookTrigger,
    /// The address.
    pub url: String,
    /// Whether it is called.
    pub state: WebhookState,
    /// Why the last call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A bot in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its name.
    pub username: Username,
    /// The rooms that it reads and posts in.
    pub rooms: Vec<RoomName>,
    /// Its webhooks.
    pub webhooks: Vec<Webhook>,
}

/// `GET /api/bots`, for owners.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bots {
    /// The bots.
    pub bots: Vec<Bot>,
}

/// `GET /api/acts?before=NUMBER`, for owners: newest first, at most 200. `GET /api/acts/export` gives all as JSON lines, oldest
/// first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Acts {
    /// The acts.
    pub acts: Vec<RecordedAct>,
    /// Whether there are older ones.
    #[serde(default)]
    pub more: bool,
}
