//! The first visit, and a conversation.

use parlor_e2e::{Device, Key, Network, NetworkMode, Page, TestEnvironment, wait_for};

on_each_device!(
    a_first_visit_needs_one_field_with_a_suggested_name,
    two_browsers_exchange_messages_in_any_script_with_their_names
);

fn a_first_visit_needs_one_field_with_a_suggested_name(device: Device) {
    let environment = TestEnvironment::on(device);
    let page = environment.signed_out();
    page.wait("name-field");
    assert_eq!(page.count("input"), 1, "one field");
    let name = page.browser.run("return document.querySelector('input').value", &[]);
    let name = name.as_str().expect("a name").to_owned();
    assert!(name.len() > 5, "a friendly name is there: {name:?}");
    let focused = page.browser.run("return document.activeElement === document.querySelector('input')", &[]);
    assert_eq!(focused, true, "one can type at once");
    page.browser.press(&[Key::Enter]);
    page.wait_for_room("lobby");
    page.wait_until_live();
    page.wait("empty");
    page.post("hello");
    let shown = page.wait_for_message("hello");
    assert_eq!(shown.username, Some(name));
}

fn two_browsers_exchange_messages_in_any_script_with_their_names(device: Device) {
    let environment = TestEnvironment::on(device);
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("小明"));
    ann.post("Hello from Ann");
    bo.wait_for_message("Hello from Ann");
    bo.post("你好，安！吃饭了吗？");
    ann.wait_for_message("你好，安！吃饭了吗？");
    ann.to_composer();
    ann.browser.insert("👩‍👩‍👧 ça va, naïve café — ﷺ");
    ann.send();
    bo.wait_for_message("👩‍👩‍👧 ça va, naïve café — ﷺ");
    for page in [&ann, &bo] {
        let names: Vec<_> = page.messages().into_iter().map(|message| message.username).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(names, [name("Ann"), name("小明"), name("Ann")]);
    }
    assert_eq!(ann.messages(), bo.messages(), "both see the same, under the same numbers");
    assert_eq!(environment.server.log("lobby").len(), 3);
}

#[test]
fn a_name_that_is_taken_cannot_be_used_by_another_browser() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.post("It is me");
    let stranger = environment.signed_out();
    stranger.sign_in_as("Ann");
    wait_for("the reason", || {
        stranger.text_of("[data-testid='name-error']").filter(|said| said.contains("Somebody else"))
    });
    stranger.sign_in_as("Anton");
    stranger.wait_until_live();
    stranger.wait_for_message("It is me");
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("and still me");
    stranger.wait_for_message("and still me");
    assert_eq!(ann.count(".message-head"), 1, "the same author goes on");
}

#[test]
fn a_name_whose_welcome_was_lost_is_claimed_again_after_a_reload() {
    let environment = TestEnvironment::new();
    let _bob = environment.signed_in("Bob");
    let network = Network::to(environment.server.address());
    let ann = Page::open(&network.url());
    let is_refused = |page: &Page| {
        wait_for("the reason", || {
            page.text_of("[data-testid='name-error']").filter(|reason| reason.contains("Somebody else"))
        })
    };
    // The connection stays open after a refusal, so the next hello arrives although nothing comes back.
    ann.sign_in_as("Bob");
    is_refused(&ann);
    network.set(NetworkMode::NoResponses);
    ann.sign_in_as("Ann");
    ann.wait_for_connection("connecting");
    let stranger = environment.signed_out();
    stranger.sign_in_as("Ann");
    is_refused(&stranger);

    network.set(NetworkMode::Normal);
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("It is me");
    ann.wait_for_message("It is me");
    assert_eq!(environment.server.log("lobby")[0]["username"], "Ann");
}
