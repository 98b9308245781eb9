//! A journey through the whole app with the keyboard alone. After each step the focus is where the next key belongs.

use std::cell::Cell;

use parlor_e2e::{Key, Page, TestEnvironment, test_id, wait_for, wait_for_described};

/// The arrow keys, as WebDriver numbers them.
const LEFT: Key = Key::Char('\u{E012}');
const RIGHT: Key = Key::Char('\u{E014}');
/// The maximum number of tab stops between two places.
const MAX_TABS: usize = 60;

/// The test id of what has the focus.
fn focused(page: &Page) -> String {
    let script = "return document.activeElement?.dataset.testid ?? document.activeElement?.tagName ?? ''";
    page.browser.run(script, &[]).as_str().unwrap_or_default().to_owned()
}

/// Waits until an element with this test id has the focus.
#[track_caller]
fn wait_for_focus(page: &Page, name: &str) {
    let last = Cell::new(String::new());
    wait_for_described(
        || format!("the focus on {name}, which is on {}", last.take()),
        || {
            let now = focused(page);
            let is_there = now == name;
            last.set(now);
            is_there.then_some(())
        },
    );
}

/// Presses a key, and waits until an element has the focus.
#[track_caller]
fn press(page: &Page, key: Key, name: &str) {
    page.browser.press(&[key]);
    wait_for_focus(page, name);
}

/// Moves the focus with Tab, or with Shift and Tab, until an element has it.
#[track_caller]
fn tab_to(page: &Page, keys: &[Key], name: &str) {
    let mut passed = Vec::new();
    for _ in 0..MAX_TABS {
        page.browser.press(keys);
        let now = focused(page);
        if now == name {
            return;
        }
        passed.push(now);
    }
    panic!("Tab does not reach {name}, but {passed:?}");
}

/// The text of the message that has the focus.
fn focused_message(page: &Page) -> Option<String> {
    let script = "const row = document.activeElement;
        return row?.matches('article') ? row.querySelector(\"[data-testid='text']\")?.textContent ?? '' : null";
    page.browser.run(script, &[]).as_str().map(str::to_owned)
}

/// Moves the focus from the composer to a message.
#[track_caller]
fn to_message(page: &Page, text: &str) {
    wait_for_focus(page, "composer");
    page.browser.press(&[Key::Shift, Key::Tab]);
    for key in [Key::Down, Key::Up] {
        for _ in 0..20 {
            page.browser.press(&[key]);
            if focused_message(page).is_some_and(|focused| focused.starts_with(text)) {
                return;
            }
        }
    }
    panic!("the arrows do not reach {text:?}, but {:?}", focused_message(page));
}

#[test]
fn everything_is_done_with_the_keyboard_alone() {
    let environment = TestEnvironment::new();
    environment.server.post("kitchen", "cook", "soup");
    let bob = environment.signed_in("Bob");
    let ann = environment.signed_out();
    wait_for_focus(&ann, "name-field");
    ann.browser.type_keys("Ann\n");
    wait_for_focus(&ann, "composer");
    ann.wait_until_live();

    write(&environment, &ann);
    act_on_messages(&ann);
    search(&ann);
    change_rooms(&ann);
    use_panels(&ann);
    use_account(&ann);
    drop(bob);
}

/// Posts, and mentions somebody by completion.
fn write(environment: &TestEnvironment, ann: &Page) {
    ann.browser.type_keys("hello\n");
    ann.wait_for_message("hello");
    wait_for_focus(ann, "composer");
    ann.browser.type_keys("@B");
    ann.wait("completion");
    press(ann, Key::Enter, "composer");
    wait_for("the name", || (ann.draft() == "@Bob ").then_some(()));
    ann.browser.type_keys("hi\n");
    ann.wait_for_message("@Bob hi");
    environment.server.post("lobby", "cook", "a question");
    ann.wait_for_message("a question");
}

/// Replies, reacts, edits, deletes.
fn act_on_messages(ann: &Page) {
    to_message(ann, "a question");
    press(ann, Key::Enter, "react");
    press(ann, RIGHT, "reply");
    press(ann, Key::Enter, "composer");
    ann.wait("composer-about");
    ann.browser.type_keys("an answer\n");
    ann.wait_for_message("an answer");

    to_message(ann, "a question");
    press(ann, Key::Enter, "react");
    press(ann, Key::Enter, "emoji");
    press(ann, RIGHT, "emoji");
    press(ann, Key::Enter, "message");
    ann.wait("reaction");
    press(ann, Key::Escape, "composer");

    ann.browser.press(&[Key::Up]);
    wait_for("the text", || (ann.draft() == "an answer").then_some(()));
    ann.browser.type_keys(" and more\n");
    ann.wait_for_message("an answer and more");

    to_message(ann, "an answer and more");
    press(ann, Key::Enter, "react");
    press(ann, Key::End, "copy-link");
    press(ann, LEFT, "delete");
    press(ann, Key::Enter, "delete-cancel");
    press(ann, LEFT, "delete-confirm");
    press(ann, Key::Enter, "message");
    ann.wait_for_message("This message was deleted.");
    // What is typed on a message is not lost.
    ann.browser.press(&[Key::Char('x')]);
    wait_for("the key", || (ann.draft() == "x").then_some(()));
    press(ann, Key::Char('\u{E003}'), "composer");
}

/// Searches, and opens what was found.
fn search(ann: &Page) {
    to_message(ann, "a question");
    press(ann, Key::Char('/'), "search-field");
    ann.browser.type_keys("question\n");
    ann.wait("search-hit");
    assert_eq!(ann.text_of(".hits [role='status']").as_deref(), Some("1 result"));
    wait_for_focus(ann, "search-field");
    tab_to(ann, &[Key::Tab], "search-hit");
    press(ann, Key::Enter, "message");
    assert_eq!(focused_message(ann).as_deref(), Some("a question"));
    press(ann, Key::Escape, "composer");
    press(ann, Key::Escape, "composer");
    ann.wait_without("search-field");
}

/// Switches rooms, joins a new one.
fn change_rooms(ann: &Page) {
    ann.go_to_room("kitchen");
    wait_for_focus(ann, "composer");
    ann.browser.press(&[Key::Control, Key::Char('k')]);
    wait_for_focus(ann, "switcher-field");
    press(ann, Key::Escape, "composer");
    tab_to(ann, &[Key::Shift, Key::Tab], "add-room");
    press(ann, Key::Enter, "room-field");
    press(ann, Key::Escape, "add-room");
    press(ann, Key::Enter, "room-field");
    ann.browser.type_keys("brand-new\n");
    ann.wait_for_room("brand-new");
    wait_for_focus(ann, "composer");
}

/// Members, settings, help; leaves the room; goes to the Console and back.
fn use_panels(ann: &Page) {
    tab_to(ann, &[Key::Shift, Key::Tab], "toggle-members");
    press(ann, Key::Enter, "toggle-members");
    ann.wait_without("members");
    press(ann, Key::Enter, "toggle-members");
    ann.wait("members");

    tab_to(ann, &[Key::Tab], "settings");
    ann.browser.press(&[Key::Enter]);
    ann.wait("theme");
    tab_to(ann, &[Key::Tab], "theme");
    ann.browser.type_keys("Dark");
    wait_for("the dark theme", || {
        (ann.browser.run("return document.documentElement.dataset.theme ?? ''", &[]) == "dark").then_some(())
    });
    tab_to(ann, &[Key::Shift, Key::Tab], "language");
    let language = || ann.browser.run("return document.documentElement.lang", &[]);
    ann.browser.press(&[Key::Down]);
    wait_for("another language", || (language() == "zh-Hans").then_some(()));
    wait_for_focus(ann, "language");
    ann.browser.press(&[Key::Up]);
    wait_for("English", || (language() == "en").then_some(()));
    press(ann, Key::Escape, "settings");
    ann.wait_without("theme");

    ann.browser.press(&[Key::Shift, Key::Char('?')]);
    ann.wait("keys");
    press(ann, Key::Escape, "settings");
    ann.wait_without("keys");

    tab_to(ann, &[Key::Shift, Key::Tab], "leave");
    press(ann, Key::Enter, "composer");
    wait_for("another room", || (ann.text_of(".bar-room")? != "#brand-new").then_some(()));

    tab_to(ann, &[Key::Shift, Key::Tab], "page-/console");
    ann.browser.press(&[Key::Enter]);
    wait_for("the Console", || {
        (ann.browser.run("return location.pathname", &[]) == "/console" && focused(ann) == "page-/console")
            .then_some(())
    });
    for (button, state) in [("console-open", "live"), ("console-close", "closed")] {
        tab_to(ann, &[Key::Tab], button);
        press(ann, Key::Enter, button);
        let selector = format!("{}[data-state='{state}']", test_id("console-state"));
        wait_for(state, || (ann.count(&selector) > 0).then_some(()));
        wait_for_focus(ann, button);
    }
    tab_to(ann, &[Key::Shift, Key::Tab], "page-/");
    press(ann, Key::Enter, "composer");
    ann.browser.type_keys("back again\n");
    ann.wait_for_message("back again");
}

/// Makes a link for another device on the page about the account, asks for signing out and cancels it, and goes back.
fn use_account(ann: &Page) {
    tab_to(ann, &[Key::Shift, Key::Tab], "settings");
    ann.browser.press(&[Key::Enter]);
    ann.wait("theme");
    tab_to(ann, &[Key::Tab], "page-/account");
    ann.browser.press(&[Key::Enter]);
    ann.wait("device-link");
    tab_to(ann, &[Key::Tab], "device-link");
    for _ in ["a code", "a newer one"] {
        press(ann, Key::Enter, "device-link");
        ann.wait("device-link-made");
        wait_for_focus(ann, "device-link");
    }
    tab_to(ann, &[Key::Tab], "sign-out-everywhere");
    ann.browser.press(&[Key::Enter]);
    ann.wait("confirm");
    press(ann, Key::Escape, "sign-out-everywhere");
    ann.wait_without("confirm");
    tab_to(ann, &[Key::Shift, Key::Tab], "page-/");
    press(ann, Key::Enter, "composer");
}
