//! The part of the settings about notifications: a switch, what of all rooms, and what of the room that is shown.

use shared::RoomName;
use web_sys::HtmlSelectElement;
use yew::{
    Callback, Event, Html, MouseEvent, Properties, TargetCast, function_component, html, use_force_update,
};

use super::{
    Level,
    desktop::{ask, can_show, is_blocked, is_on},
    texts::{Texts, texts},
};
use crate::{context::use_app, i18n::fill, storage};

#[derive(Properties, PartialEq)]
pub(crate) struct NotificationProps {
    /// The room that is shown.
    pub(crate) room: RoomName,
}

/// The settings of notifications.
#[function_component]
pub(crate) fn NotificationSettings(props: &NotificationProps) -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let label = app.room_label(&props.room).full();
    let update = use_force_update();
    let on_switch = {
        let update = update.clone();
        move |_: MouseEvent| {
            if is_on() {
                storage::set_notify(false);
            } else {
                let update = update.clone();
                ask(texts.enabled, move || update.force_update());
            }
            update.force_update();
        }
    };
    // The badges in the list of rooms and the page's title depend on it.
    let changed = Callback::from(move |()| {
        app.driver.dispatch(|_, _| Vec::new());
        update.force_update();
    });
    let on_default = {
        let changed = changed.clone();
        move |level: Option<Level>| {
            storage::set_notify_level(level.map(Level::word));
            changed.emit(());
        }
    };
    let on_room = {
        let room = props.room.clone();
        move |level: Option<Level>| {
            storage::set_notify_level_of(&room, level.map(Level::word));
            changed.emit(());
        }
    };
    let problem = match (can_show(), is_blocked()) {
        (false, _) => Some(texts.unsupported),
        (true, true) => Some(texts.blocked),
        (true, false) => None,
    };
    let in_room = fill(texts.in_room, &[&label]);
    let as_in_all = Some(texts.as_in_all_rooms);
    html! {
        <>
            <div class="setting">
                <span id="notify-label">{ texts.notify_on }</span>
                <button
                    class="switch" type="button" role="switch" aria-labelledby="notify-label"
                    aria-checked={is_on().to_string()} disabled={problem.is_some()} onclick={on_switch}
                    aria-describedby={problem.map(|_| "notify-problem")} data-testid="notify"
                >
                    <span class="knob" aria-hidden="true"></span>
                </button>
            </div>
            if let Some(problem) = problem {
                <p id="notify-problem" class="secondary" role="status">{ problem }</p>
            }
            { menu(texts, texts.in_all_rooms.to_owned(), None, Some(Level::default_level()), on_default, "notify-default") }
            { menu(texts, in_room, as_in_all, Level::own_of(&props.room), on_room, "notify-room") }
        </>
    }
}

/// A menu of levels. `unset` is the label of having no level.
fn menu(
    texts: &Texts,
    label: String,
    unset: Option<&'static str>,
    chosen: Option<Level>,
    on_level: impl Fn(Option<Level>) + 'static,
    test_id: &'static str,
) -> Html {
    let onchange = move |event: Event| {
        on_level(Level::of_word(&event.target_unchecked_into::<HtmlSelectElement>().value()));
    };
    let name = |level: Level| match level {
        Level::All => texts.level_all,
        Level::Mentions => texts.level_mentions,
        Level::Nothing => texts.level_nothing,
    };
    html! {
        <label class="setting">
            <span>{ label }</span>
            <select class="field" {onchange} data-testid={test_id}>
                if let Some(unset) = unset {
                    <option key="none" value="" selected={chosen.is_none()}>{ unset }</option>
                }
                { for Level::ALL.into_iter().map(|level| html! {
                    <option key={level.word()} value={level.word()} selected={chosen == Some(level)}>
                        { name(level) }
                    </option>
                }) }
            </select>
        </label>
    }
}
