//! A second device gets the user's name by a link that works once.

use parlor_e2e::{Device, Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

on_each_device!(a_second_device_gets_the_name_by_a_link_that_works_once);

/// Makes a link on the page about the account, and returns its path with the code.
#[track_caller]
fn make_link(page: &Page) -> String {
    page.click("settings");
    page.click("page-/account");
    page.click("device-link");
    page.wait("device-link-made");
    let address = "return document.querySelector(\"[data-testid='device-link-address']\").value";
    let address = page.browser.run(address, &[]).as_str().unwrap_or_default().to_owned();
    let (_, code) = address.split_once("#device=").expect("the code is in the fragment");
    assert!(!code.is_empty());
    let modules = page.count(&format!("{} .qr-code path", test_id("device-link-made")));
    assert_eq!(modules, 1, "the link is a QR code too");
    page.click("page-/");
    page.wait("composer");
    format!("/#device={code}")
}

fn address(page: &Page) -> String {
    page.browser.run("return location.href", &[]).as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn name(page: &Page) -> String {
    page.browser
        .run("return localStorage.getItem('parlor.name')", &[])
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn a_second_device_gets_the_name_by_a_link_that_works_once(device: Device) {
    let environment = TestEnvironment::on(device);
    let ann = environment.signed_in("Ann");
    let link = make_link(&ann);

    let other = environment.signed_out();
    other.wait("name-field");
    other.go(&link);
    other.wait("device-redeem");
    assert!(!address(&other).contains("device"), "the code leaves the address at once: {}", address(&other));
    other.click("device-redeem");
    other.wait_until_live();
    assert_eq!(name(&other), "Ann");
    other.post("from the other device");
    ann.wait_for_message("from the other device");
    ann.post("from the first one");
    other.wait_for_message("from the first one");
    let log = environment.server.log("lobby");
    assert!(log.iter().all(|message| message["username"] == json!("Ann")), "{log:?}");

    other.go(&link);
    other.click("device-redeem");
    let error = wait_for("the reason", || other.text_of(&test_id("device-error")));
    assert!(error.contains("does not work any more"), "{error}");
    // Chromium reports every answer with an error.
    let reported = other.browser.console_errors();
    assert!(reported.iter().all(|error| error.contains("/api/device-links/redeem")), "{reported:?}");
    other.click("device-stay");
    other.wait_until_live();
}

#[test]
fn a_browser_that_has_a_name_is_asked_and_keeps_both() {
    let environment = TestEnvironment::new();
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    bo.go(&make_link(&ann));
    bo.wait("device-page");
    bo.browser.reload();
    bo.wait("device-page");
    let question = bo.text_of(&test_id("device-page")).unwrap_or_default();
    assert!(question.contains("You are Bo here"), "{question}");
    bo.click("device-stay");
    bo.wait_until_live();
    assert_eq!(name(&bo), "Bo");
    bo.browser.reload();
    bo.wait_until_live();
    assert!(!bo.has("device-page"), "what was declined is not asked again");

    bo.go(&make_link(&ann));
    bo.click("device-redeem");
    bo.wait("device-switch");
    let both = bo.text_of(&test_id("device-page")).unwrap_or_default();
    assert!(both.contains("for Ann") && both.contains("you are Bo"), "{both}");
    bo.click("device-switch");
    bo.wait_until_live();
    assert_eq!(name(&bo), "Ann");
    bo.post("as Ann");
    ann.wait_for_message("as Ann");

    bo.click("settings");
    bo.click("rename");
    bo.wait("new-name");
    bo.browser.run("document.querySelector(\"[data-testid='new-name']\").select()", &[]);
    bo.browser.insert("Bo");
    bo.click("rename-save");
    bo.wait("rename");
    assert_eq!(name(&bo), "Bo", "the name of before is taken up again");
}
