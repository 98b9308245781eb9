//! Pulse against the real server: its figures move, and those who may not see them are told so.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use parlor_e2e::{Device, Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

/// The large figures of a tile, if there are any.
fn figures(page: &Page, tile: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map(figure => figure.textContent.replaceAll('\\u00a0', ' '))";
    let selector = format!("{} .pulse-value", test_id(&format!("pulse-{tile}")));
    let found = page.browser.run(script, &[json!(selector)]);
    found.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// The rate of a tile. `None`: it is not known yet.
fn rate(page: &Page, tile: &str) -> Option<f64> {
    figures(page, tile).first()?.strip_suffix("/s")?.parse().ok()
}

/// The state of the page in a word for machines.
fn tone(page: &Page) -> String {
    let script = "return document.querySelector(arguments[0])?.closest('[data-state]')?.dataset.state ?? ''";
    let found = page.browser.run(script, &[json!(test_id("pulse-state"))]);
    found.as_str().unwrap_or_default().to_owned()
}

/// How often the page has asked for figures.
fn readings(page: &Page) -> u64 {
    let script = "return performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('/metrics')).length";
    page.browser.run(script, &[]).as_u64().unwrap_or_default()
}

/// Everything that the tiles show.
fn all_figures(page: &Page) -> String {
    page.text_of(".pulse-tiles").expect("there are tiles")
}

/// Posts ten messages a second while something is done.
fn while_posting<T>(environment: &TestEnvironment, act: impl FnOnce() -> T) -> T {
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                environment.server.post("lobby", "Bo", "hello");
                thread::sleep(Duration::from_millis(100));
            }
        });
        // A panic of `act` must end the thread, too.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        is_done.store(true, Ordering::Relaxed);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn the_figures_move_with_the_posts_and_come_to_rest_with_them() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("Ann");
    page.click("page-/pulse");
    page.wait("pulse");
    wait_for("the first rates", || rate(&page, "posts"));
    assert_eq!(tone(&page), "live");
    assert_eq!(figures(&page, "connections"), ["1"], "Ann's own");
    while_posting(&environment, || {
        wait_for("the posts to be counted", || rate(&page, "posts").filter(|rate| *rate >= 1.0));
        wait_for("the deliveries to Ann", || rate(&page, "deliveries").filter(|rate| *rate >= 1.0));
        for tile in ["commit", "fanout"] {
            let measured = wait_for(tile, || {
                Some(figures(&page, tile))
                    .filter(|figures| figures.iter().all(|figure| figure.ends_with('s')))
            });
            assert!(measured[0].starts_with("p50") && measured[1].starts_with("p99"), "{measured:?}");
        }
    });
    let line = "return document.querySelector(arguments[0]).getAttribute('d')";
    let posts = json!(format!("{} .spark-line", test_id("pulse-posts")));
    let drawn = page.browser.run(line, &[posts]);
    assert!(drawn.as_str().is_some_and(|line| line.contains('L')), "{drawn}");
    for tile in ["memory", "store", "processor", "queue", "slow-readers", "rooms", "refusals"] {
        assert_ne!(figures(&page, tile), ["–"], "{tile} is told by the server");
    }
    wait_for("the posts to end", || rate(&page, "posts").filter(|rate| *rate == 0.0));
    page.browser.run("history.back()", &[]);
    page.wait("timeline");
    assert_eq!(page.connection(), "live", "the rooms' connection has lived on");
}

#[test]
fn a_server_that_was_killed_is_missed_and_its_restart_is_seen() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("Ann");
    environment.server.post("lobby", "Bo", "hello");
    page.go("/pulse");
    wait_for("the first rates", || rate(&page, "posts"));
    environment.server.kill();
    wait_for("the server to be missed", || (tone(&page) == "offline").then_some(()));
    assert_ne!(figures(&page, "rooms"), ["–"], "the last figures stay");
    environment.server.restart();
    wait_for("the server to be back", || (tone(&page) == "live").then_some(()));
    let rate = wait_for("rates again", || rate(&page, "posts"));
    assert!(rate >= 0.0, "{rate}");
}

#[test]
fn in_an_invited_house_the_owner_sees_the_figures_and_a_member_is_told_whose_they_are() {
    let environment = TestEnvironment::invited(Device::Desktop);
    let enter = |link: &str, name: &str| {
        let page = environment.with_invitation(link);
        page.click("name-field");
        page.browser.type_keys(name);
        page.click("invitation-enter");
        page.wait_until_live();
        page
    };
    let owner = enter(environment.server.owner_link(), "Ann");
    owner.go("/pulse");
    wait_for("the owner's figures", || figures(&owner, "rooms").first().cloned());
    let invitation = environment.server.command(&["invite"]);
    let link =
        invitation.lines().find(|line| line.contains("#invitation=")).expect("a link").trim().to_owned();
    drop(owner);
    let member = enter(&link, "Bo");
    member.go("/pulse");
    member.wait("pulse-out");
    assert_eq!(tone(&member), "refused");
    let said = member.text_of(&test_id("pulse-state")).unwrap_or_default();
    assert!(!said.trim().is_empty(), "it says whose they are");
    assert_eq!(figures(&member, "rooms"), Vec::<String>::new());
    // Browsers report each refused request.
    let complaints = member.browser.console_errors();
    assert!(complaints.len() == 1 && complaints[0].contains("/metrics"), "it is asked once: {complaints:?}");
    member.click("pulse-out");
    member.wait("timeline");
}

#[test]
fn a_paused_page_asks_for_nothing_while_posts_come_and_goes_on_when_it_is_told_to() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("Ann");
    let files = "return performance.getEntriesByType('resource').filter(entry => entry.name.includes('parlor-tools')).length";
    assert_eq!(
        (page.browser.run(files, &[]), readings(&page)),
        (json!(0), 0),
        "the rooms need nothing of it"
    );
    page.click("page-/pulse");
    wait_for("the first rates", || rate(&page, "posts"));
    assert_eq!(tone(&page), "live");
    let pause = test_id("pulse-pause");
    let pressed = || page.count(&format!("{pause}[aria-pressed='true']"));
    while_posting(&environment, || {
        wait_for("the posts to be counted", || rate(&page, "posts").filter(|rate| *rate >= 1.0));
        // The tiles move with each reading.
        let before = all_figures(&page);
        wait_for("the figures to change", || (all_figures(&page) != before).then_some(()));
        page.click("pulse-pause");
        wait_for("the pause", || (tone(&page) == "paused").then_some(()));
        assert_eq!(pressed(), 1);
        let (asked, stopped) = (readings(&page), all_figures(&page));
        // Two readings would come in this time.
        thread::sleep(Duration::from_secs(5));
        assert_eq!(readings(&page), asked, "nothing is asked for");
        assert_eq!(all_figures(&page), stopped, "nothing changes");
        page.click("pulse-pause");
        wait_for("new figures", || (all_figures(&page) != stopped).then_some(()));
        assert_eq!((tone(&page).as_str(), pressed()), ("live", 0));
    });
}

/// The figures of a busy server are longer than those of an idle one.
#[test]
fn the_figures_of_a_busy_server_fit_a_phone_in_every_language() {
    let environment = TestEnvironment::on(Device::Phone);
    let page = environment.signed_in("Ann");
    let overflow = "const wide = [document.documentElement, ...document.querySelectorAll('.tool-page, .tool-page main, .pulse-tiles, .pulse-tile, .pulse-values')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => `${e.tagName}.${e.className}: ${e.scrollWidth} > ${e.clientWidth}`);
        return wide";
    while_posting(&environment, || {
        for language in ["en", "zh-Hans", "zh-Hant"] {
            page.browser.run("localStorage.setItem('parlor.language', arguments[0])", &[json!(language)]);
            page.go("/pulse");
            wait_for("the posts to be counted", || rate(&page, "posts").filter(|rate| *rate >= 1.0));
            for (width, height) in [(320, 568), (390, 844), (844, 390)] {
                page.browser.resize(width, height);
                assert_eq!(page.browser.run(overflow, &[]), json!([]), "{language}, {width} px");
                assert!(
                    page.browser.run("return document.querySelectorAll('.pulse-tile').length", &[]) == 12
                );
            }
        }
    });
}
