//! The page's address: parsed and written.

use shared::{RoomName, Seq};
use wasm_bindgen::JsValue;

use crate::on_demand::Module;

/// What follows the address of a room in that of its settings.
const SETTINGS: &str = "/settings";

/// A page of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The rooms.
    Rooms,
    /// A WebSocket client.
    Console,
    /// Polling compared with pushing.
    Compare,
    /// The server's vital signs.
    Pulse,
    /// People, rooms and rights, for those who keep order.
    Admin,
    /// The user's own account.
    Account,
    /// A room's settings.
    RoomSettings,
}

impl Page {
    /// The pages that are always in the page bar, in its order.
    pub const ALL: [Self; 4] = [Self::Rooms, Self::Console, Self::Compare, Self::Pulse];

    /// The path of its address. That of a room's settings begins with the room's: [`Route::settings`].
    pub const fn path(self) -> &'static str {
        match self {
            Self::Rooms => "/",
            Self::Console => "/console",
            Self::Compare => "/compare",
            Self::Pulse => "/pulse",
            Self::Admin => "/admin",
            Self::Account => "/account",
            Self::RoomSettings => SETTINGS,
        }
    }

    /// The module that has this page, unless it is the first one.
    pub const fn module(self) -> Option<Module> {
        match self {
            Self::Rooms => None,
            Self::Console | Self::Compare | Self::Pulse => Some(Module::Tools),
            Self::Admin | Self::Account | Self::RoomSettings => Some(Module::Admin),
        }
    }
}

/// The destination of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The room that was visited last.
    Start,
    /// A room, or one of its messages.
    Room {
        /// The room.
        room: RoomName,
        /// The message to show.
        at: Option<Seq>,
    },
    /// Another page than the rooms.
    Tool(Page),
}

impl Route {
    /// The destination of the current address.
    pub fn current() -> Self {
        let location = crate::browser::window().location();
        Self::parse(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default())
    }

    /// Parses a path and a query.
    pub fn parse(path: &str, query: &str) -> Self {
        let path = path.trim_end_matches('/');
        let page = [Page::Console, Page::Compare, Page::Pulse, Page::Admin, Page::Account];
        if let Some(page) = page.into_iter().find(|page| page.path() == path) {
            return Self::Tool(page);
        }
        // The module of the Admin page reads the rest.
        if path.starts_with("/admin/") {
            return Self::Tool(Page::Admin);
        }
        let name = path.strip_prefix("/rooms/");
        if name.is_some_and(|name| name.ends_with(SETTINGS)) {
            return Self::Tool(Page::RoomSettings);
        }
        let name = name.and_then(|name| RoomName::parse(name).ok());
        let Some(room) = name else { return Self::Start };
        let pairs = query.trim_start_matches('?').split('&');
        let at = pairs.filter_map(|pair| pair.strip_prefix("at=")).find_map(|seq| seq.parse().ok());
        Self::Room { room, at: at.map(Seq) }
    }

    /// The address of a room, or of a message in it.
    pub fn path(room: &RoomName, at: Option<Seq>) -> String {
        match at {
            Some(seq) => format!("/rooms/{room}?at={seq}"),
            None => format!("/rooms/{room}"),
        }
    }

    /// The address of a room's settings.
    pub fn settings(room: &RoomName) -> String {
        format!("/rooms/{room}{SETTINGS}")
    }

    /// The full URL of a room, or of a message in it.
    pub fn url(room: &RoomName, at: Option<Seq>) -> String {
        let origin = crate::browser::origin();
        format!("{origin}{}", Self::path(room, at))
    }

    /// Navigates to a path of the app: changes the address and emits the event of the "back" button.
    pub fn go(path: &str) {
        if set_path(path, true) {
            crate::browser::announce("popstate");
        }
    }

    /// Sets the address of a room. `push` adds an entry to the browser's history, or replaces that of an open layer.
    pub fn show(room: &RoomName, at: Option<Seq>, push: bool) {
        let path = Self::path(room, at);
        let location = crate::browser::window().location();
        let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        if here == path {
            return;
        }
        set_path(&path, push);
    }
}

/// Changes the address. `push` adds an entry to the browser's history, or replaces that of an open layer.
fn set_path(path: &str, push: bool) -> bool {
    let Ok(history) = crate::browser::window().history() else { return false };
    let changed = if push && crate::layers::depth() == 0 {
        history.push_state_with_url(&JsValue::NULL, "", Some(path))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(path))
    };
    changed.is_ok()
}
