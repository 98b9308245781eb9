//! Acts: what changes who may do what.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::{HouseSettings, Keep, Role, RoomKind, is_direct_name};
use crate::{
    device_link::QrCode,
    limits,
    names::{InvitationSecret, RoomName, Seq, Token, Topic, Username},
    time::Timestamp,
};

/// The longest address of a webhook, in bytes.
pub const HOOK_URL_BYTES: usize = 1024;

/// An act, as it is proposed by `POST /api/acts`. The log decides whether its author may do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Makes an open or a closed room. A closed room gets a suffix that cannot be guessed, so that its name tells nobody
    /// that it exists.
    MakeRoom {
        /// Its name. For a closed room at most 54 characters.
        room: RoomName,
        /// Open or closed.
        #[serde(default)]
        kind: RoomKind,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Topic>,
    },
    /// Opens the direct room of these people and the author, which is made if it is absent. It is not recorded.
    OpenDirect {
        /// The others: one to seven.
        people: Vec<Username>,
    },
    /// Says what a room is about.
    SetTopic {
        /// The room.
        room: RoomName,
        /// The topic; `None` removes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Topic>,
    },
    /// Opens or closes a room. Who has posted there becomes a member when it is closed.
    SetKind {
        /// The room.
        room: RoomName,
        /// Open or closed.
        kind: RoomKind,
    },
    /// Archives a room or brings it back.
    Archive {
        /// The room.
        room: RoomName,
        /// Whether it is archived from now on.
        archived: bool,
    },
    /// Lets everybody post only once in some seconds.
    SlowDown {
        /// The room.
        room: RoomName,
        /// The seconds, up to [`limits::SLOW_SECONDS`]; 0 ends it.
        seconds: u32,
    },
    /// Says how long a room's messages are kept. Those that are older go, within minutes, and do not come back.
    SetKeep {
        /// The room.
        room: RoomName,
        /// How long. Absent: as long as the house keeps messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep: Option<Keep>,
    },
    /// Deletes a room with its messages. Its name is not used again.
    DeleteRoom {
        /// The room.
        room: RoomName,
    },
    /// Adds somebody to a closed room, or lets somebody back into an open one.
    AddMember {
        /// The room.
        room: RoomName,
        /// Who.
        username: Username,
    },
    /// Removes somebody from a room. Removing oneself is leaving it, and is not recorded.
    RemoveMember {
        /// The room.
        room: RoomName,
        /// Who.
        username: Username,
    },
    /// Changes what somebody may do.
    SetRole {
        /// Who.
        username: Username,
        /// The new role.
        role: Role,
        /// Whether they see only the rooms that they were added to. Absent: as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limited: Option<bool>,
    },
    /// Keeps somebody out. Their sessions end.
    Bar {
        /// Who.
        username: Username,
    },
    /// Lets somebody in again.
    Unbar {
        /// Who.
        username: Username,
    },
    /// Keeps an address out: an IPv4 address, or the /64 network of an IPv6 address.
    BarAddress {
        /// The address, as `192.0.2.7` or `2001:db8::1`.
        address: String,
    },
    /// Lets an address in again.
    UnbarAddress {
        /// The address, as it is listed.
        address: String,
    },
    /// Ends all tokens of an account. `POST /api/acts` answers with a new one to whoever does this to themselves, and for a bot.
    RevokeTokens {
        /// Whose.
        username: Username,
    },
    /// Makes an invitation.
    Invite(NewInvitation),
    /// Ends an invitation.
    RevokeInvitation {
        /// Its number. On the wire it has a name of its own, because a recorded act has a `number`, too.
        #[serde(rename = "invitation")]
        number: Seq,
    },
    /// Makes a bot.
    AddBot {
        /// Its name.
        username: Username,
        /// The rooms that it reads and posts in.
        #[serde(default)]
        rooms: Vec<RoomName>,
    },
    /// Calls an address for the messages of a room.
    AddWebhook {
        /// The bot that the webhook belongs to. It must be in the room.
        username: Username,
        /// The room.
        room: RoomName,
        /// For which messages.
        #[serde(default)]
        when: WebhookTrigger,
        /// The address: `https` or `http`, at most [`HOOK_URL_BYTES`] bytes.
        url: String,
    },
    /// Ends a webhook.
    RemoveWebhook {
        /// Its number.
        #[serde(rename = "webhook")]
        number: Seq,
    },
    /// Switches a webhook on again, or off. The server switches off what fails for a day.
    SwitchWebhook {
        /// Its number.
        #[serde(rename = "webhook")]
        number: Seq,
        /// Whether it is on from now on.
        on: bool,
    },
    /// Changes the house's settings.
    ChangeSettings {
        /// All settings.
        settings: HouseSettings,
    },
    /// Deletes an account: one's own, or a bot's. The house's settings say what becomes of the name and the messages.
    DeleteAccount {
        /// Whose.
        username: Username,
    },
    /// Somebody has accepted an invitation. It is recorded, and cannot be proposed: a `hello` does it.
    AcceptInvitation {
        /// The invitation's number.
        #[serde(rename = "invitation")]
        number: Seq,
        /// Who.
        username: Username,
        /// The role that they have since then.
        role: Role,
    },
    /// A moderator has retracted somebody else's message. It is recorded, and cannot be proposed: a post does it.
    Retract {
        /// The room.
        room: RoomName,
        /// The message.
        seq: Seq,
        /// Whose it was.
        username: Username,
    },
}

/// What an invitation offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// The name that is reserved for who comes. Absent: they choose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The role that they get.
    #[serde(default)]
    pub role: Role,
    /// The rooms that they are added to. A guest with rooms sees no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomName>,
    /// How many days it is valid, up to [`limits::INVITATION_DAYS`].
    #[serde(default = "default_days")]
    pub days: u32,
    /// How many people can use it, up to [`limits::INVITATION_USES`].
    #[serde(default = "default_uses")]
    pub uses: u32,
}

impl Default for NewInvitation {
    fn default() -> Self {
        Self {
            username: None,
            role: Role::Member,
            rooms: Vec::new(),
            days: default_days(),
            uses: default_uses(),
        }
    }
}

fn default_days() -> u32 {
    limits::INVITATION_DAYS_DEFAULT
}

fn default_uses() -> u32 {
    1
}

/// For which messages a webhook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookTrigger {
    /// Those that mention the bot.
    #[default]
    Mention,
    /// All, except the bot's own.
    Message,
}

/// Reads an address that is to be barred: as it is, or as the list of the barred ones has it, with `/64` behind an IPv6 address.
pub fn barred_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    match text.strip_suffix("/64") {
        Some(network) => network.parse().ok().filter(IpAddr::is_ipv6),
        None => text.parse().ok(),
    }
}

/// The answer to an act that was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActDone {
    /// The number of what was made, or of the act in the record.
    pub number: Seq,
    /// The room that was made or opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The invitation's secret, which is told once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationSecret>,
    /// The invitation's link, with the secret in the fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The link as a QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<QrCode>,
    /// The token of a bot that was made, or of an account whose tokens were revoked. It is told once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// The secret that a webhook's calls are signed with, as `whsec_…`. It is told once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
}

/// An act in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAct {
    /// Its number.
    pub number: Seq,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it. Absent: the operator, on the server's machine, or the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Username>,
    /// The act.
    #[serde(flatten)]
    pub act: Act,
}

/// Why an act cannot be right, whoever does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadAct(pub(crate) &'static str);

impl fmt::Display for BadAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadAct {}

impl Act {
    /// Checks everything that can be checked without the log.
    pub fn check(&self) -> Result<(), BadAct> {
        let ok = |holds: bool, otherwise| if holds { Ok(()) } else { Err(BadAct(otherwise)) };
        match self {
            Self::MakeRoom { kind: RoomKind::Direct, .. } => {
                Err(BadAct("a direct room is opened by open_direct, with its people"))
            }
            Self::MakeRoom { room, kind, .. } => {
                ok(
                    *kind == RoomKind::Open || room.as_str().len() <= limits::CLOSED_NAME_CHARACTERS,
                    "a closed room's name has at most 54 characters, because it gets a suffix",
                )?;
                ok(!is_direct_name(room.as_str()), "names that begin with direct. are those of direct rooms")
            }
            Self::OpenDirect { people } => ok(
                (1..limits::DIRECT_PEOPLE).contains(&people.len()),
                "a direct room has two to eight people: name one to seven others",
            ),
            Self::SetKind { kind: RoomKind::Direct, .. } => Err(BadAct("a room is opened or closed")),
            Self::SlowDown { seconds, .. } => {
                ok(*seconds <= limits::SLOW_SECONDS, "a room is slowed down by at most 86400 seconds")
            }
            Self::BarAddress { address } => ok(
                barred_address(address).is_some(),
                "an address is an IPv4 or IPv6 address, as 192.0.2.7 or 2001:db8::1",
            ),
            Self::Invite(NewInvitation { username, rooms, days, uses, role }) => {
                ok(*role != Role::Bot, "a bot is made by add_bot, not invited")?;
                ok(
                    (1..=limits::INVITATION_DAYS).contains(days),
                    "an invitation is valid for 1 to 3650 days",
                )?;
                ok((1..=limits::INVITATION_USES).contains(uses), "an invitation has 1 to 100000 uses")?;
                ok(username.is_none() || *uses == 1, "an invitation with a name is for one person")?;
                ok(rooms.len() <= limits::ROOMS_JOINED, "an invitation names at most 100 rooms")
            }
            Self::AddBot { rooms, .. } => {
                ok(rooms.len() <= limits::ROOMS_JOINED, "a bot is made with at most 100 rooms")
            }
            Self::SetRole { role: Role::Bot, .. } => Err(BadAct("a bot is made by add_bot")),
            Self::AddWebhook { url, .. } => {
                let http = url.starts_with("https://") || url.starts_with("http://");
                ok(
                    http && url.len() <= HOOK_URL_BYTES && url.bytes().all(|b| b.is_ascii_graphic()),
                    "a webhook's address begins with https:// or http:// and has at most 1024 printable ASCII characters",
                )
            }
            Self::ChangeSettings { settings } => ok(
                settings.name.is_empty()
                    || (settings.name.chars().count() <= 64 && Topic::parse(&settings.name).is_ok()),
                "the house's name has at most 64 characters, without controls and characters that reorder text",
            ),
            Self::AcceptInvitation { .. } => {
                Err(BadAct("an invitation is accepted in a hello, {\"invitation\": \"…\"}"))
            }
            Self::Retract { .. } => {
                Err(BadAct("a message is retracted by a post about it, {\"as\": \"retraction\"}"))
            }
            _ => Ok(()),
        }
    }
}
