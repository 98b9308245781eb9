//! Which of the module's pages an address names.

use shared::{RoomName, house::Me};

use crate::{
    Route,
    browser::window,
    navigation::{Page, Part},
    on_demand::Module,
};

/// A page of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The Admin page itself: what its parts are, and what happened last.
    Overview,
    /// A part of the Admin page.
    Part(Part),
    /// The user's own account.
    Account,
    /// A room's settings.
    Room(RoomName),
    /// The address names nothing.
    Unknown,
}

impl Place {
    /// The page of the current address, if it is the module's.
    pub(super) fn current() -> Option<Self> {
        let Route::Tool(page) = Route::current() else { return None };
        (page.module() == Some(Module::Admin))
            .then(|| Self::parse(&window().location().pathname().unwrap_or_default()))
    }

    /// The page of a path.
    pub fn parse(path: &str) -> Self {
        let path = path.trim_end_matches('/');
        if path == Page::Admin.path() {
            return Self::Overview;
        }
        if path == Page::Account.path() {
            return Self::Account;
        }
        if let Some(part) = Part::ALL.into_iter().find(|part| part.path() == path) {
            return Self::Part(part);
        }
        let room = path.strip_prefix("/rooms/").and_then(|rest| rest.strip_suffix(Page::RoomSettings.path()));
        room.and_then(|room| RoomName::parse(room).ok()).map_or(Self::Unknown, Self::Room)
    }

    /// Whether the server shows this page to somebody. A room's settings it may still refuse.
    pub(super) fn is_for(&self, me: &Me) -> bool {
        match self {
            Self::Overview => me.role.moderates(),
            Self::Part(part) => part.is_for(me),
            Self::Account | Self::Room(_) | Self::Unknown => true,
        }
    }

    /// The page in the page bar that it belongs to. Who does not keep order comes to their invitations from the account.
    pub(super) fn page(&self, me: Option<&Me>) -> Page {
        match self {
            Self::Part(Part::Invitations) if me.is_some_and(|me| !me.role.moderates()) => Page::Account,
            Self::Overview | Self::Part(_) | Self::Unknown => Page::Admin,
            Self::Account => Page::Account,
            Self::Room(_) => Page::RoomSettings,
        }
    }
}
