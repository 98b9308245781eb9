//! What a timeline shows instead of messages if the room cannot be joined: why, and how to go on.

use shared::{
    Refusal, RefusalCode, Role, RoomKind, RoomName, RoomSummary, View, house::is_direct_name, limits,
};
use yew::{Html, MouseEvent, Properties, function_component, html, use_state};

use super::texts::texts;
use crate::{
    Route, acts,
    context::{use_app, use_client},
    i18n::{Language, Locale, fill},
    navigation::follow,
    room_label::{RoomLabel, has_suffix, is_gone},
    storage,
};

/// What the component needs.
#[derive(Properties, PartialEq)]
pub(crate) struct RefusedProps {
    pub(crate) room: RoomName,
    pub(crate) refusal: Refusal,
}

/// Why a room cannot be joined, with a button that leads on.
#[function_component]
pub(crate) fn Refused(props: &RefusedProps) -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let words = app.locale.words();
    let error = use_state(|| None::<String>);
    let here = props.room.clone();
    let (role, other) = use_client(move |client| {
        let view = client.view();
        (view.role(), other_room(view, &here).cloned())
    });
    let room = &app.room_label(&props.room).full();
    let is_missing = props.refusal.code == RefusalCode::NoRoom;
    if is_missing && role == Role::Guest && other.is_none() {
        return html! {
            <div class="cannot-join" role="status" data-testid="no-rooms"><p>{ texts.no_rooms }</p></div>
        };
    }
    let is_full = props.refusal.code == RefusalCode::TooManyRooms;
    let reason = if is_full {
        fill(texts.too_many_rooms, &[&limits::ROOMS_JOINED.to_string(), room])
    } else if is_missing {
        texts.no_room.to_owned()
    } else {
        fill(texts.cannot_join, &[room, &props.refusal.reason])
    };
    // The stored rooms are in the order in which they were opened.
    let is_joined = |room: &RoomName| {
        app.driver.read(|client| client.view().room(room).is_some_and(shared::RoomView::is_joined))
    };
    let oldest = storage::rooms().into_iter().find(|room| is_full && is_joined(room));
    let is_direct = is_direct_name(props.room.as_str());
    // The server draws the names of direct rooms and the suffixes of closed ones.
    let may_make = is_missing && role != Role::Guest && !is_direct && !has_suffix(&props.room);
    // Whoever could not make it, as a room whose name was another's before, is not asked again.
    let makes = may_make && error.is_none();
    // Owners are in no closed room by themselves, but may add themselves in its settings.
    let may_add_self = is_missing && role == Role::Owner && !is_direct;
    let label = match &oldest {
        None if makes => fill(texts.make, &[room]),
        Some(oldest) => fill(texts.leave_oldest, &[&app.room_label(oldest).full()]),
        None => texts.retry.to_owned(),
    };
    let onclick = {
        let (driver, room, error) = (app.driver.clone(), props.room.clone(), error.clone());
        move |_: MouseEvent| {
            if makes {
                let error = error.clone();
                return acts::make_and_join(&driver, room.clone(), move |failure| {
                    error.set(Some(acts::explain(&failure, words)));
                });
            }
            if let Some(oldest) = &oldest {
                storage::set_followed(oldest, false);
                driver.dispatch(|client, _| client.leave(oldest));
            }
            driver.dispatch(|client, _| client.retry_join(&room));
        }
    };
    html! {
        <div class="cannot-join" role="alert" data-testid="cannot-join">
            <p>{ reason }</p>
            if may_add_self {
                { see_settings(&props.room, texts.see_settings) }
            }
            <button type="button" class="button primary" {onclick} data-testid="retry-join">{ label }</button>
            if let Some(other) = other.filter(|_| is_missing) {
                { go_to(&other, &app.room_label(&other), app.locale.language, "button") }
            }
            if let Some(error) = &*error {
                <p class="error" data-testid="make-error">{ error }</p>
            }
        </div>
    }
}

/// What is shown in a room that the user is not in any more, with a button that leads to another one.
pub(super) fn left(locale: &Locale, view: &View, room: &RoomName) -> Html {
    let texts = texts(locale.language);
    let way_on = match other_room(view, room) {
        Some(other) => {
            go_to(other, &RoomLabel::of(view, other, locale.language), locale.language, "button primary")
        }
        None => html! { <p>{ texts.no_rooms }</p> },
    };
    let may_add_self = view.role() == Role::Owner && !is_direct_name(room.as_str());
    html! {
        <div class="cannot-join" role="alert" data-testid="left-room">
            <p>{ texts.left }</p>
            if may_add_self {
                { see_settings(room, texts.see_settings) }
            }
            { way_on }
        </div>
    }
}

/// The link to the settings of a room that an owner does not read.
fn see_settings(room: &RoomName, text: &'static str) -> Html {
    let path = Route::settings(room);
    html! { <a href={path.clone()} onclick={follow(path)} data-testid="see-settings">{ text }</a> }
}

/// A button that leads to another room.
fn go_to(room: &RoomName, label: &RoomLabel, language: Language, class: &'static str) -> Html {
    let text = fill(texts(language).go_to, &[&label.full()]);
    html! {
        <button type="button" {class} onclick={follow(Route::path(room, None))} data-testid="other-room">{ text }</button>
    }
}

/// Another room that the user can read and post in: the one with the newest message, a followed one before others.
fn other_room<'v>(view: &'v View, room: &RoomName) -> Option<&'v RoomName> {
    let is_followed =
        |name: &RoomName| view.room(name).is_some_and(|known| known.is_joined() && !is_gone(known));
    let is_alive = |summary: &&RoomSummary| {
        let RoomSummary { room: name, info, .. } = summary;
        *name != *room && !info.archived && (info.kind != RoomKind::Direct || info.people.len() > 1)
    };
    let mut alive = view.directory().iter().filter(is_alive).map(|summary| &summary.room);
    // The list may be longer than what the server sends of it.
    let followed = || view.rooms().map(|(name, _)| name).find(|name| *name != room && is_followed(name));
    alive.clone().find(|name| is_followed(name)).or_else(|| alive.next()).or_else(followed)
}
