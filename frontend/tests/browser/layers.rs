//! Escape and Back close what lies on top, and the focus returns to where it was.

use shared::RoomName;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

use crate::fixtures::{all, document, driver_with, message, one, render_rooms, room, settled};

async fn page(room: &RoomName) -> Element {
    let driver = driver_with(room, vec![message(room, 1, "bob", "hello")], false);
    render_rooms(&driver, room).await
}

async fn click(container: &Element, selector: &str) {
    let button: HtmlElement = one(container, selector).dyn_into().expect("it is a button");
    button.focus().expect("it can have the focus");
    button.click();
    settled().await;
}

async fn press(key: &str, ctrl: bool) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(ctrl);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event =
        KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key can be pressed");
    let target = document().active_element().expect("something has the focus");
    target.dispatch_event(&event).expect("it can be heard");
    settled().await;
}

async fn go_back() {
    let history = web_sys::window().and_then(|window| window.history().ok()).expect("a page has a history");
    history.back().expect("there is an entry");
    settled().await;
}

fn focused() -> Option<String> {
    document().active_element()?.get_attribute("data-testid")
}

#[wasm_bindgen_test]
async fn back_closes_the_settings_and_the_focus_returns_to_their_button() {
    let container = page(&room("lobby")).await;
    click(&container, "[data-testid=settings]").await;
    assert_eq!(all(&container, "dialog").len(), 1);
    go_back().await;
    assert_eq!(all(&container, "dialog").len(), 0);
    assert_eq!(focused().as_deref(), Some("settings"));
}

#[wasm_bindgen_test]
async fn escape_closes_one_layer_and_the_history_is_as_before() {
    let container = page(&room("lobby")).await;
    one(&container, "[data-testid=composer]")
        .dyn_into::<HtmlElement>()
        .expect("a field")
        .focus()
        .expect("focus");
    assert_eq!(depth(), "0");
    press("k", true).await;
    assert_eq!((depth().as_str(), focused().as_deref()), ("1", Some("switcher-field")));
    press("Escape", false).await;
    assert_eq!(all(&container, "dialog").len(), 0);
    assert_eq!((depth().as_str(), focused().as_deref()), ("0", Some("composer")));
}

/// The number of layers at the current entry of the history, as text.
fn depth() -> String {
    let state = web_sys::window().and_then(|window| window.history().ok()?.state().ok()?.as_f64());
    state.unwrap_or_default().to_string()
}
