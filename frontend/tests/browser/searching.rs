//! The search shows results for the words and the room that are asked for, and for no others.

use shared::{Epoch, FromServer, Members, RoomInfo, RoomName, Seq};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlInputElement};

use crate::fixtures::{all, driver_with, hear, message, one, render_page, room, settled};

/// Requests are answered by this script, which notes their addresses, and finds one message with the words of the request.
const ANSWERS: &str = "globalThis.searched = [];
    globalThis.realFetch ??= globalThis.fetch;
    globalThis.fetch = path => {
        const url = new URL(path, location), words = url.searchParams.get('q');
        globalThis.searched.push(url.search);
        const message = {room: 'lobby', seq: 1, id: 'x', username: 'bob', text: `found ${words}`,
            sent_at: '2026-11-21T09:30:00.123Z'};
        return Promise.resolve(new Response(JSON.stringify({messages: [message]})));
    };";

fn run(script: &str) -> wasm_bindgen::JsValue {
    js_sys::eval(script).expect("the script runs")
}

fn searched() -> Vec<String> {
    let all: js_sys::Array = run("globalThis.searched").dyn_into().expect("it is a list");
    all.iter().filter_map(|url| url.as_string()).collect()
}

fn hits(page: &Element) -> Vec<String> {
    all(page, ".hit-text").iter().filter_map(|hit| hit.text_content()).collect()
}

async fn write(page: &Element, words: &str) {
    let field: HtmlInputElement = one(page, "[data-testid=search-field]").dyn_into().expect("a field");
    field.set_value(words);
    let init = EventInit::new();
    init.set_bubbles(true);
    let input = Event::new_with_event_init_dict("input", &init).expect("an event");
    field.dispatch_event(&input).expect("it is heard");
    settled().await;
}

async fn submit(page: &Element) {
    let init = EventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    let submit = Event::new_with_event_init_dict("submit", &init).expect("an event");
    one(page, ".search-form").dispatch_event(&submit).expect("it is heard");
    settled().await;
}

async fn click(page: &Element, name: &str) {
    one(page, &format!("[data-testid={name}]")).dyn_into::<HtmlElement>().expect("html").click();
    settled().await;
}

async fn panel(
    room: &RoomName,
) -> (Element, yew::AppHandle<crate::fixtures::InApp<frontend::rooms::RoomsPage>>) {
    run(ANSWERS);
    let driver = driver_with(room, vec![message(room, 1, "bob", "hello")], false);
    let (page, shown) = render_page(&driver, room, 600).await;
    click(&page, "toggle-search").await;
    (page, shown)
}

#[wasm_bindgen_test]
async fn results_are_for_the_words_in_the_field_and_for_the_chosen_rooms() {
    let (page, shown) = panel(&room("lobby")).await;
    write(&page, "tea").await;
    assert!(searched().is_empty(), "nothing is searched before it is submitted");
    submit(&page).await;
    assert_eq!(searched(), ["?q=tea&room=lobby"]);
    assert_eq!(hits(&page), ["found tea"]);

    click(&page, "search-everywhere").await;
    assert_eq!(searched()[1..], ["?q=tea"]);
    assert_eq!(hits(&page), ["found tea"]);

    write(&page, "teapot").await;
    assert!(hits(&page).is_empty(), "these are for other words");
    click(&page, "search-everywhere").await;
    assert_eq!(searched().len(), 2, "nothing was asked for");
    submit(&page).await;
    assert_eq!(searched()[2..], ["?q=teapot&room=lobby"]);
    assert_eq!(hits(&page), ["found teapot"]);
    run("globalThis.fetch = globalThis.realFetch");
    shown.destroy();
    page.remove();
}

#[wasm_bindgen_test]
async fn after_a_restore_the_results_are_those_of_the_server_now() {
    let lobby = room("lobby");
    run(ANSWERS);
    let driver = driver_with(&lobby, vec![message(&lobby, 1, "bob", "hello")], false);
    let (page, shown) = render_page(&driver, &lobby, 600).await;
    click(&page, "toggle-search").await;
    write(&page, "tea").await;
    submit(&page).await;
    assert_eq!((searched().len(), hits(&page).len()), (1, 1));
    let joined = FromServer::Joined {
        room: lobby,
        epoch: Epoch::parse("restored").expect("it is an epoch"),
        head: Seq::ZERO,
        resumed: false,
        messages: Vec::new(),
        context: Vec::new(),
        more: false,
        members: Members::default(),
        seen: None,
        info: RoomInfo::default(),
    };
    run("globalThis.fetch = path => (globalThis.searched.push(path),
        Promise.resolve(new Response(JSON.stringify({messages: []}))))");
    hear(&driver, &[joined]);
    settled().await;
    assert_eq!((searched().len(), hits(&page).len()), (2, 0));
    run("globalThis.fetch = globalThis.realFetch");
    shown.destroy();
    page.remove();
}
