//! What the commands do when a right begins or ends: invitations, bars, and rooms that end.

use std::{
    io::Write,
    net::TcpStream,
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use client::{CloseCode, LeftReason, Refusal, RefusalCode, RoomInfo, RoomKind, RoomSummary, Seq};
use shared::{FromClient, FromServer, Post};
use tungstenite::{Message, WebSocket, protocol::CloseFrame};

use crate::{
    fake::{FakeServer, acknowledge, next_frame, read_head, refuse, say, welcome},
    screen::Screen,
    server::{finish, parlor, stderr},
};

const SECRET: &str = "q1Yx8ZrT0vLw3kPa5sDf7g";

/// Starts to send a text as ann.
fn send(folder: &Path, server: &FakeServer, arguments: &[&str]) -> Child {
    let start = ["send", "--url", &server.url, "--room", "lobby", "--name", "ann"];
    parlor(folder, &[&start[..], arguments].concat()).spawn().unwrap()
}

/// The invitation and the token of a `hello`.
fn hello(socket: &mut WebSocket<TcpStream>) -> (Option<String>, Option<String>) {
    let frame = next_frame(socket);
    let FromClient::Hello { invitation, token, .. } = frame else { panic!("a hello comes first: {frame:?}") };
    (invitation.map(|it| it.as_str().to_owned()), token.map(|it| it.as_str().to_owned()))
}

/// A client that was welcomed as ann.
fn welcomed(server: &FakeServer) -> WebSocket<TcpStream> {
    let mut socket = server.accept_websocket();
    next_frame(&mut socket);
    welcome(&mut socket, "ann", Some("token-of-ann"));
    socket
}

fn next_post(socket: &mut WebSocket<TcpStream>) -> Post {
    let frame = next_frame(socket);
    let FromClient::Post(post) = frame else { panic!("a post is expected: {frame:?}") };
    post
}

fn refuse_post(socket: &mut WebSocket<TcpStream>, post: &Post, code: RefusalCode, wait: Option<u64>) {
    let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
    let refusal = Refusal::new(code, "lobby is not there");
    say(socket, &FromServer::Refused(Refusal { id, room, retry_after_ms: wait, ..refusal }));
}

#[test]
fn an_invitation_lets_somebody_in_and_the_kept_token_is_enough_later() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let link = format!("https://chat.example.org/#invitation={SECRET}");
    let child = send(folder.path(), &server, &["--invitation", &link, "hello"]);
    let mut socket = server.accept_websocket();
    assert_eq!(hello(&mut socket), (Some(SECRET.into()), None));
    welcome(&mut socket, "ann", Some("token-of-ann"));
    acknowledge(&mut socket);
    assert_eq!(finish(child).status.code(), Some(0));

    // A script gives the same invitation each time.
    let start = ["send", "--url", &server.url, "--room", "lobby", "--name", "ann", "again"];
    let child = parlor(folder.path(), &start).env("PARLOR_INVITATION", SECRET).spawn().unwrap();
    let mut socket = server.accept_websocket();
    assert_eq!(hello(&mut socket), (Some(SECRET.into()), Some("token-of-ann".into())));
    refuse(&mut socket, RefusalCode::BadInvitation);
    assert_eq!(hello(&mut socket), (None, Some("token-of-ann".into())));
    welcome(&mut socket, "ann", None);
    acknowledge(&mut socket);
    let sent = finish(child);
    assert_eq!(sent.status.code(), Some(0), "{}", stderr(&sent));
}

#[test]
fn who_is_not_let_in_is_told_why_and_what_to_do() {
    let server = FakeServer::open();
    for (code, words) in [
        (RefusalCode::InvitationNeeded, "no (--invitation takes"),
        (RefusalCode::BadInvitation, "no (ask whoever sent it"),
        (RefusalCode::Barred, "parlor: no\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let child = send(folder.path(), &server, &["--invitation", SECRET, "hello"]);
        let mut socket = server.accept_websocket();
        hello(&mut socket);
        refuse(&mut socket, code);
        let ended = finish(child);
        assert_eq!(ended.status.code(), Some(1));
        assert!(stderr(&ended).contains(words), "{}", stderr(&ended));
    }
}

#[test]
fn what_is_no_invitation_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let ended = finish(send(folder.path(), &server, &["--invitation", "https://chat.example.org/", "hello"]));
    assert_eq!(ended.status.code(), Some(2));
    assert!(stderr(&ended).contains("#invitation="), "{}", stderr(&ended));
}

#[test]
fn an_address_that_is_kept_out_is_told_what_the_server_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let child = send(folder.path(), &server, &["hello"]);
    let refused = r#"{"error":{"code":"barred","reason":"this address is barred"}}"#;
    answer(&mut server.accept(), "403 Forbidden", "application/json", refused);
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(stderr(&ended), "parlor: this address is barred\n");
}

#[test]
fn lines_into_a_room_that_has_ended_are_refused_once() {
    for code in [RefusalCode::NoRoom, RefusalCode::Archived] {
        let folder = tempfile::tempdir().unwrap();
        let server = FakeServer::open();
        let mut child = send(folder.path(), &server, &[]);
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"one\ntwo\nthree\n").unwrap();
        let mut socket = welcomed(&server);
        let posts: Vec<Post> = (0..3).map(|_| next_post(&mut socket)).collect();
        for post in &posts {
            refuse_post(&mut socket, post, code, None);
        }
        // The input is still open: it ends without reading the rest.
        while socket.read().is_ok() {}
        let ended = finish(child);
        assert_eq!(ended.status.code(), Some(1));
        let words = stderr(&ended);
        assert!(words.contains("line 1 was not posted: lobby is not there"), "{words}");
        assert!(words.contains("2 posts were not posted either"), "{words}");
        assert!(!words.contains("line 2"), "{words}");
        drop(input);
    }
}

#[test]
fn a_post_into_a_slowed_room_waits_for_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let child = send(folder.path(), &server, &["hello"]);
    let mut socket = welcomed(&server);
    let post = next_post(&mut socket);
    refuse_post(&mut socket, &post, RefusalCode::TooFast, Some(2_500));
    let refused = Instant::now();
    let again = next_post(&mut socket);
    assert_eq!(again, post);
    assert!(refused.elapsed() >= Duration::from_millis(2_400), "{:?}", refused.elapsed());
    let (room, id, seq) = (post.room, post.id, Seq(1));
    say(&mut socket, &FromServer::Posted { room, id, seq, sent_at: client::Timestamp::default() });
    while socket.read().is_ok() {}
    let sent = finish(child);
    assert_eq!(sent.status.code(), Some(0));
    assert!(stderr(&sent).contains("the server takes the next one in"), "{}", stderr(&sent));
}

#[test]
fn who_is_barred_while_sending_is_told_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let child = send(folder.path(), &server, &["hello"]);
    let mut socket = welcomed(&server);
    next_post(&mut socket);
    let frame = CloseFrame { code: CloseCode::BARRED.0.into(), reason: "barred".into() };
    socket.close(Some(frame)).unwrap();
    while socket.read().is_ok() {}
    // The server ends the TCP connection, after both close frames.
    drop(socket);
    let mut socket = server.accept_websocket();
    assert_eq!(hello(&mut socket).1.as_deref(), Some("token-of-ann"));
    let started = Instant::now();
    refuse(&mut socket, RefusalCode::Barred);
    while socket.read().is_ok() {}
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr(&ended).contains("no; 1 post was not acknowledged"), "{}", stderr(&ended));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn tail_ends_when_its_reader_is_no_longer_in_the_room() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let url = server.url.clone();
    let child = parlor(folder.path(), &["tail", &url, "--room", "lobby"]).spawn().unwrap();
    answer(&mut server.accept(), "200 OK", "application/json", PAGE);
    let events = "event: joined\ndata: {\"epoch\":\"e1\",\"head\":0,\"resumed\":true}\n\n\
                  event: left\ndata: {\"room\":\"lobby\",\"reason\":\"removed\"}\n\n";
    answer(&mut server.accept(), "200 OK", "text/event-stream", events);
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr(&ended).contains("you are no longer in lobby"), "{}", stderr(&ended));

    let child = parlor(folder.path(), &["tail", &url, "--room", "lobby"]).spawn().unwrap();
    let refused = r#"{"error":{"code":"no_room","reason":"there is no room lobby"}}"#;
    answer(&mut server.accept(), "404 Not Found", "application/json", refused);
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(stderr(&ended), "parlor: there is no room lobby\n");
}

const PAGE: &str = r#"{"room":"lobby","epoch":"e1","head":0,"messages":[],"context":[],"more":false}"#;

fn answer(stream: &mut TcpStream, status: &str, kind: &str, body: &str) {
    read_head(stream);
    let length = body.len();
    // In one write, as a real server answers: a WebSocket client reads no further than the head needs.
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).unwrap();
}

/// The frames that chat is shown.
fn rooms_of_ann() -> [FromServer; 3] {
    let summary = |name: &str, info| RoomSummary { info, ..RoomSummary::empty(name.parse().unwrap()) };
    let info = |kind, people: &[&str]| RoomInfo {
        kind,
        people: people.iter().map(|name| name.parse().unwrap()).collect(),
        ..RoomInfo::default()
    };
    let topic = Some("Everything".parse().unwrap());
    let lobby = RoomInfo { topic, slow_seconds: 30, ..RoomInfo::default() };
    [
        FromServer::Room(summary("plan-x7", info(RoomKind::Closed, &[]))),
        FromServer::Room(summary("direct.k3", info(RoomKind::Direct, &["ann", "bob", "王小明"]))),
        FromServer::Room(summary("lobby", lobby)),
    ]
}

#[test]
fn chat_shows_what_kind_of_rooms_there_are_and_when_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let url = server.url.clone();
    let arguments = ["chat", "--name", "ann", "--invitation", SECRET];
    let mut screen = Screen::at(&url, folder.path(), &arguments, (24, 100));
    let mut socket = server.accept_websocket();
    assert_eq!(hello(&mut socket).0.as_deref(), Some(SECRET));
    welcome(&mut socket, "ann", Some("token-of-ann"));
    for frame in rooms_of_ann() {
        say(&mut socket, &frame);
    }
    screen.await_that("the rooms and the topic", |text| {
        text.contains("🔒plan-x7")
            && text.contains("@bob, 王小明")
            && text.contains("#lobby · 0 here · one post in 30 s · Everything")
    });
    let left = |room: &str| FromServer::Left { room: room.parse().unwrap(), reason: LeftReason::Removed };
    say(&mut socket, &left("plan-x7"));
    screen.await_that("a room less", |text| {
        !text.contains("🔒plan-x7") && text.contains("you are no longer in plan-x7")
    });
    say(&mut socket, &left("lobby"));
    screen.press("x\x7f");
    screen.await_text("you are no longer in lobby (Ctrl-N goes to another room)");
    let reader = thread::spawn(move || while socket.read().is_ok() {});
    screen.press("\x0e");
    screen.await_that("the direct room", |text| {
        text.contains(" @bob, 王小明 · 0 here") && !text.contains("lobby")
    });
    screen.press("\x11");
    assert_eq!(screen.exit_code(), Some(0));
    reader.join().unwrap();
}

#[test]
fn chat_says_why_a_room_cannot_be_entered() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let arguments = ["chat", "--name", "ann", "--room", "secret"];
    let screen = Screen::at(&server.url, folder.path(), &arguments, (24, 100));
    let mut socket = welcomed(&server);
    let frame = next_frame(&mut socket);
    let FromClient::Join { room, .. } = frame else { panic!("a join is expected: {frame:?}") };
    let refusal = Refusal::new(RefusalCode::NoRoom, "there is no room secret");
    say(&mut socket, &FromServer::Refused(Refusal { room: Some(room), ..refusal }));
    screen.await_text("there is no room secret");
    let _ = socket.send(Message::Ping(Vec::new().into()));
}
