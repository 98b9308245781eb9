//! What is proposed to the log, and what becomes of it.

use std::{collections::HashSet, fmt};

use sha2::{Digest, Sha256};
use shared::{
    Act, ClaimSecret, InvitationSecret, Keep, Message, MessageId, Post, Refusal, RoomName, RoomSummary, Seq,
    Timestamp, Username,
    house::{Bar, HouseSettings},
};

use tokio::time::Instant;

use super::{errors::CommitFailure, reader::Account, record::Record};
use crate::token::Grant;

/// Something that changes what is shared. It carries everything that determines its outcome: time, author and proof. So the
/// same entries in the same order have the same effect wherever and whenever they are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A message for a room.
    Post {
        /// When the server took it.
        at: Timestamp,
        /// Who posts it.
        author: Author,
        /// What is posted.
        post: Post,
        /// Whether the room is made if it is absent: so it is in open houses.
        makes_room: bool,
    },
    /// Gives a free name to whoever will hold its token.
    Claim {
        /// When it was asked for.
        at: Timestamp,
        /// The name, in NFC.
        username: Username,
        /// The SHA-256 of the client's secret, which makes the claim repeatable.
        secret: Option<SecretHash>,
    },
    /// Gives what an invitation offers.
    Accept {
        /// When it was asked for.
        at: Timestamp,
        /// The SHA-256 of the invitation's secret.
        invitation: SecretHash,
        /// Who accepts it.
        by: Invitee,
    },
    /// Records a user of the operator's application, with what the token says.
    Recognize {
        /// When the token came.
        at: Timestamp,
        /// The name, in NFC.
        username: Username,
        /// What the token says beside the name.
        grant: Grant,
    },
    /// Changes who may do what.
    Act {
        /// When it was proposed.
        at: Timestamp,
        /// Who does it.
        by: Actor,
        /// What is done.
        act: Box<Act>,
        /// What the proposer has drawn at random for it.
        drawn: Drawn,
    },
    /// How the calls of some webhooks went.
    Called(Vec<WebhookCalls>),
    /// A message that was written elsewhere, before it came here.
    Import(Imported),
    /// Deletes the oldest messages of a room.
    Expire {
        /// The room.
        room: RoomName,
        /// The last of them.
        upto: Seq,
        /// The room's own setting, which says so; `None`: it has none, and the house says so. If the room has another setting when
        /// this is applied, nothing is deleted.
        own: Option<Keep>,
    },
    /// A line of an export, as it is: for an empty house.
    Record(Box<Record>),
}

/// Who posts, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Author {
    /// The holder of a token.
    Account {
        /// The name.
        username: Username,
        /// The position of the entry that made the account.
        number: Seq,
    },
    /// Somebody who states a name and proves nothing.
    Unproven(Username),
}

impl Author {
    /// The name.
    pub fn username(&self) -> &Username {
        match self {
            Self::Account { username, .. } | Self::Unproven(username) => username,
        }
    }

    /// The account's number. `None`: nothing proves the name.
    pub fn account(&self) -> Option<Seq> {
        match self {
            Self::Account { number, .. } => Some(*number),
            Self::Unproven(_) => None,
        }
    }

    /// Whether a token proves the name.
    pub fn is_proven(&self) -> bool {
        self.account().is_some()
    }
}

/// Who comes with an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invitee {
    /// Somebody new, who claims a name.
    New {
        /// The name, in NFC.
        username: Username,
        /// The SHA-256 of the client's secret, which makes the claim repeatable.
        secret: Option<SecretHash>,
    },
    /// The holder of an account.
    Account(Seq),
}

/// Who does an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whoever can read the key file on the server's machine; and the server itself.
    Operator,
    /// An account.
    Account(Seq),
}

impl Actor {
    /// The account's number.
    pub fn account(self) -> Option<Seq> {
        match self {
            Self::Operator => None,
            Self::Account(number) => Some(number),
        }
    }
}

/// What the proposer of an act has drawn at random. It is in the entry, so that the same entry makes the same rows on every
/// node.
#[derive(Clone, PartialEq, Eq)]
pub enum Drawn {
    /// Nothing.
    Nothing,
    /// What a room's name gets so that nobody can guess it: lower-case letters and digits.
    RoomSuffix(String),
    /// The SHA-256 of an invitation's secret.
    Invitation(SecretHash),
    /// What a webhook's calls are signed with.
    WebhookSecret([u8; 24]),
}

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawn(…)")
    }
}

/// How far a webhook is, and how its last call went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookCalls {
    /// The webhook's number.
    pub number: Seq,
    /// All messages of its room up to here were delivered, or need no call.
    pub position: Seq,
    /// Why the last call failed, and since when calls fail. `None`: it was answered.
    pub failing: Option<(String, Timestamp)>,
    /// Whether it is switched off, because it has failed for too long.
    pub gives_up: bool,
}

/// The SHA-256 of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// That of a claim's secret.
    pub fn of_claim(secret: &ClaimSecret) -> Self {
        Self(Sha256::digest(secret.as_str()).into())
    }

    /// That of an invitation's secret.
    pub fn of_invitation(secret: &InvitationSecret) -> Self {
        Self(Sha256::digest(secret.as_str()).into())
    }
}

/// A message from an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The room.
    pub room: RoomName,
    /// Who wrote it. The name belongs to no account here.
    pub username: Username,
    /// Its id. The same author and id in the same room are the same message.
    pub id: MessageId,
    /// The text.
    pub text: String,
    /// When it was written.
    pub said_at: Timestamp,
}

/// What a commit has changed for readers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// The new messages: in the order of each room's log, each once.
    pub messages: Vec<Message>,
    /// The rooms of these messages that are not on everybody's list.
    pub unlisted: HashSet<RoomName>,
    /// What else has changed, in order.
    pub changes: Vec<Change>,
}

/// A change of who may do what, or of how earlier messages look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What has changed is not known: everything is read anew. These are the rooms on everybody's list, each with when its newest
    /// message was sent.
    Unknown(Vec<(RoomSummary, Timestamp)>),
    /// An account has lost its name to the operator's application. What it posted is unproven from now on.
    Superseded(Username, Seq),
    /// An account was deleted.
    AccountDeleted {
        /// Its name until now.
        username: Username,
        /// Its number.
        number: Seq,
        /// Whether its texts are deleted, too.
        blanked: bool,
        /// Who may have read them.
        audience: Audience,
    },
    /// The rights of an account have changed: its sessions must look at them again.
    Account(Seq),
    /// Rights of many have changed: all sessions must look at theirs again.
    Everybody,
    /// A room is new, or what is known of it has changed.
    Room {
        /// The room, as everybody sees it who may.
        summary: RoomSummary,
        /// When its newest message was sent, or it was made.
        newest_at: Timestamp,
        /// Who hears of it.
        audience: Audience,
    },
    /// A room has gone for those who saw it until now, but for some: it was closed or deleted.
    RoomGone {
        /// The room.
        room: RoomName,
        /// Who saw it.
        audience: Audience,
        /// The accounts for which it has not gone.
        members: Vec<Seq>,
    },
    /// A closed room is there now whose name was free until now. In an open house, some may follow it.
    RoomTaken(RoomName),
    /// A room has gone for one account.
    RoomLeft {
        /// The room.
        room: RoomName,
        /// The account.
        account: Seq,
        /// Whether the account knew of the room until now. Otherwise it is not told that there is one.
        knew: bool,
    },
    /// The addresses that are kept out are these now.
    Bars(Vec<Bar>),
    /// The house's settings are these now.
    Settings(HouseSettings),
    /// Webhooks have changed.
    Webhooks,
    /// The messages of a room up to this one are deleted.
    Expired {
        /// The room.
        room: RoomName,
        /// The last of them.
        floor: Seq,
    },
    /// It has changed how long messages are kept.
    Keep,
}

/// Who hears of a change of a room. The accounts are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who sees open rooms.
    Everybody {
        /// Those who were added by name: they see it, too, if they see no other open rooms.
        added: Vec<Seq>,
        /// Those who were removed, and do not see it.
        removed: Vec<Seq>,
    },
    /// These accounts.
    Accounts(Vec<Seq>),
}

impl Commit {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.changes.is_empty()
    }

    /// Whether earlier messages look different now.
    pub fn changes_authors(&self) -> bool {
        let changes = |change: &_| {
            matches!(change, Change::Unknown(_) | Change::Superseded(..) | Change::AccountDeleted { .. })
        };
        self.changes.iter().any(changes)
    }
}

/// When what happened to the commit that an entry was in.
#[derive(Debug, Clone, Copy)]
pub struct CommitTimes {
    /// The log's thread took the entries.
    pub began: Instant,
    /// They were on disk.
    pub committed: Instant,
    /// Readers could see the new messages.
    pub published: Instant,
    /// How many entries were in the commit.
    pub entries: usize,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The message is on disk, since now or since an earlier try with the same id.
    Stored {
        /// Its position in the log.
        seq: Seq,
        /// When it was taken.
        sent_at: Timestamp,
    },
    /// The imported message is on disk.
    Imported {
        /// Whether it was not there before.
        new: bool,
    },
    /// The name is recorded. The number identifies the account.
    Account(Seq),
    /// The act is done.
    Done {
        /// The number of what was made, or of the act.
        number: Seq,
        /// The room that was made or opened.
        room: Option<RoomName>,
        /// The bot that was made, or the account whose tokens were revoked, as it is now.
        account: Option<Account>,
    },
    /// The position of a webhook is noted.
    Noted,
    /// So many messages are deleted, annotations included.
    Expired(u64),
    /// The entry has no effect. It may be tried again if the refusal says so.
    Refused(Refusal),
    /// The commit failed: the entry may be on disk or not. Proposing it again finds out.
    Unknown(CommitFailure),
}

impl Outcome {
    /// Nothing is known, not even why.
    pub const UNKNOWN: Self = Self::Unknown(CommitFailure::Other);

    /// Why nobody knows what became of the entry, of an outcome that is none for it.
    pub fn failure(&self) -> CommitFailure {
        match self {
            Self::Unknown(failure) => *failure,
            _ => CommitFailure::Other,
        }
    }
}
