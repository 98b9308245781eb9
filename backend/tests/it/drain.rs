//! Shutting down: every client is told, and what was acknowledged is stored.

use std::collections::BTreeSet;

use serde_json::json;
use shared::{CloseCode, FromClient, FromServer, MessageId};

use crate::{
    bound::soon,
    child::Child,
    client::{TestClient, post},
    log_file, metrics,
    server::TestServer,
    web::{self, Events, Web},
    wire::Wire,
};

#[tokio::test]
async fn sigterm_tells_everyone_to_come_back_at_a_time_of_their_own_and_ends_with_success() {
    const SESSIONS: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let mut sessions = Vec::new();
    for n in 0..SESSIONS {
        let (mut client, _) = TestClient::named(server.address, &format!("member {n}")).await;
        client.join("lobby").await;
        sessions.push(client);
    }
    let mut nameless = TestClient::silent(server.address).await;
    let mut plain = TestClient::open(server.address, "/ws").await;
    plain.text("I am here").await;
    let seen = plain.message().await.seq;
    let mut events = Events::open(server.address, "lobby", None).await;
    events.event().await;
    let address = server.address;
    let path = format!("/api/rooms/lobby/messages?after={seen}&wait=60");
    let poll = tokio::spawn(async move { web::get(address, &path).await });
    crate::bound::soon("a poll that waits", async {
        // The sessions, the stream and the poll are all registered.
        while metrics::read(address).await.connections() < SESSIONS + 4 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    server.terminate().await;
    let mut delays = BTreeSet::new();
    for mut client in sessions {
        let (frames, code) = client.end().await;
        assert_eq!(code, CloseCode::RESTART);
        let Some(FromServer::Closing { reconnect_after_ms, .. }) = frames.last() else {
            panic!("the last frame is a closing: {frames:?}")
        };
        delays.insert(*reconnect_after_ms);
    }
    assert!(delays.len() > SESSIONS / 2, "{delays:?}");
    assert_eq!(nameless.end().await.1, CloseCode::RESTART);
    let (frames, code) = plain.end().await;
    assert_eq!((frames, code), (vec![], CloseCode::RESTART), "plain sessions are told by the close alone");
    let closing = events.event().await;
    assert_eq!(
        (&*closing.kind, &*closing.json()["reason"].to_string()),
        ("closing", "\"the server restarts\"")
    );
    assert!(closing.json()["reconnect_after_ms"].as_u64().unwrap() >= 500);
    assert_eq!(events.next().await, None);
    let poll = soon("the poll's answer", poll).await.unwrap();
    assert_eq!((poll.status.as_u16(), poll.messages()), (200, vec![]));
    assert!(server.end().await.success());
}

#[tokio::test]
async fn ctrl_c_ends_a_server_that_nobody_is_connected_to() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    server.interrupt().await;
    assert!(server.end().await.success());
}

#[tokio::test]
async fn posts_in_flight_are_answered_or_unknown_and_what_was_answered_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let posters = (0..8).map(|n| {
        let address = server.address;
        tokio::spawn(async move {
            let (mut poster, _) = TestClient::named(address, &format!("poster {n}")).await;
            poster.join("lobby").await;
            let mut acknowledged = Vec::new();
            for m in 0.. {
                // Twelve at a time: the shutdown comes while some are in flight.
                for part in 0..12 {
                    let post = post("lobby", &format!("p{m}-{part}"), "Is it there?");
                    if poster.try_text(&FromClient::Post(post).encode()).await.is_err() {
                        break;
                    }
                }
                match poster.answers(12, &mut acknowledged).await {
                    Ok(()) => {}
                    Err(code) => return (n, acknowledged, code),
                }
            }
            unreachable!("it goes on until the server ends")
        })
    });
    let posters: Vec<_> = posters.collect();
    let (mut reader, _) = TestClient::named(server.address, "reader").await;
    reader.join("lobby").await;
    reader.messages(500).await;
    server.terminate().await;
    let (seen, code) = reader.end().await;
    assert_eq!(code, CloseCode::RESTART);
    assert!(server.end().await.success());
    let stored: BTreeSet<_> = log_file::read(&folder.path().join("parlor.db"), "lobby")
        .into_iter()
        .map(|row| (row.username.to_string(), row.id))
        .collect();
    let mut count = 0;
    for poster in posters {
        let (n, acknowledged, code): (usize, Vec<MessageId>, _) =
            soon("the end of a poster", poster).await.unwrap();
        assert_eq!(code, CloseCode::RESTART);
        count += acknowledged.len();
        for id in acknowledged {
            assert!(stored.contains(&(format!("poster {n}"), id.clone())), "{id} of {n} was acknowledged");
        }
    }
    assert!(count >= 400, "{count}");
    for frame in seen {
        if let FromServer::Message(message) = frame {
            assert!(stored.contains(&(message.username.to_string(), message.id)), "{} was seen", message.seq);
        }
    }
}

#[tokio::test]
async fn every_post_over_http_that_is_stored_while_the_server_shuts_down_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let (mut reader, _) = TestClient::named(server.address, "reader").await;
    reader.join("lobby").await;
    let address = server.address;
    let posters = (0..8).map(|n| {
        tokio::spawn(async move {
            let mut web = Web::connect(address).await;
            let mut answered = BTreeSet::new();
            for m in 0.. {
                let id = format!("{n}-{m}");
                let body = json!({"username": "bot", "text": "Is it there?", "id": id});
                match web.try_post("lobby", &body).await {
                    Some(answer) if answer.status.as_u16() == 201 => answered.insert(id),
                    Some(answer) => panic!("{}: {}", answer.status, answer.body),
                    // The server closed the connection, idle or behind its last answer.
                    None => break,
                };
            }
            answered
        })
    });
    let posters: Vec<_> = posters.collect();
    reader.messages(200).await;
    server.terminate().await;
    let mut answered = BTreeSet::new();
    for poster in posters {
        answered.extend(soon("the end of a poster", poster).await.unwrap());
    }
    assert!(server.end().await.success());
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    let stored: BTreeSet<_> = rows.into_iter().map(|row| row.id.to_string()).collect();
    assert_eq!(stored, answered);
}

#[tokio::test]
async fn a_request_that_comes_right_behind_the_signal_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let mut webs = Vec::new();
    for _ in 0..20 {
        webs.push(Web::connect(server.address).await);
    }
    server.terminate().await;
    let requests = webs.into_iter().map(|mut web| {
        tokio::spawn(
            async move { web.request(hyper::Method::GET, "/api/rooms", &[], String::new()).await.status },
        )
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(soon("an answer", request).await.unwrap(), 200);
    }
    assert!(server.end().await.success());
}

#[tokio::test]
async fn half_sent_posts_and_idle_connections_do_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let header = format!("POST /api/rooms/lobby/messages HTTP/1.1\r\nHost: {}\r\n", server.address);
    let mut wires = Vec::new();
    for _ in 0..400 {
        let mut wire = Wire::connect(server.address).await;
        wire.send(format!("{header}Content-Length: 100\r\n\r\n{{\"text\": \"never fin")).await;
        wires.push(wire);
    }
    let mut idle = Web::connect(server.address).await;
    idle.request(hyper::Method::GET, "/api/rooms", &[], String::new()).await;
    let began = std::time::Instant::now();
    server.terminate().await;
    assert!(server.end().await.success());
    assert!(began.elapsed() < std::time::Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_drains_lets_nobody_in_and_does_not_wait_for_who_never_reads() {
    let server = TestServer::open().await;
    let mut stuck = TestClient::open_small(server.address, "/ws?v=1").await;
    stuck.hello(Some("stuck"), None).await.unwrap();
    stuck.join("lobby").await;
    let (mut poster, _) = TestClient::named(server.address, "poster").await;
    let text = "x".repeat(60_000);
    for n in 0..150 {
        poster.post(post("lobby", &format!("p{n}"), &text)).await;
    }
    let address = server.address;
    // `close` waits no longer than a test's patience.
    server.close().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    drop(stuck);
}

#[tokio::test]
async fn a_second_server_takes_over_the_folder_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = Child::start(folder.path()).await;
    let (mut ann, welcome) = TestClient::named(first.address, "ann").await;
    let seq = ann.post(post("lobby", "1", "to be found again")).await;
    first.terminate().await;
    assert!(first.end().await.success());
    let second = Child::start(folder.path()).await;
    let (mut ann, _) = TestClient::proven(second.address, &welcome.token).await;
    let joined = ann.join("lobby").await;
    assert_eq!((joined.head, &*joined.messages[0].text), (seq, "to be found again"));
}
