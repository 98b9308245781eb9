//! The end of a server that is asked to end: everyone is told, and what was acknowledged stays.

use std::collections::BTreeSet;

use shared::{CloseCode, FromClient, FromServer, MessageId};

use crate::{
    bound::soon,
    child::Child,
    client::{TestClient, post},
    log_file,
    server::TestServer,
    web::{self, Events},
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
        // The sessions, the stream and the poll are all there.
        let all = format!("\nparlor_sessions {}\n", SESSIONS + 4);
        while !web::get(address, "/metrics").await.body.contains(&all) {
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
async fn posts_that_are_under_way_are_answered_or_unknown_and_what_was_answered_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let posters = (0..8).map(|n| {
        let address = server.address;
        tokio::spawn(async move {
            let (mut poster, _) = TestClient::named(address, &format!("poster {n}")).await;
            poster.join("lobby").await;
            let mut acknowledged = Vec::new();
            for m in 0.. {
                // A dozen at a time; the end comes in the middle of it.
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
    // Bounded by the test's patience, and by far.
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
