//! Five hundred messages in a second.

use std::thread;

use parlor_e2e::{TestEnvironment, wait_for};
use serde_json::json;

const BURST: usize = 500;
const PROGRAMS: usize = 4;

#[test]
fn a_burst_of_five_hundred_messages_leaves_the_page_usable_and_bounded() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.to_composer();
    // Counts ticks of 50 ms that came late, and the maximum number of rows.
    let watch = "window.watched = {ticks: 0, late: 0, rows: 0, last: performance.now()};
        setInterval(() => {
            const now = performance.now(), w = window.watched;
            w.ticks += 1;
            if (now - w.last > 1000) w.late += 1;
            w.last = now;
            w.rows = Math.max(w.rows, document.querySelectorAll(\"[data-testid='message']\").length);
        }, 50)";
    ann.browser.run(watch, &[]);
    let posted = thread::scope(|scope| {
        let program = |program: usize| {
            let texts: Vec<String> =
                (0..BURST / PROGRAMS).map(|number| format!("{program}: {number}")).collect();
            let (name, server) = (format!("program-{program}"), &environment.server);
            scope.spawn(move || {
                let posts: Vec<_> = texts.iter().map(|text| (name.as_str(), text.as_str())).collect();
                server.post_all("lobby", &posts)
            })
        };
        let programs: Vec<_> = (0..PROGRAMS).map(program).collect();
        ann.browser.type_keys("I can type meanwhile");
        programs.into_iter().flat_map(|program| program.join().unwrap()).collect::<Vec<_>>()
    });
    let last = posted.iter().map(|posted| posted.seq).max().unwrap();
    wait_for("the last message", || ann.messages().into_iter().find(|shown| shown.seq == last));
    assert_eq!(ann.draft(), "I can type meanwhile");
    let watched = ann.browser.run("return window.watched", &[]);
    let of = |name: &str| watched[name].as_u64().unwrap();
    assert!(of("ticks") > 0, "{watched}");
    assert!(of("late") <= 2, "the page stood still: {watched}");
    assert!(of("rows") <= 150, "the document holds a window: {watched}");

    // All messages are there, in the log's order: scroll up through them.
    let log = environment.server.log("lobby");
    let order: Vec<u64> = log.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(order.len(), BURST);
    let mut seen = std::collections::BTreeMap::new();
    wait_for("the first message", || {
        for shown in ann.messages() {
            seen.insert(shown.seq, shown.text);
        }
        // Less than what is rendered beyond the viewport, so that no row is passed over.
        ann.browser.wheel("[data-testid='timeline']", -600);
        seen.contains_key(&order[0]).then_some(())
    });
    let shown: Vec<_> = seen.into_iter().map(|(seq, text)| json!([seq, text])).collect();
    let stored: Vec<_> = log.iter().map(|message| json!([message["seq"], message["text"]])).collect();
    assert_eq!(shown, stored);
}
