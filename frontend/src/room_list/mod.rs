//! The list of rooms: the followed ones with their unread counts, and the others that the server has listed.

mod texts;

use shared::{RoomName, Seq, limits};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::{
    Callback, Html, InputEvent, MouseEvent, Properties, SubmitEvent, classes, function_component, html,
    use_effect_with, use_mut_ref, use_node_ref, use_state,
};

use crate::{
    Route,
    browser::{is_plain_click, lower_case},
    context::{use_app, use_client},
    icon::{self, icon},
    layers::is_lost,
    notifications::Level,
};
use texts::{Texts, texts};

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
    let (followed, others) = use_client(|client| {
        let view = client.view();
        let item = |(room, known): (&RoomName, &shared::RoomView)| Item {
            room: room.clone(),
            unread: known.unread(),
            is_at_least: known.unread_is_at_least(),
            mentioned: known.unread_mentions(),
            muted: Level::of_room(room) == Level::Nothing,
        };
        let followed: Vec<_> = view.rooms().map(item).collect();
        let others = view.directory().iter().filter(|summary| view.room(&summary.room).is_none());
        let others: Vec<_> = others
            .map(|summary| Item {
                room: summary.room.clone(),
                unread: summary.unread,
                is_at_least: summary.unread >= limits::UNREAD_COUNTED,
                mentioned: 0,
                muted: false,
            })
            .collect();
        (followed, others)
    });
    let row = |item: Item| row(props, texts, &item);
    html! {
        <nav class="rooms" aria-label={words.rooms}>
            <h2 class="list-title">{ words.rooms }</h2>
            <ul class="room-list" data-testid="room-list">{ for followed.into_iter().map(row) }</ul>
            <AddRoom on_go={props.on_go.clone()} />
            if !others.is_empty() {
                <h2 class="list-title">{ texts.more_rooms }</h2>
                <ul class="room-list">{ for others.into_iter().map(row) }</ul>
            }
        </nav>
    }
}

/// A room with its unread counts.
fn row(props: &ListProps, texts: &Texts, item: &Item) -> Html {
    let Item { room, unread, is_at_least, mentioned, muted } = item;
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
                <span class="hash" aria-hidden="true">{ "#" }</span>
                <span class="room-name">{ room.as_str() }</span>
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

#[derive(Properties, PartialEq)]
struct AddProps {
    on_go: Callback<(RoomName, Option<Seq>)>,
}

/// The form that creates or joins a room.
#[function_component]
fn AddRoom(props: &AddProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let open = use_state(|| false);
    let invalid = use_state(|| false);
    let field = use_node_ref();
    let button = use_node_ref();
    let was_open = use_mut_ref(|| false);
    use_effect_with(*open, {
        let (field, button) = (field.clone(), button.clone());
        move |open| {
            // When the form is closed, the focus returns to the button, which is a new element.
            let closed = was_open.replace(*open) && !open && is_lost();
            let next = if closed { button } else { field };
            if let Some(next) = next.cast::<HtmlElement>() {
                let _ = next.focus();
            }
        }
    });
    let toggle = {
        let (open, invalid) = (open.clone(), invalid.clone());
        move |_: MouseEvent| {
            invalid.set(false);
            open.set(!*open);
        }
    };
    if !*open {
        return html! {
            <button ref={button} class="add-room" type="button" onclick={toggle} data-testid="add-room">
                { icon(icon::PLUS) }<span>{ texts.add_room }</span>
            </button>
        };
    }
    let oninput = {
        let invalid = invalid.clone();
        move |_: InputEvent| invalid.set(false)
    };
    let onkeydown = {
        let open = open.clone();
        move |event: yew::KeyboardEvent| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                open.set(false);
            }
        }
    };
    let onsubmit = {
        let on_go = props.on_go.clone();
        let (open, invalid, field) = (open.clone(), invalid.clone(), field.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            match room_of(&field.value()) {
                Some(room) => {
                    open.set(false);
                    on_go.emit((room, None));
                }
                None => invalid.set(true),
            }
        }
    };
    html! {
        <form class="room-form" {onsubmit}>
            <input
                ref={field} class="field" type="text" aria-label={words.room_name} placeholder={words.room_name}
                autocapitalize="none" autocomplete="off" spellcheck="false" maxlength="80"
                data-testid="room-field" {oninput} {onkeydown} aria-describedby="room-rules"
                aria-invalid={invalid.to_string()}
            />
            if *invalid {
                <p key="invalid" id="room-rules" class="hint error" role="alert">{ texts.room_rules }</p>
            } else {
                <p key="rules" id="room-rules" class="hint">{ texts.room_rules }</p>
            }
            <div class="buttons">
                <button class="button primary" type="submit" data-testid="room-submit">{ texts.join }</button>
                <button class="button" type="button" onclick={toggle}>{ words.cancel }</button>
            </div>
        </form>
    }
}

/// The room name for an input: without `#`, in lower case, with dashes for spaces.
pub(crate) fn room_of(text: &str) -> Option<RoomName> {
    let text = lower_case(text.trim().trim_start_matches('#'));
    RoomName::parse(&text.split_whitespace().collect::<Vec<_>>().join("-")).ok()
}
