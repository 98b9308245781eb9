//! How far somebody has read, and the list of rooms that it shows in.

use shared::{AboutKind, FromClient, FromServer, RoomSummary, Seq};

use crate::{
    client::{TestClient, about, post, room},
    server::TestServer,
};

async fn seen(client: &mut TestClient) -> Seq {
    match client.find("a seen", |frame| matches!(frame, FromServer::Seen { .. })).await {
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
    let server = TestServer::open().await;
    let (mut desk, welcome) = TestClient::named(server.address, "ann").await;
    let (mut phone, _) = TestClient::proven(server.address, &welcome.token).await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    for client in [&mut desk, &mut phone, &mut bob] {
        client.join("lobby").await;
    }
    let posted = bob.post_numbers("lobby", 1..=5).await;
    let (third, last) = (posted[2], posted[4]);
    desk.messages(5).await;
    desk.say(&FromClient::Seen { room: room("lobby"), seq: third }).await;
    assert_eq!(seen(&mut phone).await, third);
    // Nobody has read what is not there.
    desk.say(&FromClient::Seen { room: room("lobby"), seq: Seq(3_000) }).await;
    assert_eq!(seen(&mut phone).await, last);
    for client in [&mut desk, &mut bob] {
        let told = client.so_far().await;
        assert!(!told.iter().any(|frame| matches!(frame, FromServer::Seen { .. })), "{told:?}");
    }
    let (mut again, _) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(again.join("lobby").await.seen, Some(last));
    assert_eq!(bob.join("lobby").await.seen, None);
}

#[tokio::test]
async fn what_was_read_stays_read_after_a_restart_and_what_was_not_is_counted() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    ann.join("lobby").await;
    let posted = bob.post_numbers("lobby", 1..=10).await;
    let fourth = posted[3];
    ann.say(&FromClient::Seen { room: room("lobby"), seq: fourth }).await;
    ann.so_far().await;
    // What ann writes herself and reactions are not unread to her.
    ann.post(post("lobby", "own", "mine")).await;
    let head = bob.post(about("lobby", "r", "👍", posted[0], AboutKind::Reaction)).await;
    bob.post(post("kitchen", "k", "nobody was here")).await;

    let server = server.restart().await;
    let (mut ann, welcome) = TestClient::proven(server.address, &welcome.token).await;
    let lobby = summary(&welcome.rooms, "lobby");
    assert_eq!((lobby.head, lobby.seen, lobby.unread), (head, Some(fourth), 6));
    assert_eq!(lobby.last.as_ref().unwrap().text, "mine");
    let kitchen = summary(&welcome.rooms, "kitchen");
    assert_eq!((kitchen.seen, kitchen.unread), (None, 0));
    // The room with the newest message comes first.
    assert_eq!(welcome.rooms[0].room, room("kitchen"));
    assert_eq!(ann.join("lobby").await.seen, Some(fourth));
}

#[tokio::test]
async fn reading_never_goes_back() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    let posted = ann.post_numbers("lobby", 1..=5).await;
    for seq in [posted[3], posted[1]] {
        ann.say(&FromClient::Seen { room: room("lobby"), seq }).await;
    }
    ann.so_far().await;
    let (mut again, other) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(summary(&other.rooms, "lobby").seen, Some(posted[3]));
    assert_eq!(again.join("lobby").await.seen, Some(posted[3]));
}
