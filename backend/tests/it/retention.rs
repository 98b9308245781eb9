//! Messages that are not to be kept longer: they go, and whoever lacks some of them is told so.

use std::{net::SocketAddr, time::Duration};

use hyper::StatusCode;
use serde_json::json;
use shared::{FromServer, Seq, Side};

use crate::{
    bound::soon,
    child::{self, Child},
    client::{TestClient, post, room, texts},
    house,
    imported::folder_with,
    log_file,
    server::TestServer,
    web::{self, Events},
};

/// Waits until a room's floor is this one.
async fn floor(address: SocketAddr, room: &str, floor: Seq) {
    let is_there = async {
        loop {
            let page = web::get(address, &format!("/api/rooms/{room}/messages?limit=1")).await.json();
            if page["floor"] == json!(floor) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("the floor", is_there).await;
}

/// A server that has deleted the first 500 messages of its lobby and kept three others, with their numbers.
async fn deleted() -> (TestServer, Vec<Seq>) {
    let server = TestServer::open_at(folder_with(500, 10).await).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let kept = ann.post_numbers("lobby", 1..=3).await;
    drop(ann);
    let old = log_file::seqs(&server.database(), "lobby")[499];
    let server = server.restart_with(&["--keep", "90d"]).await;
    floor(server.address, "lobby", old).await;
    let metrics = web::get(server.address, "/metrics").await;
    assert!(metrics.body.contains("\nparlor_expired_messages_total 500\n"), "they are counted");
    (server, [old].into_iter().chain(kept).collect())
}

/// Says how long a room keeps its messages, as the operator does.
async fn keep(server: &TestServer, room: &str, keep: &str) {
    let folder = server.folder().to_str().unwrap();
    let done = child::run(&["room", "keep", room, keep, "--yes", "--data", folder]).await;
    assert!(done.status.success(), "{done:?}");
}

#[tokio::test]
async fn who_returns_from_before_the_floor_is_not_resumed_and_who_lacks_nothing_is() {
    let (server, seqs) = deleted().await;
    let stored = log_file::seqs(&server.database(), "lobby");
    assert_eq!(stored, seqs[1..]);
    for (after, resumed) in [(Seq::ZERO, false), (seqs[0].before(), false), (seqs[0], true), (seqs[2], true)]
    {
        let (mut bob, _) = TestClient::named(server.address, &format!("bob{after}")).await;
        let joined = bob.join_after("lobby", None, Some(after)).await;
        assert_eq!((joined.resumed, joined.floor), (resumed, seqs[0]), "after {after}");
        let expected = if resumed { vec![] } else { vec!["1", "2", "3"] };
        assert_eq!((texts(&joined.messages), joined.more), (expected, false));
        if resumed {
            let left = stored.iter().filter(|seq| **seq > after).count();
            assert_eq!(bob.messages(left).await.len(), left);
        }
        let page = bob.page("lobby", Side::Before(seqs[1]), 10).await;
        assert_eq!((page.messages.len(), page.more, page.floor), (0, false, seqs[0]));
    }
}

#[tokio::test]
async fn readers_over_http_are_told_the_floor() {
    let (server, seqs) = deleted().await;
    let read = async |query: &str| {
        web::get(server.address, &format!("/api/rooms/lobby/messages?{query}")).await.json()
    };
    let page = read("after=1&limit=2").await;
    assert_eq!((&page["floor"], page["messages"].as_array().unwrap().len()), (&json!(seqs[0]), 2));
    assert_eq!(page["messages"][0]["text"], "1");
    let page = read(&format!("before={}", seqs[1])).await;
    assert_eq!(
        (&page["floor"], &page["more"], &page["messages"]),
        (&json!(seqs[0]), &json!(false), &json!([]))
    );
    assert_eq!(read("after=1&wait=5").await["messages"][0]["text"], "1", "what is there is not waited for");

    for (last, resumed) in [(seqs[0].before(), false), (seqs[0], true)] {
        let epoch = page["epoch"].as_str().unwrap();
        let mut events = Events::open(server.address, "lobby", Some(&format!("{epoch}:{last}"))).await;
        let joined = events.event().await.json();
        assert_eq!((&joined["resumed"], &joined["floor"]), (&json!(resumed), &json!(seqs[0])));
        assert_eq!(events.event().await.message().text, "1");
    }
}

#[tokio::test]
async fn a_plain_reader_from_before_the_floor_is_told_so_and_gets_what_is_left() {
    let (server, seqs) = deleted().await;
    let mut client = TestClient::open(server.address, "/ws?after=7").await;
    let FromServer::Joined { resumed, messages, info, .. } =
        FromServer::decode(&client.next_text().await).unwrap()
    else {
        panic!("it is not told")
    };
    assert_eq!((resumed, messages.len(), info.floor), (false, 0, seqs[0]));
    assert_eq!(texts(&client.messages(3).await), ["1", "2", "3"]);
    let mut client = TestClient::open(server.address, &format!("/ws?after={}", seqs[0])).await;
    assert_eq!(texts(&client.messages(3).await), ["1", "2", "3"]);
}

#[tokio::test]
async fn who_is_connected_hears_what_was_deleted_and_loses_nothing_else() {
    let server = TestServer::open_at(folder_with(450, 10).await).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let joined = ann.join("lobby").await;
    let mut plain = TestClient::open(server.address, "/ws").await;
    let new = ann.post(post("lobby", "new", "new")).await;
    keep(&server, "lobby", "30d").await;
    let is_last =
        |frame: &FromServer| matches!(frame, FromServer::Expired { floor, .. } if *floor == joined.head);
    ann.find("the floor", is_last).await;
    let next = ann.post(post("lobby", "next", "next")).await;
    assert!(next > new);
    assert_eq!(texts(&plain.messages(2).await), ["new", "next"], "plain readers get messages only");
}

#[tokio::test]
async fn a_slow_reader_whose_next_messages_are_deleted_begins_anew_and_knows_it() {
    let server = TestServer::open_at(folder_with(220, 30_000).await).await;
    let mut slow = TestClient::open_small(server.address, "/ws?v=1").await;
    slow.hello(Some("slow"), None).await.unwrap();
    let joined = slow.join_after("lobby", None, Some(Seq::ZERO)).await;
    assert!(joined.resumed);
    // It reads nothing more until all of them are deleted: 6 MB are more than the sockets hold.
    let head = joined.head;
    keep(&server, "lobby", "30d").await;
    floor(server.address, "lobby", head).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let new = ann.post(post("lobby", "new", "new")).await;
    let (mut got, mut told) = (Vec::new(), None);
    loop {
        let is_meant =
            |frame: &FromServer| matches!(frame, FromServer::Message(_) | FromServer::Joined { .. });
        match slow.find("a message or a new beginning", is_meant).await {
            FromServer::Message(message) if message.seq == new => break,
            FromServer::Message(message) => {
                assert!(told.is_none(), "what is deleted comes no more");
                got.push(message.seq);
            }
            FromServer::Joined { resumed, info, messages, head, .. } => {
                assert_eq!((resumed, info.floor), (false, joined.head));
                told = Some(got.len());
                if messages.iter().any(|message| message.seq == new) {
                    assert_eq!(head, new);
                    break;
                }
            }
            _ => unreachable!("only these are found"),
        }
    }
    assert!(told.is_some_and(|count| count < 220), "it lacked some: {told:?}");
    let stored: Vec<_> = (1..=head.0).map(Seq).filter(|seq| got.contains(seq)).collect();
    assert_eq!(got, stored, "what came before is in order");
}

#[tokio::test]
async fn a_store_is_brought_to_its_size_and_rooms_with_a_setting_keep_theirs() {
    let server = TestServer::open_at(folder_with(4_000, 500).await).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.post(post("kept", "1", "this stays")).await;
    keep(&server, "kept", "forever").await;
    let last = ann.post(post("lobby", "2", "the newest")).await;
    drop(ann);
    let database = server.database();
    let server = server.restart_with(&["--keep", "2MB"]).await;
    // A message counts with twice its text and 200 bytes.
    let most = 2_000_000 / 1200;
    let is_small = async {
        while log_file::seqs(&database, "lobby").len() > most {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("a small store", is_small).await;
    let _folder = server.close().await;
    let left = log_file::seqs(&database, "lobby");
    // One entry deletes 200 messages at most.
    assert!(left.len() > most - 201 && left.len() <= most, "{}", left.len());
    assert_eq!(left.last(), Some(&last));
    assert_eq!(log_file::seqs(&database, "kept").len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_deletes_nothing_at_once() {
    let folder = folder_with(20, 10).await;
    let position = std::fs::File::options().write(true).open(folder.path().join("parlor.position")).unwrap();
    position.set_modified(std::time::SystemTime::now() - Duration::from_hours(48)).unwrap();
    let child = Child::start_with_flags(folder.path(), &["--keep", "90d", "--log", "warn"]).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    ann.post(post("lobby", "new", "text")).await;
    child.terminate().await;
    let (_, said) = child.end_saying().await;
    assert_eq!(log_file::seqs(&folder.path().join("parlor.db"), "lobby").len(), 21);
    assert!(said.contains("the clock is more than 24 h ahead"), "{said}");
    // It was written now, so the clock is right.
    let child = Child::start_with_flags(folder.path(), &["--keep", "90d"]).await;
    soon("old messages deleted", async {
        while log_file::seqs(&folder.path().join("parlor.db"), "lobby").len() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    child.kill().await;
}

#[tokio::test]
async fn who_owns_the_house_or_has_made_the_room_says_how_long_its_messages_are_kept() {
    let house = house::House::open().await;
    let at = house.address();
    let set = |room: &str, keep: &str| json!({"act": "set_keep", "room": room, "keep": keep});
    house.owner.does(at, set(house::OPEN, "30d")).await;
    house.member.does(at, set(&house.closed, "1GB")).await;
    for (who, room) in [(&house.moderator, house::OPEN), (&house.member, house::OPEN)] {
        let refused = who.may_not(at, set(room, "1s")).await;
        assert!(refused.contains("forbidden"), "{refused}");
    }
    house.owner.may_not(at, set(&house.direct, "1d")).await;
    for bad in ["", "90", "1KB", "3 moons"] {
        let answer =
            house.owner.request(at, hyper::Method::POST, "/api/acts", set(house::OPEN, bad).to_string());
        let answer = answer.await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(answer.body.contains("forever"), "{}", answer.body);
    }
    let acts = house.owner.get(at, "/api/acts").await.json();
    assert_eq!((&acts["acts"][0]["act"], &acts["acts"][0]["keep"]), (&json!("set_keep"), &json!("1GB")));
    let mut ann = house.member.connect(at).await;
    ann.say(&shared::FromClient::Join { room: room(house::OPEN), epoch: None, after: None }).await;
    let joined = ann.find("a join", |frame| matches!(frame, FromServer::Joined { .. })).await;
    let FromServer::Joined { info, .. } = joined else { unreachable!("only joins are found") };
    assert_eq!(info.keep, shared::Keep::parse("30d").ok());
}
