//! `parlor chat` in a pseudo-terminal.

use crate::{
    house::{House, PATIENCE, signal},
    screen::Screen,
};

fn post(house: &House, room: &str, text: &str) {
    assert!(house.run("bob", &["send", "--room", room, "--name", "bob", text], "").status.success());
}

fn code(screen: &mut Screen) -> Option<i32> {
    let by = std::time::Instant::now() + PATIENCE;
    while std::time::Instant::now() < by {
        if let Some(status) = screen.child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("chat did not end");
}

#[test]
fn two_people_talk_edit_and_leave() {
    let house = House::open();
    let mut screen = Screen::open(&house, "ann", &["chat", "--name", "ann"], (24, 100));
    let shown = screen.await_text("#lobby · 1 here");
    assert!(shown.contains("● ann") && shown.contains("Ctrl-Q quit"), "{shown}");
    post(&house, "lobby", "你好，世界 👩‍🚀");
    // Terminals disagree about how wide a sequence of emoji is: its parts are shown.
    screen.await_text("bob: 你好，世界 👩🚀");
    screen.press("first\x1b\rsecond 🎉\r");
    screen.await_that("two lines", |text| {
        text.contains("ann: first") && text.contains("      second 🎉") && text.contains("\n>\n")
    });
    screen.press("\x1b[A");
    screen.await_text("✎ first");
    screen.press("!\r");
    screen.await_text("second 🎉! (edited)");
    screen.press("\x11");
    assert_eq!(code(&mut screen), Some(0));
    screen.await_that("the terminal as it was", |_| !screen.is_alternate());
}

#[test]
fn what_was_written_while_the_server_was_dead_is_posted_once_it_is_back() {
    let mut house = House::open();
    let mut screen = Screen::open(&house, "ann", &["chat", "--name", "ann"], (20, 80));
    screen.await_text("● ann");
    house.kill();
    screen.await_text("○ not connected, next try in");
    screen.press("into the dark\r");
    screen.await_text("…   into the dark");
    house.restart();
    screen.press("\x12");
    let shown = screen.await_that("the message", |text| text.contains("ann: into the dark"));
    assert_eq!(shown.matches("into the dark").count(), 1, "{shown}");
    signal(&screen.child, "TERM");
    assert_eq!(code(&mut screen), Some(143));
    screen.await_that("the terminal as it was", |_| !screen.is_alternate());
}

#[test]
fn wide_text_is_wrapped_at_any_size_and_history_is_paged() {
    let house = House::open();
    let lines: Vec<_> = (1..=300).map(|line| format!("第{line}条消息，不长也不短，正好换行一次")).collect();
    assert!(house.run("bob", &["send", "--room", "lobby"], &lines.join("\n")).status.success());
    let screen = Screen::open(&house, "ann", &["chat", "--name", "ann"], (12, 40));
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
        std::thread::sleep(std::time::Duration::from_millis(30));
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
    let house = House::open();
    let screen = Screen::open(&house, "ann", &["chat", "--name", "ann", "--room", "deploys"], (24, 100));
    screen.await_text("● ann");
    screen.press("/join lobby\r");
    screen.await_text("▸lobby");
    post(&house, "deploys", "version 7 for @ann");
    screen.await_text("deploys 1");
    screen.press("\t");
    screen.await_text("version 7 for @ann");
    screen.await_that("no count", |text| !text.contains("deploys 1"));
}
