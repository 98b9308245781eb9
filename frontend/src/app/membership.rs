//! Which rooms are followed, as others let the user into rooms and out of them.

use shared::{RefusalCode, RoomKind, RoomName, RoomView, View};

use super::App;
use crate::{Driver, Route, room_label::is_gone, storage};

/// What the app remembers of rooms that come and go without the user.
#[derive(Default)]
pub(super) struct Membership {
    /// Rooms that others have opened for the user, and that were followed for that. If the user leaves one, it stays left.
    opened: Vec<RoomName>,
    /// The room that is shown because nothing else was asked for.
    unasked: Option<RoomName>,
}

impl Membership {
    /// A room is shown that the user has not asked for. If it does not exist for the user, another one is shown.
    pub(super) fn nobody_asked_for(&mut self, room: &RoomName) {
        self.unasked = Some(room.clone());
    }

    /// A room that the user was let into, and that is not followed.
    fn newly_opened(&self, view: &View) -> Option<RoomName> {
        let mut summaries = view.directory().iter();
        let found = summaries.find(|summary| {
            // Messages of direct rooms are for the user. A closed room is new if nothing in it was read.
            let is_for_user = match summary.info.kind {
                RoomKind::Open => false,
                RoomKind::Closed => summary.seen.is_none(),
                RoomKind::Direct => true,
            };
            is_for_user && view.room(&summary.room).is_none() && !self.opened.contains(&summary.room)
        });
        found.map(|summary| summary.room.clone())
    }
}

/// The user goes from one room to another. What was lost is left behind, and what was lost before is tried again.
pub(super) fn leave_lost(driver: &Driver, from: &RoomName, to: &RoomName) {
    for room in [from, to] {
        if from != to && driver.read(|client| client.view().room(room).is_some_and(is_gone)) {
            storage::set_followed(room, room == to);
            driver.dispatch(|client, _| client.leave(room));
        }
    }
}

impl App {
    /// Follows the rooms that others have opened for the user, and no more those that are lost. Returns whether another room
    /// is shown.
    pub(super) fn follow_membership(&mut self) -> bool {
        let driver = self.context.driver.clone();
        while let Some(room) = driver.read(|client| self.membership.newly_opened(client.view())) {
            storage::set_followed(&room, true);
            driver.dispatch(|client, _| client.join(&room));
            self.membership.opened.push(room);
        }
        let gone: Vec<RoomName> = driver.read(|client| {
            let rooms = client.view().rooms().filter(|(_, known)| is_gone(known));
            rooms.map(|(room, _)| room.clone()).collect()
        });
        for room in gone {
            if storage::rooms().contains(&room) {
                storage::set_followed(&room, false);
            }
            // The room that is shown says what has happened to it.
            if room != self.room {
                driver.dispatch(|client, _| client.leave(&room));
            }
        }
        self.replace_unasked()
    }

    /// Shows another room if the one that nobody has asked for does not exist for this user.
    fn replace_unasked(&mut self) -> bool {
        if self.membership.unasked.as_ref() != Some(&self.room) {
            return false;
        }
        let next = self.context.driver.read(|client| {
            let view = client.view();
            let is_missing =
                |room: &RoomView| room.refusal().is_some_and(|refusal| refusal.code == RefusalCode::NoRoom);
            view.room(&self.room).filter(|room| is_missing(room))?;
            view.directory().first().map(|summary| summary.room.clone())
        });
        let Some(next) = next else { return false };
        self.membership.unasked = None;
        Route::show(&next, None, false);
        self.route = Some(Route::current());
        self.enter(next, None);
        true
    }
}
