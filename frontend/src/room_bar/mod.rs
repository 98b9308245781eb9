//! The bar above the timeline: the room's name, the connection state, and buttons.

mod panel;

use gloo_timers::callback::Interval;
use shared::{Connection, RoomName};
use yew::{
    Callback, Html, MouseEvent, NodeRef, Properties, function_component, html, use_effect_with,
    use_force_update,
};

use crate::{
    Driver, Locale,
    icon::{self, icon},
};

pub use panel::Panel;

/// What the bar needs.
pub struct Bar {
    /// The source of all data.
    pub driver: Driver,
    /// The language.
    pub locale: Locale,
    /// Increases with every change.
    pub version: u64,
    /// The room that is shown.
    pub room: RoomName,
    /// The panel that is open beside the timeline.
    pub panel: Panel,
    /// The user opens or closes a panel.
    pub on_panel: Callback<Panel>,
    /// The user opens the drawer of rooms.
    pub on_rooms: Callback<MouseEvent>,
    /// The button that opens it.
    pub rooms_button: NodeRef,
    /// The user leaves the room.
    pub on_leave: Callback<RoomName>,
    /// The user opens the settings.
    pub on_settings: Callback<MouseEvent>,
}

/// Renders the bar.
pub fn bar(props: &Bar) -> Html {
    let texts = props.locale.texts();
    let count = props.driver.read(|client| {
        client.view().room(&props.room).filter(|room| room.is_joined()).map(|room| room.members().count)
    });
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
    let members_label = if members { texts.hide_members } else { texts.show_members };
    let search = props.panel == Panel::Search;
    html! {
        <header class="bar">
            <button
                ref={props.rooms_button.clone()} class="icon-button only-narrow" type="button"
                aria-label={texts.open_rooms} onclick={props.on_rooms.clone()}
                data-testid="open-rooms"
            >
                { icon(icon::MENU) }
            </button>
            <h1 class="bar-room"><span class="hash" aria-hidden="true">{ "#" }</span>{ props.room.as_str() }</h1>
            <ConnectionState driver={props.driver.clone()} locale={props.locale.clone()} version={props.version} />
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
                    aria-expanded={search.to_string()} aria-label={texts.search} title={texts.search}
                    data-testid="toggle-search"
                >
                    { icon(icon::SEARCH) }
                </button>
                <button
                    class="icon-button" type="button" onclick={on_leave} aria-label={texts.leave_room}
                    title={texts.leave_room} data-testid="leave"
                >
                    { icon(icon::LEAVE) }
                </button>
                <button
                    class="icon-button" type="button" onclick={props.on_settings.clone()}
                    aria-label={texts.settings} title={texts.settings} data-testid="settings"
                >
                    { icon(icon::SETTINGS) }
                </button>
            </div>
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct StateProps {
    driver: Driver,
    locale: Locale,
    version: u64,
}

/// The connection state in words, and the number of pending posts.
#[function_component]
fn ConnectionState(props: &StateProps) -> Html {
    let texts = props.locale.texts();
    let update = use_force_update();
    let (connection, waiting) = props.driver.read(|client| {
        let unsent = client.link().outbox().posts().iter().filter(|outgoing| {
            !matches!(
                outgoing.progress,
                shared::link::Progress::Failed(_) | shared::link::Progress::Stored(_)
            )
        });
        (client.connection(), u32::try_from(unsent.count()).unwrap_or(u32::MAX))
    });
    let retry_at = match connection {
        Connection::Waiting { retry_at } => Some(retry_at),
        _ => None,
    };
    // Updates the seconds of the countdown.
    use_effect_with(retry_at.is_some(), move |waits| {
        let ticks = waits.then(|| Interval::new(500, move || update.force_update()));
        move || drop(ticks)
    });
    let (state, label) = match &connection {
        Connection::Live => ("live", texts.live.to_owned()),
        Connection::Connecting => ("connecting", texts.connecting.to_owned()),
        Connection::Refused(_) => ("refused", texts.refused.to_owned()),
        Connection::Stopped => ("offline", texts.connecting.to_owned()),
        Connection::Waiting { retry_at } => {
            let seconds = retry_at.saturating_sub(props.driver.now()).div_ceil(1000);
            ("offline", texts.offline.of(seconds))
        }
    };
    let on_retry = {
        let driver = props.driver.clone();
        move |_: MouseEvent| driver.retry_connection()
    };
    // Screen readers announce a change of the state, not each second.
    let spoken = if retry_at.is_some() { texts.offline.of(0_u32) } else { label.clone() };
    let spoken = spoken.split('·').next().unwrap_or_default().trim().to_owned();
    html! {
        <div class="connection" data-testid="connection" data-state={state}>
            <span class="status-dot" aria-hidden="true"></span>
            <span class="connection-label" aria-hidden="true">{ label }</span>
            <span class="visually-hidden" role="status">{ spoken }</span>
            if retry_at.is_some() {
                <button class="link-button" type="button" onclick={on_retry} data-testid="retry-now">
                    { texts.retry_now }
                </button>
            }
            if waiting > 0 && connection != Connection::Live {
                <span class="waiting" data-testid="waiting">{ texts.waiting_posts.of(waiting) }</span>
            }
        </div>
    }
}
