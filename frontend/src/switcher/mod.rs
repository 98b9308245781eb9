//! The room switcher: a few letters and Enter open any room.

mod texts;

use shared::RoomName;
use web_sys::HtmlInputElement;
use yew::{
    Callback, Html, InputEvent, KeyboardEvent, MouseEvent, Properties, TargetCast, classes,
    function_component, html, use_state,
};

use crate::{
    Driver,
    browser::lower_case,
    context::use_app,
    dialog::Dialog,
    i18n::{Language, fill},
    room_label::{RoomLabel, is_gone},
    room_list::room_of,
};
use texts::texts;

/// The maximum number of rooms in the list.
const SHOWN: usize = 12;

/// What the switcher needs.
#[derive(Properties, PartialEq)]
pub struct SwitcherProps {
    /// The user goes to a room.
    pub on_go: Callback<RoomName>,
    /// The switcher is to be closed.
    pub on_close: Callback<()>,
}

/// The dialog that switches rooms.
#[function_component]
pub fn Switcher(props: &SwitcherProps) -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let words = app.locale.words();
    let typed = use_state(String::new);
    let at = use_state(|| 0_usize);
    let found = find(&app.driver, &typed, app.locale.language);
    let new = room_of(&typed).filter(|room| !found.contains(room));
    let choices: Vec<RoomName> = found.iter().cloned().chain(new.clone()).collect();
    let chosen = (*at).min(choices.len().saturating_sub(1));
    let oninput = {
        let (typed, at) = (typed.clone(), at.clone());
        move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value());
            at.set(0);
        }
    };
    let onkeydown = {
        let (at, choices, on_go) = (at.clone(), choices.clone(), props.on_go.clone());
        move |event: KeyboardEvent| {
            if event.is_composing() || event.key_code() == 229 || choices.is_empty() {
                return;
            }
            match event.key().as_str() {
                "ArrowDown" => at.set((chosen + 1) % choices.len()),
                "ArrowUp" => at.set((chosen + choices.len() - 1) % choices.len()),
                "Enter" => on_go.emit(choices[chosen].clone()),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let option = |(index, room): (usize, &RoomName)| {
        let onclick = {
            let (on_go, room) = (props.on_go.clone(), room.clone());
            move |_: MouseEvent| on_go.emit(room.clone())
        };
        let label = if new.as_ref() == Some(room) {
            fill(texts.switcher_create, &[room.as_str()])
        } else {
            app.room_label(room).full()
        };
        html! {
            <li
                key={room.as_str()} id={format!("switch-{index}")} role="option" {onclick}
                aria-selected={(index == chosen).to_string()} class={classes!((index == chosen).then_some("chosen"))}
            >
                { label }
            </li>
        }
    };
    html! {
        <Dialog title={texts.switcher} close={words.close} on_close={props.on_close.clone()}>
            <div data-testid="switcher">
                <input
                    class="field wide" type="text" role="combobox" aria-autocomplete="list" aria-controls="switch-list"
                    aria-expanded={(!choices.is_empty()).to_string()} aria-label={texts.switcher}
                    aria-activedescendant={(!choices.is_empty()).then(|| format!("switch-{chosen}"))}
                    placeholder={words.room_name} autocomplete="off" autocapitalize="none" spellcheck="false"
                    autofocus=true {oninput} {onkeydown} data-testid="switcher-field"
                />
                <ul id="switch-list" class="choices" role="listbox" aria-label={words.rooms}>
                    { for choices.iter().enumerate().map(option) }
                </ul>
                <p class="secondary" role="status">{ if choices.is_empty() { texts.switcher_none } else { "" } }</p>
            </div>
        </Dialog>
    }
}

/// The rooms whose labels contain the input: those that begin with it first; among them those with mentions, with
/// unread messages, the other followed ones, and the rest.
fn find(driver: &Driver, typed: &str, language: Language) -> Vec<RoomName> {
    let typed = lower_case(typed.trim().trim_start_matches('#'));
    driver.read(|client| {
        let view = client.view();
        // A room's class: the lower, the earlier it is listed.
        let followed = view.rooms().filter(|(_, known)| !is_gone(known));
        let followed = followed.map(|(room, known)| match (known.unread_mentions(), known.unread()) {
            (0, 0) => (2, room),
            (0, _) => (1, room),
            _ => (0, room),
        });
        let others = view.directory().iter().map(|summary| (3, &summary.room));
        let others = others.filter(|(_, room)| view.room(room).is_none());
        let place = |(class, room): (u8, _)| match lower_case(RoomLabel::of(view, room, language).text())
            .find(&typed)?
        {
            0 => Some((class, room)),
            _ => Some((class + 4, room)),
        };
        let matching: Vec<(u8, &RoomName)> = followed.chain(others).filter_map(place).collect();
        let of_class =
            |class: u8| matching.iter().filter(move |(other, _)| *other == class).map(|(_, room)| *room);
        (0..8).flat_map(of_class).take(SHOWN).cloned().collect()
    })
}
