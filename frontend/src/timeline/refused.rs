//! What a timeline shows instead of messages if the room cannot be joined: why, and how to go on.

use shared::{Refusal, RefusalCode, Role, RoomName, limits};
use yew::{Html, MouseEvent, Properties, function_component, html};

use super::texts::texts;
use crate::{acts, context::use_app, i18n::fill, storage};

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
    let room = &app.room_label(&props.room).full();
    let is_full = props.refusal.code == RefusalCode::TooManyRooms;
    let reason = if is_full {
        fill(texts.too_many_rooms, &[&limits::ROOMS_JOINED.to_string(), room])
    } else if props.refusal.code == RefusalCode::NoRoom {
        texts.no_room.to_owned()
    } else {
        fill(texts.cannot_join, &[room, &props.refusal.reason])
    };
    // The stored rooms are in the order in which they were opened.
    let is_joined = |room: &RoomName| {
        app.driver.read(|client| client.view().room(room).is_some_and(shared::RoomView::is_joined))
    };
    let oldest = storage::rooms().into_iter().find(|room| is_full && is_joined(room));
    let makes = props.refusal.code == RefusalCode::NoRoom
        && app.driver.read(|client| client.view().role() != Role::Guest);
    let label = match &oldest {
        None if makes => fill(texts.make, &[room]),
        Some(oldest) => fill(texts.leave_oldest, &[&app.room_label(oldest).full()]),
        None => texts.retry.to_owned(),
    };
    let onclick = {
        let (driver, room) = (app.driver.clone(), props.room.clone());
        move |_: MouseEvent| {
            if makes {
                return acts::make_and_join(&driver, room.clone());
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
            <button type="button" class="button primary" {onclick} data-testid="retry-join">{ label }</button>
        </div>
    }
}
