//! The list of rooms: the followed ones with their unread counts, direct ones below, and the others that the server has listed.

mod add;
mod texts;

use add::AddRoom;
pub(crate) use add::room_of;
use shared::{RoomName, Seq, limits};
use yew::{Callback, Html, MouseEvent, Properties, classes, function_component, html};

use crate::{
    Route,
    browser::is_plain_click,
    context::{use_app, use_client},
    i18n::Locale,
    notifications::Level,
    room_label::{RoomLabel, is_gone},
};
use texts::texts;

/// What the list needs.
#[derive(Properties, PartialEq)]
pub struct ListProps {
    /// The room that is shown.
    pub room: RoomName,
    /// The user goes to a room.
    pub on_go: Callback<(RoomName, Option<Seq>)>,
}

#[derive(Clone, PartialEq)]
struct Item {
    room: RoomName,
    label: RoomLabel,
    unread: u32,
    /// There may be more.
    is_at_least: bool,
    mentioned: u32,
    muted: bool,
}

/// The list of rooms, with a form that creates or joins one.
#[function_component]
pub fn RoomList(props: &ListProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let language = locale.language;
    let (followed, others) = use_client(move |client| {
        let view = client.view();
        let item = |(room, known): (&RoomName, &shared::RoomView)| Item {
            room: room.clone(),
            label: RoomLabel::of(view, room, language),
            unread: known.unread(),
            is_at_least: known.unread_is_at_least(),
            mentioned: known.unread_mentions(),
            muted: Level::of_room(room) == Level::Nothing,
        };
        let followed: Vec<_> = view.rooms().filter(|(_, known)| !is_gone(known)).map(item).collect();
        let others = view.directory().iter().filter(|summary| view.room(&summary.room).is_none());
        let others: Vec<_> = others
            .map(|summary| Item {
                room: summary.room.clone(),
                label: RoomLabel::new(&summary.room, Some(&summary.info), view.me(), language),
                unread: summary.unread,
                is_at_least: summary.unread >= limits::UNREAD_COUNTED,
                mentioned: 0,
                muted: false,
            })
            .collect();
        (followed, others)
    });
    let row = |item: &Item| row(props, &locale, item);
    let of_kind = |direct: bool| followed.iter().filter(move |item| item.label.is_direct() == direct);
    html! {
        <nav class="rooms" aria-label={words.rooms}>
            <h2 class="list-title">{ words.rooms }</h2>
            <ul class="room-list" data-testid="room-list">{ for of_kind(false).map(row) }</ul>
            <AddRoom on_go={props.on_go.clone()} />
            if of_kind(true).next().is_some() {
                <h2 class="list-title">{ texts.direct_rooms }</h2>
                <ul class="room-list">{ for of_kind(true).map(row) }</ul>
            }
            if !others.is_empty() {
                <h2 class="list-title">{ texts.more_rooms }</h2>
                <ul class="room-list">{ for others.iter().map(row) }</ul>
            }
        </nav>
    }
}

/// A room with its unread counts.
fn row(props: &ListProps, locale: &Locale, item: &Item) -> Html {
    let texts = texts(locale.language);
    let Item { room, label, unread, is_at_least, mentioned, muted } = item;
    let current = props.room == *room;
    let onclick = {
        let (on_go, room) = (props.on_go.clone(), room.clone());
        move |event: MouseEvent| {
            if is_plain_click(&event) {
                event.prevent_default();
                on_go.emit((room.clone(), None));
            }
        }
    };
    let plus = if *is_at_least || *unread > 999 { "+" } else { "" };
    let count = format!("{}{plus}", unread.min(&999));
    html! {
        <li key={room.as_str()}>
            <a
                class={classes!("room-item", current.then_some("current"), (*unread > 0).then_some("unread"), muted.then_some("muted"))}
                href={Route::path(room, None)} {onclick} data-testid="room-item" data-room={room.as_str().to_owned()}
                aria-current={current.then_some("page")}
            >
                { label.sign(locale.words().closed_room) }
                <bdi class="room-name">{ label.text() }</bdi>
                if *mentioned > 0 {
                    <span class="mention-badge" title={texts.mentions.of(*mentioned)}>
                        <span aria-hidden="true">{ "@" }</span>
                        <span class="visually-hidden">{ texts.mentions.of(*mentioned) }</span>
                    </span>
                }
                if *unread > 0 {
                    <span class={classes!("unread-badge", muted.then_some("muted"))} data-testid="unread-badge">
                        <span aria-hidden="true">{ count }</span>
                        <span class="visually-hidden">{ texts.unread.of(*unread) }</span>
                    </span>
                }
            </a>
        </li>
    }
}
