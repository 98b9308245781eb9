//! People, rooms and rights: what the access of a house is made of.
//!
//! A house is one server with its people and rooms. Whatever changes who may do what is an [`Act`], proposed over HTTP as
//! JSON, decided by the log, and recorded there. `docs/access.md` shows each with an example.

mod act;
mod keep;
mod lists;
mod rooms;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use act::{
    Act, ActDone, BadAct, HOOK_URL_BYTES, NewInvitation, RecordedAct, WebhookTrigger, barred_address,
};
pub use keep::{BadKeep, Keep};
pub use lists::{
    Acts, Bar, Bars, Bot, Bots, Expiring, House, Invitation, InvitationOffer, InvitationState, Invitations,
    LookAtInvitation, Me, People, Person, RoomMembers, Rooms, Webhook, WebhookState,
};
pub(crate) use rooms::is_start;
pub use rooms::{LeftReason, RoomInfo, RoomKind, is_direct_name, without_suffix};

use crate::{
    json::{FromJson, Json},
    names::{InvitationSecret, NameError},
};

/// The part of a link behind its address that carries an invitation's secret. Browsers do not send it, so it gets into no
/// log.
pub const INVITATION_FRAGMENT: &str = "#invitation=";
/// The part of a link that carries a token of the operator's application.
pub const TOKEN_FRAGMENT: &str = "#token=";

/// Reads an invitation that somebody pastes: its link, or its secret alone.
pub fn invitation_secret(text: &str) -> Result<InvitationSecret, NameError> {
    let text = text.trim();
    match text.split_once(INVITATION_FRAGMENT) {
        Some((_, secret)) => InvitationSecret::parse(secret),
        None if text.contains("://") => Err(NameError("the link of an invitation has a part #invitation=")),
        None => InvitationSecret::parse(text),
    }
}

/// Who may come into a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everybody who reaches it: a free name is claimed, or used without proof.
    #[default]
    Open,
    /// Who has an invitation or a token.
    Invited,
    /// Who has a token that the operator's application has signed.
    App,
}

impl Access {
    /// Whether everybody may come in.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// The word in settings and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invited => "invited",
            Self::App => "app",
        }
    }
}

/// What somebody may do in a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Keep order: retract messages of others, remove and bar people, slow rooms down.
    Moderator,
    /// Talk, make rooms, add people to rooms.
    #[default]
    Member,
    /// Talk.
    Guest,
    /// A program: it reads and posts in the rooms that it was added to.
    Bot,
}

impl Role {
    /// All roles, the one that may do most first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Moderator, Self::Member, Self::Guest, Self::Bot];

    /// The word in commands and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Moderator => "moderator",
            Self::Member => "member",
            Self::Guest => "guest",
            Self::Bot => "bot",
        }
    }

    /// The role of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether it is an owner or a moderator.
    pub const fn moderates(self) -> bool {
        matches!(self, Self::Owner | Self::Moderator)
    }

    /// Whether it stands above another one, so that its holder may act upon the other's.
    pub const fn outranks(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Moderator => !other.moderates(),
            _ => false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_member(role: &Role) -> bool {
    *role == Role::Member
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromJson for Access {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let word = json.text()?;
        let known = [Self::Open, Self::Invited, Self::App].into_iter().find(|access| access.as_str() == word);
        // In a house of a kind of a later version, no name is free to be taken.
        Some(known.unwrap_or(Self::Invited))
    }
}

impl FromJson for Role {
    fn from_json(json: Json<'_>) -> Option<Self> {
        // With a role of a later version, a client offers what a guest may do. The server decides anyway.
        Some(Self::parse(&json.text()?).unwrap_or(Self::Guest))
    }
}

/// What becomes of the name of an account that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedNames {
    /// Nobody can use it any more, nor one that looks like it.
    #[default]
    Reserved,
    /// Anybody can claim it.
    Free,
}

/// What becomes of the messages of an account that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedMessages {
    /// They stay, without the name.
    #[default]
    Kept,
    /// Their texts are deleted.
    Blanked,
}

/// The settings of a house that owners change while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HouseSettings {
    /// What it is called: at most 64 characters.
    pub name: String,
    /// Whether members may make rooms.
    pub members_make_rooms: bool,
    /// Whether members may invite people.
    pub members_invite: bool,
    /// What becomes of the name of an account that is deleted.
    pub deleted_names: DeletedNames,
    /// What becomes of the messages of an account that is deleted.
    pub deleted_messages: DeletedMessages,
}

impl HouseSettings {
    /// Whether somebody of this role, who is not limited, may make rooms.
    pub fn lets_make_rooms(&self, role: Role) -> bool {
        role.moderates() || (role == Role::Member && self.members_make_rooms)
    }

    /// Whether somebody of this role may invite others in the `offered` one.
    pub fn lets_invite(&self, role: Role, limited: bool, offered: Role) -> bool {
        let is_low = matches!(offered, Role::Member | Role::Guest);
        // Who sees only some rooms would let others, or themselves, see more.
        let may = role.moderates() || (role == Role::Member && self.members_invite);
        role == Role::Owner || (is_low && !limited && may)
    }
}

impl Default for HouseSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            members_make_rooms: true,
            members_invite: false,
            deleted_names: DeletedNames::default(),
            deleted_messages: DeletedMessages::default(),
        }
    }
}
