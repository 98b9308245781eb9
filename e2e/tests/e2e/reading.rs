//! Where reading begins, and that what was not seen stays unread, in every browser of a user.

use parlor_e2e::{Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

/// A second browser with the identity of the first.
fn second_browser(environment: &TestEnvironment, of: &Page) -> Page {
    let identity = of.browser.run(
        "return Object.entries(localStorage).filter(([key]) => /name|token|rooms|room$/.test(key))",
        &[],
    );
    let page = environment.signed_out();
    page.browser
        .run("for (const [key, value] of arguments[0]) localStorage.setItem(key, value)", &[identity]);
    page.browser.reload();
    page.wait_until_live();
    page
}

/// The texts whose ends are in the viewport.
fn visible(page: &Page) -> Vec<String> {
    let script = "const t = document.querySelector(\"[data-testid='timeline']\").getBoundingClientRect();
        return [...document.querySelectorAll(\"[data-testid='message']\")].filter(m => {
            const bottom = m.getBoundingClientRect().bottom;
            return bottom > t.top && bottom <= t.bottom + 1;
        }).map(m => m.querySelector(\"[data-testid='text']\").textContent)";
    let texts = page.browser.run(script, &[]);
    texts.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

#[test]
fn what_was_not_seen_stays_unread_in_both_browsers_of_a_user() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.go_to_room("kitchen");
    ann.post("I begin");
    ann.wait_for_message("I begin");
    ann.go_to_room("lobby");
    let texts: Vec<String> = (0..130).map(|number| format!("new {number}")).collect();
    let posts: Vec<_> = texts.iter().map(|text| ("cook", text.as_str())).collect();
    environment.server.post_all("kitchen", &posts);
    wait_for("the count", || (ann.badge_of("kitchen")? == "130").then_some(()));
    let other = second_browser(&environment, &ann);
    wait_for("the count there", || (other.badge_of("kitchen")? == "130").then_some(()));

    // After a reload too, and by a link.
    ann.go("/rooms/kitchen");
    ann.wait("new-marker");
    let seen = wait_for("the first new messages", || {
        Some(visible(&ann)).filter(|texts| texts.iter().any(|text| text == "new 0"))
    });
    let last = seen.last().and_then(|text| text.strip_prefix("new ")?.parse::<u64>().ok()).unwrap();
    assert!(last < 60, "{seen:?}");
    let unread = (129 - last).to_string();
    for page in [&ann, &other] {
        wait_for("the rest to be unread", || (page.badge_of("kitchen")? == unread).then_some(()));
    }
    let label = ann.text_of(&test_id("jump-latest"));
    assert_eq!(label, Some(format!("{unread} new · jump to latest")));

    while !visible(&ann).iter().any(|text| text == "new 129") {
        ann.browser.wheel(&test_id("timeline"), 500);
    }
    for page in [&ann, &other] {
        wait_for("everything to be read", || page.badge_of("kitchen").is_none().then_some(()));
    }
}

#[test]
fn one_room_too_many_says_so_after_a_reload_too_and_leads_on() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    let rooms: Vec<String> = (0..100).map(|number| format!("a-{number:03}")).collect();
    let store = "localStorage.setItem('parlor.rooms', JSON.stringify(arguments[0]))";
    ann.browser.run(store, &[json!(rooms)]);
    ann.go("/rooms/z-last");
    ann.wait_until_live();
    ann.wait("cannot-join");
    ann.browser.reload();
    ann.wait_until_live();
    ann.wait("cannot-join");
    let said = ann.text_of(&test_id("cannot-join")).unwrap_or_default();
    assert!(said.contains("100 rooms") && said.contains("Leave #a-000"), "{said}");
    ann.click("retry-join");
    ann.wait_without("cannot-join");
    ann.post("here I am");
    ann.wait_for_message("here I am");
}
