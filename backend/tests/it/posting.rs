//! A post's way: onto the disk, to its poster, to everyone, once and in one order.

use shared::{AboutKind, FromClient, FromServer, MessageId, RefusalCode};

use crate::{
    client::{TestClient, about, post, room, seqs, texts},
    log_file,
    server::TestServer,
};

#[tokio::test]
async fn an_acknowledged_message_is_in_the_file() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for n in 0..50 {
        let (id, text) = (format!("a{n}"), format!("number {n}"));
        let seq = ann.post(post("lobby", &id, &text)).await;
        let rows = log_file::read(&server.database(), "lobby");
        let last = rows.last().expect("a row");
        assert_eq!((last.seq, last.id.as_str(), &*last.text), (seq, &*id, &*text));
        assert_eq!(rows.len(), n + 1);
    }
}

#[tokio::test]
async fn nobody_sees_a_message_that_is_not_in_the_file() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.join("lobby").await;
    for n in 0..100 {
        ann.say(&FromClient::Post(post("lobby", &format!("a{n}"), "Is it there?"))).await;
    }
    for _ in 0..100 {
        let message = bob.message().await;
        let rows = log_file::read(&server.database(), "lobby");
        assert!(rows.iter().any(|row| row.seq == message.seq && row.id == message.id), "{}", message.seq);
    }
}

#[tokio::test]
async fn a_post_that_is_tried_again_is_stored_once_and_answered_alike() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.join("lobby").await;
    let first = ann.post(post("lobby", "once", "Only once.")).await;
    ann.post(post("lobby", "between", "Between.")).await;
    // On this connection, and on another one.
    assert_eq!(ann.post(post("lobby", "once", "Only once.")).await, first);
    let (mut other, _) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(other.post(post("lobby", "once", "Only once.")).await, first);
    assert_eq!(texts(&bob.messages_so_far().await), ["Only once.", "Between."]);

    let server = server.restart().await;
    let (mut ann, _) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(ann.post(post("lobby", "once", "Only once.")).await, first);
    let rows = log_file::read(&server.database(), "lobby");
    assert_eq!(rows.iter().map(|row| &*row.text).collect::<Vec<_>>(), ["Only once.", "Between."]);
}

#[tokio::test]
async fn a_known_id_with_another_text_is_no_retry_and_is_refused() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let first = ann.post(post("lobby", "once", "Only once.")).await;
    let target = ann.post(post("lobby", "target", "What others are about.")).await;
    for other in [
        post("lobby", "once", "Something else."),
        about("lobby", "once", "Only once.", target, AboutKind::Reply),
        about("lobby", "once", "Only once.", target, AboutKind::Edit),
    ] {
        let refusal = ann.try_post(other).await.unwrap_err();
        assert_eq!((refusal.code, refusal.room), (RefusalCode::IdTaken, Some(room("lobby"))));
        assert_eq!(refusal.retry_after_ms, None, "it would be refused again");
    }
    assert_eq!(ann.post(post("lobby", "once", "Only once.")).await, first, "it is a retry still");
    // A reply that is tried again is the first one only about the same message.
    let reply = ann.post(about("lobby", "reply", "Yes.", first, AboutKind::Reply)).await;
    assert_eq!(ann.post(about("lobby", "reply", "Yes.", first, AboutKind::Reply)).await, reply);
    let elsewhere = ann.try_post(about("lobby", "reply", "Yes.", target, AboutKind::Reply)).await;
    assert_eq!(elsewhere.unwrap_err().code, RefusalCode::IdTaken);
    let rows = log_file::read(&server.database(), "lobby");
    let stored: Vec<_> = rows.iter().map(|row| &*row.text).collect();
    assert_eq!(stored, ["Only once.", "What others are about.", "Yes."]);
}

#[tokio::test]
async fn the_same_post_many_times_at_once_is_stored_once() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let (mut other, _) = TestClient::proven(server.address, &welcome.token).await;
    for _ in 0..50 {
        for client in [&mut ann, &mut other] {
            client.say(&FromClient::Post(post("lobby", "once", "Only once."))).await;
        }
    }
    let mut answers = Vec::new();
    for client in [&mut ann, &mut other] {
        for _ in 0..50 {
            let is_answer = |frame: &_| matches!(frame, FromServer::Posted { .. });
            match client.find("an acknowledgement", is_answer).await {
                FromServer::Posted { seq, .. } => answers.push(seq),
                _ => unreachable!("only that is found"),
            }
        }
    }
    let stored = log_file::seqs(&server.database(), "lobby");
    assert_eq!(stored.len(), 1);
    assert_eq!(answers, [stored[0]; 100]);
}

#[tokio::test]
async fn the_same_id_of_somebody_else_or_in_another_room_is_another_post() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    ann.post(post("lobby", "1", "ann's")).await;
    bob.post(post("lobby", "1", "bob's")).await;
    ann.post(post("kitchen", "1", "ann's in the kitchen")).await;
    assert_eq!(log_file::read(&server.database(), "lobby").len(), 2);
    assert_eq!(log_file::read(&server.database(), "kitchen").len(), 1);
}

#[tokio::test]
async fn everyone_sees_the_same_messages_in_the_same_order_and_it_is_the_files() {
    const POSTERS: usize = 6;
    const EACH: usize = 60;
    let server = TestServer::open().await;
    let mut readers = Vec::new();
    for n in 0..8 {
        let (mut reader, _) = TestClient::named(server.address, &format!("reader {n}")).await;
        reader.join("lobby").await;
        readers.push(reader);
    }
    let posters = (0..POSTERS).map(|n| {
        let address = server.address;
        tokio::spawn(async move {
            let (mut poster, _) = TestClient::named(address, &format!("poster {n}")).await;
            for m in 0..EACH {
                let text = format!("{n} says {m}");
                poster.say(&FromClient::Post(post("lobby", &format!("p{m}"), &text))).await;
            }
            for _ in 0..EACH {
                poster.find("an acknowledgement", |frame| matches!(frame, FromServer::Posted { .. })).await;
            }
        })
    });
    for poster in posters.collect::<Vec<_>>() {
        poster.await.unwrap();
    }
    let rows = log_file::read(&server.database(), "lobby");
    assert_eq!(rows.len(), POSTERS * EACH);
    // Each poster's own posts are in the order in which it sent them.
    for n in 0..POSTERS {
        let prefix = format!("{n} says ");
        let of_one = rows.iter().filter_map(|row| row.text.strip_prefix(&prefix)?.parse().ok());
        assert_eq!(of_one.collect::<Vec<usize>>(), (0..EACH).collect::<Vec<_>>());
    }
    for mut reader in readers {
        let messages = reader.messages(rows.len()).await;
        let seen = messages.iter().map(|message| (message.seq, &message.id, &message.text));
        let stored = rows.iter().map(|row| (row.seq, &row.id, &row.text));
        assert!(seen.eq(stored), "{:?}", seqs(&messages));
        assert_eq!(reader.messages_so_far().await, []);
    }
}

#[tokio::test]
async fn a_text_comes_back_as_it_was_written() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    let long = "long 字😀 ".repeat(6_000);
    let texts = [
        "<img src=x onerror=alert(1)>",
        " leading and trailing \n",
        "tab\tnewline\nreturn\rnull\u{0}bell\u{7}",
        "\u{202e}reversed \u{feff}\u{200b}",
        "\"quotes\" \\ and / \u{2028}",
        "e\u{301} is not \u{e9}",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        &long[..shared::limits::TEXT_BYTES],
    ];
    for (n, text) in texts.into_iter().enumerate() {
        let id = MessageId::parse(&format!("!~{n}")).unwrap();
        ann.post(post("lobby", id.as_str(), text)).await;
        let message = ann.message().await;
        assert_eq!((&*message.text, &message.id), (text, &id));
        assert_eq!(log_file::read(&server.database(), "lobby").pop().unwrap().text, text);
    }
}
