//! The page is reloaded at inconvenient moments.

use parlor_e2e::{Device, Key, NetworkMode, TestEnvironment, wait_for};

on_each_device!(a_reload_with_unsent_posts_sends_each_of_them_once_and_in_order);

fn a_reload_with_unsent_posts_sends_each_of_them_once_and_in_order(device: Device) {
    let environment = TestEnvironment::on(device);
    let ann = environment.signed_in("Ann");
    ann.post("sent");
    ann.wait_for_message("sent");
    environment.network.set(NetworkMode::WebSocketsDown);
    wait_for("the page to notice", || (ann.connection() != "live").then_some(()));
    for text in ["unsent 1", "unsent 2", "unsent 3"] {
        ann.post(text);
    }
    ann.browser.reload();
    wait_for("the posts to be there again", || {
        (ann.pending() == ["unsent 1", "unsent 2", "unsent 3"]).then_some(())
    });
    ann.post("unsent 4");
    ann.browser.reload();
    wait_for("the posts to be there again", || (ann.pending().len() == 4).then_some(()));
    environment.network.set(NetworkMode::Normal);
    ann.wait_until_live();
    let expected: Vec<String> =
        ["sent", "unsent 1", "unsent 2", "unsent 3", "unsent 4"].map(str::to_owned).into();
    ann.wait_for_texts(&expected);
    assert_eq!(environment.server.texts("lobby").0, expected);
}

#[test]
fn posts_whose_acknowledgement_was_lost_are_not_doubled_by_a_reload() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    environment.network.set(NetworkMode::NoResponses);
    ann.post("stored, but not acknowledged 1");
    ann.post("stored, but not acknowledged 2");
    let expected = wait_for("the server to have them", || {
        let (texts, _) = environment.server.texts("lobby");
        (texts.len() == 2).then_some(texts)
    });
    assert_eq!(ann.pending(), expected, "the page cannot know yet, and says so");
    environment.network.set(NetworkMode::Normal);
    ann.browser.reload();
    ann.wait_until_live();
    ann.wait_for_texts(&expected);
    ann.post("the end");
    ann.wait_for_message("the end");
    assert_eq!(environment.server.log("lobby").len(), 3, "each is stored once");
}

#[test]
fn drafts_of_every_room_survive_a_reload() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.to_composer();
    ann.browser.type_keys("for the lobby");
    ann.go_to_room("kitchen");
    assert_eq!(ann.draft(), "", "another room, another draft");
    ann.to_composer();
    ann.browser.type_keys("for the kitchen");
    ann.browser.press(&[Key::Shift, Key::Enter]);
    ann.browser.type_keys("两行");
    ann.browser.reload();
    ann.wait_until_live();
    ann.wait_for_room("kitchen");
    assert_eq!(ann.draft(), "for the kitchen\n两行");
    ann.go_to_room("lobby");
    assert_eq!(ann.draft(), "for the lobby");
    assert!(environment.server.log("lobby").is_empty() && environment.server.log("kitchen").is_empty());
}
