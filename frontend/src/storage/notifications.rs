//! Of what the user wants to be notified, of all rooms and of each.

use shared::RoomName;

use super::{get, set};
use crate::notifications::Level;

const DEFAULT: &str = "parlor.notify-level";
const OF_ROOM: &str = "parlor.notify-level.";

/// The level for rooms without one of their own.
pub fn notify_level() -> Option<Level> {
    Level::of_word(&get(DEFAULT)?)
}

/// Stores the level for rooms without one of their own.
pub fn set_notify_level(level: Option<Level>) {
    set(DEFAULT, level.map(Level::word));
}

/// A room's own level.
pub fn notify_level_of(room: &RoomName) -> Option<Level> {
    Level::of_word(&get(&format!("{OF_ROOM}{room}"))?)
}

/// Stores a room's own level, or deletes it.
pub fn set_notify_level_of(room: &RoomName, level: Option<Level>) {
    set(&format!("{OF_ROOM}{room}"), level.map(Level::word));
}
