//! `parlor chat` in a pseudo-terminal.

use std::{thread, time::Duration};

use client::AboutKind;

use crate::{
    screen::Screen,
    server::{TestServer, signal},
};

const SIZE: (u16, u16) = (24, 100);

fn post(server: &TestServer, room: &str, text: &str) {
    assert!(server.run("bob", &["send", "--room", room, "--name", "bob", text], "").status.success());
}

fn chat(server: &TestServer) -> Screen {
    let screen = Screen::open(server, "ann", &["chat", "--name", "ann"], SIZE);
    screen.await_text("● ann");
    screen
}

#[test]
fn two_people_talk_edit_and_leave() {
    let server = TestServer::open();
    let mut screen = chat(&server);
    let shown = screen.await_text("#lobby · 1 here");
    assert!(shown.contains("Ctrl-Q quit"), "{shown}");
    post(&server, "lobby", "你好，世界 👩‍🚀");
    // Terminals disagree about the width of a sequence of emoji: its parts are shown.
    screen.await_text("bob: 你好，世界 👩🚀");
    screen.press("first\x1b\rsecond 🎉\r");
    screen.await_that("two lines", |text| {
        text.contains("ann: first") && text.contains("      second 🎉") && text.contains("\n>\n")
    });
    screen.press("/edit\r");
    screen.await_text("✎ first");
    screen.press("!\r");
    screen.await_text("second 🎉! (edited)");
    screen.press("\x11");
    assert_eq!(screen.exit_code(), Some(0));
    screen.await_that("the terminal as it was", |_| !screen.is_alternate());
}

#[tokio::test]
async fn messages_are_answered_reacted_to_and_found() {
    let server = TestServer::open();
    post(&server, "lobby", "who deploys today?");
    post(&server, "lobby", "and who reviews?");
    let screen = chat(&server);
    screen.await_text("and who reviews?");
    let (first, second) = (server.log("lobby").await[0].seq, server.log("lobby").await[1].seq);
    screen.press(&format!("/reply #{first} I do\r"));
    screen.await_that("a quote and the answer", |text| {
        text.contains("↱ bob: who deploys today?") && text.contains("ann: I do")
    });
    screen.press("/react 👍\r");
    screen.await_text("👍 1");
    let log = server.log("lobby").await;
    let about: Vec<_> =
        log.iter().filter_map(|message| message.about).map(|about| (about.seq, about.kind)).collect();
    assert_eq!(about, [(first, AboutKind::Reply), (second, AboutKind::Reaction)]);
    // The search index is behind by up to a second.
    thread::sleep(Duration::from_millis(1_200));
    screen.press("/search deploys\r");
    screen.await_text("1 messages with \"deploys\"");
    screen.press("\r");
    screen.await_that("the timeline", |text| !text.contains("1 messages with"));
    screen.press("\x1b");
    screen.await_text("and who reviews?");
    screen.press("/help\r");
    screen.await_text("/search WORDS");
    screen.press("\x07");
    let numbered = format!("{:<5} bob: who deploys today?", format!("#{first}"));
    screen.await_that("numbers", |text| text.contains(&numbered));
}

#[tokio::test]
async fn an_unknown_command_is_refused_and_two_slashes_post_one() {
    let server = TestServer::open();
    let screen = chat(&server);
    screen.press("/nick neo\r");
    screen.await_text("there is no command /nick");
    screen.press("\x15//nick neo\r");
    screen.await_text("ann: /nick neo");
    let texts: Vec<_> = server.log("lobby").await.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["/nick neo"]);
}

#[test]
fn tab_completes_names_and_commands_and_up_brings_back_what_was_entered() {
    let server = TestServer::open();
    post(&server, "lobby", "hello");
    let screen = chat(&server);
    screen.await_text("bob: hello");
    screen.press("hi bo\t");
    screen.await_text("> hi @bob");
    screen.press("\r");
    screen.await_text("ann: hi @bob");
    screen.press("/sea\t");
    screen.await_text("> /search");
    screen.press("\x15\x1b[A");
    screen.await_text("> hi @bob");
    screen.press("\x1b[B");
    screen.await_text("\n>\n");
}

#[test]
fn a_draft_outlives_ctrl_c_and_a_kill() {
    let server = TestServer::open();
    let mut screen = chat(&server);
    screen.press("half a thought");
    screen.await_text("> half a thought");
    screen.press("\x03");
    assert_eq!(screen.exit_code(), Some(0));
    let mut screen = chat(&server);
    screen.await_text("> half a thought");
    screen.press(" more");
    screen.await_text("> half a thought more");
    thread::sleep(Duration::from_millis(1_500));
    screen.child.kill().unwrap();
    assert_eq!(screen.exit_code(), None);
    let screen = chat(&server);
    screen.await_text("> half a thought more");
    screen.press("\r");
    screen.await_text("ann: half a thought more");
    thread::sleep(Duration::from_millis(1_500));
    drop(screen);
    let screen = chat(&server);
    screen.await_text("ann: half a thought more");
    assert!(!screen.text().contains("> half"), "{}", screen.text());
}

#[test]
fn a_mention_rings_the_bell_and_other_messages_do_not() {
    let server = TestServer::open();
    let screen = chat(&server);
    post(&server, "lobby", "nothing for anybody");
    screen.await_text("nothing for anybody");
    assert_eq!(screen.bells(), 0);
    post(&server, "lobby", "lunch, @ann?");
    screen.await_text("lunch, @ann?");
    screen.await_that("a bell", |_| screen.bells() == 1);
}

#[test]
fn a_room_that_is_made_later_is_listed() {
    let server = TestServer::open();
    let screen = chat(&server);
    screen.await_text("▸lobby");
    post(&server, "brand-new", "first");
    screen.await_text(" brand-new");
}

#[test]
fn what_was_written_while_the_server_was_dead_is_posted_once_it_is_back() {
    let mut server = TestServer::open();
    let mut screen = chat(&server);
    server.kill();
    screen.await_that("the state and its reason", |text| {
        text.contains("○ not connected, next try in") && text.contains("no server listens there")
    });
    screen.press("into the dark\r");
    screen.await_text("…   into the dark");
    server.restart();
    screen.press("\x12");
    let shown = screen.await_that("the message", |text| text.contains("ann: into the dark"));
    assert_eq!(shown.matches("into the dark").count(), 1, "{shown}");
    signal(&screen.child, "TERM");
    assert_eq!(screen.exit_code(), Some(143));
    screen.await_that("the terminal as it was", |_| !screen.is_alternate());
}

#[tokio::test]
async fn what_was_about_a_message_of_an_earlier_numbering_is_sent_without_it_or_given_up() {
    let mut server = TestServer::open();
    post(&server, "lobby", "who deploys?");
    let screen = chat(&server);
    screen.await_text("bob: who deploys?");
    server.kill();
    screen.await_text("○ not connected");
    screen.press("/reply I do\r");
    screen.await_text("…   I do");
    screen.press("/react 👍\r");
    screen.await_text("…   react with 👍");
    server.copy_data();
    server.restart();
    screen.press("\x12");
    let shown =
        screen.await_that("both refusals", |text| text.matches("✗ the room starts afresh").count() == 2);
    assert!(shown.contains("the room starts afresh here: messages may be gone"), "{shown}");
    assert_eq!((shown.matches("Ctrl-T").count(), shown.matches("Ctrl-X").count()), (1, 2), "{shown}");
    screen.press("\x14");
    let shown = screen.await_text("ann: I do");
    assert!(shown.contains("✗   react with 👍"), "{shown}");
    let said: Vec<_> =
        server.log("lobby").await.into_iter().map(|message| (message.text, message.about)).collect();
    assert_eq!(said, [("who deploys?".to_owned(), None), ("I do".to_owned(), None)]);
    screen.press("\x18");
    screen.await_that("no refusal", |text| !text.contains("react with"));
}

#[test]
fn an_empty_room_says_that_messages_may_be_missing() {
    let mut server = TestServer::open();
    let screen = chat(&server);
    screen.await_text("#lobby · 1 here");
    server.kill();
    screen.await_text("○ not connected");
    server.copy_data();
    server.restart();
    screen.press("\x12");
    screen.await_text("the room starts afresh here: messages may be gone");
}

#[test]
fn wide_text_is_wrapped_at_any_size_and_history_is_paged() {
    let server = TestServer::open();
    let lines: Vec<_> = (1..=300).map(|line| format!("第{line}条消息，不长也不短，正好换行一次")).collect();
    assert!(server.run("bob", &["send", "--room", "lobby"], &lines.join("\n")).status.success());
    let screen = Screen::open(&server, "ann", &["chat", "--name", "ann"], (12, 40));
    screen.await_text("第300条消息");
    for (rows, columns) in [(60, 200), (12, 40), (4, 10), (1, 1), (24, 80)] {
        screen.resize(rows, columns);
        if columns >= 40 {
            screen.await_text("第300条消息");
        }
    }
    for _ in 0..60 {
        screen.press("\x1b[5~");
        if screen.text().contains("第1条消息") {
            break;
        }
        thread::sleep(Duration::from_millis(30));
    }
    screen.await_text("第1条消息");
    screen.press("\x1b[6~");
    screen.await_text("Esc goes to the newest");
    // An escape alone is told from the beginning of a key by the time after it.
    screen.press("\x1b");
    screen.await_text("第300条消息");
}

#[test]
fn unread_messages_of_other_rooms_are_counted_until_the_room_is_entered() {
    let server = TestServer::open();
    let screen = Screen::open(&server, "ann", &["chat", "--name", "ann", "--room", "deploys"], SIZE);
    screen.await_text("● ann");
    screen.press("/join lobby\r");
    screen.await_text("▸lobby");
    post(&server, "deploys", "version 7 for @ann");
    screen.await_text("deploys 1");
    screen.press("\t");
    screen.await_text("version 7 for @ann");
    screen.await_that("no count", |text| !text.contains("deploys 1"));
}
