//! What the user is notified of: of all rooms by default, and of each room.

use shared::RoomName;

use crate::storage;

/// What the user is notified of in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Each message.
    All,
    /// Messages that mention the user.
    Mentions,
    /// Nothing: the room is muted.
    Nothing,
}

impl Level {
    /// All levels, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::Nothing];

    /// The word for it in the browser's storage.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }

    /// The level of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The level for rooms without one of their own.
    pub fn default_level() -> Self {
        storage::notify_level().and_then(|word| Self::of_word(&word)).unwrap_or(Self::All)
    }

    /// A room's own level, if it has one.
    pub fn own_of(room: &RoomName) -> Option<Self> {
        Self::of_word(&storage::notify_level_of(room)?)
    }

    /// A room's own level, or else the default.
    pub fn of_room(room: &RoomName) -> Self {
        Self::own_of(room).unwrap_or_else(Self::default_level)
    }
}
