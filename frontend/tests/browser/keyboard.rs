//! The focus is where the next key belongs, and messages are operated by keyboard.

use frontend::{Driver, storage};
use shared::{Credentials, FromServer, RoomName};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

use crate::fixtures::{
    all, document, driver_with, hear, input, message, one, render_rooms, room, settled, user,
};

/// A page with some messages of bob and one of ann, the user.
async fn page(room: &RoomName) -> (Element, Driver) {
    let mut messages: Vec<_> =
        (1..=40).map(|seq| message(room, seq, "bob", &format!("message {seq}"))).collect();
    messages.push(message(room, 41, "ann", "mine"));
    let driver = driver_with(room, messages, false);
    (render_rooms(&driver, room).await, driver)
}

/// Presses a key where the focus is. Returns whether the app has used it.
async fn press(key: &str) -> bool {
    press_with(key, |_| {}).await
}

async fn press_with(key: &str, change: impl Fn(&KeyboardEventInit)) -> bool {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    change(&init);
    let event =
        KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key can be pressed");
    let target = document().active_element().expect("something has the focus");
    let used = !target.dispatch_event(&event).expect("it can be heard");
    settled().await;
    used
}

fn focused() -> String {
    let active = document().active_element();
    let name = active
        .as_ref()
        .and_then(|active| active.get_attribute("data-seq").or_else(|| active.get_attribute("data-testid")));
    name.or_else(|| active.map(|active| active.tag_name())).unwrap_or_default()
}

fn focus(container: &Element, selector: &str) {
    let element: HtmlElement = one(container, selector).dyn_into().expect("it is of HTML");
    element.focus().expect("it can have the focus");
}

fn blur() {
    let active = document().active_element().and_then(|active| active.dyn_into::<HtmlElement>().ok());
    active.expect("something has the focus").blur().expect("it can lose it");
}

#[wasm_bindgen_test]
async fn what_is_typed_on_the_page_goes_to_the_composer() {
    let (container, _driver) = page(&room("typing")).await;
    for lost in ["body", "timeline"] {
        blur();
        if lost == "timeline" {
            focus(&container, "[data-testid=timeline]");
        }
        assert!(!press_with("h", |key| key.set_ctrl_key(true)).await);
        assert_ne!(focused(), "composer", "a shortcut of the browser");
        press(" ").await;
        assert_ne!(focused(), "composer", "a key that scrolls");
        assert!(!press("h").await, "the browser types it");
        assert_eq!(focused(), "composer", "from {lost}");
    }
    focus(&container, "[data-testid=settings]");
    press("h").await;
    assert_eq!(focused(), "settings", "a button keeps its keys");
}

#[wasm_bindgen_test]
async fn the_search_and_the_form_of_a_new_room_return_the_focus() {
    let (container, _driver) = page(&room("returning")).await;
    focus(&container, "[data-testid=composer]");
    one(&container, "[data-testid=toggle-search]").dyn_into::<HtmlElement>().expect("a button").click();
    settled().await;
    assert_eq!(focused(), "search-field");
    press("Escape").await;
    assert_eq!((focused().as_str(), all(&container, ".search").len()), ("composer", 0));

    focus(&container, "[data-testid=add-room]");
    one(&container, "[data-testid=add-room]").dyn_into::<HtmlElement>().expect("a button").click();
    settled().await;
    assert_eq!(focused(), "room-field");
    press("Escape").await;
    assert_eq!(focused(), "add-room");
    press("Escape").await;
    assert_eq!(focused(), "composer", "nothing is open");
}

#[wasm_bindgen_test]
async fn messages_are_one_tab_stop_with_arrow_keys_between_them() {
    let (container, _driver) = page(&room("rows")).await;
    let tab_stops = || all(&container, ".timeline [tabindex='0'], .timeline[tabindex='0']").len();
    assert_eq!(tab_stops(), 1);
    let inside = "article[tabindex='-1'] :is(a, button, pre):not([tabindex='-1'])";
    assert!(all(&container, inside).is_empty());

    focus(&container, "[data-testid=timeline]");
    assert!(press("ArrowUp").await);
    assert_eq!((focused().as_str(), tab_stops()), ("41", 1));
    for seq in (2..=40).rev() {
        press("ArrowUp").await;
        assert_eq!(focused(), seq.to_string());
    }
    let row = one(&container, "[data-seq='2']").get_bounding_client_rect();
    let view = one(&container, "[data-testid=timeline]").get_bounding_client_rect();
    assert!(row.top() >= view.top() && row.bottom() <= view.bottom(), "it is scrolled into view");
    press("ArrowDown").await;
    assert_eq!(focused(), "3");
    let label = one(&container, "[data-seq='3']").get_attribute("aria-label").unwrap_or_default();
    assert!(label.starts_with("bob, ") && label.ends_with("message 3"), "{label}");
    press("Escape").await;
    assert_eq!(focused(), "composer");
}

#[wasm_bindgen_test]
async fn actions_are_a_toolbar_that_enter_opens_and_escape_leaves() {
    let (container, driver) = page(&room("actions")).await;
    focus(&container, "[data-testid=timeline]");
    press("ArrowUp").await;
    press("Enter").await;
    assert_eq!(focused(), "react");
    for (key, name) in [
        ("ArrowRight", "reply"),
        ("ArrowRight", "edit"),
        ("End", "copy-link"),
        ("ArrowRight", "react"),
        ("ArrowLeft", "copy-link"),
        ("ArrowLeft", "delete"),
        ("Escape", "41"),
    ] {
        press(key).await;
        assert_eq!(focused(), name, "{key}");
    }

    // The picker: what opened it has the focus again.
    press("Enter").await;
    click_focused().await;
    assert_eq!(focused(), "emoji");
    press("ArrowDown").await;
    press("ArrowRight").await;
    press("Escape").await;
    assert_eq!((focused().as_str(), all(&container, ".picker").len()), ("react", 0));

    // The question.
    press("End").await;
    press("ArrowLeft").await;
    click_focused().await;
    assert_eq!(focused(), "delete-cancel");
    press("Escape").await;
    assert_eq!((focused().as_str(), all(&container, ".confirm").len()), ("delete", 0));
    click_focused().await;
    press("ArrowLeft").await;
    assert_eq!(focused(), "delete-confirm");
    click_focused().await;
    assert_eq!(focused(), "41");
    assert_eq!(driver.read(|client| client.pending(&room("actions")).count()), 1);

    // Reply.
    press("ArrowUp").await;
    press("Enter").await;
    press("ArrowRight").await;
    click_focused().await;
    assert_eq!(focused(), "composer");
    one(&container, "[data-testid=composer-about]");
}

/// Presses the focused button. Only real keys do that by themselves.
async fn click_focused() {
    let button = document().active_element().and_then(|active| active.dyn_into::<HtmlElement>().ok());
    button.expect("a button has the focus").click();
    settled().await;
}

#[wasm_bindgen_test]
async fn a_row_that_is_gone_gives_the_focus_to_its_neighbour() {
    let here = room("gone");
    let (container, driver) = page(&here).await;
    driver.dispatch(|client, now| {
        client.identify(Credentials::named(user("ann")), now);
        Vec::new()
    });
    driver.post(&here, "never sent", None);
    settled().await;
    focus(&container, "[data-testid=pending]");
    let id = driver.read(|client| client.pending(&here).next().map(|pending| pending.post.id.clone()));
    driver.dispatch(|client, _| {
        client.discard(&id.expect("it is pending"));
        Vec::new()
    });
    settled().await;
    assert_eq!(focused(), "41");
    hear(&driver, &[FromServer::Message(message(&here, 42, "bob", "one more"))]);
    settled().await;
    assert_eq!(focused(), "41", "it stays");
}

#[wasm_bindgen_test]
async fn the_composer_is_a_combobox_with_a_list_of_names() {
    let (container, _driver) = page(&room("combobox")).await;
    let field = one(&container, "[data-testid=composer]");
    let state = |name: &str| field.get_attribute(name).unwrap_or_default();
    assert_eq!((state("role").as_str(), state("aria-autocomplete").as_str()), ("combobox", "list"));
    assert_eq!((state("aria-expanded").as_str(), state("aria-controls").as_str()), ("false", ""));
    focus(&container, "[data-testid=composer]");
    input(&field, "@");
    settled().await;
    assert_eq!(state("aria-expanded"), "true");
    let list = one(&container, &format!("#{}", state("aria-controls")));
    assert_eq!(list.get_attribute("role").as_deref(), Some("listbox"));
    for key in ["ArrowDown", "ArrowDown", "ArrowUp"] {
        press(key).await;
        let active = one(&container, &format!("#{}", state("aria-activedescendant")));
        assert_eq!(active.get_attribute("aria-selected").as_deref(), Some("true"), "{key}");
        assert_eq!(focused(), "composer");
    }
    press("Escape").await;
    assert_eq!((state("aria-expanded").as_str(), focused().as_str()), ("false", "composer"));

    input(&field, "@b");
    settled().await;
    one(&list_of(&container), "[role=option]").dyn_into::<HtmlElement>().expect("an option").click();
    settled().await;
    assert_eq!(focused(), "composer");
    assert!(all(&container, "[role=listbox]").is_empty());

    input(&field, "@b");
    settled().await;
    press("ArrowLeft").await;
    assert!(all(&container, "[role=listbox]").is_empty(), "the caret has left the name");
}

fn list_of(container: &Element) -> Element {
    one(container, "[role=listbox]")
}

#[wasm_bindgen_test]
async fn the_focus_goes_home_when_what_had_it_is_removed() {
    storage::set_members_closed(false);
    let (container, _driver) = page(&room("removed")).await;
    focus(&container, "[data-testid=members] button");
    click_focused().await;
    assert!(all(&container, "[data-testid=members]").is_empty());
    assert_eq!(focused(), "composer");
}
