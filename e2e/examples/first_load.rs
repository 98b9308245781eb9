//! How long the app takes on a slow phone with a cold cache: from the navigation to the first paint, to a field that can be
//! typed into, and to a message that was typed, sent and stored. docs/benchmarks.md says how to run it.

use std::env;

use parlor_e2e::{Browser, Device, LoadStrategy, Page, Server, Throttling, test_id, wait_for};
use serde_json::{Value, json};

/// The number of visits of each kind, unless the first argument says another.
const RUNS: usize = 7;

/// Notes in the page when its elements appear, in milliseconds since the navigation. The room is empty, so the first
/// message is the typed one; a message that is not stored yet has another test id.
const WATCH: &str = "window.times = {};
    new MutationObserver(() => {
        const note = (name, selector) => {
            if (!times[name] && document.querySelector(selector)) times[name] = performance.now();
        };
        note('field', \"[data-testid='name-field'], [data-testid='composer']\");
        note('stored', \"[data-testid='timeline'] [data-testid='message'][data-seq]\");
    }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-testid', 'data-seq']})";

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Visitor {
    /// Somebody who is asked for a name, and accepts the one that is suggested.
    New,
    /// Somebody who has a name; only the cache is empty.
    Returning,
}

/// Milliseconds since the navigation.
struct Times {
    frame: f64,
    field: f64,
    stored: f64,
}

fn main() {
    let runs =
        env::args().nth(1).map_or(RUNS, |runs| runs.parse().expect("the argument is a number of runs"));
    println!("median (least to most) of {runs} visits, in ms");
    println!("{:10} {:>24} {:>24} {:>24}", "visitor", "first paint", "field", "message stored");
    for visitor in [Visitor::New, Visitor::Returning] {
        let visits: Vec<Times> = (0..runs).map(|_| visit(visitor)).collect();
        let column = |of: fn(&Times) -> f64| summary(visits.iter().map(of).collect());
        let columns =
            [column(|times| times.frame), column(|times| times.field), column(|times| times.stored)];
        println!("{:10} {:>24} {:>24} {:>24}", format!("{visitor:?}"), columns[0], columns[1], columns[2]);
    }
    println!("{:10} {:>24} {:>24} {:>24}", "bound", "500", "", "2000");
}

/// One visit, with a server and a browser of its own.
fn visit(visitor: Visitor) -> Times {
    let server = Server::start();
    let browser = Browser::start_with(Device::Phone, LoadStrategy::None);
    let page = Page::in_browser(browser, &format!("http://{}", server.address()));
    if visitor == Visitor::Returning {
        page.go("/");
        page.sign_in_as("Ann");
        page.wait_until_live();
        page.browser.go("about:blank");
        wait_for("an empty page", || {
            (page.browser.run("return location.href", &[]) == "about:blank").then_some(())
        });
    }
    page.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }));
    page.browser.disable_cache();
    page.browser.throttle(Throttling::SLOW_4G);

    page.go("/");
    if visitor == Visitor::New {
        page.wait("name-field");
        page.click("name-submit");
    }
    page.wait("composer");
    page.to_composer();
    page.browser.type_keys("hello");
    page.click("send");
    let script = "const paint = performance.getEntriesByName('first-paint')[0];
        return [paint?.startTime, window.times.field, window.times.stored]";
    let times = wait_for("the stored message", || {
        let times = page.browser.run(script, &[]);
        times[2].is_number().then_some(times)
    });
    let time = |index: usize| times[index].as_f64().expect("everything before the message has a time");
    assert_eq!(
        page.text_of(&format!("{} {}", test_id("message"), test_id("text"))).as_deref(),
        Some("hello")
    );
    assert_eq!(
        server.log("lobby").iter().map(|message| &message["text"]).collect::<Vec<&Value>>(),
        ["hello"]
    );
    Times { frame: time(0), field: time(1), stored: time(2) }
}

fn summary(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    match times[..] {
        [] => String::new(),
        [first, ..] => format!("{:.0} ({first:.0} to {:.0})", times[times.len() / 2], times[times.len() - 1]),
    }
}
