//! The layout: wide and narrow, light and dark, with screenshots for people to look at.

use parlor_e2e::{Device, Key, Page, TestEnvironment, wait_for};
use serde_json::json;

on_each_device!(the_interface_speaks_english_and_both_chinese_scripts);

/// An element's left, top, right and bottom, rounded. `None` if it is not visible.
fn place(page: &Page, selector: &str) -> Option<[i64; 4]> {
    let script = "const e = document.querySelector(arguments[0]);
        if (!e || !e.checkVisibility({visibilityProperty: true, opacityProperty: true})) return null;
        const r = e.getBoundingClientRect();
        if (r.right <= 0 || r.left >= innerWidth) return null;
        return [r.left, r.top, r.right, r.bottom].map(Math.round)";
    let place = page.browser.run(script, &[json!(selector)]);
    let place: Vec<i64> = place.as_array()?.iter().filter_map(serde_json::Value::as_i64).collect();
    place.try_into().ok()
}

#[test]
fn on_a_narrow_page_the_rooms_are_a_drawer_and_the_members_a_sheet() {
    let environment = TestEnvironment::new();
    environment.server.post("kitchen", "cook", "soup");
    let page = environment.signed_out();
    page.browser.resize(390, 844);
    page.browser.reload();
    page.wait("name-field");
    page.screenshot("name-390");
    page.sign_in_as("Ann");
    page.wait_until_live();
    environment.server.post(
        "lobby",
        "Bo",
        &"a somewhat longer text that has to wrap on a narrow page ".repeat(4),
    );
    page.post("hello");
    assert_eq!(place(&page, ".drawer"), None, "the rooms are out of sight");
    assert_eq!(place(&page, ".members"), None, "and so are the members");
    let [left, _, right, bottom] = place(&page, "[data-testid='composer']").unwrap();
    assert!(left >= 0 && right <= 390 && bottom <= 844, "the composer is in sight: {left} {right} {bottom}");
    page.screenshot("room-390");

    page.click("open-rooms");
    wait_for("the drawer", || place(&page, ".drawer").filter(|[left, ..]| *left >= 0));
    page.screenshot("drawer-390");
    page.browser.click("[data-testid='room-item'][data-room='kitchen']");
    page.wait_for_room("kitchen");
    page.wait_for_message("soup");
    wait_for("the drawer to close", || place(&page, ".drawer").is_none().then_some(()));
    page.click("toggle-members");
    wait_for("the members", || place(&page, ".members").filter(|[.., right, _]| *right <= 390));
    page.screenshot("members-390");
    assert_eq!(page.overflow(), 0);
    page.browser.click("[data-testid='members'] button");
    wait_for("the members to go", || place(&page, ".members").is_none().then_some(()));
    page.click("open-rooms");
    wait_for("the drawer", || place(&page, ".drawer").filter(|[left, ..]| *left >= 0));
    page.browser.press(&[Key::Escape]);
    wait_for("the drawer to close", || place(&page, ".drawer").is_none().then_some(()));
}

#[test]
fn on_a_wide_page_rooms_timeline_and_members_stand_side_by_side_in_both_themes() {
    let environment = TestEnvironment::new();
    let page = environment.signed_out();
    page.wait("name-field");
    page.screenshot("name-1280");
    page.sign_in_as("Ann");
    page.wait_until_live();
    page.wait("empty");
    page.screenshot("empty-1280");
    environment.server.post(
        "lobby",
        "Bo",
        &"a text that goes on and on, so that its lines could be too long to be read ".repeat(5),
    );
    page.post("hello");
    let [_, _, rooms, _] = place(&page, ".drawer").unwrap();
    let [from, _, to, _] = place(&page, "[data-testid='timeline']").unwrap();
    let [members, ..] = place(&page, "[data-testid='members']").unwrap();
    assert!(rooms <= from && to <= members, "{rooms} {from} {to} {members}");
    let [left, _, right, _] = place(&page, ".message-body p").unwrap();
    assert!(right - left < 760, "lines of at most 72 characters: {} px", right - left);
    let ground = || page.browser.run("return getComputedStyle(document.body).backgroundColor", &[]);
    let light = ground();
    page.screenshot("room-1280");
    page.browser.prefer("dark");
    wait_for("the dark", || (ground() != light).then_some(()));
    page.screenshot("room-1280-dark");
    page.click("settings");
    page.wait("theme");
    page.screenshot("settings-1280-dark");
    let choose = "const s = document.querySelector(\"[data-testid='theme']\"); s.value = arguments[0];
        s.dispatchEvent(new Event('change', {bubbles: true}))";
    page.browser.run(choose, &[json!("light")]);
    wait_for("the light that was chosen", || (ground() == light).then_some(()));
    page.browser.reload();
    page.wait_until_live();
    assert_eq!(ground(), light, "the choice is kept, whatever the system prefers");
}

fn the_interface_speaks_english_and_both_chinese_scripts(device: Device) {
    let environment = TestEnvironment::on(device);
    let page = environment.signed_in("Ann");
    for (tag, words) in [("zh-Hans", "设置"), ("zh-Hant", "設定"), ("en", "Settings")] {
        page.click("settings");
        page.wait("language");
        let choose = "const s = document.querySelector(\"[data-testid='language']\"); s.value = arguments[0];
            s.dispatchEvent(new Event('change', {bubbles: true})); return s.value";
        assert_eq!(page.browser.run(choose, &[json!(tag)]), tag);
        wait_for(words, || page.text_of("dialog h2").filter(|title| title == words));
        assert_eq!(page.browser.run("return document.documentElement.lang", &[]), tag);
        page.browser.press(&[Key::Escape]);
        page.wait_without("language");
        page.screenshot(&format!("language-{tag}"));
    }
}
