//! Unread messages, presence, and typing.

use parlor_e2e::{Network, Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

#[test]
fn messages_in_another_room_are_counted_and_the_first_new_one_is_marked() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.go_to_room("kitchen");
    ann.post("I begin");
    let read = ann.wait_for_message("I begin").seq;
    wait_until_told(&ann, "kitchen", read);
    ann.go_to_room("lobby");
    for text in ["new 1", "new 2", "new 3"] {
        environment.server.post("kitchen", "cook", text);
    }
    wait_for("the count", || (ann.badge_of("kitchen")? == "3").then_some(()));
    assert_eq!(ann.badge_of("lobby"), None);
    let title = ann.browser.run("return document.title", &[]);
    assert!(title.as_str().unwrap().starts_with("(3)"), "the tab says it too: {title}");

    // The count belongs to the user, not to the page: it survives a reload.
    ann.browser.reload();
    ann.wait_until_live();
    wait_for("the count", || (ann.badge_of("kitchen")? == "3").then_some(()));

    ann.browser.click(&format!("{}[data-room='kitchen']", test_id("room-item")));
    ann.wait_for_room("kitchen");
    ann.wait("new-marker");
    let after_line = "return document.querySelector(\"[data-testid='new-marker'] ~ [data-testid='message'] [data-testid='text']\")?.textContent";
    assert_eq!(ann.browser.run(after_line, &[]), "new 1");
    wait_for("nothing to be new any more", || ann.badge_of("kitchen").is_none().then_some(()));
    wait_until_told(&ann, "kitchen", ann.wait_for_message("new 3").seq);
    ann.browser.reload();
    ann.wait_until_live();
    ann.wait_for_message("new 3");
    assert_eq!(ann.badge_of("kitchen"), None, "what was read stays read");
}

#[test]
fn new_messages_do_not_scroll_a_reader_who_is_further_up() {
    let environment = TestEnvironment::new();
    let texts: Vec<String> = (0..120).map(|number| format!("long ago {number}")).collect();
    let posts: Vec<_> = texts.iter().map(|text| ("cook", text.as_str())).collect();
    environment.server.post_all("lobby", &posts);
    let ann = environment.signed_in("Ann");
    ann.wait_for_message("long ago 119");
    let timeline = test_id("timeline");
    ann.browser.wheel(&timeline, -900);
    ann.wait("jump-latest");
    let top = "const t = document.querySelector(\"[data-testid='timeline']\").getBoundingClientRect().top;
        const m = [...document.querySelectorAll(\"[data-testid='message']\")].find(m => m.getBoundingClientRect().bottom > t + 5);
        return [m.dataset.seq, Math.round(m.getBoundingClientRect().top - t)]";
    let before = wait_for("the scrolling to end", || {
        let first = ann.browser.run(top, &[]);
        (first == ann.browser.run(top, &[])).then_some(first)
    });
    environment.server.post("lobby", "cook", "news 1");
    environment.server.post("lobby", "cook", "news 2");
    wait_for("the news", || ann.text_of(&test_id("jump-latest")).filter(|said| said.contains("2 new")));
    let after = ann.browser.run(top, &[]);
    assert_eq!(before[0], after[0], "what was read stays where it was");
    let moved = before[1].as_i64().unwrap() - after[1].as_i64().unwrap();
    assert!(moved.abs() <= 1, "by {moved} px");
    ann.click("jump-latest");
    ann.wait_for_message("news 2");
    ann.wait_without("jump-latest");
    environment.server.post("lobby", "cook", "news 3");
    ann.wait_for_message("news 3");
    assert!(!ann.has("jump-latest"), "at the end one stays at the end");
}

#[test]
fn members_come_and_go_in_the_list_and_typing_is_shown_until_it_ends() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    let members = || -> Vec<String> {
        let script =
            "return [...document.querySelectorAll(\"[data-testid='member'] .name\")].map(n => n.textContent)";
        let names = ann.browser.run(script, &[]);
        names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    wait_for("oneself", || (members() == ["Ann"]).then_some(()));
    let bos_network = Network::to(environment.server.address());
    let bo = TestEnvironment::signed_in_over(&bos_network, "Bo");
    wait_for("both", || (members() == ["Ann", "Bo"]).then_some(()));
    bo.to_composer();
    bo.browser.type_keys("I am wri");
    wait_for("the word", || ann.text_of(&test_id("typing")).filter(|said| said == "Bo is typing…"));
    wait_for("it to be forgotten", || ann.text_of(&test_id("typing")).filter(String::is_empty));
    bo.browser.type_keys("ting");
    wait_for("the word again", || ann.text_of(&test_id("typing")).filter(|said| said == "Bo is typing…"));
    bo.browser.type_keys("\n");
    ann.wait_for_message("I am writing");
    assert_eq!(ann.text_of(&test_id("typing")).as_deref(), Some(""), "who has posted does not type");
    drop(bo);
    wait_for("Bo to have left", || (members() == ["Ann"]).then_some(()));
    ann.click("toggle-members");
    ann.wait_without("members");
}

/// Waits until the server has the read mark, which is sent with a delay.
#[track_caller]
fn wait_until_told(page: &Page, room: &str, seq: u64) {
    let script = "const [room, done] = arguments;
        const token = localStorage.getItem('parlor.token.' + localStorage.getItem('parlor.name'));
        fetch('/api/rooms', {headers: {authorization: `Bearer ${token}`}}).then(answer => answer.json())
            .then(({rooms}) => done(rooms.find(of => of.room === room)?.seen ?? null), () => done(null))";
    wait_for("the server to know what was read", || {
        (page.browser.run_async(script, &[json!(room)]) == seq).then_some(())
    });
}
