//! Server-Sent Events: a room as a browser's `EventSource`, or `curl -N`, reads it.

use std::{fs, os::unix::fs::FileExt};

use serde_json::json;
use shared::Seq;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use crate::{
    bound::soon,
    client::{TestClient, post},
    server::TestServer,
    web::{self, Events},
};

#[tokio::test]
async fn a_stream_begins_with_where_the_room_is_and_goes_on_with_what_comes() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let before = ann.post(post("lobby", "1", "before")).await;
    let mut events = Events::open(server.address, "lobby", None).await;
    let joined = events.event().await;
    assert_eq!(joined.kind, "joined");
    let where_it_is = joined.json();
    assert_eq!(
        (&where_it_is["room"], &where_it_is["head"], &where_it_is["resumed"]),
        (&json!("lobby"), &json!(before), &json!(true))
    );
    // The greeting's id is where the stream begins.
    assert_eq!(joined.id.unwrap(), format!("{}:{before}", where_it_is["epoch"].as_str().unwrap()));
    let next = ann.post(post("lobby", "2", "two\nlines and 字")).await;
    let event = events.event().await;
    let message = event.message();
    assert_eq!((&*message.text, message.seq), ("two\nlines and 字", next));
    assert_eq!(event.id.unwrap(), format!("{}:{next}", where_it_is["epoch"].as_str().unwrap()));
}

#[tokio::test]
async fn a_stream_goes_on_after_its_last_event_also_after_a_restart() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let mut events = Events::open(server.address, "lobby", None).await;
    events.event().await;
    ann.post_numbers("lobby", 1..=3).await;
    events.event().await;
    let last = events.event().await.id.unwrap();
    drop((events, ann));
    let server = server.restart().await;
    let (mut ann, _) = TestClient::proven(server.address, &welcome.token).await;
    let later = ann.post_numbers("lobby", 4..=6).await;
    let mut events = Events::open(server.address, "lobby", Some(&last)).await;
    assert_eq!(events.event().await.json()["resumed"], true);
    for n in 3..=6 {
        assert_eq!(events.event().await.message().text, n.to_string());
    }
    // A reader without ids may give a seq.
    let path = format!("/api/rooms/lobby/events?after={}", later[1]);
    let mut events = Events::open_at(server.address, &path, None).await;
    events.event().await;
    assert_eq!(events.event().await.message().text, "6");
}

#[tokio::test]
async fn a_stream_that_breaks_off_before_its_first_message_loses_nothing() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.post(post("lobby", "1", "before")).await;
    let mut events = Events::open(server.address, "lobby", None).await;
    let greeting = events.event().await.id.unwrap();
    drop(events);
    ann.post(post("lobby", "2", "meanwhile")).await;
    let mut events = Events::open(server.address, "lobby", Some(&greeting)).await;
    assert_eq!(events.event().await.json()["resumed"], true);
    assert_eq!(events.event().await.message().text, "meanwhile");
    // An empty room has a beginning, too.
    let mut events = Events::open(server.address, "kitchen", None).await;
    let greeting = events.event().await.id.unwrap();
    drop(events);
    ann.post(post("kitchen", "3", "tea")).await;
    let mut events = Events::open(server.address, "kitchen", Some(&greeting)).await;
    events.event().await;
    assert_eq!(events.event().await.message().text, "tea");
}

#[tokio::test]
async fn a_stream_that_cannot_go_on_says_so_and_begins_with_the_newest_page() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let posted = ann.post_numbers("lobby", 1..=60).await;
    let (head, ahead) = (posted[59], Seq(posted[59].0 + 1));
    let epoch = ann.join("lobby").await.epoch;
    let path = "/api/rooms/lobby/events";
    for (path, last) in [
        (path, Some("another:1")),
        (path, Some(&*format!("{epoch}:{ahead}"))),
        (&*format!("{path}?after={ahead}"), None),
        (&*format!("{path}?after={}&epoch=another", posted[2]), None),
    ] {
        let mut events = Events::open_at(server.address, path, last).await;
        let greeting = events.event().await;
        let joined = greeting.json();
        assert_eq!(
            (&joined["resumed"], &joined["epoch"]),
            (&json!(false), &json!(epoch.as_str())),
            "{path} {last:?}"
        );
        // The greeting's id is just before the page, whoever posts elsewhere then.
        let start = greeting.id.unwrap();
        assert_eq!(start, format!("{epoch}:{}", posted[10].0 - 1));
        assert!(Seq(posted[10].0 - 1) >= posted[9]);
        let mut again = Events::open(server.address, "lobby", Some(&start)).await;
        assert_eq!(again.event().await.json()["resumed"], true);
        for seq in &posted[10..] {
            assert_eq!(events.event().await.message().seq, *seq);
            assert_eq!(again.event().await.message().seq, *seq);
        }
    }
    let mut events =
        Events::open_at(server.address, &format!("{path}?after={head}&epoch={epoch}"), None).await;
    assert_eq!(events.event().await.json()["resumed"], true);
    let mut web = web::Web::connect(server.address).await;
    let headers = [("last-event-id", "nonsense")];
    let answer = web.request(hyper::Method::GET, path, &headers, String::new()).await;
    assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "bad_request"));
}

#[tokio::test]
async fn a_stream_that_is_far_behind_is_sent_everything() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let text = "x".repeat(20_000);
    let mut posted = Vec::new();
    for n in 1..=100 {
        posted.push(ann.post(post("lobby", &format!("a{n}"), &text)).await);
    }
    let mut events = Events::open_at(server.address, "/api/rooms/lobby/events?after=0", None).await;
    events.event().await;
    for seq in posted {
        let message = events.event().await.message();
        assert_eq!((message.seq, message.text.len()), (seq, text.len()));
    }
}

#[tokio::test]
async fn a_stream_whose_log_cannot_be_read_any_more_says_so() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.post(post("lobby", "first", "one")).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let path = "/api/rooms/lobby/events";
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 16];
    soon("the answer", stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK\r");
    // More than the room's ring and the system hold for a reader who does not read.
    let text = "x".repeat(60_000);
    for n in 1..=150 {
        ann.post(post("lobby", &format!("a{n}"), &text)).await;
    }
    for name in ["parlor.db", "parlor.db-wal"] {
        let file = fs::File::options().write(true).open(server.folder().join(name)).unwrap();
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        file.write_all_at(&vec![0xA5; length], 0).unwrap();
    }
    let mut rest = Vec::new();
    soon("the end of the stream", stream.read_to_end(&mut rest)).await.unwrap();
    let end = String::from_utf8_lossy(&rest[rest.len() - 300..]);
    assert!(end.contains(r#""reason":"the log cannot be read now""#), "{end}");
}
