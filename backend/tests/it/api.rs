//! The HTTP API: one call to push, one to read.

use hyper::{Method, StatusCode};
use serde_json::json;
use shared::{Authorship, FromClient, Seq, limits};

use crate::{
    client::{TestClient, post as said, room, seqs, texts},
    log_file,
    metrics::Metrics,
    server::TestServer,
    web::{self, Web},
};

const MESSAGES: &str = "/api/rooms/lobby/messages";

#[tokio::test]
async fn a_post_is_in_the_file_when_it_is_answered_and_everyone_in_the_room_sees_it() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    ann.join("lobby").await;
    let answer = web::post(server.address, "lobby", &json!({"username": "deploy-bot", "text": "Done"})).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let rows = log_file::read(&server.database(), "lobby");
    let posted = answer.json();
    assert_eq!(rows.len(), 1);
    assert_eq!((posted["seq"].as_u64(), &posted["room"]), (Some(rows[0].seq.0), &json!("lobby")));
    assert_eq!(posted["id"], rows[0].id.as_str());
    let message = ann.message().await;
    assert_eq!((&*message.text, message.username.as_str(), message.seq), ("Done", "deploy-bot", rows[0].seq));
    assert_eq!(posted["sent_at"], message.sent_at.to_string());
    assert_eq!(message.authorship, Authorship::Unproven);
}

#[tokio::test]
async fn a_post_that_is_tried_again_is_answered_alike_and_stored_once() {
    let server = TestServer::open().await;
    let body = json!({"username": "bot", "text": "Once", "id": "build-17"});
    let first = web::post(server.address, "lobby", &body).await;
    let again = web::post(server.address, "lobby", &body).await;
    assert_eq!(first.json(), again.json());
    let server = server.restart().await;
    assert_eq!(web::post(server.address, "lobby", &body).await.json(), first.json());
    assert_eq!(log_file::read(&server.database(), "lobby").len(), 1);
}

#[tokio::test]
async fn an_id_that_its_author_used_for_another_text_is_refused_and_the_post_is_not_lost_silently() {
    let server = TestServer::open().await;
    // A stranger is quicker than the bot, under the bot's open name and with the id that the bot will use.
    let theirs = json!({"username": "bot", "text": "Build 419 failed", "id": "build-419"});
    assert_eq!(web::post(server.address, "lobby", &theirs).await.status, StatusCode::CREATED);
    let ours = json!({"username": "bot", "text": "Build 419 is fine", "id": "build-419"});
    for _ in 0..2 {
        let answer = web::post(server.address, "lobby", &ours).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::CONFLICT, "id_taken"));
    }
    // With a token the name is another author's, whose ids are its own.
    let (mut bot, _) = TestClient::named(server.address, "bot").await;
    bot.post(said("lobby", "build-419", "Build 419 is fine")).await;
    let rows = log_file::read(&server.database(), "lobby");
    let stored: Vec<_> = rows.iter().map(|row| &*row.text).collect();
    assert_eq!(stored, ["Build 419 failed", "Build 419 is fine"]);
}

#[tokio::test]
async fn a_token_speaks_for_its_name_and_nothing_else_does() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let bearer = format!("Bearer {}", welcome.token.as_str());
    let request = async |authorization: Option<&str>, body: serde_json::Value| {
        let header = authorization.map(|value| ("authorization", value));
        let mut web = Web::connect(server.address).await;
        let answer = web.request(Method::POST, MESSAGES, header.as_slice(), body.to_string()).await;
        (answer.status, if answer.status == StatusCode::CREATED { String::new() } else { answer.error() })
    };
    let taken = (StatusCode::CONFLICT, "name_taken".to_owned());
    assert_eq!(request(None, json!({"username": "ann", "text": "no"})).await, taken);
    assert_eq!(request(None, json!({"username": "Ann", "text": "no"})).await, taken);
    let bad_token = (StatusCode::UNAUTHORIZED, "bad_token".to_owned());
    for authorization in ["Bearer nonsense", "Basic YW5uOg==", "Bearer"] {
        assert_eq!(request(Some(authorization), json!({"text": "no"})).await, bad_token, "{authorization}");
    }
    assert_eq!(request(Some(&bearer), json!({"text": "no", "username": "bob"})).await, bad_token);
    let created = (StatusCode::CREATED, String::new());
    assert_eq!(request(Some(&bearer), json!({"text": "yes"})).await, created);
    assert_eq!(request(Some(&bearer), json!({"text": "yes", "username": "ann"})).await, created);
    let names: Vec<_> =
        log_file::read(&server.database(), "lobby").into_iter().map(|row| row.username).collect();
    assert_eq!(names, [welcome.username.clone(), welcome.username]);
}

#[tokio::test]
async fn what_cannot_be_posted_is_answered_with_a_status_a_code_and_a_reason() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let first = ann.post(said("lobby", "1", "ann's")).await.0;
    let long = "x".repeat(limits::TEXT_BYTES + 1);
    let about = |seq: u64, kind: &str| json!({"seq": seq, "as": kind});
    for (body, status, code) in [
        (json!({"username": "bot"}), StatusCode::BAD_REQUEST, "bad_request"),
        (json!({"text": "who?"}), StatusCode::BAD_REQUEST, "bad_request"),
        (json!({"username": "", "text": "hi"}), StatusCode::BAD_REQUEST, "bad_request"),
        (json!({"username": "bot", "text": "hi", "id": "a b"}), StatusCode::BAD_REQUEST, "bad_request"),
        (json!(["bot", "hi"]), StatusCode::BAD_REQUEST, "bad_request"),
        (json!(["text", "bot", null, null]), StatusCode::BAD_REQUEST, "bad_request"),
        (json!({"username": "bot", "text": " "}), StatusCode::BAD_REQUEST, "bad_text"),
        (json!({"username": "bot", "text": long}), StatusCode::BAD_REQUEST, "bad_text"),
        (
            json!({"username": "bot", "text": "hi", "about": about(9, "reply")}),
            StatusCode::CONFLICT,
            "bad_about",
        ),
        (
            json!({"username": "bot", "text": "hi", "about": about(first, "edit")}),
            StatusCode::FORBIDDEN,
            "forbidden",
        ),
        (json!({"username": "bot", "text": "x".repeat(600_000)}), StatusCode::PAYLOAD_TOO_LARGE, "too_big"),
    ] {
        let answer = web::post(server.address, "lobby", &body).await;
        let shown = body.to_string();
        assert_eq!((answer.status, &*answer.error()), (status, code), "{}", &shown[..shown.len().min(100)]);
    }
    let nonsense =
        Web::connect(server.address).await.request(Method::POST, MESSAGES, &[], "not json".into()).await;
    assert_eq!((nonsense.status, &*nonsense.error()), (StatusCode::BAD_REQUEST, "bad_request"));
    let nowhere =
        web::post(server.address, "Not%20A%20Room", &json!({"username": "bot", "text": "hi"})).await;
    assert_eq!((nowhere.status, &*nowhere.error()), (StatusCode::BAD_REQUEST, "bad_request"));
    assert_eq!(log_file::read(&server.database(), "lobby").len(), 1);
}

#[tokio::test]
async fn a_name_that_imitates_another_is_refused_with_the_character_that_does() {
    let server = TestServer::open().await;
    for (name, character) in
        [("ʙot", "ʙ (U+0299)"), ("ann\u{332}", "(U+0332)"), ("tom\u{640}", "(U+0640)"), ("ⓐnn", "ⓐ (U+24D0)")]
    {
        let answer = web::post(server.address, "lobby", &json!({"username": name, "text": "It is me"})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        let reason = answer.json()["error"]["reason"].to_string();
        assert!(reason.contains(character), "{reason}");
    }
    for name in ["|QuaD-", "zcat[1]", "王小明", "Ж", "👩", "Ann Lee"] {
        let answer = web::post(server.address, "lobby", &json!({"username": name, "text": "It is me"})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_the_api_has_not_is_said_in_json_and_the_apps_own_addresses_are_its_pages() {
    let server = TestServer::open().await;
    for path in ["/api", "/api/nothing", "/api/rooms/lobby", "/ws/x", "/lab/none"] {
        let answer = web::get(server.address, path).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
    let delete =
        Web::connect(server.address).await.request(Method::DELETE, MESSAGES, &[], String::new()).await;
    assert_eq!((delete.status, &*delete.error()), (StatusCode::METHOD_NOT_ALLOWED, "bad_method"));
    assert!(delete.headers["allow"].to_str().unwrap().contains("POST"), "{:?}", delete.headers);
    for path in ["/", "/rooms/lobby", "/console"] {
        let page = web::get(server.address, path).await;
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn a_body_is_read_as_json_whatever_curl_calls_it() {
    let server = TestServer::open().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = r#"{"username":"bot","text":"from curl -d"}"#.to_owned();
    let answer = Web::connect(server.address).await.request(Method::POST, MESSAGES, &form, body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn history_is_read_from_either_side() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let all = ann.post_numbers("lobby", 1..=60).await;
    // The number of the n-th message, from 1.
    let nth = |n: usize| all[n - 1];
    let read = async |query: &str| {
        let answer = web::get(server.address, &format!("{MESSAGES}{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        let messages = answer.messages();
        let numbers: Vec<usize> = messages.iter().map(|message| message.text.parse().unwrap()).collect();
        assert_eq!(seqs(&messages), numbers.iter().map(|n| nth(*n)).collect::<Vec<_>>(), "{query}");
        (numbers, answer.json()["more"].as_bool().unwrap())
    };
    assert_eq!(read("").await, ((11..=60).collect(), true));
    assert_eq!(read("?limit=2").await, (vec![59, 60], true));
    assert_eq!(read(&format!("?before={}", nth(3))).await, (vec![1, 2], false));
    assert_eq!(read(&format!("?before={}&limit=3", nth(30))).await, (vec![27, 28, 29], true));
    assert_eq!(read(&format!("?after={}&limit=3", nth(30))).await, (vec![31, 32, 33], true));
    assert_eq!(read(&format!("?after={}", nth(58))).await, (vec![59, 60], false));
    assert_eq!(read("?after=0&limit=200").await, ((1..=60).collect(), false));
    // A number that another room's message has lies between two of this one's.
    let gap = Seq(nth(30).0 + 1);
    assert!(gap < nth(31));
    assert_eq!(read(&format!("?after={gap}&limit=2")).await, (vec![31, 32], true));
    assert_eq!(read(&format!("?before={gap}&limit=2")).await, (vec![29, 30], true));
    assert_eq!(web::get(server.address, MESSAGES).await.json()["head"], nth(60).0);
    for bad in [
        "?limit=0",
        "?limit=201",
        "?after=1&before=9",
        "?after=-1",
        "?after=x",
        "?wait=1",
        "?before=9&wait=1",
    ] {
        let answer = web::get(server.address, &format!("{MESSAGES}{bad}")).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "bad_request"), "{bad}");
    }
    let other = web::get(server.address, &format!("{MESSAGES}?after=3&epoch=another")).await;
    assert_eq!((other.status, &*other.error()), (StatusCode::GONE, "other_epoch"));
}

#[tokio::test]
async fn a_long_poll_is_answered_by_the_next_post() {
    let server = TestServer::open().await;
    let address = server.address;
    let before = web::post(address, "lobby", &json!({"username": "bot", "text": "before"})).await.json();
    let path = format!("{MESSAGES}?after={}&wait=60", before["seq"]);
    let poll = tokio::spawn(async move { web::get(address, &path).await });
    // The poll waits once it follows the room.
    crate::bound::soon("a poll that waits", async {
        while !web::get(address, "/metrics").await.body.contains("parlor_rooms_followed 1") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!poll.is_finished());
    web::post(address, "lobby", &json!({"username": "bot", "text": "what was waited for"})).await;
    let answer = crate::bound::soon("the poll's answer", poll).await.unwrap();
    assert_eq!(texts(&answer.messages()), ["what was waited for"]);
    // A poll for messages that exist returns at once.
    let at_once = web::get(address, &format!("{MESSAGES}?after=0&wait=60")).await;
    assert_eq!(texts(&at_once.messages()), ["before", "what was waited for"]);
}

#[tokio::test]
async fn a_long_poll_in_vain_is_answered_with_nothing_when_its_time_is_over() {
    let server = TestServer::open().await;
    let began = std::time::Instant::now();
    let answer = web::get(server.address, &format!("{MESSAGES}?after=0&wait=1")).await;
    assert_eq!((answer.status, answer.messages()), (StatusCode::OK, vec![]));
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));
    let at_once = web::get(server.address, &format!("{MESSAGES}?after=0&wait=0")).await;
    assert_eq!(at_once.messages(), []);
}

#[tokio::test]
async fn rooms_are_listed_with_their_last_message_and_what_the_reader_has_read() {
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    ann.join("lobby").await;
    let one = bob.post(said("lobby", "1", "one")).await;
    ann.say(&FromClient::Seen { room: room("lobby"), seq: one }).await;
    ann.so_far().await;
    bob.post(said("lobby", "2", "two")).await;
    bob.post(said("kitchen", "1", "tea")).await;
    let anyone = web::get(server.address, "/api/rooms").await.json();
    let names: Vec<_> = anyone["rooms"].as_array().unwrap().iter().map(|room| room["room"].clone()).collect();
    assert_eq!(names, ["kitchen", "lobby"]);
    assert_eq!(anyone["rooms"][1]["last"]["text"], "two");
    assert!(anyone["rooms"][1].get("seen").is_none());
    let bearer = format!("Bearer {}", welcome.token.as_str());
    let mut web = Web::connect(server.address).await;
    let hers =
        web.request(Method::GET, "/api/rooms", &[("authorization", &bearer)], String::new()).await.json();
    assert_eq!((&hers["rooms"][1]["seen"], &hers["rooms"][1]["unread"]), (&json!(one), &json!(1)));
}

#[tokio::test]
async fn a_search_finds_english_words_and_two_chinese_characters() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for (n, text) in ["The quick brown fox", "我们明天开会讨论", "Quickly now", "会议开始", "naïve café"]
        .iter()
        .enumerate()
    {
        ann.post(said(if n == 2 { "kitchen" } else { "lobby" }, &format!("a{n}"), text)).await;
    }
    // The index follows the log a moment later.
    let find = async |query: &str, expected: &[&str]| {
        crate::bound::soon(&format!("{expected:?} for {query}"), async {
            loop {
                let answer = web::get(server.address, &format!("/api/search?{query}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                if texts(&answer.messages()) == expected {
                    break;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    find("q=quick", &["Quickly now", "The quick brown fox"]).await;
    find("q=quick&room=lobby", &["The quick brown fox"]).await;
    find("q=quick&limit=1", &["Quickly now"]).await;
    find("q=%E5%BC%80%E4%BC%9A", &["我们明天开会讨论"]).await;
    find("q=CAFE", &["naïve café"]).await;
    find("q=quick%20fox", &["The quick brown fox"]).await;
    find("q=absent", &[]).await;
    for bad in ["", "?q=", "?q=%22%20*", "?q=a&room=Bad%20Room"] {
        let answer = web::get(server.address, &format!("/api/search{bad}")).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "bad_request"), "{bad}");
    }
}

#[tokio::test]
async fn an_operator_is_told_how_the_server_is() {
    let server = TestServer::open().await;
    let (_ann, _) = TestClient::named(server.address, "ann").await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(web::get(server.address, path).await.status, StatusCode::OK, "{path}");
    }
    let metrics = web::get(server.address, "/metrics").await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert_eq!(Metrics::parse(metrics.body).number(r#"parlor_connections{kind="versioned"}"#), 1);
}
