//! A browser whose storage is full or blocked.

use parlor_e2e::{NetworkMode, TestEnvironment, test_id, wait_for};
use serde_json::json;

#[test]
fn what_a_full_storage_does_not_take_is_said_and_stored_when_there_is_space() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    environment.network.set(NetworkMode::WebSocketsDown);
    wait_for("the page to notice", || (ann.connection() != "live").then_some(()));
    ann.post("stored");
    // As full as it can be: not even one character more.
    let fill = "for (let size = 1 << 20; size > 0; size >>= 1) {
            try { for (;;) localStorage.setItem('other' + Math.random(), 'x'.repeat(size)); } catch {}
        }";
    ann.browser.run(fill, &[]);
    ann.post("not stored 1");
    ann.post("not stored 2");
    let notice = wait_for("the notice", || ann.text_of(&test_id("storage-notice")));
    let expected = "This browser's storage is full: 2 waiting messages will be lost if you close this page.";
    assert_eq!(notice, expected);
    let asks = "return !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))";
    assert_eq!(ann.browser.run(asks, &[]), json!(true), "the browser asks before it leaves the page");

    let empty = "Object.keys(localStorage).filter(key => key.startsWith('other')).forEach(key => localStorage.removeItem(key))";
    ann.browser.run(empty, &[]);
    ann.wait_without("storage-notice");
    assert_eq!(ann.browser.run(asks, &[]), json!(false));
    ann.browser.reload();
    wait_for("the posts to be there again", || (ann.pending().len() == 3).then_some(()));
    environment.network.set(NetworkMode::Normal);
    ann.wait_until_live();
    ann.wait_for_texts(&["stored", "not stored 1", "not stored 2"].map(str::to_owned));
}

#[test]
fn without_a_storage_everything_works_until_the_page_is_closed() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_out();
    let block = "Object.defineProperty(window, 'localStorage', {
            get() { throw new DOMException('blocked', 'SecurityError') },
        })";
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": block }));
    ann.browser.reload();
    ann.sign_in_as("Ann");
    ann.wait_until_live();
    let notice = wait_for("the notice", || ann.text_of(&test_id("storage-notice")));
    assert_eq!(
        notice,
        "This browser stores nothing for this page: your name will be lost if you close this page."
    );
    ann.post("hello");
    ann.wait_for_message("hello");
    ann.to_composer();
    ann.browser.type_keys("a draft");
    ann.go_to_room("kitchen");
    assert_eq!(ann.draft(), "");
    ann.go_to_room("lobby");
    assert_eq!(ann.draft(), "a draft");
    environment.network.set(NetworkMode::WebSocketsDown);
    wait_for("the page to notice", || (ann.connection() != "live").then_some(()));
    ann.browser.run("document.querySelector(\"[data-testid='composer']\").select()", &[]);
    ann.browser.type_keys("waits");
    ann.send();
    let lost =
        "This browser stores nothing for this page: 1 waiting message will be lost if you close this page.";
    wait_for("the notice", || ann.text_of(&test_id("storage-notice")).filter(|notice| notice == lost));
    environment.network.set(NetworkMode::Normal);
    ann.wait_until_live();
    ann.wait_for_texts(&["hello", "waits"].map(str::to_owned));
}
