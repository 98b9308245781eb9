//! Joining, leaving and coming back.

use shared::{Epoch, FromClient, FromServer, MessageId, RefusalCode, RoomSummary, Seq, limits};

use crate::{
    client::{TestClient, post, room, seqs, texts},
    imported::folder_with,
    log_file,
    server::TestServer,
    web,
};

#[tokio::test]
async fn who_returns_is_sent_exactly_what_was_missed() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, welcome) = TestClient::named(server.address, "bob").await;
    let epoch = bob.join("lobby").await.epoch;
    for n in 0..10 {
        ann.post(post("lobby", &format!("a{n}"), &n.to_string())).await;
    }
    let known = bob.messages(10).await.last().unwrap().seq;
    drop(bob);
    for n in 10..30 {
        ann.post(post("lobby", &format!("a{n}"), &n.to_string())).await;
    }
    let (mut bob, _) = TestClient::proven(server.address, &welcome.token).await;
    let joined = bob.join_after("lobby", Some(epoch), Some(known)).await;
    assert!(joined.resumed);
    assert_eq!(joined.messages, []);
    let missed: Vec<_> = (10..30).map(|n| n.to_string()).collect();
    assert_eq!(texts(&bob.messages(20).await), missed);
    // Then it goes on as if nothing had been.
    ann.post(post("lobby", "more", "more")).await;
    assert_eq!(texts(&bob.messages(1).await), ["more"]);
    assert_eq!(bob.messages_so_far().await, []);
}

#[tokio::test]
async fn who_returns_is_sent_what_was_missed_however_many_messages_it_is() {
    let server = TestServer::open_at(folder_with(20_000, 60).await).await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let stored = log_file::seqs(&server.database(), "lobby");
    assert_eq!(stored.len(), 20_000);
    let joined = bob.join_after("lobby", None, Some(stored[16])).await;
    assert!(joined.resumed);
    let messages = bob.messages(20_000 - 17).await;
    assert!(seqs(&messages) == stored[17..]);
}

#[tokio::test]
async fn who_returns_is_sent_what_was_missed_however_large_it_is_and_what_is_posted_meanwhile_behind_it() {
    let server = TestServer::open_at(folder_with(200, 50_000).await).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.say(&FromClient::Join { room: room("lobby"), epoch: None, after: Some(Seq::ZERO) }).await;
    for n in 0..50 {
        ann.post(post("lobby", &format!("a{n}"), "meanwhile")).await;
    }
    let messages = bob.messages(250).await;
    assert_eq!(seqs(&messages), log_file::seqs(&server.database(), "lobby"));
    assert!(
        messages[..200].iter().enumerate().all(|(n, message)| message.text.starts_with(&format!("{n} ")))
    );
    assert!(messages[200..].iter().all(|message| message.text == "meanwhile"));
}

#[tokio::test]
async fn where_nothing_can_be_resumed_the_reader_is_told_and_starts_afresh() {
    let server = TestServer::open_at(folder_with(120, 10).await).await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let fresh = bob.join("lobby").await;
    assert!(!fresh.resumed);
    let stored = log_file::seqs(&server.database(), "lobby");
    assert_eq!(stored.len(), 120);
    assert_eq!(seqs(&fresh.messages), stored[70..]);
    assert!(fresh.more);
    let head = stored[119];
    assert_eq!(fresh.head, head);

    let other_epoch = Epoch::parse("another").unwrap();
    for (epoch, after) in [(other_epoch, Seq(7)), (fresh.epoch.clone(), Seq(head.0 + 1))] {
        let joined = bob.join_after("lobby", Some(epoch), Some(after)).await;
        assert!(!joined.resumed, "after {after}");
        assert_eq!((joined.epoch, joined.messages), (fresh.epoch.clone(), fresh.messages.clone()));
    }
    // The head itself is a place to go on from: nothing was missed.
    let level = bob.join_after("lobby", Some(fresh.epoch), Some(head)).await;
    assert!(level.resumed);
    assert_eq!(bob.messages_so_far().await, []);
}

#[tokio::test]
async fn an_epoch_lasts_as_long_as_the_log() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let first = ann.join("lobby").await.epoch;
    let last = ann.post(post("lobby", "1", "hi")).await;
    let server = server.restart().await;
    let (mut ann, _) = TestClient::proven(server.address, &welcome.token).await;
    let again = ann.join_after("lobby", Some(first.clone()), Some(last)).await;
    assert!(again.resumed && again.epoch == first);
    let other = TestServer::open().await;
    assert_ne!(TestClient::named(other.address, "ann").await.0.join("lobby").await.epoch, first);
}

#[tokio::test]
async fn who_leaves_hears_no_more_of_the_room_and_still_of_the_others() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.join("lobby").await;
    bob.join("kitchen").await;
    bob.say(&FromClient::Leave { room: room("lobby") }).await;
    bob.so_far().await;
    ann.post(post("lobby", "1", "not for bob")).await;
    ann.post(post("kitchen", "1", "for bob")).await;
    assert_eq!(texts(&bob.messages_so_far().await), ["for bob"]);
}

#[tokio::test]
async fn each_message_comes_once_to_who_joins_twice() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    ann.join("lobby").await;
    ann.post(post("lobby", "1", "once")).await;
    assert_eq!(texts(&ann.messages_so_far().await), ["once"]);
}

#[tokio::test]
async fn a_room_can_be_posted_into_without_being_joined_and_is_listed_by_that_and_not_by_joining() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.post(post("quiet", "1", "hello?")).await;
    assert_eq!(ann.messages_so_far().await, []);
    ann.join("new").await;
    let (_bob, welcome) = TestClient::named(server.address, "bob").await;
    assert_eq!(names(&welcome.rooms), ["quiet"]);
    // Whoever is in a room that is not listed hears what is posted there, and then it is.
    let (mut cid, _) = TestClient::named(server.address, "cid").await;
    cid.post(post("new", "1", "hello!")).await;
    assert_eq!(texts(&ann.messages(1).await), ["hello!"]);
    let (_dan, welcome) = TestClient::named(server.address, "dan").await;
    assert_eq!(names(&welcome.rooms), ["new", "quiet"]);
}

fn names(rooms: &[RoomSummary]) -> Vec<&str> {
    let mut names: Vec<_> = rooms.iter().map(|summary| summary.room.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn two_connections_that_join_a_hundred_rooms_each_push_nothing_off_the_list() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for name in ["lobby", "kitchen", "garden"] {
        ann.post(post(name, "1", "a real room")).await;
    }
    let entries = log_file::position(&server.database());
    let mut crowd = Vec::new();
    for n in 0..2 {
        let (mut client, _) = TestClient::named(server.address, &format!("joiner {n}")).await;
        for m in 0..limits::ROOMS_JOINED {
            client.join(&format!("r{n}-{m}")).await;
        }
        crowd.push(client);
    }
    // Two names were claimed, and nothing else is in the log.
    assert_eq!(log_file::position(&server.database()), entries + 2);
    let listed = ["garden", "kitchen", "lobby"];
    let (_bob, welcome) = TestClient::named(server.address, "bob").await;
    assert_eq!(names(&welcome.rooms), listed);
    drop(crowd);
    let server = server.restart().await;
    let (_cid, welcome) = TestClient::named(server.address, "cid").await;
    assert_eq!(names(&welcome.rooms), listed);
    let answer = web::get(server.address, "/api/rooms").await.json();
    let over_http: Vec<RoomSummary> = serde_json::from_value(answer["rooms"].clone()).unwrap();
    assert_eq!(names(&over_http), listed);
}

#[tokio::test]
async fn a_connection_joins_only_so_many_rooms_and_lives_on() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let most = limits::ROOMS_JOINED;
    for n in 0..most {
        ann.join(&format!("r{n}")).await;
    }
    let join = |name: &str| FromClient::Join { room: room(name), epoch: None, after: None };
    ann.say(&join("one-more")).await;
    let refusal = ann.refusal().await;
    assert_eq!((refusal.code, refusal.room), (RefusalCode::TooManyRooms, Some(room("one-more"))));
    // A room that is joined may be joined again, and one that is left makes room.
    ann.join("r0").await;
    ann.say(&FromClient::Leave { room: room("r1") }).await;
    ann.join("one-more").await;
}

#[tokio::test]
async fn what_is_posted_while_somebody_joins_is_in_the_page_or_behind_it() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for n in 0..20 {
        let name = format!("r{n}");
        let (mut bob, _) = TestClient::named(server.address, &format!("bob {n}")).await;
        bob.say(&FromClient::Join { room: room(&name), epoch: None, after: None }).await;
        for m in 0..10 {
            ann.say(&FromClient::Post(post(&name, &format!("p{m}"), &m.to_string()))).await;
        }
        let joined =
            bob.find("the answer to a join", |frame| matches!(frame, FromServer::Joined { .. })).await;
        let FromServer::Joined { mut messages, .. } = joined else { unreachable!("only that is found") };
        let rest = bob.messages(10 - messages.len()).await;
        messages.extend(rest);
        let expected: Vec<_> = (0..10).map(|m| m.to_string()).collect();
        assert_eq!(texts(&messages), expected);
        assert_eq!(seqs(&messages), log_file::seqs(&server.database(), &name));
        assert!(messages.iter().all(|message| MessageId::parse(message.id.as_str()).is_ok()));
    }
}
