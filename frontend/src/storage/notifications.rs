//! What the user wants to be notified of, in all rooms and in each: the words of `notifications::Level`.

use shared::RoomName;

use super::{get, set};

const DEFAULT: &str = "parlor.notify-level";
const OF_ROOM: &str = "parlor.notify-level.";

/// The level for rooms without one of their own.
pub fn notify_level() -> Option<String> {
    get(DEFAULT)
}

/// Stores the level for rooms without one of their own.
pub fn set_notify_level(level: Option<&str>) {
    set(DEFAULT, level);
}

/// A room's own level.
pub fn notify_level_of(room: &RoomName) -> Option<String> {
    get(&format!("{OF_ROOM}{room}"))
}

/// Stores a room's own level, or deletes it.
pub fn set_notify_level_of(room: &RoomName, level: Option<&str>) {
    set(&format!("{OF_ROOM}{room}"), level);
}
