//! Who the user is survives renames, refusals, two tabs, lost answers, and reloads in between.

use parlor_e2e::{Device, NetworkMode, Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

on_each_device!(a_name_changes_in_place_and_a_refused_one_leaves_the_old_one);

/// Opens the settings and asks for another name.
#[track_caller]
fn rename(page: &Page, name: &str) {
    page.click("settings");
    page.click("rename");
    page.wait("new-name");
    page.browser.run("document.querySelector(\"[data-testid='new-name']\").select()", &[]);
    page.browser.insert(name);
    page.click("rename-save");
}

#[track_caller]
fn close_settings(page: &Page) {
    page.browser.click(".dialog .panel-head .icon-button");
    wait_for("the settings to close", || (page.count(".dialog") == 0).then_some(()));
}

/// Waits until the settings say the name, and closes them.
#[track_caller]
fn wait_for_new_name(page: &Page, name: &str) {
    page.wait("rename");
    let said = wait_for("the name", || page.text_of(".dialog .setting bdi"));
    assert_eq!(said, format!("You are {name}"));
    close_settings(page);
    page.wait_until_live();
}

/// The authors of a room's messages, and their texts.
fn log(environment: &TestEnvironment) -> Vec<(String, String)> {
    let text = |message: &serde_json::Value, key: &str| message[key].as_str().unwrap_or_default().to_owned();
    let log = environment.server.log("lobby");
    log.iter().map(|message| (text(message, "username"), text(message, "text"))).collect()
}

fn a_name_changes_in_place_and_a_refused_one_leaves_the_old_one(device: Device) {
    let environment = TestEnvironment::on(device);
    environment.server.post("elsewhere", "Taken", "mine");
    let ann = environment.signed_in("Ann");
    ann.post("as Ann");
    ann.wait_for_message("as Ann");

    rename(&ann, "Taken");
    let error =
        wait_for("the refusal", || ann.text_of(&test_id("new-name-error")).filter(|error| !error.is_empty()));
    assert!(error.contains("You keep your name"), "{error}");
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("still Ann");
    ann.wait_for_message("still Ann");

    rename(&ann, "Anna");
    wait_for_new_name(&ann, "Anna");
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("as Anna");
    ann.wait_for_message("as Anna");

    rename(&ann, "Ann");
    wait_for_new_name(&ann, "Ann");
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("Ann again");
    ann.wait_for_message("Ann again");
    let expected = [("Ann", "as Ann"), ("Ann", "still Ann"), ("Anna", "as Anna"), ("Ann", "Ann again")];
    assert_eq!(log(&environment), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
}

#[test]
fn a_rename_is_cancelled_by_escape_and_refused_offline_and_the_name_stays() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.click("settings");
    ann.click("rename");
    ann.wait("new-name");
    ann.browser.press(&[parlor_e2e::Key::Escape]);
    ann.wait("rename");
    assert_eq!(ann.count(".dialog"), 1, "the settings are still open");
    close_settings(&ann);

    environment.network.set(NetworkMode::Down);
    wait_for("the page to notice", || (ann.connection() != "live").then_some(()));
    rename(&ann, "Anna");
    let error =
        wait_for("the refusal", || ann.text_of(&test_id("new-name-error")).filter(|error| !error.is_empty()));
    assert!(error.contains("cannot be reached"), "{error}");
    ann.click("rename-cancel");
    close_settings(&ann);
    environment.network.set(NetworkMode::Normal);
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("as Ann");
    ann.wait_for_message("as Ann");
    assert_eq!(log(&environment), [("Ann".to_owned(), "as Ann".to_owned())]);
}

#[test]
fn all_tabs_follow_a_rename_and_a_post_that_waited_arrives_once_under_its_own_name() {
    let environment = TestEnvironment::new();
    let emma = environment.signed_in("Emma");
    // This tab alone is offline: it can open no socket.
    let cut = "window.RealSocket = window.WebSocket;
        window.WebSocket = class { constructor() { throw new Error('there is no network') } };
        window.dispatchEvent(new Event('offline'))";
    emma.browser.run(cut, &[]);
    wait_for("the tab to be offline", || (emma.connection() == "offline").then_some(()));
    emma.post("from Emma 1");
    emma.post("from Emma 2");
    assert_eq!(emma.pending().len(), 2);

    emma.browser.open_tab();
    emma.go("/");
    emma.wait_until_live();
    rename(&emma, "Frank");
    wait_for_new_name(&emma, "Frank");
    emma.post("from Frank");
    emma.wait_for_message("from Frank");
    assert_eq!(log(&environment), [("Frank".to_owned(), "from Frank".to_owned())]);

    emma.browser.switch_to_tab(0);
    let authors = "return [...document.querySelectorAll(\"[data-testid='pending'] .message-head .name\")].map(name => name.textContent)";
    assert_eq!(
        emma.browser.run(authors, &[]),
        json!(["Emma"]),
        "what waits shows under whose name it will come"
    );
    emma.browser.run("window.WebSocket = window.RealSocket; window.dispatchEvent(new Event('online'))", &[]);
    emma.wait_until_live();
    emma.wait_for_texts(&["from Frank", "from Emma 1", "from Emma 2"].map(str::to_owned));
    emma.post("the first tab is Frank too");
    emma.wait_for_message("the first tab is Frank too");
    let expected = [
        ("Frank", "from Frank"),
        ("Emma", "from Emma 1"),
        ("Emma", "from Emma 2"),
        ("Frank", "the first tab is Frank too"),
    ];
    assert_eq!(log(&environment), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    emma.browser.reload();
    emma.wait_until_live();
    assert_eq!(emma.pending(), Vec::<String>::new());
}

#[test]
fn a_name_whose_welcome_was_lost_is_there_after_a_reload() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_out();
    environment.network.set(NetworkMode::NoFrames);
    ann.sign_in_as("Ann");
    wait_for("the welcome to be lost", || (environment.network.dropped() > 0).then_some(()));
    environment.network.set(NetworkMode::Normal);
    ann.browser.reload();
    ann.wait_until_live();
    ann.post("here I am");
    ann.wait_for_message("here I am");
    assert_eq!(log(&environment), [("Ann".to_owned(), "here I am".to_owned())]);
}
