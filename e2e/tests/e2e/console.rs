//! The Console against the lab: open, send, receive, close, export; and a flood of frames.

use parlor_e2e::{Key, Page, TestEnvironment, test_id, wait_for};
use serde_json::{Value, json};

/// The Console, connected to the lab's echo.
#[track_caller]
fn open_echo(environment: &TestEnvironment) -> Page {
    let page = environment.signed_out();
    page.go("/console");
    choose(&page, "console-preset", "/lab/echo");
    page.click("console-open");
    wait_for_state(&page, "live");
    page
}

#[track_caller]
fn choose(page: &Page, name: &str, value: &str) {
    page.wait(name);
    let script = "const field = document.querySelector(arguments[0]); field.value = arguments[1];
        field.dispatchEvent(new Event('change', { bubbles: true }))";
    page.browser.run(script, &[json!(test_id(name)), json!(value)]);
}

#[track_caller]
fn write(page: &Page, name: &str, text: &str) {
    page.click(name);
    page.browser.run("document.querySelector(arguments[0]).select()", &[json!(test_id(name))]);
    page.browser.insert(text);
}

#[track_caller]
fn wait_for_state(page: &Page, state: &str) {
    let selector = format!("{}[data-state='{state}']", test_id("console-state"));
    wait_for(&format!("the connection to be {state}"), || (page.count(&selector) > 0).then_some(()));
}

/// The rows in the page: the sign of the direction, and the content.
fn rows(page: &Page) -> Vec<(String, String)> {
    let script = "return [...document.querySelectorAll(\"[data-testid='frame']\")].map(row =>
        [row.dataset.direction, row.querySelector('.frame-preview').textContent])";
    let rows = page.browser.run(script, &[]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.as_array().into_iter().flatten().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

#[track_caller]
fn wait_for_row(page: &Page, direction: &str, content: &str) {
    wait_for(&format!("{direction} {content}"), || {
        rows(page).iter().any(|row| row.0 == direction && row.1.contains(content)).then_some(())
    });
}

fn counts(page: &Page) -> String {
    page.text_of(&test_id("console-counts")).unwrap_or_default()
}

/// The file that an export button offers.
#[track_caller]
fn exported(page: &Page, name: &str) -> String {
    page.browser.cdp("Browser.setDownloadBehavior", &json!({ "behavior": "deny" }));
    let script = "const make = URL.createObjectURL;
        URL.createObjectURL = blob => { window.exported = blob; return make.call(URL, blob) }";
    page.browser.run(script, &[]);
    page.click(name);
    let read = "const done = arguments[arguments.length - 1];
        window.exported ? window.exported.text().then(done) : done(null)";
    let text = page.browser.run_async(read, &[]);
    page.browser.run("window.exported = null", &[]);
    text.as_str().expect("something is offered").to_owned()
}

#[test]
fn frames_are_listed_and_exported_and_the_close_is_explained() {
    let environment = TestEnvironment::new();
    let page = open_echo(&environment);
    write(&page, "console-draft", "hello {{n}} <b>你好</b>");
    page.browser.press(&[Key::Control, Key::Enter]);
    wait_for_row(&page, "↑", "hello 1 <b>你好</b>");
    wait_for_row(&page, "↓", "hello 1 <b>你好</b>");
    assert_eq!(page.count(".frames b"), 0, "nothing is taken for HTML");

    page.browser.click(&format!("label:has({})", test_id("format-hex")));
    write(&page, "console-draft", "de ad xx");
    wait_for("the place of the mistake", || {
        page.text_of(&test_id("draft-error")).filter(|said| said.contains("character 7"))
    });
    write(&page, "console-draft", "de ad be ef");
    page.click("console-send");
    wait_for_row(&page, "↓", "de ad be ef");

    write(&page, "close-code", "4321");
    write(&page, "close-reason", "that was all");
    page.click("console-close");
    wait_for_state(&page, "closed");
    wait_for_row(&page, "•", "Closed with 4321. A code of the application's own. Reason: that was all");
    page.wait("console-send");
    let disabled = page
        .browser
        .run("return document.querySelector(arguments[0]).disabled", &[json!(test_id("console-send"))]);
    assert_eq!(disabled, true, "nothing can be sent where nothing is open");

    let lines = exported(&page, "export-lines");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> =
        lines.iter().map(|line| line["event"].as_str().or(line["direction"].as_str()).unwrap()).collect();
    assert_eq!(kinds, ["opening", "opened", "sent", "received", "sent", "received", "closed"]);
    assert_eq!((&lines[3]["text"], &lines[5]["base64"]), (&json!("hello 1 <b>你好</b>"), &json!("3q2+7w==")));
    assert!(lines[3]["round_trip_ms"].as_f64().is_some(), "an echo has a round trip");
    assert_eq!((&lines[6]["code"], &lines[6]["clean"]), (&json!(4321), &json!(true)));

    let har: Value = serde_json::from_str(&exported(&page, "export-har")).unwrap();
    let entry = &har["log"]["entries"][0];
    assert_eq!(entry["response"]["status"], 101);
    let messages = entry["_webSocketMessages"].as_array().unwrap();
    assert_eq!(
        messages.iter().map(|message| message["opcode"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 1, 2, 2]
    );
}

#[test]
fn it_goes_on_recording_while_another_page_is_shown() {
    let environment = TestEnvironment::new();
    let page = environment.signed_out();
    page.go("/console");
    write(
        &page,
        "console-url",
        &format!("{}?every=100ms", environment.network.url().replace("http", "ws") + "/lab/clock"),
    );
    page.click("console-open");
    wait_for_state(&page, "live");
    page.click("page-/compare");
    page.wait("compare-start");
    std::thread::sleep(std::time::Duration::from_secs(2));
    page.click("page-/console");
    page.wait("frames");
    let received = wait_for("the frames of the meantime", || {
        let counts = counts(&page);
        let received =
            counts.split(" · ").find_map(|figure| figure.strip_suffix(" received"))?.trim().parse::<u32>();
        received.ok().filter(|received| *received >= 15)
    });
    assert!(received < 10_000);
}

#[test]
fn fifty_thousand_frames_are_listed_in_a_small_document_and_filtered_at_once() {
    let environment = TestEnvironment::new();
    let page = open_echo(&environment);
    write(&page, "console-draft", "flood {{n}}");
    write(&page, "repeat-every", "0");
    write(&page, "repeat-count", "25000");
    page.click("repeat-start");
    wait_for("25,000 echoes", || counts(&page).contains("25000 sent · 25000 received").then_some(()));
    let rows_in_document = page.count(&test_id("frame"));
    assert!(rows_in_document < 100, "{rows_in_document} rows");
    wait_for_row(&page, "↓", "flood 25000");
    assert!(!counts(&page).contains("dropped"));

    write(&page, "filter-text", "flood 777$");
    page.click("filter-regex");
    wait_for("the two frames", || counts(&page).starts_with("2 shown").then_some(()));
    assert_eq!(rows(&page).len(), 2);
    write(&page, "filter-text", "(");
    wait_for("what is wrong with it", || {
        page.text_of(&test_id("filter-error")).filter(|said| said.contains("Invalid regular expression"))
    });
}

#[test]
fn polling_and_pushing_bring_the_same_events_and_polling_sends_more_requests() {
    let environment = TestEnvironment::new();
    let page = environment.signed_out();
    page.go("/compare");
    page.wait("compare-start");
    let script =
        "const field = document.querySelectorAll('main select')[arguments[0]]; field.value = arguments[1];
        field.dispatchEvent(new Event('change', { bubbles: true }))";
    for (at, value) in [(0, "250"), (1, "1000"), (2, "5000")] {
        page.browser.run(script, &[json!(at), json!(value)]);
    }
    page.click("compare-start");
    page.wait("compare-stop");
    page.wait("compare-start");
    let script = "return [...document.querySelectorAll(\"[data-testid='compare-table'] tbody tr\")]
        .map(row => [...row.cells].slice(1).map(cell => cell.textContent))";
    let table = page.browser.run(script, &[]);
    let figure = |row: usize, column: usize| table[row][column].as_str().unwrap().to_owned();
    let count = |row: usize, column: usize| figure(row, column).parse::<u32>().unwrap();
    for column in 0..4 {
        assert!(count(2, column) >= 8, "{table}");
        assert_eq!((count(6, column), count(7, column), count(8, column)), (0, 0, 0), "{table}");
    }
    assert!(count(0, 1) > 8 && count(0, 0) >= 4, "{table}");
    assert_eq!((count(0, 2), count(0, 3)), (1, 1), "{table}");
}
