//! The form that makes or joins a room.

use shared::{Role, RoomKind, RoomName, Seq, Topic};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::{
    AttrValue, Callback, Html, InputEvent, KeyboardEvent, MouseEvent, Properties, SubmitEvent,
    function_component, html, use_effect_with, use_mut_ref, use_node_ref, use_state,
};

use super::texts::texts;
use crate::{
    acts::{self, SmallAct},
    browser::lower_case,
    context::{use_app, use_client},
    icon::{self, icon},
    layers::is_lost,
};

#[derive(Properties, PartialEq)]
pub(super) struct AddProps {
    pub(super) on_go: Callback<(RoomName, Option<Seq>)>,
}

/// The form that makes or joins a room.
#[function_component]
pub(super) fn AddRoom(props: &AddProps) -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let words = app.locale.words();
    let is_guest = use_client(|client| client.view().role() == Role::Guest);
    let open = use_state(|| false);
    let error = use_state(|| None::<AttrValue>);
    let (field, topic, closed) = (use_node_ref(), use_node_ref(), use_node_ref());
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
    // Guests make no rooms, and those that they can join are listed.
    if is_guest {
        return Html::default();
    }
    let toggle = {
        let (open, error) = (open.clone(), error.clone());
        move |_: MouseEvent| {
            error.set(None);
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
        let error = error.clone();
        Callback::from(move |_: InputEvent| error.set(None))
    };
    let onkeydown = {
        let open = open.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                open.set(false);
            }
        }
    };
    let onsubmit = {
        let (on_go, driver) = (props.on_go.clone(), app.driver.clone());
        let (open, error) = (open.clone(), error.clone());
        let (field, topic, closed) = (field.clone(), topic.clone(), closed.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let input = |node: &yew::NodeRef| node.cast::<HtmlInputElement>();
            let Some(room) = input(&field).and_then(|field| room_of(&field.value())) else {
                return error.set(Some(AttrValue::Static(texts.room_rules)));
            };
            let topic = input(&topic).map(|topic| topic.value()).unwrap_or_default();
            let topic = match topic.trim() {
                "" => None,
                topic => match Topic::parse(topic) {
                    Ok(topic) => Some(topic),
                    Err(_) => return error.set(Some(AttrValue::Static(texts.topic_rules))),
                },
            };
            let is_closed = input(&closed).is_some_and(|closed| closed.checked());
            let (open, error, on_go) = (open.clone(), error.clone(), on_go.clone());
            if !is_closed && topic.is_none() {
                let entered = Callback::from(move |room| {
                    open.set(false);
                    on_go.emit((room, None));
                });
                return acts::enter_or_make(&driver, room, entered);
            }
            if acts::is_known(&driver, &room) {
                return error.set(Some(AttrValue::Static(texts.exists)));
            }
            let kind = if is_closed { RoomKind::Closed } else { RoomKind::Open };
            acts::propose(&driver, &SmallAct::make_room(room.clone(), kind, topic), move |done| match done {
                Ok(made) => {
                    open.set(false);
                    on_go.emit((made.unwrap_or(room), None));
                }
                Err(failure) => error.set(Some(acts::explain(&failure, words).into())),
            });
        }
    };
    html! {
        <form class="room-form" {onsubmit} {onkeydown}>
            <input
                ref={field} class="field" type="text" aria-label={words.room_name} placeholder={words.room_name}
                autocapitalize="none" autocomplete="off" spellcheck="false" maxlength="80"
                data-testid="room-field" oninput={&oninput} aria-describedby="room-rules"
                aria-invalid={error.is_some().to_string()}
            />
            if let Some(error) = &*error {
                <p key="invalid" id="room-rules" class="hint error" role="alert" data-testid="room-error">{ error }</p>
            } else {
                <p key="rules" id="room-rules" class="hint">{ texts.room_rules }</p>
            }
            <input
                ref={topic} class="field" type="text" dir="auto" aria-label={texts.topic} placeholder={texts.topic}
                maxlength="200" {oninput} data-testid="room-topic"
            />
            <label class="check">
                <input ref={closed} type="checkbox" data-testid="room-closed" />
                { texts.closed }
            </label>
            <div class="buttons">
                <button class="button primary" type="submit" data-testid="room-submit">{ words.enter }</button>
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
