//! Hostile messages are displayed as text.

use parlor_e2e::{Page, TestEnvironment, wait_for};
use serde_json::json;

fn hostile() -> Vec<String> {
    let zalgo: String = "zalgo"
        .chars()
        .flat_map(|c| [c].into_iter().chain("\u{0300}\u{0316}\u{0489}\u{0334}".chars().cycle().take(40)))
        .collect();
    vec![
        "<img src=x onerror=\"window.pwned = 1\">".to_owned(),
        "<script>window.pwned = 2</script>".to_owned(),
        "<svg onload='window.pwned = 3'><style>* { display: none }</style>".to_owned(),
        "</div></article><iframe srcdoc='<script>parent.pwned = 4</script>'>".to_owned(),
        "javascript:window.pwned=5 and data:text/html,<script>window.pwned=6</script>".to_owned(),
        "&lt;b&gt; &amp; {{7*7}} ${window.pwned=8}".to_owned(),
        "abc\u{202E}txt.exe\u{202E} \u{2066}\u{2067}\u{202A}never closed".to_owned(),
        zalgo,
        "W".repeat(5_000),
        "测试".repeat(2_000),
        format!("https://example.org/{}", "very-long/".repeat(300)),
        "\u{0}\u{7}\u{1b}[31mcontrol\u{200B}\u{FEFF}characters\u{FFFE}".replace('\u{0}', ""),
        "\n".repeat(300) + "far below",
        "👩‍👩‍👧‍👦".repeat(500),
    ]
}

#[test]
fn hostile_messages_are_text_and_break_nothing() {
    let environment = TestEnvironment::new();
    let texts = hostile();
    let posts: Vec<(&str, &str)> = texts.iter().map(|text| ("mallory", text.as_str())).collect();
    environment.server.post_all("lobby", &posts);
    let ann = environment.signed_in("Ann");
    ann.click("toggle-members");
    for width in [1280, 390] {
        ann.browser.resize(width, 12_000);
        for text in texts.iter().filter(|text| is_plain(text)) {
            ann.wait_for_message(text);
        }
        assert_nothing_ran(&ann);
        assert_eq!(ann.overflow(), 0, "no horizontal scrolling at {width} px");
        let names = "const left = e => Math.round(e.getBoundingClientRect().left);
            return new Set([...document.querySelectorAll('.message-body')].map(left)).size";
        assert_eq!(ann.browser.run(names, &[]), 1, "every text begins at the same place");
        ann.browser.resize(width, 800);
        ann.screenshot(&format!("hostile-{width}"));
        ann.post(&format!("still alive at {width}"));
        ann.wait_for_message(&format!("still alive at {width}"));
    }
}

#[test]
fn a_line_of_sixty_kilobytes_is_shown_completely_on_request() {
    let environment = TestEnvironment::new();
    let line = "lorem <b>ipsum</b> ".repeat(3_400).trim_end().to_owned();
    assert!(line.len() > 60_000);
    environment.server.post("lobby", "mallory", &line);
    let ann = environment.signed_in("Ann");
    let shown = ann.wait_for_message(&line);
    let height = "return document.querySelector(\"[data-testid='message']\").getBoundingClientRect().height";
    let folded = ann.browser.run(height, &[]).as_f64().unwrap();
    assert!(folded < 800.0, "it does not fill the page: {folded} px");
    ann.browser.click("[data-testid='message'] button[aria-expanded='false']");
    wait_for("the whole text", || (ann.browser.run(height, &[]).as_f64()? > folded * 2.0).then_some(()));
    assert_eq!(ann.overflow(), 0);
    assert_nothing_ran(&ann);
    ann.post("the next line");
    assert!(ann.wait_for_message("the next line").seq > shown.seq);
}

#[test]
fn hostile_texts_in_search_replies_and_the_room_list_are_text_too() {
    let environment = TestEnvironment::new();
    let text = "needle <img src=x onerror=\"window.pwned = 1\"> \u{202E}drawkcab";
    let posted = environment.server.post("lobby", "mallory", text);
    environment.server.post_about("lobby", "mallory", "an answer", posted.seq, "reply");
    let ann = environment.signed_in("Ann");
    ann.wait_for_message("an answer");
    assert!(ann.text_of("[data-testid='quote']").unwrap().contains("<img src=x"));
    ann.click("toggle-search");
    ann.wait("search-field");
    ann.click("search-field");
    ann.browser.type_keys("needle\n");
    wait_for("the hit", || {
        ann.text_of("[data-testid='search-hit']").filter(|hit| hit.contains("<img src=x"))
    });
    assert_nothing_ran(&ann);
    assert_eq!(ann.overflow(), 0);
}

/// Whether a text has no markup and no line breaks.
fn is_plain(text: &str) -> bool {
    !text.contains(['\n', '_', '*', '`', '\u{7}'])
}

#[track_caller]
fn assert_nothing_ran(page: &Page) {
    assert_eq!(page.browser.run("return window.pwned ?? null", &[]), json!(null), "no script ran");
    let foreign = "img, script, iframe, svg:not([aria-hidden]), style";
    let inside: Vec<String> =
        foreign.split(", ").map(|tag| format!("[data-testid='timeline'] {tag}")).collect();
    assert_eq!(page.count(&inside.join(", ")), 0, "no element came from a text");
    let links = "return [...document.querySelectorAll(\"[data-testid='text'] a\")].filter(a =>
        !/^(https?|mailto):/.test(a.href) || a.rel !== 'noopener noreferrer').map(a => a.href)";
    assert_eq!(page.browser.run(links, &[]), json!([]), "links lead nowhere else");
}
