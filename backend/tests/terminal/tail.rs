//! `parlor tail`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout},
};

use shared::Message;

use crate::house::{House, finish, signal, stderr};

fn follow(house: &House, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child =
        house.command("reader", &[&["tail", "--room", "lobby"], arguments].concat()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn line(reader: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn post(house: &House, lines: &str) {
    assert!(house.run("ann", &["send", "--room", "lobby", "--name", "ann"], lines).status.success());
}

#[tokio::test]
async fn it_begins_with_the_newest_and_goes_on_over_a_killed_server() {
    let mut house = House::open();
    post(&house, "one\ntwo\nthree\n");
    let (child, mut out) = follow(&house, &["--lines", "2"]);
    let mut lines = vec![line(&mut out), line(&mut out)];
    house.kill();
    house.restart();
    post(&house, "four\n\u{1b}[31mfive\u{7}\n");
    lines.extend([line(&mut out), line(&mut out)]);
    // A pipe gets no control characters.
    let shown = ["two", "three", "four", "\u{FFFD}[31mfive\u{FFFD}"];
    let log = house.log("lobby").await;
    assert_eq!(log.len(), 5);
    for ((line, message), text) in lines.iter().zip(&log[1..]).zip(shown) {
        assert!(line.ends_with(&format!("#{} ann: {text}", message.seq)), "{line}");
    }
    signal(&child, "INT");
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(130));
    assert!(stderr(&ended).contains("connected again"), "{}", stderr(&ended));
}

#[tokio::test]
async fn after_a_number_everything_comes_page_by_page_as_json() {
    let house = House::open();
    let lines: Vec<_> = (1..=450).map(|line| line.to_string()).collect();
    post(&house, &lines.join("\n"));
    let log = house.log("lobby").await;
    assert!(log.iter().map(|message| &message.text).eq(&lines));
    let (child, mut out) = follow(&house, &["--after", &log[6].seq.to_string(), "--json"]);
    for expected in &log[7..] {
        let message: Message = serde_json::from_str(&line(&mut out)).unwrap();
        assert_eq!(message, *expected);
    }
    post(&house, "live\n");
    assert!(line(&mut out).contains("\"live\""));
    signal(&child, "TERM");
    assert_eq!(finish(child).status.code(), Some(143));
}

#[test]
fn it_ends_quietly_when_nobody_reads_it_any_more() {
    let house = House::open();
    post(&house, "one\n");
    let (child, mut out) = follow(&house, &[]);
    line(&mut out);
    drop(out);
    let ended = finish(child);
    assert_eq!((ended.status.code(), stderr(&ended)), (Some(0), String::new()));
}
