//! What the browser stores across reloads: the identity, rooms, drafts, settings, and the outbox.
//!
//! Everything is in `localStorage`, which all tabs of an origin share, so values are read again before they are changed.
//! The app also works if nothing can be stored (private windows, full disks).

mod notifications;
mod outbox;

pub use notifications::{notify_level, notify_level_of, set_notify_level, set_notify_level_of};
pub use outbox::OutboxStorage;
use shared::{ClaimSecret, RoomName, Token, Username};

const NAME: &str = "parlor.name";
const TOKEN: &str = "parlor.token";
const SECRET: &str = "parlor.secret";
const ROOMS: &str = "parlor.rooms";
const ROOM: &str = "parlor.room";
const LANGUAGE: &str = "parlor.language";
const THEME: &str = "parlor.theme";
const NOTIFY: &str = "parlor.notify";
const MEMBERS: &str = "parlor.members";
const DRAFT: &str = "parlor.draft.";

fn store() -> Option<web_sys::Storage> {
    crate::browser::window().local_storage().ok().flatten()
}

fn get(key: &str) -> Option<String> {
    store()?.get_item(key).ok()?
}

fn set(key: &str, value: Option<&str>) {
    let Some(store) = store() else { return };
    let _ = match value {
        Some(value) => store.set_item(key, value),
        None => store.remove_item(key),
    };
}

/// The user's name.
pub fn name() -> Option<Username> {
    Username::parse(&get(NAME)?).ok()
}

/// Stores the user's name.
pub fn set_name(name: &Username) {
    set(NAME, Some(name.as_str()));
}

/// The token of the name.
pub fn token() -> Option<Token> {
    Token::parse(&get(TOKEN)?).ok()
}

/// Stores or deletes the token.
pub fn set_token(token: Option<&Token>) {
    set(TOKEN, token.map(Token::as_str));
}

/// The secret for this browser's claims of names. It is created at the first call and stored before it is returned, so that
/// a claim can be repeated if its answer was lost, also after a reload or in another tab. `None`: the browser has no
/// random generator.
pub fn claim_secret() -> Option<ClaimSecret> {
    let kept = get(SECRET).and_then(|secret| ClaimSecret::parse(&secret).ok());
    kept.or_else(|| {
        let bits = u128::from_be_bytes(crate::browser::random_bytes()?);
        let secret = ClaimSecret::parse(&format!("{bits:032x}")).ok()?;
        set(SECRET, Some(secret.as_str()));
        Some(secret)
    })
}

/// The followed rooms.
pub fn rooms() -> Vec<RoomName> {
    get(ROOMS).and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
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

/// Stores the draft of a room. An empty text deletes it.
pub fn set_draft(room: &RoomName, text: &str) {
    set(&format!("{DRAFT}{room}"), (!text.is_empty()).then_some(text));
}
