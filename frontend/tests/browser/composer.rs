//! The composer sends finished texts only.

use frontend::{
    Driver,
    composer::{Composer, ComposerProps, Mode},
    storage,
};
use shared::RoomName;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    Element, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit, StorageEvent, StorageEventInit,
};
use yew::Callback;

use crate::fixtures::{all, driver_with, input, one, render, room, settled};

fn props(room: &RoomName) -> ComposerProps {
    ComposerProps {
        label: "#lobby".into(),
        room: room.clone(),
        mode: Mode::Write,
        is_lost: false,
        on_mode: Callback::noop(),
        on_posted: Callback::noop(),
    }
}

async fn show(driver: &Driver, room: &RoomName) -> (Element, HtmlTextAreaElement) {
    let (container, _shown) = render::<Composer>(driver, props(room)).await;
    let field = one(&container, "[data-testid=composer]").dyn_into().expect("it is a field");
    (container, field)
}

async fn press(field: &HtmlTextAreaElement, change: impl Fn(&KeyboardEventInit)) {
    let init = KeyboardEventInit::new();
    init.set_key("Enter");
    init.set_bubbles(true);
    init.set_cancelable(true);
    change(&init);
    let key =
        KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key can be pressed");
    field.dispatch_event(&key).expect("it can be heard");
    settled().await;
}

fn posted(driver: &Driver, room: &RoomName) -> Vec<String> {
    driver.read(|client| client.pending(room).map(|outgoing| outgoing.post.text.clone()).collect())
}

/// What a tab hears of another one that stores a value.
fn hear_storage(key: &str) {
    let init = StorageEventInit::new();
    init.set_key(Some(key));
    let event = StorageEvent::new_with_event_init_dict("storage", &init).expect("it is an event");
    web_sys::window().expect("a window").dispatch_event(&event).expect("it can be heard");
}

#[wasm_bindgen_test]
async fn a_draft_that_another_tab_has_sent_leaves_the_field() {
    let room = room("two-tabs");
    storage::set_draft(&room, "written in both tabs");
    let driver = driver_with(&room, Vec::new(), false);
    let (_stage, field) = show(&driver, &room).await;
    assert_eq!(field.value(), "written in both tabs");
    let key = format!("parlor.draft.{room}");

    storage::set_draft(&room, "");
    hear_storage("parlor.draft.another");
    settled().await;
    assert_eq!(field.value(), "written in both tabs", "it is another room's");
    hear_storage(&key);
    settled().await;
    assert_eq!(field.value(), "", "the other tab has sent it");

    input(&field, "typed here");
    storage::set_draft(&room, "typed there");
    hear_storage(&key);
    settled().await;
    assert_eq!(field.value(), "typed here", "what is not stored yet is not lost");
    storage::set_draft(&room, "");
}

#[wasm_bindgen_test]
async fn enter_during_a_composition_chooses_a_character_and_sends_nothing() {
    let room = room("ime");
    let driver = driver_with(&room, Vec::new(), false);
    let (_stage, field) = show(&driver, &room).await;
    input(&field, "你好");
    press(&field, |key| key.set_is_composing(true)).await;
    // Safari reports the end of the composition first, and then the key with the code 229.
    press(&field, |key| key.set_key_code(229)).await;
    assert!(posted(&driver, &room).is_empty());
    press(&field, |key| key.set_shift_key(true)).await;
    assert!(posted(&driver, &room).is_empty());
    press(&field, |_| {}).await;
    assert_eq!(posted(&driver, &room), ["你好"]);
    assert_eq!(field.value(), "");
}

#[wasm_bindgen_test]
async fn a_text_that_is_too_long_stays_with_an_explanation() {
    let room = room("too-long");
    let driver = driver_with(&room, Vec::new(), false);
    let (container, field) = show(&driver, &room).await;
    let text = "x".repeat(100 * 1024);
    input(&field, &text);
    press(&field, |_| {}).await;
    assert!(posted(&driver, &room).is_empty());
    assert_eq!(field.value().len(), text.len());
    let error = one(&container, "[data-testid=composer-error]").text_content().unwrap_or_default();
    assert!(error.contains("100 KB") && error.contains("64 KB"), "{error}");
}

#[wasm_bindgen_test]
async fn a_draft_is_restored() {
    let room = room("drafts");
    storage::set_draft(&room, "half a thought");
    let driver = driver_with(&room, Vec::new(), false);
    let (_stage, field) = show(&driver, &room).await;
    assert_eq!(field.value(), "half a thought");
    input(&field, "half a thought, and more");
    gloo_timers::future::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(storage::draft(&room), "half a thought, and more");
    press(&field, |_| {}).await;
    assert_eq!(storage::draft(&room), "");
}

#[wasm_bindgen_test]
async fn an_at_sign_suggests_matching_names() {
    let room = room("names");
    let driver = driver_with(&room, Vec::new(), false);
    let (container, field) = show(&driver, &room).await;
    input(&field, "hello @王");
    settled().await;
    assert_eq!(all(&container, "[role=option]").len(), 1);
    press(&field, |_| {}).await;
    assert_eq!(field.value(), "hello @王小明 ");
    assert!(posted(&driver, &room).is_empty());
}

#[wasm_bindgen_test]
async fn a_draft_of_another_tab_is_not_overwritten_by_a_field_that_nobody_has_touched() {
    let shared = room("two-tabs");
    let driver = driver_with(&shared, Vec::new(), false);
    let close_after = async |typed: Option<&str>| {
        storage::set_draft(&shared, "");
        let (container, shown) = render::<Composer>(&driver, props(&shared)).await;
        storage::set_draft(&shared, "from the other tab");
        if let Some(typed) = typed {
            input(&one(&container, "[data-testid=composer]"), typed);
            settled().await;
        }
        shown.destroy();
        settled().await;
        storage::draft(&shared)
    };
    assert_eq!(close_after(None).await, "from the other tab");
    assert_eq!(close_after(Some("from this tab")).await, "from this tab");
    storage::set_draft(&shared, "");
}
