//! What the browser keeps across reloads: who the user is, the rooms, drafts, settings, and the outbox.
//!
//! Everything lies in `localStorage`, which all tabs of one origin share: what is changed is read anew before it is
//! written. A browser that keeps nothing (private windows, full disks) makes nothing fail.

mod outbox;

pub use outbox::OutboxKeeper;
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
    crate::dom::window().local_storage().ok().flatten()
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

/// The name that the user chose.
pub fn name() -> Option<Username> {
    Username::parse(&get(NAME)?).ok()
}

/// Keeps the name.
pub fn set_name(name: &Username) {
    set(NAME, Some(name.as_str()));
}

/// The proof of the name.
pub fn token() -> Option<Token> {
    Token::parse(&get(TOKEN)?).ok()
}

/// Keeps or forgets the proof of the name.
pub fn set_token(token: Option<&Token>) {
    set(TOKEN, token.map(Token::as_str));
}

/// The secret with which this browser claims names. It is made at the first call and stored before it is returned, so
/// that a claim can be repeated after its answer was lost, also by another tab or after a reload. `None`: the browser
/// has no source of random bits.
pub fn claim_secret() -> Option<ClaimSecret> {
    let kept = get(SECRET).and_then(|secret| ClaimSecret::parse(&secret).ok());
    kept.or_else(|| {
        let bits = u128::from_be_bytes(crate::dom::random_bytes()?);
        let secret = ClaimSecret::parse(&format!("{bits:032x}")).ok()?;
        set(SECRET, Some(secret.as_str()));
        Some(secret)
    })
}

/// The rooms that are followed.
pub fn rooms() -> Vec<RoomName> {
    get(ROOMS).and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

/// Whether a change of this key means that another tab follows other rooms.
pub fn is_rooms_key(key: &str) -> bool {
    key == ROOMS
}

/// Adds a room to those that are followed, or takes it out.
pub fn set_followed(room: &RoomName, followed: bool) {
    let mut rooms = rooms();
    rooms.retain(|other| other != room);
    if followed {
        rooms.push(room.clone());
    }
    set(ROOMS, serde_json::to_string(&rooms).ok().as_deref());
}

/// The room that was looked at last.
pub fn last_room() -> Option<RoomName> {
    RoomName::parse(&get(ROOM)?).ok()
}

/// Keeps which room is looked at.
pub fn set_last_room(room: &RoomName) {
    set(ROOM, Some(room.as_str()));
}

/// The interface's language, if the user chose one.
pub fn language() -> Option<String> {
    get(LANGUAGE)
}

/// Keeps the choice of a language.
pub fn set_language(language: Option<&str>) {
    set(LANGUAGE, language);
}

/// The theme, if the user chose one.
pub fn theme() -> Option<String> {
    get(THEME)
}

/// Keeps the choice of a theme.
pub fn set_theme(theme: Option<&str>) {
    set(THEME, theme);
}

/// Whether the user wants notifications.
pub fn notify() -> bool {
    get(NOTIFY).is_some()
}

/// Keeps whether the user wants notifications.
pub fn set_notify(notify: bool) {
    set(NOTIFY, notify.then_some("yes"));
}

/// Whether the user closed the list of members.
pub fn members_closed() -> bool {
    get(MEMBERS).is_some()
}

/// Keeps whether the list of members is closed.
pub fn set_members_closed(closed: bool) {
    set(MEMBERS, closed.then_some("closed"));
}

/// What was written in a room and not posted.
pub fn draft(room: &RoomName) -> String {
    get(&format!("{DRAFT}{room}")).unwrap_or_default()
}

/// Keeps what was written in a room; an empty text is forgotten.
pub fn set_draft(room: &RoomName, text: &str) {
    set(&format!("{DRAFT}{room}"), (!text.is_empty()).then_some(text));
}
