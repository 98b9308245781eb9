//! What is proposed to the log, and what becomes of it.

use shared::{Message, MessageId, Post, Refusal, RoomName, Seq, Timestamp, Username};

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
    },
    /// Gives a free name to whoever will hold its token.
    Claim {
        /// The name, in NFC.
        username: Username,
        /// The SHA-256 of the client's secret, which makes the claim repeatable.
        secret: Option<SecretHash>,
    },
    /// Records a name that the operator's application has signed a token for.
    Recognize {
        /// The name, in NFC.
        username: Username,
    },
    /// Lists a room that has no message yet.
    CreateRoom {
        /// When it was asked for.
        at: Timestamp,
        /// The room.
        room: RoomName,
    },
    /// A message that was written elsewhere, before it came here.
    Import(Imported),
}

/// Who posts, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Author {
    /// The holder of a token that this server signed.
    Account {
        /// The name.
        username: Username,
        /// The position of the claim that made the account.
        account: Seq,
    },
    /// The holder of a token that the operator's application signed.
    Application(Username),
    /// Somebody who states a name and proves nothing.
    Unproven(Username),
}

impl Author {
    /// The name.
    pub fn username(&self) -> &Username {
        match self {
            Self::Account { username, .. } | Self::Application(username) | Self::Unproven(username) => {
                username
            }
        }
    }

    /// Whether a token proves the name.
    pub fn is_proven(&self) -> bool {
        !matches!(self, Self::Unproven(_))
    }
}

/// The SHA-256 of a [`shared::ClaimSecret`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

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
    /// Accounts that have lost their names to the operator's application. What they posted is unproven from now on.
    pub superseded: Vec<(Username, Seq)>,
}

impl Commit {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.superseded.is_empty()
    }
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
    /// The room is listed.
    RoomListed,
    /// The entry has no effect. It may be tried again if the refusal says so.
    Refused(Refusal),
    /// The commit failed: the entry may be on disk or not. Proposing it again finds out.
    Unknown,
}
