//! The acts of the rooms' pages. The pages of the Admin module do all others.

use serde::Serialize;
use shared::{RoomKind, RoomName, Topic, Username, json};
use yew::{Callback, platform::spawn_local};

use crate::{
    Driver,
    browser::http::{self, Failure},
    i18n::{Words, fill},
    room_label::is_gone,
};

/// An act as it is sent. [`shared::Act`] has all of them, and its code would be in the first load.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SmallAct {
    act: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Topic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Username>,
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<[Username; 1]>,
}

impl SmallAct {
    /// Makes a room.
    pub fn make_room(room: RoomName, kind: RoomKind, topic: Option<Topic>) -> Self {
        Self { act: "make_room", room: Some(room), kind: Some(kind.as_str()), topic, ..Self::default() }
    }

    /// Opens the room of the user and somebody else.
    pub fn open_direct(username: Username) -> Self {
        Self { act: "open_direct", people: Some([username]), ..Self::default() }
    }

    /// Removes somebody from a room.
    pub fn remove_member(room: RoomName, username: Username) -> Self {
        Self { act: "remove_member", room: Some(room), username: Some(username), ..Self::default() }
    }

    /// Keeps somebody out of the house.
    pub fn bar(username: Username) -> Self {
        Self { act: "bar", username: Some(username), ..Self::default() }
    }
}

/// Does an act. `done` gets the room that was made or opened, if it is an act that does that.
pub(crate) fn propose(
    driver: &Driver,
    act: &SmallAct,
    done: impl FnOnce(Result<Option<RoomName>, Failure>) + 'static,
) {
    let token = driver.read(|client| client.link().token().cloned());
    let body = serde_json::to_string(act);
    spawn_local(async move {
        let answer = match body {
            Ok(body) => http::ask("/api/acts", token.as_ref(), &body).await,
            Err(_) => Err(Failure::Unreachable),
        };
        done(answer.map(|answer| json::parse(&answer)?.object()?.optional("room").ok()?));
    });
}

/// Goes to a room, which is made if the client does not know it.
pub(crate) fn enter_or_make(driver: &Driver, room: RoomName, on_go: Callback<RoomName>) {
    if is_known(driver, &room) {
        return on_go.emit(room);
    }
    let act = SmallAct::make_room(room.clone(), RoomKind::Open, None);
    // A refusal may mean that the room exists. Then the answer to the join says whether it is open to the user.
    propose(driver, &act, move |done| on_go.emit(done.ok().flatten().unwrap_or(room)));
}

/// Makes a room that could not be joined, and joins it. `failed` gets why it could not be made.
pub(crate) fn make_and_join(driver: &Driver, room: RoomName, failed: impl FnOnce(Failure) + 'static) {
    let again = driver.clone();
    propose(driver, &SmallAct::make_room(room.clone(), RoomKind::Open, None), move |done| match done {
        Ok(_) => again.dispatch(|client, _| client.retry_join(&room)),
        Err(failure) => failed(failure),
    });
}

/// Whether the client knows that the user can enter a room.
pub(crate) fn is_known(driver: &Driver, room: &RoomName) -> bool {
    driver.read(|client| {
        let view = client.view();
        view.room(room).is_some_and(|known| !is_gone(known))
            || view.directory().iter().any(|summary| summary.room == *room)
    })
}

/// Why an act was not done, in words.
pub(crate) fn explain(failure: &Failure, words: &Words) -> String {
    match failure {
        Failure::Refused { reason, .. } => fill(words.refused, &[reason]),
        Failure::Unreachable => words.unreachable.to_owned(),
    }
}
