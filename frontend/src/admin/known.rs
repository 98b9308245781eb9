//! The rooms and the people that the user may know: what rooms are called, and what is offered where names are written.

use std::rc::Rc;

use shared::{
    Role, RoomInfo, RoomKind, RoomName, RoomSummary, Username,
    house::{Me, People, Rooms, is_direct_name, without_suffix},
};
use web_sys::HtmlInputElement;
use yew::{Callback, Html, InputEvent, TargetCast, UseStateHandle, hook, html, use_callback, use_state_eq};

use super::{
    context::{AdminContext, use_admin},
    loaded::use_pages_if,
    words::kind_name,
};
use crate::{
    Locale,
    i18n::Language,
    room_label::{RoomLabel, has_suffix},
};

/// The rooms that the user may know, as far as they are loaded. Cheap to clone.
#[derive(Clone, PartialEq)]
pub(super) struct KnownRooms {
    pages: Rc<[Rc<Rooms>]>,
    me: Rc<Me>,
    language: Language,
}

/// The people that the user may know.
#[derive(PartialEq)]
pub(super) struct KnownPeople {
    names: Vec<Username>,
    is_complete: bool,
}

/// Where the rooms are listed that the user may know. Owners see closed and archived ones, too.
pub(super) fn rooms_path(me: &Me) -> &'static str {
    if me.role == Role::Owner { "/api/rooms?all=true" } else { "/api/rooms" }
}

/// What the address of the page after one has more.
pub(super) fn next_rooms(page: &Rooms) -> Option<String> {
    let last = page.rooms.last().filter(|_| page.more)?;
    Some(format!("&after={}", last.room))
}

/// What the address of the page after one has more.
pub(super) fn next_people(page: &People) -> Option<String> {
    let last = page.people.last().filter(|_| page.more)?;
    Some(format!("?after={}", js_sys::encode_uri_component(last.username.as_str())))
}

/// Loads the rooms that the user may know: the first page of them, which has them all in most houses.
#[hook]
pub(super) fn use_rooms() -> KnownRooms {
    let AdminContext { me, locale, .. } = use_admin();
    let loaded = use_pages_if(Some(rooms_path(&me).to_owned()), next_rooms);
    KnownRooms { pages: loaded.pages, me, language: locale.language }
}

/// Loads the people, for those who may see all of them: the first page.
#[hook]
pub(super) fn use_people() -> KnownPeople {
    let is_known = use_admin().me.role.moderates();
    let loaded = use_pages_if(is_known.then(|| "/api/people".to_owned()), next_people);
    let people = loaded.pages.iter().flat_map(|page| &page.people);
    KnownPeople {
        names: people.map(|person| person.username.clone()).collect(),
        is_complete: !loaded.pages.is_empty() && !loaded.has_more,
    }
}

impl KnownRooms {
    fn all(&self) -> impl Iterator<Item = &RoomSummary> {
        self.pages.iter().flat_map(|page| &page.rooms)
    }

    /// What a room is called. The kind of one that is not known is read from its name.
    pub(super) fn label(&self, room: &RoomName) -> RoomLabel {
        let known = self.all().find(|summary| summary.room == *room);
        known.map_or_else(
            || label_by_name(room, self.language),
            |known| RoomLabel::new(room, Some(&known.info), Some(&self.me.username), self.language),
        )
    }

    /// What a room is called in a record. A direct room keeps its name there: its people may be gone.
    pub(super) fn recorded(&self, room: &RoomName) -> String {
        let label = self.label(room);
        if label.is_direct() { room.to_string() } else { label.text().to_owned() }
    }

    /// The room that somebody means who writes a name: a closed one may be written without its suffix, if it is the only one.
    pub(super) fn meant(&self, written: RoomName) -> RoomName {
        if self.all().any(|summary| summary.room == written) {
            return written;
        }
        let is_meant = |summary: &&RoomSummary| {
            summary.info.kind == RoomKind::Closed
                && !summary.info.archived
                && without_suffix(&summary.room) == written.as_str()
        };
        let mut meant = self.all().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(only), None) => only.room.clone(),
            _ => written,
        }
    }

    /// How a room is written in a field: without its suffix, if it is known what is meant.
    pub(super) fn written<'r>(&self, room: &'r RoomName) -> &'r str {
        let short = without_suffix(room);
        let is_clear = RoomName::parse(short).is_ok_and(|short| self.meant(short) == *room);
        if is_clear { short } else { room.as_str() }
    }

    /// What is offered in a field for rooms, for its attribute `list`. `before` are the rooms that are in the field already.
    pub(super) fn offered(&self, id: impl Into<yew::AttrValue>, before: &str) -> Html {
        let can_be_meant =
            |summary: &&RoomSummary| summary.info.kind != RoomKind::Direct && !summary.info.archived;
        let option = |summary: &RoomSummary| {
            let text = self.written(&summary.room);
            html! { <option key={summary.room.as_str()} value={format!("{before}{text}")} /> }
        };
        html! { <datalist id={id.into()}>{ for self.all().filter(can_be_meant).map(option) }</datalist> }
    }
}

impl KnownPeople {
    /// Whether it is known that nobody has this name.
    pub(super) fn lack(&self, username: &Username) -> bool {
        self.is_complete && !self.names.contains(username)
    }

    /// What is offered in a field for a name, for its attribute `list`.
    pub(super) fn offered(&self, id: &'static str) -> Html {
        let option = |name: &Username| html! { <option key={name.as_str()} value={name.to_string()} /> };
        html! { <datalist {id}>{ for self.names.iter().map(option) }</datalist> }
    }
}

/// The rooms that are in a field for several already, and what hears of a change of the field.
#[hook]
pub(super) fn use_before() -> (UseStateHandle<String>, Callback<InputEvent>) {
    let before = use_state_eq(String::new);
    let oninput = use_callback(before.clone(), |event: InputEvent, before| {
        let written = event.target_unchecked_into::<HtmlInputElement>().value();
        before.set(before_last(&written).to_owned());
    });
    (before, oninput)
}

/// The part of a field for several rooms before the one that is being written.
fn before_last(written: &str) -> &str {
    let end = written.rfind([',', ' ', '、', '，']);
    let after = |at: usize| at + written[at..].chars().next().map_or(0, char::len_utf8);
    &written[..end.map_or(0, after)]
}

/// What a room is called of which only the name is known.
pub(super) fn label_by_name(room: &RoomName, language: Language) -> RoomLabel {
    let kind = if is_direct_name(room.as_str()) {
        RoomKind::Direct
    } else if has_suffix(room) {
        RoomKind::Closed
    } else {
        RoomKind::Open
    };
    RoomLabel::new(room, Some(&RoomInfo { kind, ..RoomInfo::default() }), None, language)
}

/// What a room is called, after the sign of its kind.
pub(super) fn room_html(label: &RoomLabel, locale: &Locale) -> Html {
    html! {
        <span class="room-label">
            { label.sign(kind_name(RoomKind::Closed, locale)) }<bdi>{ label.text().to_owned() }</bdi>
        </span>
    }
}
