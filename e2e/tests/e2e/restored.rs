//! A backup is restored in the middle of a conversation: the pages show what the backup has and what waited to be sent,
//! and nothing of what was said in between.

use std::path::PathBuf;

use parlor_e2e::{Device, Network, NetworkMode, Page, Server, TestEnvironment, test_id, wait_for};
use serde_json::{Value, json};
use tempfile::TempDir;

on_each_device!(a_conversation_goes_on_from_the_backup_with_the_draft_and_the_post_that_waited);

/// A backup in a folder of its own.
struct Backup {
    _folder: TempDir,
    file: PathBuf,
}

impl Backup {
    /// Makes a backup of a server, which may run.
    fn of(server: &Server) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("backup.parlor");
        let backup = Self { _folder: folder, file };
        server.command(&["backup", backup.file()]);
        backup
    }

    fn file(&self) -> &str {
        self.file.to_str().expect("the path of a temporary folder is UTF-8")
    }

    /// Puts it in the place of a stopped server's data, and starts the server.
    fn restore(&self, server: &Server) {
        server.command(&["restore", self.file(), "--replace"]);
        server.restart();
    }
}

/// Everything that a page says to its user, hidden or not: texts, fields, names and titles.
fn everything(page: &Page) -> String {
    let script = "return document.documentElement.outerHTML
        + [...document.querySelectorAll('input, textarea')].map(field => field.value).join('\\n')
        + document.title";
    page.browser.run(script, &[]).as_str().expect("a text").to_owned()
}

/// Seq, id and text of each message that a page shows.
fn shown(page: &Page) -> Vec<(u64, String, String)> {
    page.messages().into_iter().map(|message| (message.seq, message.id, message.text)).collect()
}

/// The same of each message and reply in a room's log.
fn stored(server: &Server, room: &str) -> Vec<(u64, String, String)> {
    let text_of = |message: &Value, name: &str| message[name].as_str().expect("a text").to_owned();
    let log = server.log(room);
    let is_entry = |message: &&Value| message["about"].is_null() || message["about"]["as"] == "reply";
    let messages = log.iter().filter(is_entry);
    messages
        .map(|message| {
            let seq = message["seq"].as_u64().expect("a seq");
            (seq, text_of(message, "id"), text_of(message, "text"))
        })
        .collect()
}

/// Waits until the pages show exactly what is stored in a room, and nothing is pending.
#[track_caller]
fn wait_for_the_store(server: &Server, room: &str, pages: &[&Page]) {
    let stored = stored(server, room);
    let texts: Vec<String> = stored.iter().map(|(.., text)| text.clone()).collect();
    for page in pages {
        page.wait_for_texts(&texts);
        assert_eq!(shown(page), stored, "the numbers and ids are those of the store");
    }
}

fn chips(page: &Page) -> u64 {
    page.count(&test_id("reaction"))
}

fn a_conversation_goes_on_from_the_backup_with_the_draft_and_the_post_that_waited(device: Device) {
    let environment = TestEnvironment::on(device);
    let server = &environment.server;
    let ann = environment.signed_in("Ann");
    // Another network, which stays up when Ann's goes down.
    let bos_network = Network::to(server.address());
    let bo = TestEnvironment::signed_in_over(&bos_network, "Bo");
    ann.post("kept 1");
    bo.wait_for_message("kept 1");
    bo.post("kept 2");
    ann.wait_for_message("kept 2");
    let reworded = server.post("lobby", "Cy", "kept 3").seq;
    let deleted = server.post("lobby", "Cy", "kept 4").seq;
    server.post_about("lobby", "Cy", "👍", reworded, "reaction");
    for page in [&ann, &bo] {
        page.wait_for_message("kept 4");
        wait_for("the reaction", || (chips(page) == 1).then_some(()));
    }

    let backup = Backup::of(server);
    ann.post("lost 1");
    bo.wait_for_message("lost 1");
    bo.post("lost 2");
    server.post_about("lobby", "Cy", "lost 3", reworded, "edit");
    server.post_about("lobby", "Cy", "🎉", deleted, "reaction");
    server.post_about("lobby", "Cy", "", deleted, "retraction");
    let last = server.post("lobby", "Cy", "lost 4").seq;
    server.post_about("lobby", "Cy", "lost 5", last, "reply");
    for page in [&ann, &bo] {
        page.wait_for_message("lost 5");
        page.wait_for_message("lost 3");
    }
    bo.to_composer();
    bo.browser.type_keys("half a sentence");
    environment.network.set(NetworkMode::Down);
    wait_for("Ann's page to notice", || (ann.connection() != "live").then_some(()));
    ann.post("kept 5, which waited");
    assert_eq!(ann.pending(), ["kept 5, which waited"]);
    server.stop();
    wait_for("Bo's page to notice", || (bo.connection() != "live").then_some(()));
    backup.restore(server);
    environment.network.set(NetworkMode::Normal);

    // Nobody does anything: the pages come back by themselves.
    for page in [&ann, &bo] {
        page.wait_until_live();
    }
    wait_for("the post that waited", || {
        server.texts("lobby").1.contains_key("kept 5, which waited").then_some(())
    });
    let look = |when: &str| {
        wait_for_the_store(server, "lobby", &[&ann, &bo]);
        let expected = ["kept 1", "kept 2", "kept 3", "kept 4", "kept 5, which waited"];
        for page in [&ann, &bo] {
            assert_eq!(page.texts(), expected, "{when}");
            wait_for("the reaction of the backup", || (chips(page) == 1).then_some(()));
            assert_eq!(page.count(".edited"), 0, "{when}: the edit was lost");
            assert!(!everything(page).contains("lost"), "{when}: {}", everything(page));
        }
        assert_eq!(ann.draft(), "", "{when}");
        assert_eq!(bo.draft(), "half a sentence", "{when}");
    };
    look("at once");
    for page in [&ann, &bo] {
        page.browser.reload();
        page.wait_until_live();
    }
    look("after a reload");

    ann.post("new 1");
    bo.wait_for_message("new 1");
    assert_eq!(bo.draft(), "half a sentence");
    bo.to_composer();
    bo.send();
    ann.wait_for_message("half a sentence");
    ann.post("new 2");
    bo.wait_for_message("new 2");
    wait_for_the_store(server, "lobby", &[&ann, &bo]);
    let (_, counts) = server.texts("lobby");
    assert!(counts.values().all(|count| *count == 1), "each once: {counts:?}");
}

/// Stops the server, restores a backup, and starts the server again. The pages notice it and come back.
#[track_caller]
fn restore(server: &Server, backup: &Backup, pages: &[&Page]) {
    server.stop();
    for page in pages {
        wait_for("the page to notice", || (page.connection() != "live").then_some(()));
    }
    backup.restore(server);
    for page in pages {
        page.wait_until_live();
    }
}

/// Moves the pointer over a message and clicks one of its buttons.
#[track_caller]
fn act(page: &Page, text: &str, action: &str) {
    let row = format!("{}[data-seq='{}']", test_id("message"), page.wait_for_message(text).seq);
    page.browser.hover(&row);
    page.browser.click(&format!("{row} {}", test_id(action)));
}

/// Posts a message as the user of a page, and leaves the composer alone.
#[track_caller]
fn post_beside_the_composer(page: &Page, text: &str) {
    let script = "const [text, done] = arguments;
        const username = localStorage.getItem('parlor.name');
        const token = localStorage.getItem('parlor.token.' + username);
        const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
        fetch('/api/rooms/lobby/messages', {method: 'POST', headers, body: JSON.stringify({username, text})})
            .then(answer => done(answer.status), () => done(null))";
    assert_eq!(page.browser.run_async(script, &[json!(text)]), 201, "{text}");
}

#[test]
fn an_edit_that_was_begun_before_the_restore_changes_no_other_message() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    let bo = environment.signed_in("Bo");
    bo.post("kept 1");
    bo.wait_for_message("kept 1");
    let backup = Backup::of(server);
    bo.post("lost 1");
    act(&bo, "lost 1", "edit");
    wait_for("its text", || (bo.draft() == "lost 1").then_some(()));
    bo.browser.type_keys(", put better");
    restore(server, &backup, &[&bo]);
    // Messages of his own, whose numbers may be that of the lost one. He still writes.
    let mine = ["kept 1", "new 1", "new 2", "new 3"].map(str::to_owned);
    for text in &mine[1..] {
        post_beside_the_composer(&bo, text);
    }
    bo.wait_for_message("new 3");
    assert!(everything(&bo).contains("put better"), "what Bo has written is not lost");
    bo.to_composer();
    bo.send();
    wait_for("the text to be a message, or to be refused", || {
        let texts = [bo.texts(), bo.pending()].concat();
        texts.iter().any(|text| text.contains("put better")).then_some(())
    });
    assert!(bo.texts().starts_with(&mine), "{:?}", bo.texts());
    assert!(!bo.pending().iter().any(|text| text.starts_with("new")), "{:?}", bo.pending());
    let log = server.log("lobby");
    assert!(log.iter().all(|message| message["about"].is_null()), "{log:#?}");
}

#[test]
fn a_reply_that_waited_is_kept_and_answers_no_other_message() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    let ann = environment.signed_in("Ann");
    server.post("lobby", "Cy", "kept 1");
    ann.wait_for_message("kept 1");
    let backup = Backup::of(server);
    server.post("lobby", "Cy", "lost 1");
    ann.wait_for_message("lost 1");
    environment.network.set(NetworkMode::Down);
    wait_for("the page to notice", || (ann.connection() != "live").then_some(()));
    act(&ann, "lost 1", "reply");
    ann.wait("composer-about");
    ann.post("an answer");
    assert_eq!(ann.pending(), ["an answer"]);
    server.stop();
    backup.restore(server);
    for text in ["new 1", "new 2"] {
        server.post("lobby", "Cy", text);
    }
    environment.network.set(NetworkMode::Normal);
    ann.wait_until_live();
    ann.wait_for_message("new 2");
    wait_for("Ann to be asked", || ann.has("discard").then_some(()));
    assert_eq!(ann.pending(), ["an answer"], "what Ann has written is not lost");
    // An offer to send it again must be good for something.
    if ann.has("retry") {
        ann.click("retry");
        ann.wait_for_message("an answer");
    } else {
        ann.click("discard");
        wait_for("it to go", || ann.pending().is_empty().then_some(()));
        assert_eq!(ann.texts(), ["kept 1", "new 1", "new 2"]);
    }
    let log = server.log("lobby");
    assert!(log.iter().all(|message| message["about"].is_null()), "{log:#?}");
    assert_eq!(ann.count(&test_id("quote")), 0);
}

#[test]
fn what_is_unread_is_counted_from_the_backup() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    server.post("kitchen", "Cy", "kept 1");
    for page in [&ann, &bo] {
        // What is not in the list yet would be made.
        page.browser.reload();
        wait_for("the room to be listed", || (page.count("[data-room='kitchen']") == 1).then_some(()));
        page.wait_until_live();
        page.go_to_room("kitchen");
        page.wait_for_message("kept 1");
        page.go_to_room("lobby");
    }
    let backup = Backup::of(server);
    for number in 1..=4 {
        server.post("kitchen", "Cy", &format!("lost {number}"));
    }
    // Ann reads it, Bo does not.
    ann.go_to_room("kitchen");
    ann.wait_for_message("lost 4");
    ann.go_to_room("lobby");
    wait_for("Ann to have read it", || ann.badge_of("kitchen").is_none().then_some(()));
    wait_for("Bo to be told", || (bo.badge_of("kitchen")? == "4").then_some(()));

    restore(server, &backup, &[&ann, &bo]);
    for page in [&ann, &bo] {
        wait_for("nothing to be unread", || page.badge_of("kitchen").is_none().then_some(()));
    }
    server.post("kitchen", "Cy", "new 1");
    for page in [&ann, &bo] {
        wait_for("one to be unread", || (page.badge_of("kitchen")? == "1").then_some(()));
        page.go_to_room("kitchen");
        page.wait_for_message("new 1");
        wait_for_the_store(server, "kitchen", &[page]);
        wait_for("nothing to be unread", || page.badge_of("kitchen").is_none().then_some(()));
        assert!(!everything(page).contains("lost"), "{}", everything(page));
    }
}

#[test]
fn who_is_in_a_room_or_has_a_name_that_the_backup_does_not_have_can_go_on() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    let ann = environment.signed_in("Ann");
    ann.post("kept 1");
    ann.wait_for_message("kept 1");
    let backup = Backup::of(server);
    let bo = environment.signed_in("Bo");
    bo.post("lost 1");
    bo.wait_for_message("lost 1");
    ann.go_to_room("cellar");
    ann.post("lost 2");
    ann.wait_for_message("lost 2");
    restore(server, &backup, &[&ann, &bo]);
    for page in [&ann, &bo] {
        wait_for("what was said to go", || page.texts().iter().all(|text| text == "kept 1").then_some(()));
        assert!(!everything(page).contains("lost"), "{}", everything(page));
    }
    bo.post("new 1");
    ann.go_to_room("lobby");
    ann.wait_for_message("new 1");
    ann.post("new 2");
    bo.wait_for_message("new 2");
    wait_for_the_store(server, "lobby", &[&ann, &bo]);
    assert!(stored(server, "cellar").is_empty());
}
