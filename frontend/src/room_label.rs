//! What a room is called where people see it. The name of a direct room is random: it is called after its people. That of a
//! closed room has a random suffix, which is left out.

use shared::{RoomInfo, RoomKind, RoomName, Username, View};
use yew::{Html, html};

use crate::icon::{self, icon};

/// What a room is called, and of which kind it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLabel {
    kind: RoomKind,
    text: String,
}

impl RoomLabel {
    /// The label of a room, as far as the client knows it.
    pub fn of(view: &View, room: &RoomName) -> Self {
        let listed = || view.directory().iter().find(|summary| summary.room == *room);
        // Before it is joined, a room that was opened by its address has only its name.
        let info = match view.room(room) {
            Some(known) if known.is_joined() => Some(known.info()),
            known => listed().map(|summary| &summary.info).or(known.map(shared::RoomView::info)),
        };
        Self::new(room, info, view.me())
    }

    /// The label of a room of which this is known.
    pub fn new(room: &RoomName, info: Option<&RoomInfo>, me: Option<&Username>) -> Self {
        let kind = info.map_or(RoomKind::Open, |info| info.kind);
        let people = info.map_or(&[][..], |info| info.people.as_slice());
        let others: Vec<&str> =
            people.iter().filter(|name| Some(*name) != me).map(Username::as_str).collect();
        let text = match kind {
            _ if !others.is_empty() => others.join(", "),
            RoomKind::Closed => shared::house::without_suffix(room).to_owned(),
            _ => room.as_str().to_owned(),
        };
        Self { kind, text }
    }

    /// Of which kind the room is.
    pub fn kind(&self) -> RoomKind {
        self.kind
    }

    /// Whether it is a room of two to eight people, who are fixed.
    pub fn is_direct(&self) -> bool {
        self.kind == RoomKind::Direct
    }

    /// What the room is called, without a sign before it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the room is called in a sentence: `#lobby`, or the people of a direct room.
    pub fn full(&self) -> String {
        let sign = if self.is_direct() { "" } else { "#" };
        format!("{sign}{}", self.text)
    }

    /// The sign before the text: what kind of room it is. `closed` is the word for screen readers.
    pub(crate) fn sign(&self, closed: &'static str) -> Html {
        match self.kind {
            RoomKind::Open => html! { <span class="hash" aria-hidden="true">{ "#" }</span> },
            RoomKind::Closed => html! {
                <span class="hash" title={closed} data-testid="closed-room">
                    { icon(icon::LOCK) }<span class="visually-hidden">{ closed }</span>
                </span>
            },
            RoomKind::Direct => {
                html! { <span class="hash" data-testid="direct-room">{ icon(icon::PERSON) }</span> }
            }
        }
    }
}

/// Whether a room is not the user's to read any more, or never was.
pub(crate) fn is_gone(room: &shared::RoomView) -> bool {
    let is_refused = || room.refusal().is_some_and(|refusal| refusal.code == shared::RefusalCode::NoRoom);
    room.left_because().is_some() || (!room.is_joined() && is_refused())
}
