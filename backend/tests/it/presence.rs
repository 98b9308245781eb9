//! Who is in a room, and who is typing: told, and not kept.

use std::collections::BTreeSet;

use shared::{FromClient, FromServer, Username, limits::MEMBERS_NAMED};

use crate::{
    bound::soon,
    client::{TestClient, room, username},
    server::TestServer,
};

/// A `presence` frame's content.
struct Presence {
    count: u32,
    arrived: Vec<Username>,
    departed: Vec<Username>,
    names: Option<Vec<Username>>,
}

async fn presence(client: &mut TestClient) -> Presence {
    match client.find("presence", |frame| matches!(frame, FromServer::Presence { .. })).await {
        FromServer::Presence { count, arrived, departed, names, .. } => {
            Presence { count, arrived, departed, names }
        }
        _ => unreachable!("only presence is found"),
    }
}

/// Reads presence until it counts so many. Returns all of it.
async fn presence_until(client: &mut TestClient, count: u32) -> Vec<Presence> {
    let mut all = Vec::new();
    let reached = async {
        loop {
            let next = presence(client).await;
            all.push(next);
            if all.last().is_some_and(|last| last.count == count) {
                break;
            }
        }
    };
    soon(&format!("{count} members"), reached).await;
    all
}

async fn crowd(server: &TestServer, from: usize, to: usize) -> Vec<TestClient> {
    let mut clients = Vec::new();
    for n in from..to {
        let (mut client, _) = TestClient::named(server.address, &format!("member {n}")).await;
        client.join("lobby").await;
        clients.push(client);
    }
    clients
}

#[tokio::test]
async fn arrivals_and_departures_are_told_by_name_and_together() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let joined = ann.join("lobby").await;
    assert_eq!((joined.members.count, joined.members.names), (1, vec![username("ann")]));
    let members = crowd(&server, 0, 40).await;
    let told = presence_until(&mut ann, 41).await;
    let arrived: BTreeSet<_> = told.iter().flat_map(|one| &one.arrived).collect();
    let expected: Vec<_> = (0..40).map(|n| username(&format!("member {n}"))).collect();
    // Whoever was told of their own arrival is no surprise.
    assert!(expected.iter().all(|name| arrived.contains(name)), "{arrived:?}");
    assert!(told.len() < 20, "{} frames for 40 arrivals", told.len());

    drop(members);
    let told = presence_until(&mut ann, 1).await;
    let departed: BTreeSet<_> = told.iter().flat_map(|one| &one.departed).collect();
    assert!(departed.into_iter().eq(expected.iter().collect::<BTreeSet<_>>()));
    assert!(told.len() < 20, "{} frames for 40 departures", told.len());
}

#[tokio::test]
async fn a_member_is_a_name_however_many_connections_it_has() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    let (mut bob, welcome) = TestClient::named(server.address, "bob").await;
    bob.join("lobby").await;
    assert!(presence_until(&mut ann, 2).await.iter().any(|told| told.arrived.contains(&username("bob"))));
    let (mut again, _) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(again.join("lobby").await.members.count, 2);
    drop(bob);
    // What is told next is of somebody else: bob has neither come nor gone.
    let _cid = crowd(&server, 0, 1).await;
    let told = presence(&mut ann).await;
    assert_eq!((told.count, told.arrived, told.departed), (3, vec![username("member 0")], vec![]));
    drop(again);
    assert_eq!(presence_until(&mut ann, 2).await.pop().unwrap().departed, [username("bob")]);
}

#[tokio::test]
async fn of_a_crowd_the_count_is_told_and_a_sample_and_names_again_once_it_is_small() {
    let server = TestServer::open().await;
    let mut members = crowd(&server, 0, MEMBERS_NAMED + 20).await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let joined = ann.join("lobby").await;
    let count = u32::try_from(members.len() + 1).unwrap();
    assert_eq!((joined.members.count, joined.members.names.len()), (count, MEMBERS_NAMED));
    for told in presence_until(&mut ann, count).await {
        assert!(told.arrived.is_empty() && told.departed.is_empty() && told.names.is_none());
    }
    members.truncate(10);
    let told = presence_until(&mut ann, 11).await;
    let names = told.into_iter().rev().find_map(|one| one.names).expect("names anew");
    assert_eq!(names.len(), 11);
    assert!(names.contains(&username("ann")) && names.contains(&username("member 9")));
}

#[tokio::test]
async fn who_types_is_told_to_the_room_and_not_again_at_every_key() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    for client in [&mut ann, &mut bob] {
        client.join("lobby").await;
    }
    for _ in 0..20 {
        bob.say(&FromClient::Typing { room: room("lobby") }).await;
    }
    bob.so_far().await;
    let told = ann.so_far().await;
    let typing = told.iter().filter(|frame| matches!(frame, FromServer::Typing { .. }));
    let expected = FromServer::Typing { room: room("lobby"), username: username("bob") };
    assert_eq!(typing.collect::<Vec<_>>(), [&expected]);
    // Who comes later is not told of what was.
    let (mut cid, _) = TestClient::named(server.address, "cid").await;
    cid.join("lobby").await;
    assert!(!cid.so_far().await.contains(&expected));
}

#[tokio::test]
async fn only_members_are_told_and_tell() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    ann.join("lobby").await;
    for frame in [
        FromClient::Typing { room: room("lobby") },
        FromClient::Seen { room: room("lobby"), seq: shared::Seq(1) },
    ] {
        bob.say(&frame).await;
        let refusal = bob.refusal().await;
        assert_eq!((refusal.code, refusal.room), (shared::RefusalCode::NotJoined, Some(room("lobby"))));
    }
    let told = ann.so_far().await;
    assert!(!told.iter().any(|frame| matches!(frame, FromServer::Typing { .. })), "{told:?}");
}
