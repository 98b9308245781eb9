//! Names: claimed, proven, refused.

use std::collections::BTreeSet;

use hyper::StatusCode;
use serde_json::json;
use shared::{AboutKind, Authorship, ClaimSecret, FromClient, RefusalCode, Token};

use crate::{
    bound::soon,
    client::{TestClient, about, post, username},
    jwt, log_file,
    server::TestServer,
    web,
};

#[tokio::test]
async fn a_claimed_name_is_worn_again_with_its_token_and_by_nobody_else_even_after_a_restart() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    assert_eq!(welcome.username, username("ann"));
    ann.post(post("lobby", "1", "It is me.")).await;

    let server = server.restart().await;
    let mut thief = TestClient::silent(server.address).await;
    let refusal = thief.hello(Some("ann"), None).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NameTaken);
    let (_again, again) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(again.username, username("ann"));
    // The refused one may still come in under another name.
    assert_eq!(thief.hello(Some("bob"), None).await.unwrap().username, username("bob"));
}

#[tokio::test]
async fn a_name_belongs_to_its_claimer_before_the_first_post_and_after_the_connection() {
    let server = TestServer::open().await;
    let (ann, _) = TestClient::named(server.address, "ann").await;
    let mut thief = TestClient::silent(server.address).await;
    assert_eq!(thief.hello(Some("ann"), None).await.unwrap_err().code, RefusalCode::NameTaken);
    drop(ann);
    assert_eq!(thief.hello(Some("ann"), None).await.unwrap_err().code, RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_refused() {
    let server = TestServer::open().await;
    let (_ann, _) = TestClient::named(server.address, "Alice").await;
    let mut other = TestClient::silent(server.address).await;
    // Another case, a capital I for the l, a Cyrillic a.
    for name in ["alice", "AIice", "\u{410}lice", "ALICE"] {
        let refusal = other.hello(Some(name), None).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NameTaken, "{name}");
        assert!(refusal.reason.contains("Alice") || refusal.reason.contains(name), "{}", refusal.reason);
    }
    assert!(other.hello(Some("Alicia"), None).await.is_ok());
}

#[tokio::test]
async fn a_name_is_the_same_in_every_normal_form() {
    let server = TestServer::open().await;
    let (_eva, welcome) = TestClient::named(server.address, "e\u{301}va").await;
    assert_eq!(welcome.username, username("\u{e9}va"));
    let mut other = TestClient::silent(server.address).await;
    assert_eq!(other.hello(Some("\u{e9}va"), None).await.unwrap_err().code, RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_name_is_taken_without_the_space_around_it() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, " ann ").await;
    assert_eq!(welcome.username, username("ann"));
}

#[tokio::test]
async fn a_name_with_hidden_characters_or_too_many_is_refused_and_the_connection_lives_on() {
    let server = TestServer::open().await;
    let mut client = TestClient::silent(server.address).await;
    for name in ["a\u{202e}nn", "a\u{200b}nn", "", "a\tnn", "  ", &"字".repeat(33)] {
        client.text(&serde_json::json!({"type": "hello", "username": name}).to_string()).await;
        assert_eq!(client.refusal().await.code, RefusalCode::BadFrame, "{name:?}");
    }
    assert!(client.hello(Some("字字"), None).await.is_ok());
}

#[tokio::test]
async fn a_name_whose_characters_imitate_others_is_refused_however_it_is_stated() {
    let server = TestServer::open().await;
    let mut client = TestClient::silent(server.address).await;
    for name in ["ann\u{332}", "tom\u{640}", "ⓐnn", "ɐnn", "ʙot"] {
        assert_eq!(client.hello(Some(name), None).await.unwrap_err().code, RefusalCode::BadFrame, "{name}");
        let body = json!({"username": name, "text": "hi"});
        let answer = web::post(server.address, "lobby", &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        let mut plain = TestClient::open(server.address, "/ws").await;
        plain.text(&body.to_string()).await;
        assert_eq!(plain.refusal().await.code, RefusalCode::BadFrame, "{name}");
        let signed = jwt::of(server.folder(), name);
        assert_eq!(client.hello(None, Some(signed)).await.unwrap_err().code, RefusalCode::BadToken, "{name}");
    }
    assert_eq!(log_file::authors(&server.database()), [""; 0]);
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_refused() {
    let (server, other) = (TestServer::open().await, TestServer::open().await);
    let (_stranger, foreign) = TestClient::named(other.address, "ann").await;
    let (_ann, own) = TestClient::named(server.address, "ann").await;
    let mut changed = own.token.as_str().to_owned();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'E' } else { 'A' });
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.";
    let mut client = TestClient::silent(server.address).await;
    for token in [foreign.token.as_str(), &changed, unsigned, "nonsense"] {
        let refusal = client.hello(None, Some(Token::parse(token).unwrap())).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::BadToken, "{token}");
    }
    assert_eq!(client.hello(None, Some(own.token)).await.unwrap().username, username("ann"));
}

#[tokio::test]
async fn who_says_no_name_is_given_one_of_their_own() {
    let server = TestServer::open().await;
    let (mut one, mut other) =
        (TestClient::silent(server.address).await, TestClient::silent(server.address).await);
    let (first, second) = (one.hello(None, None).await.unwrap(), other.hello(None, None).await.unwrap());
    assert_ne!(first.username, second.username);
    let (_again, again) = TestClient::proven(server.address, &first.token).await;
    assert_eq!(again.username, first.username);
}

#[tokio::test]
async fn a_claim_whose_welcome_was_lost_is_repeated_with_its_secret_and_by_nobody_else() {
    let server = TestServer::open().await;
    let secret = ClaimSecret::parse("0123456789abcdef0123456789abcdef").unwrap();
    let mut cut = TestClient::silent(server.address).await;
    let hello = FromClient::Hello {
        username: Some(username("ann")),
        token: None,
        secret: Some(secret.clone()),
        invitation: None,
    };
    cut.say(&hello).await;
    // The claim is on disk, and the connection is cut before its welcome is read.
    soon("a claim on disk", async {
        while log_file::authors(&server.database()) != ["ann"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(cut);

    let other_secret = ClaimSecret::parse("fedcba9876543210fedcba9876543210").unwrap();
    let mut thief = TestClient::silent(server.address).await;
    assert_eq!(thief.hello(Some("ann"), None).await.unwrap_err().code, RefusalCode::NameTaken);
    assert_eq!(thief.claim("ann", &other_secret).await.unwrap_err().code, RefusalCode::NameTaken);
    let mut ann = TestClient::silent(server.address).await;
    let first = ann.claim("ann", &secret).await.unwrap();
    assert_eq!(first.username, username("ann"));
    let seq = ann.post(post("lobby", "1", "It is me.")).await;

    // It is the same account however often it is asked for, and after a restart.
    let server = server.restart().await;
    let mut again = TestClient::silent(server.address).await;
    let second = again.claim("ann", &secret).await.unwrap();
    for token in [&first.token, &second.token] {
        let (mut ann, _) = TestClient::proven(server.address, token).await;
        ann.post(about("lobby", &seq.to_string(), "It is still me.", seq, AboutKind::Edit)).await;
    }
    assert_eq!(log_file::authors(&server.database()), ["ann"]);
    // A name that was claimed without a secret is not to be had with any.
    TestClient::named(server.address, "bob").await;
    let mut thief = TestClient::silent(server.address).await;
    assert_eq!(thief.claim("bob", &secret).await.unwrap_err().code, RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_name_that_was_used_without_a_token_can_be_claimed_and_is_its_claimers_from_then_on() {
    let server = TestServer::open().await;
    let body = json!({"username": "deploy-bot", "text": "by curl"});
    assert_eq!(web::post(server.address, "lobby", &body).await.status, StatusCode::CREATED);
    let (mut bot, _) = TestClient::named(server.address, "deploy-bot").await;
    bot.post(post("lobby", "1", "by parlor send")).await;
    let answer = web::post(server.address, "lobby", &body).await;
    assert_eq!((answer.status, &*answer.error()), (StatusCode::CONFLICT, "name_taken"));
    let messages = bot.join("lobby").await.messages;
    let shown: Vec<_> = messages.iter().map(|message| (&*message.text, message.authorship)).collect();
    assert_eq!(shown, [("by curl", Authorship::Unproven), ("by parlor send", Authorship::Proven)]);
}

#[tokio::test]
async fn a_thousand_hellos_without_a_name_leave_nothing_in_the_log() {
    const GUESTS: usize = 1_000;
    let server = TestServer::open().await;
    let mut names = BTreeSet::new();
    let mut last = None;
    for _ in 0..GUESTS {
        let mut guest = TestClient::silent(server.address).await;
        names.insert(guest.hello(None, None).await.unwrap().username);
        guest.join("lobby").await;
        last = Some(guest);
    }
    // There are about a million names: of a thousand, two may be the same.
    assert!(names.len() > GUESTS - 20, "{}", names.len());
    assert_eq!(log_file::authors(&server.database()), [""; 0]);
    assert_eq!(log_file::position(&server.database()), 0);
    // Whoever says something is recorded with that.
    let mut guest = last.unwrap();
    guest.post(post("lobby", "1", "Hello.")).await;
    let message = guest.message().await;
    assert_eq!(message.authorship, Authorship::Unproven);
    assert_eq!(log_file::authors(&server.database()), [message.username.as_str()]);
}

#[tokio::test]
async fn a_connection_says_hello_once() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let again =
        FromClient::Hello { username: Some(username("bob")), token: None, secret: None, invitation: None };
    ann.say(&again).await;
    assert_eq!(ann.refusal().await.code, RefusalCode::BadFrame);
    // It is still ann who speaks, and bob is nobody's.
    ann.join("lobby").await;
    ann.post(post("lobby", "1", "Who am I?")).await;
    assert_eq!(ann.message().await.username, username("ann"));
    TestClient::named(server.address, "bob").await;
}

#[tokio::test]
async fn what_comes_before_hello_is_refused_and_done_by_nobody() {
    let server = TestServer::open().await;
    let mut client = TestClient::silent(server.address).await;
    for frame in [
        r#"{"type":"join","room":"lobby"}"#,
        r#"{"type":"post","room":"lobby","id":"1","text":"hi"}"#,
        r#"{"type":"page","room":"lobby","before":9}"#,
        r#"{"type":"typing","room":"lobby"}"#,
    ] {
        client.text(frame).await;
        assert_eq!(client.refusal().await.code, RefusalCode::HelloFirst, "{frame}");
    }
    let welcome = client.hello(Some("ann"), None).await.unwrap();
    assert!(welcome.rooms.is_empty(), "{:?}", welcome.rooms);
}
