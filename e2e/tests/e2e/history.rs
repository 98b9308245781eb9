//! A room of some thousand imported messages: scrolled to its start, searched, and opened at a permalink.

use std::{fs, path::Path};

use parlor_e2e::{Device, Key, Page, TestEnvironment, import, wait_for};
use serde_json::{Value, json};

on_each_device!(a_search_finds_words_in_latin_and_chinese_and_a_hit_opens_in_its_context);

/// The maximum number of messages in the page.
const MOST: u64 = 150;

struct History {
    environment: TestEnvironment,
    /// The lines of the imported file.
    said: Vec<Value>,
}

fn imported() -> History {
    imported_on(Device::Desktop)
}

fn imported_on(device: Device) -> History {
    let messages = testdata::messages();
    let environment = TestEnvironment::on_with(device, |data: &Path| {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let file = scratch.path().join("messages.jsonl");
        fs::write(&file, &messages).expect("the temporary folder can be written");
        import(data, &file);
    });
    let parse = |line| serde_json::from_str(line).expect("each line is JSON");
    History { environment, said: messages.lines().map(parse).collect() }
}

/// Opens an address of the room, like a link, for a user who has been here before.
fn open(history: &History, path: &str) -> Page {
    let page = history.environment.signed_in("Reader");
    page.go(path);
    page.wait_for_room("ubuntu");
    page.wait_until_live();
    page
}

#[test]
fn a_long_room_can_be_read_to_its_beginning() {
    let history = imported();
    let log = history.environment.server.log("ubuntu");
    assert_eq!(log.len(), history.said.len(), "everything was imported");
    for (stored, said) in log.iter().zip(&history.said) {
        assert_eq!((&stored["username"], &stored["text"]), (&said["username"], &said["text"]), "as written");
    }
    let last = log.last().unwrap()["seq"].as_u64().unwrap();
    let first = log[0]["seq"].as_u64().unwrap();

    let page = open(&history, "/rooms/ubuntu");
    wait_for("the newest message", || page.messages().into_iter().find(|shown| shown.seq == last));
    page.click("timeline");
    let mut most = 0;
    // First the wheel, then page by page. (Home goes to the beginning at once.)
    for _ in 0..12 {
        let top = page.messages()[0].seq;
        page.browser.wheel("[data-testid='timeline']", -2_500);
        wait_for("earlier messages", || (page.messages().first()?.seq < top).then_some(()));
        most = most.max(page.count("[data-testid='message']"));
    }
    let samples = walk_to(&page, Key::PageUp, first, &mut most);
    assert!(most <= MOST, "the document holds a window, not the room: {most} messages");
    assert!(samples.len() > 1_000, "{} messages were looked at on the way", samples.len());

    let beginning = page.messages();
    assert_eq!(beginning[0].username.as_deref(), history.said[0]["username"].as_str());
    assert_eq!(beginning[0].text, history.said[0]["text"].as_str().unwrap());
    for (seq, text) in samples {
        let stored = log.iter().find(|stored| stored["seq"] == seq).expect("what is shown is stored");
        let stored = stored["text"].as_str().unwrap();
        if !has_marks(stored) {
            assert_eq!(text, stored, "number {seq} is shown as it was written");
        }
    }
    assert_eq!(page.overflow(), 0);
}

fn a_search_finds_words_in_latin_and_chinese_and_a_hit_opens_in_its_context(device: Device) {
    let history = imported_on(device);
    let said = &history.said;
    // A word that occurs once, in the second half.
    let middle = said.len() / 2;
    let words = |text: &Value| -> Vec<String> {
        let text = text.as_str().unwrap_or_default().to_lowercase();
        text.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_owned).collect()
    };
    let mut counts = std::collections::HashMap::new();
    for word in said.iter().flat_map(|line| words(&line["text"])) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let rare = said[middle..].iter().flat_map(|line| words(&line["text"]));
    let rare = rare.into_iter().find(|word| word.len() > 7 && counts[word] == 1);
    let word = rare.expect("real messages have rare words");
    history.environment.server.post("ubuntu", "小红", "明天我们去图书馆看书吧");

    let page = open(&history, "/rooms/ubuntu");
    page.click("toggle-search");
    page.wait("search-field");
    let search = |words: &str| {
        page.browser.run(
            "const f = document.querySelector(\"[data-testid='search-field']\"); f.focus(); f.select()",
            &[],
        );
        page.browser.insert(words);
        page.browser.press(&[Key::Enter]);
        wait_for(&format!("a hit for {words}"), || {
            page.text_of("[data-testid='search-hit']").filter(|hit| hit.to_lowercase().contains(words))
        })
    };
    search("图书");
    search(&word);
    let seq =
        page.browser.run("return document.querySelector(\"[data-testid='search-hit']\").dataset.seq", &[]);
    let seq: u64 = seq.as_str().and_then(|seq| seq.parse().ok()).expect("a hit has a seq");
    page.click("search-hit");
    let shown = wait_for("the message", || page.messages().into_iter().find(|shown| shown.seq == seq));
    assert!(shown.text.to_lowercase().contains(&word));
    wait_for("its context", || is_in_sight(&page, seq).then_some(()));
    let around = page.messages();
    let index = around.iter().position(|shown| shown.seq == seq).expect("it is still there");
    assert!(index > 5 && index + 5 < around.len(), "there are messages before and after it");
    assert!(page.has("jump-latest"), "and a way back");
    page.click("jump-latest");
    page.wait_for_message("明天我们去图书馆看书吧");
}

#[test]
fn a_permalink_opens_in_its_context_and_both_ends_can_be_reached() {
    let history = imported();
    let log = history.environment.server.log("ubuntu");
    let seq_at = |index: usize| log[index]["seq"].as_u64().unwrap();
    let near_end = seq_at(log.len() - 1_500);
    let page = open(&history, &format!("/rooms/ubuntu?at={near_end}"));
    wait_for("the message in sight", || is_in_sight(&page, near_end).then_some(()));
    assert!(page.messages().iter().any(|shown| shown.seq < near_end));
    assert!(page.messages().iter().any(|shown| shown.seq > near_end));
    let mut most = 0;
    page.click("timeline");
    walk_to(&page, Key::End, seq_at(log.len() - 1), &mut most);

    let near_beginning = seq_at(900);
    page.go(&format!("/rooms/ubuntu?at={near_beginning}"));
    page.wait_until_live();
    wait_for("the message in sight", || is_in_sight(&page, near_beginning).then_some(()));
    page.click("timeline");
    walk_to(&page, Key::Home, seq_at(0), &mut most);
    assert!(most <= MOST, "{most} messages");
    page.go("/rooms/ubuntu?at=999999999");
    page.wait_until_live();
    wait_for("the newest messages", || {
        page.messages().into_iter().find(|shown| shown.seq == seq_at(log.len() - 1))
    });
}

/// Presses a key until a message is in the page. Returns the messages that were displayed on the way.
#[track_caller]
fn walk_to(page: &Page, key: Key, goal: u64, most: &mut u64) -> std::collections::BTreeMap<u64, String> {
    let mut samples = std::collections::BTreeMap::new();
    loop {
        let before = ends(page);
        for shown in page.messages() {
            samples.insert(shown.seq, shown.text);
        }
        *most = (*most).max(page.count("[data-testid='message']"));
        if samples.contains_key(&goal) {
            return samples;
        }
        wait_for(&format!("the messages beyond {before:?}, on the way to {goal}"), || {
            page.browser.press(&[key]);
            let now = ends(page);
            (now != before).then_some(())
        });
    }
}

fn ends(page: &Page) -> (u64, u64) {
    let messages = page.messages();
    let seq = |shown: Option<&parlor_e2e::ShownMessage>| shown.map_or(0, |shown| shown.seq);
    (seq(messages.first()), seq(messages.last()))
}

fn is_in_sight(page: &Page, seq: u64) -> bool {
    let script = "const m = document.querySelector(`[data-testid='message'][data-seq='${arguments[0]}']`);
        if (!m) return false;
        const t = document.querySelector(\"[data-testid='timeline']\").getBoundingClientRect();
        const r = m.getBoundingClientRect();
        return r.top >= t.top - 1 && r.bottom <= t.bottom + 1";
    page.browser.run(script, &[json!(seq)]) == true
}

/// Whether a text has markup that is not displayed as it is written.
fn has_marks(text: &str) -> bool {
    text.contains(['*', '_', '`', '\n']) || text.starts_with('>') || text.starts_with("/me")
}
