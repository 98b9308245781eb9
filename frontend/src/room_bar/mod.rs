//! The bar above the timeline: the room's name and topic, the connection's state, and buttons.

mod panel;
mod texts;

pub use panel::Panel;
use shared::RoomName;
use yew::{Callback, Html, MouseEvent, Properties, function_component, html};

use crate::{
    Route,
    connection::ConnectionState,
    context::{use_app, use_client, use_label},
    icon::{self, icon},
    navigation::follow,
};
use texts::texts;

/// What the bar needs.
#[derive(Properties, PartialEq)]
pub struct BarProps {
    /// The room that is shown.
    pub room: RoomName,
    /// The panel that is open beside the timeline.
    pub panel: Panel,
    /// The user opens or closes a panel.
    pub on_panel: Callback<Panel>,
    /// The user opens the drawer of rooms.
    pub on_rooms: Callback<MouseEvent>,
    /// The user leaves the room.
    pub on_leave: Callback<RoomName>,
    /// The user opens the settings.
    pub on_settings: Callback<MouseEvent>,
}

/// The bar.
#[function_component]
pub fn RoomBar(props: &BarProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let label = use_label(&props.room);
    let room = props.room.clone();
    let (count, topic) = use_client(move |client| {
        let joined = client.view().room(&room).filter(|room| room.is_joined());
        joined.map(|room| (room.members().count, room.info().topic.clone())).unzip()
    });
    let topic = topic.flatten();
    let settings_path = Route::settings(&props.room);
    let title = html! {
        <>
            <h1 class="bar-room">{ label.sign(words.closed_room) }<bdi>{ label.text() }</bdi></h1>
            if let Some(topic) = topic {
                <p class="bar-topic" dir="auto" title={topic.to_string()} data-testid="topic">{ topic.as_str() }</p>
            }
        </>
    };
    let toggle = |panel: Panel| {
        let on_panel = props.on_panel.clone();
        let next = if props.panel == panel { Panel::None } else { panel };
        move |_: MouseEvent| on_panel.emit(next)
    };
    let on_leave = {
        let (on_leave, room) = (props.on_leave.clone(), props.room.clone());
        move |_: MouseEvent| on_leave.emit(room.clone())
    };
    let members = props.panel == Panel::Members;
    let members_label = if members { words.hide_members } else { texts.show_members };
    let search = props.panel == Panel::Search;
    html! {
        <header class="bar">
            <button
                class="icon-button only-narrow" type="button"
                aria-label={texts.open_rooms} onclick={props.on_rooms.clone()}
                data-testid="open-rooms"
            >
                { icon(icon::MENU) }
            </button>
            <div class="bar-title">
                if count.is_some() {
                    <a
                        class="bar-link" href={settings_path.clone()} onclick={follow(settings_path)}
                        title={texts.room_settings} data-testid="room-settings"
                    >
                        { title }
                    </a>
                } else {
                    { title }
                }
            </div>
            <ConnectionState />
            <div class="bar-tools">
                <button
                    class="tool" type="button" onclick={toggle(Panel::Members)} aria-expanded={members.to_string()}
                    title={members_label} data-testid="toggle-members"
                >
                    { icon(icon::MEMBERS) }
                    if let Some(count) = count {
                        <span class="count" aria-hidden="true">{ count }</span>
                        <span class="visually-hidden">{ texts.here.of(count) }</span>
                    }
                    <span class="visually-hidden">{ members_label }</span>
                </button>
                <button
                    class="icon-button" type="button" onclick={toggle(Panel::Search)}
                    aria-expanded={search.to_string()} aria-label={words.search} title={words.search}
                    data-testid="toggle-search"
                >
                    { icon(icon::SEARCH) }
                </button>
                // A direct room is not left: messages of its people would not be heard of.
                if !label.is_direct() {
                    <button
                        class="icon-button" type="button" onclick={on_leave} aria-label={texts.leave_room}
                        title={texts.leave_room} data-testid="leave"
                    >
                        { icon(icon::LEAVE) }
                    </button>
                }
                <button
                    class="icon-button" type="button" onclick={props.on_settings.clone()}
                    aria-label={words.settings} title={words.settings} data-testid="settings"
                >
                    { icon(icon::SETTINGS) }
                </button>
            </div>
        </header>
    }
}
