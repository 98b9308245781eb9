//! Server-Sent Events: a room as a browser's `EventSource`, or `curl -N`, reads it.

use crate::{
    client::{TestClient, post},
    server::TestServer,
    web::{self, Events},
};
use serde_json::json;

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
    // Whoever keeps no ids may say a number.
    let path = format!("/api/rooms/lobby/events?after={}", later[1]);
    let mut events = Events::open_at(server.address, &path, None).await;
    events.event().await;
    assert_eq!(events.event().await.message().text, "6");
}

#[tokio::test]
async fn a_stream_that_cannot_go_on_says_so() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.post(post("lobby", "1", "one")).await;
    let epoch = ann.join("lobby").await.epoch;
    for last in ["another:1", &format!("{epoch}:17")] {
        let mut events = Events::open(server.address, "lobby", Some(last)).await;
        let joined = events.event().await.json();
        assert_eq!((&joined["resumed"], &joined["epoch"]), (&json!(false), &json!(epoch.as_str())), "{last}");
    }
    let mut web = web::Web::connect(server.address).await;
    let headers = [("last-event-id", "nonsense")];
    let path = "/api/rooms/lobby/events";
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
