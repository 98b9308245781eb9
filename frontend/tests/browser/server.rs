//! The real socket with a real server.

use frontend::Driver;
use shared::{Connection, Credentials, RoomName, Username};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::fixtures::{room, until, user};

/// The server's WebSocket URL, if there is a server.
pub(crate) fn server() -> Option<String> {
    let Some(url) = option_env!("PARLOR_TEST_URL") else {
        console_log!("SKIPPED: there is no PARLOR_TEST_URL, so nothing was tried against a server");
        return None;
    };
    Some(format!("{}/ws?v=1", url.trim_end_matches('/').replacen("http", "ws", 1)))
}

/// A name that no earlier run has claimed.
pub(crate) fn fresh(name: &str) -> String {
    format!("{name}-{}", (js_sys::Math::random() * 1e12).floor())
}

pub(crate) fn connect(url: &str, name: &Username, room: &RoomName) -> Driver {
    let driver = Driver::new(url);
    driver.dispatch(|client, _| client.enter(room));
    driver.identify(Credentials::named(name.clone()));
    driver
}

fn texts(driver: &Driver, room: &RoomName) -> Vec<String> {
    driver.read(|client| {
        let entries = client.view().room(room).map(|room| room.timeline().entries().iter().cloned());
        entries.into_iter().flatten().map(|entry| entry.message.text.clone()).collect()
    })
}

pub(crate) fn is_live(driver: &Driver) -> bool {
    driver.read(|client| client.connection() == Connection::Live)
}

#[wasm_bindgen_test]
async fn two_browsers_talk() {
    let Some(url) = server() else { return };
    let room = room(&fresh("talk"));
    let (ann, bob) = (connect(&url, &user(&fresh("ann")), &room), connect(&url, &user(&fresh("bob")), &room));
    until("both are connected", || is_live(&ann) && is_live(&bob)).await;
    ann.post(&room, "hello", None);
    until("bob sees it", || texts(&bob, &room) == ["hello"]).await;
    bob.post(&room, "你好 <b>", None);
    until("both see both", || {
        [&ann, &bob].iter().all(|driver| texts(driver, &room) == ["hello", "你好 <b>"])
    })
    .await;
    until("nothing waits", || ann.read(|client| client.link().outbox().posts().is_empty())).await;
    ann.stop();
    bob.stop();
}

#[wasm_bindgen_test]
async fn posts_written_offline_arrive_once() {
    let Some(url) = server() else { return };
    let (room, name) = (room(&fresh("offline")), user(&fresh("away")));
    let offline = Driver::new("ws://127.0.0.1:9/ws?v=1");
    offline.identify(Credentials::named(name.clone()));
    for text in ["one", "two", "three"] {
        offline.post(&room, text, None);
    }
    offline.stop();
    let back = connect(&url, &name, &room);
    until("all have arrived", || texts(&back, &room) == ["one", "two", "three"]).await;
    until("nothing waits", || back.read(|client| client.link().outbox().posts().is_empty())).await;
    back.stop();
}

#[wasm_bindgen_test]
async fn a_name_that_is_taken_is_refused_and_another_one_is_accepted() {
    let Some(url) = server() else { return };
    let (room, taken) = (room(&fresh("names")), user(&fresh("taken")));
    let first = connect(&url, &taken, &room);
    until("the first is connected", || is_live(&first)).await;
    let second = connect(&url, &taken, &room);
    until("the second is refused", || {
        second.read(|client| matches!(client.connection(), Connection::Refused(_)))
    })
    .await;
    second.identify(Credentials::named(user(&fresh("free"))));
    until("the second is let in", || is_live(&second)).await;
    first.stop();
    second.stop();
}
