//! What the commands say about servers that are dead, silent, or not Parlor.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::Child,
    time::{Duration, Instant},
};

use crate::{
    fake::FakeServer,
    screen::Screen,
    server::{TestServer, finish, parlor, stderr},
};

/// The first line on standard error, and how long it took to come.
fn first_words(child: &mut Child) -> (String, Duration) {
    let started = Instant::now();
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    (line, started.elapsed())
}

/// The address of a port at which nobody listens.
fn dead_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ws://{}", listener.local_addr().unwrap())
}

#[test]
fn send_says_within_two_seconds_that_the_server_is_dead_and_gives_up_after_ten() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut child =
        parlor(folder.path(), &["send", "--url", &dead_url(), "--room", "lobby", "x"]).spawn().unwrap();
    let (line, after) = first_words(&mut child);
    assert!(line.contains("no server listens there; trying for 10 s"), "{line}");
    assert!(after < Duration::from_secs(2), "{after:?}");
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(stderr(&ended).contains("gave up after 10 s"), "{}", stderr(&ended));
}

#[test]
fn send_and_tail_say_within_two_seconds_that_a_server_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let url = server.url.clone();
    let arguments = ["send", "--url", &url, "--room", "lobby", "--timeout", "3s", "x"];
    let mut child = parlor(folder.path(), &arguments).spawn().unwrap();
    let socket = server.accept_websocket();
    let (line, after) = first_words(&mut child);
    assert!(line.contains("has not answered yet"), "{line}");
    assert!(after < Duration::from_millis(2_500), "{after:?}");
    assert_eq!(finish(child).status.code(), Some(1));
    drop(socket);

    let mut child = parlor(folder.path(), &["tail", &url, "--room", "lobby"]).spawn().unwrap();
    let stream = server.accept();
    let (line, after) = first_words(&mut child);
    assert!(line.contains("has not answered yet"), "{line}");
    assert!(after < Duration::from_millis(2_500), "{after:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stream);
}

#[test]
fn a_server_that_is_not_parlor_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    let web = FakeServer::open().answer_all(page);
    let other = FakeServer::open().answer_all("220 mail.example.org ESMTP\r\n");
    for url in [&web, &other] {
        for arguments in
            [&["send", "--url", url, "--room", "lobby", "x"][..], &["tail", url, "--room", "lobby"]]
        {
            let started = Instant::now();
            let ended = finish(parlor(folder.path(), arguments).spawn().unwrap());
            assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
            let words = stderr(&ended);
            assert!(
                words.contains("is no Parlor server") || words.contains("does not speak WebSocket"),
                "{words}"
            );
            assert!(started.elapsed() < Duration::from_secs(5), "{arguments:?}");
        }
    }
}

#[test]
fn chat_ends_with_a_sentence_at_a_websocket_server_that_is_not_parlor() {
    let server = TestServer::open();
    let echo = format!("{}/lab/echo", server.url());
    let mut screen = Screen::open(&server, "ann", &["chat", &echo, "--name", "ann"], (24, 100));
    screen.await_text("is no Parlor server");
    assert_eq!(screen.exit_code(), Some(1));
    assert!(!screen.is_alternate());
}
