//! A browser whose storage is full or blocked.

use frontend::{
    Driver,
    storage::{self, Problem},
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::EventInit;

use crate::fixtures::{
    all, clear_storage, driver_with, one, render_rooms, room, settled, stored, until, user,
};

/// A broken storage. Dropping it repairs the storage.
struct Broken(&'static str);

impl Broken {
    fn full() -> Self {
        run("Storage.prototype.realSetItem = Storage.prototype.setItem;
             Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };");
        Self("Storage.prototype.setItem = Storage.prototype.realSetItem;")
    }

    fn blocked() -> Self {
        run("window.realStorage = Object.getOwnPropertyDescriptor(window, 'localStorage');
             Object.defineProperty(window, 'localStorage', {
                 configurable: true, get() { throw new DOMException('blocked', 'SecurityError') },
             });");
        Self("Object.defineProperty(window, 'localStorage', window.realStorage);")
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        run(self.0);
    }
}

fn run(script: &str) {
    js_sys::eval(script).expect("the script runs");
}

/// Whether the browser would ask before it leaves the page.
fn asks_before_leaving() -> bool {
    let init = EventInit::new();
    init.set_cancelable(true);
    let leave = web_sys::Event::new_with_event_init_dict("beforeunload", &init).expect("it is an event");
    let window = web_sys::window().expect("tests run in a page");
    !window.dispatch_event(&leave).expect("it can be heard")
}

#[wasm_bindgen_test]
async fn a_full_storage_is_said_and_leaving_is_warned_of_until_there_is_space() {
    clear_storage();
    let room = room("full");
    let driver = driver_with(&room, Vec::new(), false);
    driver.sign_in(&user("ann"));
    let page = render_rooms(&driver, &room).await;
    driver.post(&room, "stored", None);
    settled().await;
    assert!(!asks_before_leaving());
    assert!(all(&page, "[data-testid='storage-notice']").is_empty());

    let full = Broken::full();
    driver.post(&room, "not stored", None);
    settled().await;
    assert_eq!(driver.unstored_posts(), 1, "the other one is stored");
    assert_eq!(
        storage::problem().map(|unstored| (unstored.problem, unstored.outbox)),
        Some((Problem::Full, true))
    );
    let notice = one(&page, "[data-testid='storage-notice']").text_content();
    let expected = "This browser's storage is full: 1 waiting message will be lost if you close this page.";
    assert_eq!(notice.as_deref(), Some(expected));
    assert!(asks_before_leaving());

    drop(full);
    driver.post(&room, "stored again", None);
    settled().await;
    assert_eq!((driver.unstored_posts(), storage::problem()), (0, None));
    assert!(all(&page, "[data-testid='storage-notice']").is_empty());
    assert!(!asks_before_leaving());
    driver.stop();
}

#[wasm_bindgen_test]
async fn what_was_not_stored_is_stored_when_there_is_space_again() {
    clear_storage();
    let driver = Driver::new("ws://127.0.0.1:9/ws?v=1");
    driver.sign_in(&user("ann"));
    let full = Broken::full();
    storage::set_draft(&room("full"), "a draft");
    driver.post(&room("full"), "a post", None);
    assert_eq!(storage::draft(&room("full")), "a draft");
    assert_eq!(stored("parlor.draft.full"), None);
    assert!(storage::problem().is_some_and(|unstored| unstored.draft));
    drop(full);
    until("all is stored", || storage::problem().is_none() && driver.unstored_posts() == 0).await;
    assert_eq!(stored("parlor.draft.full").as_deref(), Some("a draft"));
    driver.stop();
}

#[wasm_bindgen_test]
async fn without_a_storage_everything_works_until_the_page_is_closed() {
    clear_storage();
    let (one_room, other) = (room("private"), room("other"));
    let blocked = Broken::blocked();
    let driver = driver_with(&one_room, Vec::new(), false);
    driver.sign_in(&user("ann"));
    let token = shared::Token::parse("t").expect("it is a token");
    storage::set_token(&user("ann"), &token);
    let secret = storage::claim_secret();
    storage::set_draft(&one_room, "here");
    storage::set_draft(&other, "there");
    storage::set_followed(&other, true);
    assert_eq!((storage::name(), storage::token(&user("ann"))), (Some(user("ann")), Some(token)));
    assert_eq!(storage::claim_secret(), secret, "a claim can be repeated");
    assert_eq!((storage::draft(&one_room), storage::draft(&other)), ("here".into(), "there".into()));
    assert_eq!(storage::rooms(), std::slice::from_ref(&other));
    driver.post(&one_room, "not stored", None);
    assert_eq!(driver.unstored_posts(), 1);
    assert_eq!(storage::problem().map(|unstored| unstored.problem), Some(Problem::Blocked));
    driver.stop();
    drop(blocked);
    // The next test starts with nothing in memory.
    storage::retry();
    clear_storage();
}
