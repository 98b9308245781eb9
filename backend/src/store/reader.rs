//! Who reads, and what they may read.

use shared::{Role, RoomInfo, Seq, Username};

/// What is known of an account that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The position of the entry that made it.
    pub number: Seq,
    /// Its name.
    pub username: Username,
    /// Whether the operator's application signs its tokens.
    pub by_application: bool,
    /// What it may do.
    pub role: Role,
    /// Whether it sees only the rooms that it was added to.
    pub limited: bool,
    /// Whether it is kept out.
    pub barred: bool,
    /// How often its tokens were revoked.
    pub generation: u32,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reader {
    /// The account. `None`: somebody without one, in an open house.
    pub account: Option<Seq>,
    /// Whether it sees only the rooms that it was added to.
    pub limited: bool,
}

/// What a room is to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomAccess {
    /// The reader may read it.
    Readable(std::sync::Arc<KnownRoom>),
    /// There is no room of this name, and never was.
    Absent,
    /// There is one, and it is not this reader's to know. It looks as if there were none.
    Hidden,
}

/// What decides who may read a room, and what readers are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRoom {
    pub(super) id: i64,
    /// What readers are told.
    pub info: RoomInfo,
    /// Whether somebody was removed from it.
    pub(super) has_removed: bool,
}
