//! What the browser stores across reloads: the identity, rooms, drafts, settings, and the outbox.
//!
//! Everything is in `localStorage`, which all tabs of an origin share, so values are read again before they are changed.
//! What could not be stored, because the storage is full or blocked, is kept in memory until the page is closed: see
//! [`problem`].

mod identity;
mod notifications;
mod outbox;
mod store;

pub use identity::{
    choose_name, claim_secret, credentials, forget, is_identity_key, name, set_token, token, without_token,
};
pub use notifications::{notify_level, notify_level_of, set_notify_level, set_notify_level_of};
pub use outbox::OutboxStorage;
use shared::RoomName;
pub(crate) use store::{EVENT, keys};
pub use store::{Problem, Unstored, listen, problem, retry};
use store::{get, set};

const ROOMS: &str = "parlor.rooms";
const ROOM: &str = "parlor.room";
const LANGUAGE: &str = "parlor.language";
const THEME: &str = "parlor.theme";
const NOTIFY: &str = "parlor.notify";
const MEMBERS: &str = "parlor.members";
const DRAFT: &str = "parlor.draft.";

/// The followed rooms.
pub fn rooms() -> Vec<RoomName> {
    get(ROOMS).and_then(|json| shared::json::read(&json)).unwrap_or_default()
}

/// Whether this key stores the followed rooms.
pub fn is_rooms_key(key: &str) -> bool {
    key == ROOMS
}

/// Adds a followed room, or removes it.
pub fn set_followed(room: &RoomName, followed: bool) {
    let mut rooms = rooms();
    rooms.retain(|other| other != room);
    if followed {
        rooms.push(room.clone());
    }
    set(ROOMS, serde_json::to_string(&rooms).ok().as_deref());
}

/// The room that was visited last.
pub fn last_room() -> Option<RoomName> {
    RoomName::parse(&get(ROOM)?).ok()
}

/// Stores the current room.
pub fn set_last_room(room: &RoomName) {
    set(ROOM, Some(room.as_str()));
}

/// The language that the user chose, if any.
pub fn language() -> Option<String> {
    get(LANGUAGE)
}

/// Stores the language.
pub fn set_language(language: Option<&str>) {
    set(LANGUAGE, language);
}

/// The theme that the user chose, if any.
pub fn theme() -> Option<String> {
    get(THEME)
}

/// Stores the theme.
pub fn set_theme(theme: Option<&str>) {
    set(THEME, theme);
}

/// Whether notifications are enabled.
pub fn notify() -> bool {
    get(NOTIFY).is_some()
}

/// Stores whether notifications are enabled.
pub fn set_notify(notify: bool) {
    set(NOTIFY, notify.then_some("yes"));
}

/// Whether the user closed the list of members.
pub fn members_closed() -> bool {
    get(MEMBERS).is_some()
}

/// Stores whether the list of members is closed.
pub fn set_members_closed(closed: bool) {
    set(MEMBERS, closed.then_some("closed"));
}

/// The draft of a room.
pub fn draft(room: &RoomName) -> String {
    get(&format!("{DRAFT}{room}")).unwrap_or_default()
}

/// Whether this key stores the draft of a room.
pub fn is_draft_key(key: &str, room: &RoomName) -> bool {
    key.strip_prefix(DRAFT) == Some(room.as_str())
}

/// Stores the draft of a room. An empty text deletes it.
pub fn set_draft(room: &RoomName, text: &str) {
    set(&format!("{DRAFT}{room}"), (!text.is_empty()).then_some(text));
}
