//! Tokens of the operator's application: what they prove, against whom, and for how long.

use std::time::{Duration, SystemTime};

use hyper::{Method, StatusCode};
use serde_json::json;
use shared::{
    AboutKind, Authorship, CloseCode, FromClient, FromServer, Message, RefusalCode, Seq, Side, Token,
};

use crate::{
    client::{TestClient, about, post, room, username},
    jwt,
    server::TestServer,
    web::{self, Web},
    wire::{KEY, Wire, greeting},
};

/// A post over HTTP with this token: its status, and the code of its refusal.
async fn post_with(server: &TestServer, token: &Token, text: &str) -> (StatusCode, Option<String>) {
    let bearer = format!("Bearer {}", token.as_str());
    let path = "/api/rooms/lobby/messages";
    let mut web = Web::connect(server.address).await;
    let headers = [("authorization", &*bearer)];
    let answer = web.request(Method::POST, path, &headers, json!({"text": text}).to_string()).await;
    (answer.status, (answer.status != StatusCode::CREATED).then(|| answer.error()))
}

fn shown(messages: &[Message]) -> Vec<(&str, Authorship)> {
    messages.iter().map(|message| (&*message.text, message.authorship)).collect()
}

#[tokio::test]
async fn a_token_of_the_application_takes_over_a_name_that_a_stranger_claimed() {
    let server = TestServer::open().await;
    let (mut stranger, claimed) = TestClient::named(server.address, "cto").await;
    let first = stranger.post(post("lobby", "1", "I am the cto")).await;

    let token = jwt::of(server.folder(), "cto");
    let (mut cto, welcome) = TestClient::proven(server.address, &token).await;
    assert_eq!(welcome.username, username("cto"));
    // The stranger is nobody any more: the live connection ends, and so do the old token, the name alone, and HTTP.
    assert_eq!(stranger.end().await.1, CloseCode::TOKEN_EXPIRED);
    assert_eq!(refusal_of(&server, &claimed.token).await, RefusalCode::BadToken);
    let mut thief = TestClient::silent(server.address).await;
    assert_eq!(thief.hello(Some("cto"), None).await.unwrap_err().code, RefusalCode::NameTaken);
    let bad_token = (StatusCode::UNAUTHORIZED, Some("bad_token".to_owned()));
    assert_eq!(post_with(&server, &claimed.token, "still me").await, bad_token);
    // They share nothing: neither messages nor ids.
    for (kind, text) in [(AboutKind::Edit, "I was the cto"), (AboutKind::Retraction, "")] {
        let refusal = cto.try_post(about("lobby", "theft", text, first, kind)).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Forbidden);
    }
    let second = cto.post(post("lobby", "1", "the real one")).await;
    assert!(second > first);
    cto.post(about("lobby", "2", "the real one, edited", second, AboutKind::Edit)).await;

    let expected = [
        ("I am the cto", Authorship::Unproven),
        ("the real one", Authorship::Proven),
        ("the real one, edited", Authorship::Proven),
    ];
    assert_eq!(shown(&cto.page("lobby", Side::After(Seq::ZERO), 50).await.messages), expected);
    let server = server.restart().await;
    let (mut cto, _) = TestClient::proven(server.address, &token).await;
    assert_eq!(shown(&cto.join("lobby").await.messages), expected);
    assert_eq!(refusal_of(&server, &claimed.token).await, RefusalCode::BadToken);
}

/// The refusal of a hello with this token.
async fn refusal_of(server: &TestServer, token: &Token) -> RefusalCode {
    TestClient::silent(server.address).await.hello(None, Some(token.clone())).await.unwrap_err().code
}

#[tokio::test]
async fn what_a_stranger_posted_is_unproven_for_every_reader_as_soon_as_the_name_is_taken_over() {
    let server = TestServer::open().await;
    let (mut stranger, _) = TestClient::named(server.address, "cto").await;
    let (mut reader, _) = TestClient::named(server.address, "reader").await;
    stranger.post(post("lobby", "1", "I am the cto")).await;
    assert_eq!(shown(&reader.join("lobby").await.messages), [("I am the cto", Authorship::Proven)]);
    TestClient::proven(server.address, &jwt::of(server.folder(), "cto")).await;
    let expected = [("I am the cto", Authorship::Unproven)];
    assert_eq!(shown(&reader.page("lobby", Side::After(Seq::ZERO), 50).await.messages), expected);
    let (mut late, _) = TestClient::named(server.address, "late").await;
    assert_eq!(shown(&late.join("lobby").await.messages), expected, "joined");
    let newest = web::get(server.address, "/api/rooms/lobby/messages").await;
    assert_eq!(shown(&newest.messages()), expected, "HTTP");
    let (mut behind, _) = TestClient::named(server.address, "behind").await;
    assert!(behind.join_after("lobby", None, Some(Seq::ZERO)).await.resumed);
    assert_eq!(shown(&behind.messages(1).await), expected, "resumed");
}

#[tokio::test]
async fn a_stranger_that_is_still_connected_when_the_name_is_taken_over_does_not_move_its_owners_marks() {
    let server = TestServer::open().await;
    let (mut stranger, _) = TestClient::named(server.address, "cto").await;
    stranger.join("lobby").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let posted = bob.post_numbers("lobby", 1..=4).await;
    let token = jwt::of(server.folder(), "cto");
    let (mut desk, _) = TestClient::proven(server.address, &token).await;
    let (mut phone, _) = TestClient::proven(server.address, &token).await;
    desk.join("lobby").await;
    phone.join("lobby").await;
    desk.say(&FromClient::Seen { room: room("lobby"), seq: posted[0] }).await;
    let is_seen = |frame: &FromServer| matches!(frame, FromServer::Seen { .. });
    let seen = phone.find("a seen", is_seen).await;
    assert_eq!(seen, FromServer::Seen { room: room("lobby"), seq: posted[0] });
    // The stranger's connection may have ended, or says nothing for its old name any more.
    let mark = FromClient::Seen { room: room("lobby"), seq: posted[3] }.encode();
    for text in [mark.as_str(), r#"{"type":"fence"}"#] {
        let _ = stranger.try_text(text).await;
    }
    while let Ok(text) = stranger.next_text_or_close().await {
        let frame = FromServer::decode(&text).unwrap();
        assert!(!is_seen(&frame), "the stranger is told what the owner has read: {frame:?}");
        if matches!(&frame, FromServer::Refused(refusal) if refusal.code == RefusalCode::UnknownType) {
            break;
        }
    }
    let told = phone.so_far().await;
    assert!(!told.iter().any(is_seen), "the owner is told what the stranger has read: {told:?}");
    assert_eq!(phone.join("lobby").await.seen, Some(posted[0]));
}

#[tokio::test]
async fn a_post_without_a_token_shuts_nobodys_token_out_and_gives_them_nothing() {
    let server = TestServer::open().await;
    let body = json!({"username": "cto", "text": "anybody could say that"});
    let first = web::post(server.address, "lobby", &body).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let first = Seq(first.json()["seq"].as_u64().unwrap());
    let token = jwt::of(server.folder(), "cto");
    assert_eq!(post_with(&server, &token, "it is me").await, (StatusCode::CREATED, None));
    let again = web::post(server.address, "lobby", &body).await;
    assert_eq!((again.status, &*again.error()), (StatusCode::CONFLICT, "name_taken"));
    let (mut cto, _) = TestClient::proven(server.address, &token).await;
    let edit = about("lobby", "edit", "nobody said that", first, AboutKind::Edit);
    assert_eq!(cto.try_post(edit).await.unwrap_err().code, RefusalCode::Forbidden);
    let expected = [("anybody could say that", Authorship::Unproven), ("it is me", Authorship::Proven)];
    assert_eq!(shown(&cto.join("lobby").await.messages), expected);
}

#[tokio::test]
async fn a_session_ends_when_its_token_expires_and_has_got_no_other_one() {
    let server = TestServer::open().await;
    let end = SystemTime::now() + Duration::from_secs(3);
    let token = jwt::until(server.folder(), "ann", end);
    // `hello` here sees to it that a welcome exchanges no token for another one.
    let (mut ann, _) = TestClient::proven(server.address, &token).await;
    ann.join("lobby").await;
    let seq = ann.post(post("lobby", "1", "in time")).await;
    let mut plain = Wire::connect(server.address).await;
    let bearer = format!("Bearer {}", token.as_str());
    let headers = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY), ("Authorization", &*bearer)];
    plain.send(greeting(server.address, "/ws", &headers)).await;
    assert!(plain.header().await.starts_with("HTTP/1.1 101 "));
    let (mut bob, _) = TestClient::named(server.address, "bob").await;

    assert_eq!(ann.end().await.1, CloseCode::TOKEN_EXPIRED);
    assert!(SystemTime::now() >= end, "the session ended too early");
    assert_eq!(CloseCode(plain.close_code().await), CloseCode::TOKEN_EXPIRED);
    assert_eq!(refusal_of(&server, &token).await, RefusalCode::BadToken);
    let bad_token = (StatusCode::UNAUTHORIZED, Some("bad_token".to_owned()));
    assert_eq!(post_with(&server, &token, "too late").await, bad_token);
    // Others go on, and so does ann with a new token: it is the same author.
    bob.post(post("lobby", "1", "still here")).await;
    let token = jwt::of(server.folder(), "ann");
    let (mut ann, _) = TestClient::proven(server.address, &token).await;
    ann.post(about("lobby", "2", "in time, edited", seq, AboutKind::Edit)).await;
}
