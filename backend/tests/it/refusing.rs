//! What is refused, and that the connection lives on.

use shared::{FromServer, MessageId, RefusalCode, limits};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    client::{TestClient, post, room},
    server::TestServer,
};

#[tokio::test]
async fn what_is_no_frame_is_refused_with_a_reason_and_the_connection_lives_on() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    let deep = "[".repeat(2_000);
    for (bad, code) in [
        ("", RefusalCode::BadFrame),
        ("hello", RefusalCode::BadFrame),
        ("{", RefusalCode::BadFrame),
        ("[]", RefusalCode::BadFrame),
        ("{}", RefusalCode::BadFrame),
        (deep.as_str(), RefusalCode::BadFrame),
        (r#"{"type": 17}"#, RefusalCode::BadFrame),
        (r#"{"type": "fly"}"#, RefusalCode::UnknownType),
        (r#"{"type": "welcome"}"#, RefusalCode::UnknownType),
        (r#"{"type": "join"}"#, RefusalCode::BadFrame),
        (r#"{"type": "join", "room": "Not A Room"}"#, RefusalCode::BadFrame),
        (r#"{"type": "join", "room": "lobby", "after": -1}"#, RefusalCode::BadFrame),
        (r#"{"type": "page", "room": "lobby"}"#, RefusalCode::BadFrame),
        (r#"{"type": "seen", "room": "lobby", "seq": 9007199254740992}"#, RefusalCode::BadFrame),
        (r#"{"type": "post", "room": "lobby", "id": "with space", "text": "hi"}"#, RefusalCode::BadFrame),
    ] {
        ann.text(bad).await;
        let refusal = ann.refusal().await;
        assert_eq!(refusal.code, code, "{bad}");
        assert!(!refusal.reason.is_empty() && refusal.retry_after_ms.is_none(), "{refusal:?}");
    }
    ann.post(post("lobby", "1", "still here")).await;
    assert_eq!(ann.message().await.text, "still here");
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.text(r#"{"type":"post","room":"lobby","id":"1","text":"hi","mood":{"of":["a","later"]},"v":2}"#)
        .await;
    let posted = ann.find("an acknowledgement", |frame| matches!(frame, FromServer::Posted { .. })).await;
    assert!(matches!(posted, FromServer::Posted { id, .. } if id.as_str() == "1"));
}

#[tokio::test]
async fn a_binary_message_is_refused_and_the_connection_lives_on() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for bytes in [vec![], vec![0, 159, 146, 150], br#"{"type":"join","room":"lobby"}"#.to_vec()] {
        ann.send(Frame::binary(bytes)).await;
        assert_eq!(ann.refusal().await.code, RefusalCode::BadFrame);
    }
    ann.post(post("lobby", "1", "still here")).await;
}

#[tokio::test]
async fn a_post_that_cannot_be_taken_is_refused_with_its_id_and_room() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let long = "x".repeat(limits::TEXT_BYTES + 1);
    for text in ["", "  \n", &long] {
        let refusal = ann.try_post(post("lobby", "bad", text)).await.unwrap_err();
        assert_eq!((refusal.code, refusal.room), (RefusalCode::BadText, Some(room("lobby"))));
        assert_eq!(refusal.retry_after_ms, None);
    }
    // What could be read of a frame that is wrong elsewhere is said, too.
    ann.text(r#"{"type":"post","room":"lobby","id":"half","text":17}"#).await;
    let refusal = ann.refusal().await;
    assert_eq!(
        (refusal.code, refusal.id, refusal.room),
        (RefusalCode::BadFrame, Some(MessageId::parse("half").unwrap()), Some(room("lobby")))
    );
    let taken = "字".repeat(limits::TEXT_BYTES / 3);
    ann.post(post("lobby", "good", &taken)).await;
}
