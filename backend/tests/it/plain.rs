//! Plain `/ws`: wscat, a browser's one-liner, a program of ten lines in any language.

use shared::{AboutKind, FromServer, Message, RefusalCode, Seq};

use crate::{
    client::{TestClient, about, post, seqs, texts, username},
    server::TestServer,
    wire::{KEY, Wire, greeting},
};

fn message(text: &str) -> Message {
    match FromServer::decode(text).unwrap() {
        FromServer::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}

#[tokio::test]
async fn text_that_is_no_json_object_is_posted_as_it_is() {
    let server = TestServer::open().await;
    let mut client = TestClient::open(server.address, "/ws?username=ann").await;
    for text in ["hello", " spaces ", "17", "[1, 2]", "\"quoted\"", "{not json", "null"] {
        client.text(text).await;
        let came = client.message().await;
        assert_eq!((&*came.text, came.username, came.room.as_str()), (text, username("ann"), "lobby"));
    }
}

#[tokio::test]
async fn an_object_with_a_text_is_posted_and_one_without_is_refused() {
    let server = TestServer::open().await;
    let mut client = TestClient::open(server.address, "/ws?room=kitchen&username=ann").await;
    client.text(r#"{"text": "tea", "colour": "unknown fields are ignored"}"#).await;
    let tea = client.message().await;
    assert_eq!((&*tea.text, tea.room.as_str()), ("tea", "kitchen"));
    client.text(r#"{"text": "again", "id": "my-own"}"#).await;
    assert_eq!(client.message().await.id.as_str(), "my-own");
    for (bad, code) in [
        (r#"{"txt": "tea"}"#, RefusalCode::BadFrame),
        (r#"{"text": 17}"#, RefusalCode::BadFrame),
        (r#"{"text": "  "}"#, RefusalCode::BadText),
    ] {
        client.text(bad).await;
        assert_eq!(client.refusal().await.code, code, "{bad}");
    }
    client.text("still here").await;
    assert_eq!(client.message().await.text, "still here");
}

#[tokio::test]
async fn a_program_for_username_and_text_broadcast_servers_works_unchanged() {
    let server = TestServer::open().await;
    let mut one = TestClient::open(server.address, "/ws").await;
    let mut other = TestClient::open(server.address, "/ws").await;
    one.text(r#"{"username": "Ann", "text": "hi all"}"#).await;
    for client in [&mut one, &mut other] {
        let frame: serde_json::Value = serde_json::from_str(&client.next_text().await).unwrap();
        assert_eq!((&frame["username"], &frame["text"]), (&"Ann".into(), &"hi all".into()));
    }
    // The session has that name now, and no other.
    one.text("and again").await;
    assert_eq!(message(&other.next_text().await).username, username("Ann"));
    one.text(r#"{"username": "Bob", "text": "not me"}"#).await;
    let refusal = one.find("a refusal", |frame| matches!(frame, FromServer::Refused(_))).await;
    assert!(matches!(refusal, FromServer::Refused(refusal) if refusal.code == RefusalCode::NameTaken));
    one.text(r#"{"username": "Ann", "text": "me"}"#).await;
    assert_eq!(message(&other.next_text().await).text, "me");
}

#[tokio::test]
async fn who_says_no_name_speaks_as_a_guest_and_stays_the_same_one() {
    let server = TestServer::open().await;
    let mut client = TestClient::open(server.address, "/ws").await;
    client.text("one").await;
    client.text("two").await;
    let both = client.messages(2).await;
    assert_eq!(both[0].username, both[1].username);
}

#[tokio::test]
async fn a_claimed_name_is_not_to_be_had_without_its_token() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let mut thief = TestClient::open(server.address, "/ws").await;
    thief.text(r#"{"username": "ann", "text": "not me"}"#).await;
    assert_eq!(thief.refusal().await.code, RefusalCode::NameTaken);
    let path = "/ws?username=ann";
    let key = ("Sec-WebSocket-Key", KEY);
    let mut refused = Wire::connect(server.address).await;
    refused.send(greeting(server.address, path, &[("Sec-WebSocket-Version", "13"), key])).await;
    let answer = refused.header().await;
    assert!(answer.starts_with("HTTP/1.1 409 "), "{answer}");
    let bearer = format!("Bearer {}", welcome.token.as_str());
    let mut proven = Wire::connect(server.address).await;
    let headers = [("Sec-WebSocket-Version", "13"), key, ("Authorization", &bearer)];
    proven.send(greeting(server.address, "/ws", &headers)).await;
    assert!(proven.header().await.starts_with("HTTP/1.1 101 "));
    proven.frame(crate::wire::FIN | crate::wire::TEXT, b"it is me").await;
    let came = proven.read(crate::wire::TEXT).await;
    assert_eq!(message(std::str::from_utf8(&came).unwrap()).username, username("ann"));
}

#[tokio::test]
async fn both_modes_are_sent_the_same_bytes() {
    let server = TestServer::open().await;
    let mut plain = Wire::handshake(server.address, "/ws").await;
    let mut versioned = Wire::handshake(server.address, "/ws?v=1").await;
    let text = crate::wire::FIN | crate::wire::TEXT;
    versioned.frame(text, br#"{"type":"hello","username":"ann"}"#).await;
    versioned.frame(text, br#"{"type":"join","room":"lobby"}"#).await;
    while !versioned.read(crate::wire::TEXT).await.starts_with(br#"{"type":"joined""#) {}
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let long = "字\"\\\n".repeat(100);
    let first = bob.post(post("lobby", "1", &long)).await;
    bob.post(about("lobby", "2", "short", first, AboutKind::Reply)).await;
    for _ in 0..2 {
        let is_message = |frame: &(u8, Vec<u8>)| frame.1.starts_with(br#"{"type":"message""#);
        let (ours, theirs) = (
            plain.read_frame().await.unwrap(),
            loop {
                let frame = versioned.read_frame().await.unwrap();
                if is_message(&frame) {
                    break frame;
                }
            },
        );
        assert!(is_message(&ours));
        assert_eq!(ours, theirs);
    }
}

#[tokio::test]
async fn a_reader_goes_on_after_what_it_has_and_without_that_hears_what_comes_from_now_on() {
    let server = TestServer::open().await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let epoch = bob.join("lobby").await.epoch;
    let posted = bob.post_numbers("lobby", 1..=5).await;
    let (third, fourth, ahead) = (posted[2], posted[3], Seq(posted[4].0 + 1));
    let mut fresh = TestClient::open(server.address, "/ws").await;
    let mut later = TestClient::open(server.address, &format!("/ws?after={third}")).await;
    let mut known = TestClient::open(server.address, &format!("/ws?after={fourth}&epoch={epoch}")).await;
    let mut lost = TestClient::open(server.address, &format!("/ws?after={fourth}&epoch=another")).await;
    let mut ahead = TestClient::open(server.address, &format!("/ws?after={ahead}")).await;
    assert_eq!(texts(&later.messages(2).await), ["4", "5"]);
    assert_eq!(texts(&known.messages(1).await), ["5"]);
    // Numbers that are not this log's: everything is new.
    assert_eq!(seqs(&lost.messages(5).await), posted);
    assert_eq!(seqs(&ahead.messages(5).await), posted);
    // The handshake is answered before the room is followed: a post of its own shows that it is.
    fresh.text("mine").await;
    assert_eq!(texts(&fresh.messages(1).await), ["mine"]);
    assert_eq!(texts(&later.messages(1).await), ["mine"]);
}
