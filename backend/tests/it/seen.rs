//! How far somebody has read, and the list of rooms that it shows in.

use shared::{AboutKind, FromClient, FromServer, RoomSummary, Seq};

use crate::{
    caller::{Caller, about, post, room},
    house::House,
};

async fn seen(caller: &mut Caller) -> Seq {
    match caller.find("a seen", |frame| matches!(frame, FromServer::Seen { .. })).await {
        FromServer::Seen { room: of, seq } => {
            assert_eq!(of, room("lobby"));
            seq
        }
        _ => unreachable!("only that is found"),
    }
}

fn summary<'a>(rooms: &'a [RoomSummary], name: &str) -> &'a RoomSummary {
    rooms.iter().find(|summary| summary.room == room(name)).expect("the room is listed")
}

#[tokio::test]
async fn what_somebody_has_read_is_known_to_all_of_their_connections_and_to_nobody_else() {
    let house = House::open().await;
    let (mut desk, welcome) = Caller::named(house.address, "ann").await;
    let (mut phone, _) = Caller::proven(house.address, &welcome.token).await;
    let (mut bob, _) = Caller::named(house.address, "bob").await;
    for caller in [&mut desk, &mut phone, &mut bob] {
        caller.join("lobby").await;
    }
    for n in 0..5 {
        bob.post(post("lobby", &format!("b{n}"), "read me")).await;
    }
    desk.messages(5).await;
    desk.say(&FromClient::Seen { room: room("lobby"), seq: Seq(3) }).await;
    assert_eq!(seen(&mut phone).await, Seq(3));
    // Nobody has read what is not there.
    desk.say(&FromClient::Seen { room: room("lobby"), seq: Seq(3_000) }).await;
    assert_eq!(seen(&mut phone).await, Seq(5));
    for caller in [&mut desk, &mut bob] {
        let told = caller.so_far().await;
        assert!(!told.iter().any(|frame| matches!(frame, FromServer::Seen { .. })), "{told:?}");
    }
    let (mut again, _) = Caller::proven(house.address, &welcome.token).await;
    assert_eq!(again.join("lobby").await.seen, Some(Seq(5)));
    assert_eq!(bob.join("lobby").await.seen, None);
}

#[tokio::test]
async fn what_was_read_stays_read_after_a_restart_and_what_was_not_is_counted() {
    let house = House::open().await;
    let (mut ann, welcome) = Caller::named(house.address, "ann").await;
    let (mut bob, _) = Caller::named(house.address, "bob").await;
    ann.join("lobby").await;
    for n in 0..10 {
        bob.post(post("lobby", &format!("b{n}"), &n.to_string())).await;
    }
    ann.say(&FromClient::Seen { room: room("lobby"), seq: Seq(4) }).await;
    ann.so_far().await;
    // What ann writes herself and reactions are not unread to her.
    ann.post(post("lobby", "own", "mine")).await;
    bob.post(about("lobby", "r", "👍", Seq(1), AboutKind::Reaction)).await;
    bob.post(post("kitchen", "k", "nobody was here")).await;

    let house = house.restart().await;
    let (mut ann, welcome) = Caller::proven(house.address, &welcome.token).await;
    let lobby = summary(&welcome.rooms, "lobby");
    assert_eq!((lobby.head, lobby.seen, lobby.unread), (Seq(12), Some(Seq(4)), 6));
    assert_eq!(lobby.last.as_ref().unwrap().text, "mine");
    let kitchen = summary(&welcome.rooms, "kitchen");
    assert_eq!((kitchen.seen, kitchen.unread), (None, 0));
    // The room with the newest message comes first.
    assert_eq!(welcome.rooms[0].room, room("kitchen"));
    assert_eq!(ann.join("lobby").await.seen, Some(Seq(4)));
}

#[tokio::test]
async fn reading_never_goes_back() {
    let house = House::open().await;
    let (mut ann, welcome) = Caller::named(house.address, "ann").await;
    ann.join("lobby").await;
    for n in 0..5 {
        ann.post(post("lobby", &format!("a{n}"), "text")).await;
    }
    for seq in [4, 2] {
        ann.say(&FromClient::Seen { room: room("lobby"), seq: Seq(seq) }).await;
    }
    ann.so_far().await;
    let (mut again, other) = Caller::proven(house.address, &welcome.token).await;
    assert_eq!(summary(&other.rooms, "lobby").seen, Some(Seq(4)));
    assert_eq!(again.join("lobby").await.seen, Some(Seq(4)));
}
