//! The keyboard, and input methods.

use parlor_e2e::{Key, TestEnvironment, test_id, wait_for};
use serde_json::json;

#[test]
fn shift_enter_starts_a_line_and_enter_sends() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.to_composer();
    ann.browser.type_keys("one");
    ann.browser.press(&[Key::Shift, Key::Enter]);
    ann.browser.type_keys("two");
    assert_eq!(ann.draft(), "one\ntwo");
    ann.browser.press(&[Key::Enter]);
    wait_for("the message", || (environment.server.texts("lobby").0 == ["one\ntwo"]).then_some(()));
    assert_eq!(ann.draft(), "");
    ann.browser.press(&[Key::Enter]);
    ann.browser.type_keys("   ");
    ann.browser.press(&[Key::Enter]);
    ann.browser.run("document.querySelector(\"[data-testid='composer']\").select()", &[]);
    ann.browser.type_keys("three");
    ann.click("send");
    ann.wait_for_message("three");
    assert_eq!(environment.server.texts("lobby").0, ["one\ntwo", "three"], "nothing empty was sent");
}

#[test]
fn up_edits_the_last_message_and_escape_cancels() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.post("teh last one");
    ann.wait_for_message("teh last one");
    environment.server.post("lobby", "cook", "not Ann's");
    ann.wait_for_message("not Ann's");
    ann.to_composer();
    ann.browser.press(&[Key::Up]);
    wait_for("the text", || (ann.draft() == "teh last one").then_some(()));
    ann.browser.type_keys(" more");
    ann.browser.press(&[Key::Escape]);
    wait_for("an empty composer", || ann.draft().is_empty().then_some(()));
    ann.browser.press(&[Key::Up]);
    wait_for("the old text", || (ann.draft() == "teh last one").then_some(()));
    ann.browser.run("document.querySelector(\"[data-testid='composer']\").select()", &[]);
    ann.browser.type_keys("the last one");
    ann.browser.press(&[Key::Enter]);
    ann.wait_for_message("the last one");
    assert_eq!(ann.messages().len(), 2);
    ann.browser.type_keys("a draft");
    ann.browser.press(&[Key::Up]);
    assert_eq!(ann.draft(), "a draft", "a draft is not thrown away by the arrow");
}

#[test]
fn rooms_and_panels_can_be_used_with_the_keyboard() {
    let environment = TestEnvironment::new();
    for room in ["alpha", "beta"] {
        environment.server.post(room, "cook", &format!("this is {room}"));
    }
    let ann = environment.signed_in("Ann");
    ann.go_to_room("alpha");
    ann.wait_for_message("this is alpha");
    ann.go_to_room("brand-new");
    ann.wait("empty");
    ann.go_to_room("beta");
    let current = || ann.text_of(".bar-room").unwrap_or_default();
    let order = ann.browser.run("return [...document.querySelectorAll(\"[data-testid='room-list'] [data-room]\")].map(a => a.dataset.room)", &[]);
    let order: Vec<&str> = order.as_array().unwrap().iter().map(|room| room.as_str().unwrap()).collect();
    assert_eq!(order.len(), 4);
    let at = order.iter().position(|room| *room == "beta").unwrap();
    for (key, step) in [(Key::Down, 1), (Key::Down, 2), (Key::Up, 1), (Key::Up, 0), (Key::Up, 3)] {
        ann.browser.press(&[Key::Alt, key]);
        let room = format!("#{}", order[(at + step) % 4]);
        wait_for(&room, || (current() == room).then_some(()));
    }
    let room = current();

    // `?` opens the help, but is a question mark in the composer.
    ann.to_composer();
    ann.browser.type_keys("really?");
    assert_eq!((ann.draft().as_str(), ann.has("keys")), ("really?", false));
    ann.click("timeline");
    ann.browser.press(&[Key::Shift, Key::Char('?')]);
    ann.wait("keys");
    ann.browser.press(&[Key::Escape]);
    ann.wait_without("keys");
    ann.click("timeline");
    ann.browser.press(&[Key::Char('/')]);
    ann.wait("search-field");
    let focused = "return document.activeElement?.dataset.testid ?? ''";
    wait_for("the focus in the field", || (ann.browser.run(focused, &[]) == "search-field").then_some(()));
    ann.browser.press(&[Key::Escape]);
    ann.wait_without("search-field");
    ann.browser.press(&[Key::Control, Key::Char('k')]);
    ann.wait("switcher");
    ann.browser.press(&[Key::Escape]);
    ann.wait_without("switcher");
    assert_eq!(current(), room, "leaving leads nowhere");
    ann.browser.run("history.back()", &[]);
    wait_for("the room before", || (current() != room).then_some(()));
}

#[test]
fn enter_during_a_composition_chooses_a_word_and_sends_nothing() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.to_composer();
    let compose = |text: &str| {
        let end = text.chars().count();
        ann.browser.cdp(
            "Input.imeSetComposition",
            &json!({ "text": text, "selectionStart": end, "selectionEnd": end }),
        );
    };
    let enter = |code: u32, key: &str| {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": "Enter", "windowsVirtualKeyCode": code });
            ann.browser.cdp("Input.dispatchKeyEvent", &event);
        }
    };
    compose("ni");
    compose("nihao");
    assert_eq!(ann.draft(), "nihao");
    // Browsers differ in the events for a key that an input method handles.
    enter(13, "Enter");
    enter(229, "Process");
    assert_eq!(ann.draft(), "nihao", "the composition goes on");
    ann.browser.insert("你好");
    assert_eq!(ann.draft(), "你好");
    enter(229, "Enter");
    assert_eq!(ann.draft(), "你好", "the key that ended the composition does not send");
    assert!(ann.pending().is_empty() && ann.messages().is_empty());
    ann.browser.press(&[Key::Enter]);
    ann.wait_for_message("你好");
    assert_eq!(environment.server.texts("lobby").0, ["你好"]);
    assert_eq!(ann.count(&test_id("message")), 1);
}
