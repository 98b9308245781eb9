//! What is new, who is here, and who types.

use parlor_e2e::{Network, Page, Stage, hook, wait_for};
use serde_json::json;

#[test]
fn what_comes_into_another_room_is_counted_and_the_first_of_it_is_marked() {
    let stage = Stage::new();
    let ann = stage.visitor("Ann");
    ann.go_to_room("kitchen");
    ann.say("I begin");
    let read = ann.wait_for_message("I begin").seq;
    wait_until_told(&ann, "kitchen", read);
    ann.go_to_room("lobby");
    for text in ["new 1", "new 2", "new 3"] {
        stage.server.post("kitchen", "cook", text);
    }
    wait_for("the count", || (ann.badge_of("kitchen")? == "3").then_some(()));
    assert_eq!(ann.badge_of("lobby"), None);
    let title = ann.browser.run("return document.title", &[]);
    assert!(title.as_str().unwrap().starts_with("(3)"), "the tab says it too: {title}");

    // The count is the user's, not the page's: it outlives a reload.
    ann.browser.reload();
    ann.wait_until_live();
    wait_for("the count", || (ann.badge_of("kitchen")? == "3").then_some(()));

    ann.browser.click(&format!("{}[data-room='kitchen']", hook("room-item")));
    ann.wait_for_room("kitchen");
    ann.wait("new-line");
    let after_line = "return document.querySelector(\"[data-testid='new-line'] ~ [data-testid='message'] [data-testid='text']\")?.textContent";
    assert_eq!(ann.browser.run(after_line, &[]), "new 1");
    wait_for("nothing to be new any more", || ann.badge_of("kitchen").is_none().then_some(()));
    wait_until_told(&ann, "kitchen", ann.wait_for_message("new 3").seq);
    ann.browser.reload();
    ann.wait_until_live();
    ann.wait_for_message("new 3");
    assert_eq!(ann.badge_of("kitchen"), None, "what was read stays read");
}

#[test]
fn somebody_who_reads_further_up_is_told_of_news_and_not_pulled_down() {
    let stage = Stage::new();
    let texts: Vec<String> = (0..120).map(|number| format!("long ago {number}")).collect();
    let posts: Vec<_> = texts.iter().map(|text| ("cook", text.as_str())).collect();
    stage.server.post_all("lobby", &posts);
    let ann = stage.visitor("Ann");
    ann.wait_for_message("long ago 119");
    let timeline = hook("timeline");
    ann.browser.wheel(&timeline, -900);
    ann.wait("jump-latest");
    let top = "const t = document.querySelector(\"[data-testid='timeline']\").getBoundingClientRect().top;
        const m = [...document.querySelectorAll(\"[data-testid='message']\")].find(m => m.getBoundingClientRect().bottom > t + 5);
        return [m.dataset.seq, Math.round(m.getBoundingClientRect().top - t)]";
    let before = wait_for("the scrolling to end", || {
        let first = ann.browser.run(top, &[]);
        (first == ann.browser.run(top, &[])).then_some(first)
    });
    stage.server.post("lobby", "cook", "news 1");
    stage.server.post("lobby", "cook", "news 2");
    wait_for("the news", || ann.text_of(&hook("jump-latest")).filter(|said| said.contains("2 new")));
    let after = ann.browser.run(top, &[]);
    assert_eq!(before[0], after[0], "what was read stays where it was");
    let moved = before[1].as_i64().unwrap() - after[1].as_i64().unwrap();
    assert!(moved.abs() <= 1, "by {moved} px");
    ann.click("jump-latest");
    ann.wait_for_message("news 2");
    ann.wait_without("jump-latest");
    stage.server.post("lobby", "cook", "news 3");
    ann.wait_for_message("news 3");
    assert!(!ann.has("jump-latest"), "at the end one stays at the end");
}

#[test]
fn members_come_and_go_in_the_list_and_typing_is_shown_until_it_ends() {
    let stage = Stage::new();
    let ann = stage.visitor("Ann");
    let members = || -> Vec<String> {
        let script =
            "return [...document.querySelectorAll(\"[data-testid='member'] .name\")].map(n => n.textContent)";
        let names = ann.browser.run(script, &[]);
        names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    wait_for("oneself", || (members() == ["Ann"]).then_some(()));
    let bos_network = Network::to(stage.server.address());
    let bo = Stage::visitor_of(&bos_network, "Bo");
    wait_for("both", || (members() == ["Ann", "Bo"]).then_some(()));
    bo.to_composer();
    bo.browser.type_keys("I am wri");
    wait_for("the word", || ann.text_of(&hook("typing")).filter(|said| said == "Bo is typing…"));
    wait_for("it to be forgotten", || ann.text_of(&hook("typing")).filter(String::is_empty));
    bo.browser.type_keys("ting");
    wait_for("the word again", || ann.text_of(&hook("typing")).filter(|said| said == "Bo is typing…"));
    bo.browser.type_keys("\n");
    ann.wait_for_message("I am writing");
    assert_eq!(ann.text_of(&hook("typing")).as_deref(), Some(""), "who has posted does not type");
    drop(bo);
    wait_for("Bo to have left", || (members() == ["Ann"]).then_some(()));
    ann.click("toggle-members");
    ann.wait_without("members");
}

/// Waits until the server knows how far somebody has read, which it is told after a moment.
#[track_caller]
fn wait_until_told(page: &Page, room: &str, seq: u64) {
    let script = "const [room, done] = arguments, token = localStorage.getItem('parlor.token');
        fetch('/api/rooms', {headers: {authorization: `Bearer ${token}`}}).then(answer => answer.json())
            .then(({rooms}) => done(rooms.find(of => of.room === room)?.seen ?? null), () => done(null))";
    wait_for("the server to know what was read", || {
        (page.browser.run_async(script, &[json!(room)]) == seq).then_some(())
    });
}
