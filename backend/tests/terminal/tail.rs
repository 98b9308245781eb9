//! `parlor tail`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout},
};

use client::Message;

use crate::server::{TIMEOUT, TestServer, connect, finish, signal, stderr};

fn follow(server: &TestServer, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child =
        server.command("reader", &[&["tail", "--room", "lobby"], arguments].concat()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn line(reader: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn post(server: &TestServer, lines: &str) {
    assert!(server.run("ann", &["send", "--room", "lobby", "--name", "ann"], lines).status.success());
}

#[tokio::test]
async fn it_begins_with_the_newest_and_goes_on_over_a_killed_server() {
    let mut server = TestServer::open();
    post(&server, "one\ntwo\nthree\n");
    let (child, mut out) = follow(&server, &["--lines", "2"]);
    let mut lines = vec![line(&mut out), line(&mut out)];
    server.kill();
    server.restart();
    post(&server, "four\n\u{1b}[31mfive\u{7}\n");
    lines.extend([line(&mut out), line(&mut out)]);
    // A pipe gets no control characters.
    let shown = ["two", "three", "four", "\u{FFFD}[31mfive\u{FFFD}"];
    let log = server.log("lobby").await;
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
    let server = TestServer::open();
    let lines: Vec<_> = (1..=450).map(|line| line.to_string()).collect();
    post(&server, &lines.join("\n"));
    let log = server.log("lobby").await;
    assert!(log.iter().map(|message| &message.text).eq(&lines));
    let (child, mut out) = follow(&server, &["--after", &log[6].seq.to_string(), "--json"]);
    for expected in &log[7..] {
        let message: Message = serde_json::from_str(&line(&mut out)).unwrap();
        assert_eq!(message, *expected);
    }
    post(&server, "live\n");
    assert!(line(&mut out).contains("\"live\""));
    signal(&child, "TERM");
    assert_eq!(finish(child).status.code(), Some(143));
}

#[test]
fn it_ends_quietly_when_nobody_reads_it_any_more() {
    let server = TestServer::open();
    post(&server, "one\n");
    let (child, mut out) = follow(&server, &[]);
    line(&mut out);
    drop(out);
    let ended = finish(child);
    assert_eq!((ended.status.code(), stderr(&ended)), (Some(0), String::new()));
}

#[tokio::test]
async fn it_does_not_count_as_a_member() {
    let server = TestServer::open();
    let (member, _events) = connect(&server.url()).await;
    let lobby = "lobby".parse().unwrap();
    member.join(&lobby);
    let (child, mut out) = follow(&server, &[]);
    member.post(&lobby, "hello").await.unwrap();
    assert!(line(&mut out).ends_with(": hello"));
    // Presence is gathered for half a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let count = member.read(|machine| machine.view().room(&lobby).map(|view| view.members().count));
    assert_eq!(count, Some(1));
    signal(&child, "INT");
    assert_eq!(
        tokio::time::timeout(TIMEOUT, async { finish(child) }).await.unwrap().status.code(),
        Some(130)
    );
}

#[test]
fn a_log_with_other_numbers_is_told_and_begun_anew() {
    let server = TestServer::open();
    post(&server, "one\n");
    let (child, mut out) = follow(&server, &["--after", "900"]);
    assert!(line(&mut out).ends_with(": one"));
    signal(&child, "INT");
    let ended = finish(child);
    assert!(stderr(&ended).contains("numbers of this room's log changed"), "{}", stderr(&ended));
}

#[tokio::test]
async fn who_begins_after_a_message_that_is_not_kept_is_told_and_gets_what_is_left() {
    let server = TestServer::open();
    post(&server, "one\ntwo\nthree\n");
    let first = server.log("lobby").await[0].seq.to_string();
    server.keep("lobby", "1s");
    while !server.log("lobby").await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.keep("lobby", "forever");
    post(&server, "four\n");
    let (child, mut out) = follow(&server, &["--after", &first]);
    assert!(line(&mut out).ends_with("four"));
    signal(&child, "INT");
    let said = stderr(&finish(child));
    assert!(said.contains("are not kept any more: going on after it"), "{said}");
}
