//! The tools' pages are a second module: it is loaded on demand, and lives beside the rooms.

use parlor_e2e::{NetworkMode, Page, TestEnvironment, wait_for};

/// How many files of the second module the page has loaded.
fn loaded(page: &Page) -> u64 {
    let script = "return performance.getEntriesByType('resource').filter(entry => entry.name.includes('parlor-tools')).length";
    page.browser.run(script, &[]).as_u64().unwrap_or_default()
}

#[track_caller]
fn wait_for_title(page: &Page, title: &str) {
    wait_for(&format!("the title {title}"), || {
        (page.browser.run("return document.title", &[]) == title).then_some(())
    });
}

#[test]
fn the_tools_are_loaded_once_when_one_of_their_pages_is_opened_and_the_rooms_stay_connected() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("ann");
    page.post("before");
    page.wait_for_message("before");
    assert_eq!(loaded(&page), 0, "the rooms need nothing of the tools");

    page.click("page-/console");
    page.wait("console");
    wait_for_title(&page, "Console · Parlor");
    assert!(!page.has("tools-failed") && !page.has("timeline"));
    let focused = "return document.activeElement.closest('#tools') && document.activeElement.dataset.testid";
    wait_for("the focus on the link of the page", || {
        (page.browser.run(focused, &[]) == "page-/console").then_some(())
    });
    assert_eq!(loaded(&page), 2, "a script and a module");

    page.click("page-/compare");
    page.wait("compare");
    wait_for_title(&page, "Pull against push · Parlor");
    page.browser.run("history.back()", &[]);
    page.wait("console");
    page.browser.run("history.back()", &[]);
    page.wait("timeline");
    page.wait_without("console");
    wait_for_title(&page, "#lobby · Parlor");
    assert_eq!(page.connection(), "live", "the rooms' connection has lived on");
    page.wait_for_message("before");
    page.browser.run("history.forward()", &[]);
    page.wait("console");
    assert_eq!(loaded(&page), 2, "nothing is loaded again");
}

#[test]
fn a_module_that_cannot_be_loaded_says_so_and_can_be_loaded_again() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("ann");
    environment.network.set(NetworkMode::Down);
    page.click("page-/console");
    page.wait("tools-failed");
    environment.network.set(NetworkMode::Normal);
    page.click("tools-retry");
    page.wait("console");
    page.wait_without("tools-failed");
}
