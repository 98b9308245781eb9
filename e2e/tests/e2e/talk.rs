//! Somebody comes for the first time, and people talk.

use parlor_e2e::{Key, Stage, wait_for};

#[test]
fn a_first_visit_takes_one_field_with_a_friendly_name_in_it() {
    let stage = Stage::new();
    let page = stage.newcomer();
    page.wait("name-field");
    assert_eq!(page.count("input"), 1, "one field");
    let name = page.browser.run("return document.querySelector('input').value", &[]);
    let name = name.as_str().unwrap().to_owned();
    assert!(name.len() > 5, "a friendly name is there: {name:?}");
    let focused = page.browser.run("return document.activeElement === document.querySelector('input')", &[]);
    assert_eq!(focused, true, "one can type at once");
    page.browser.press(&[Key::Enter]);
    page.wait_for_room("lobby");
    page.wait_until_live();
    page.wait("empty");
    page.say("hello");
    let shown = page.wait_for_message("hello");
    assert_eq!(shown.username, Some(name));
}

#[test]
fn two_browsers_talk_both_ways_in_any_script_and_see_who_speaks() {
    let stage = Stage::new();
    let (ann, bo) = (stage.visitor("Ann"), stage.visitor("小明"));
    ann.say("Hello from Ann");
    bo.wait_for_message("Hello from Ann");
    bo.say("你好，安！吃饭了吗？");
    ann.wait_for_message("你好，安！吃饭了吗？");
    ann.to_composer();
    ann.browser.insert("👩‍👩‍👧 ça va, naïve café — ﷺ");
    ann.browser.press(&[Key::Enter]);
    bo.wait_for_message("👩‍👩‍👧 ça va, naïve café — ﷺ");
    for page in [&ann, &bo] {
        let names: Vec<_> = page.messages().into_iter().map(|message| message.username).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(names, [name("Ann"), name("小明"), name("Ann")]);
    }
    assert_eq!(ann.messages(), bo.messages(), "both see the same, under the same numbers");
    assert_eq!(stage.server.log("lobby").len(), 3);
}

#[test]
fn a_name_that_is_taken_cannot_be_worn_by_another_browser() {
    let stage = Stage::new();
    let ann = stage.visitor("Ann");
    ann.say("It is me");
    let thief = stage.newcomer();
    thief.enter_as("Ann");
    wait_for("the reason", || {
        thief.text_of("[data-testid='name-trouble']").filter(|said| said.contains("Somebody else"))
    });
    thief.enter_as("Anton");
    thief.wait_until_live();
    thief.wait_for_message("It is me");
    ann.browser.reload();
    ann.wait_until_live();
    ann.say("and still me");
    thief.wait_for_message("and still me");
    assert_eq!(ann.count(".message-head"), 1, "the same author goes on");
}
