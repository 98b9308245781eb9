//! What a room is called where people see it. The name of a direct room is random: it is called after its people. That of a
//! closed room has a random suffix, which is left out.

use shared::{
    RoomInfo, RoomKind, RoomName, Username, View,
    house::{is_direct_name, without_suffix},
};
use yew::{Html, html};

use crate::{
    author,
    i18n::Language,
    icon::{self, icon},
};

/// What a room is called, and of which kind it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLabel {
    kind: RoomKind,
    text: String,
    is_deserted: bool,
}

impl RoomLabel {
    /// The label of a room, as far as the client knows it.
    pub fn of(view: &View, room: &RoomName, language: Language) -> Self {
        let listed = || view.directory().iter().find(|summary| summary.room == *room);
        // Before it is joined, a room that was opened by its address has only its name.
        let info = match view.room(room) {
            Some(known) if known.is_joined() => Some(known.info()),
            known => listed().map(|summary| &summary.info).or(known.map(shared::RoomView::info)),
        };
        let label = Self::new(room, info, view.me(), language);
        // Of a room that is gone only the name is known, which tells whether it was a closed one.
        if has_suffix(room) && view.room(room).is_some_and(is_gone) {
            return Self { kind: RoomKind::Closed, text: without_suffix(room).to_owned(), ..label };
        }
        label
    }

    /// The label of a room of which this is known.
    pub fn new(room: &RoomName, info: Option<&RoomInfo>, me: Option<&Username>, language: Language) -> Self {
        let kind = info.map_or(RoomKind::Open, |info| info.kind);
        let people = info.map_or(&[][..], |info| info.people.as_slice());
        let others: Vec<&str> =
            people.iter().filter(|name| Some(*name) != me).map(Username::as_str).collect();
        // A direct room has always had others.
        let is_deserted = kind == RoomKind::Direct && others.is_empty();
        let text = match kind {
            _ if !others.is_empty() => others.join(", "),
            RoomKind::Open => room.as_str().to_owned(),
            RoomKind::Closed => without_suffix(room).to_owned(),
            RoomKind::Direct => author::deleted(language).to_owned(),
        };
        Self { kind, text, is_deserted }
    }

    /// Of which kind the room is.
    pub fn kind(&self) -> RoomKind {
        self.kind
    }

    /// Whether it is a room of two to eight people, who are fixed.
    pub fn is_direct(&self) -> bool {
        self.kind == RoomKind::Direct
    }

    /// Whether it is a direct room whose other people have deleted their accounts.
    pub fn is_deserted(&self) -> bool {
        self.is_deserted
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

/// Whether a room's name has the suffix that the server draws for a closed room.
pub(crate) fn has_suffix(room: &RoomName) -> bool {
    !is_direct_name(room.as_str()) && without_suffix(room) != room.as_str()
}

/// Whether a room is not the user's to read any more, or never was.
pub(crate) fn is_gone(room: &shared::RoomView) -> bool {
    let is_refused = || room.refusal().is_some_and(|refusal| refusal.code == shared::RefusalCode::NoRoom);
    room.left_because().is_some() || (!room.is_joined() && is_refused())
}
