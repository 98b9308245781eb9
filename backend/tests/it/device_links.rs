//! Device links: a second device gets the same account by a code, once and not for long.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{
    AboutKind, DeviceCode, RefusalCode, Token,
    device_link::{DeviceLink, RedeemedDeviceCode},
    limits,
};

use crate::{
    child::Child,
    client::{TestClient, about, post, username},
    jwt,
    server::TestServer,
    web::{self, Answer, Web},
};

const PAGE: &str = "http://127.0.0.1:8080/";

async fn send(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    Web::connect(address).await.request(Method::POST, path, headers, body).await
}

/// Asks for a link to this page.
async fn ask(address: SocketAddr, token: &Token, page: &str) -> Answer {
    let bearer = format!("Bearer {}", token.as_str());
    let body = json!({"page": page}).to_string();
    send(address, "/api/device-links", &[("authorization", &bearer)], body).await
}

/// Gets a link.
async fn link(address: SocketAddr, token: &Token) -> DeviceLink {
    let answer = ask(address, token, PAGE).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn redeem(address: SocketAddr, code: &DeviceCode) -> Answer {
    send(address, "/api/device-links/redeem", &[], json!({"code": code}).to_string()).await
}

/// Redeems a code that is valid.
async fn token_for(address: SocketAddr, code: &DeviceCode) -> RedeemedDeviceCode {
    let answer = redeem(address, code).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// The server's clock for everything but tokens and messages goes on by so much.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_second_device_has_the_same_account_for_good() {
    let server = TestServer::open().await;
    let (mut desk, welcome) = TestClient::named(server.address, "王小明").await;
    let seq = desk.post(post("lobby", "1", "from the desk")).await;
    let link = link(server.address, &welcome.token).await;
    assert_eq!(link.link, format!("{PAGE}#device={}", link.code.as_str()));
    assert_eq!(link.expires_in_ms, limits::DEVICE_CODE_MS);
    assert!(!link.link.contains(welcome.token.as_str()));
    let given = token_for(server.address, &link.code).await;
    assert_eq!(given.username, username("王小明"));

    let (mut phone, same) = TestClient::proven(server.address, &given.token).await;
    assert_eq!(same.username, username("王小明"));
    phone.post(about("lobby", "2", "from the phone", seq, AboutKind::Edit)).await;
    // It is as good after a restart, and so is the first device's.
    let server = server.restart().await;
    for (id, token) in [("3", &given.token), ("4", &welcome.token)] {
        let (mut device, _) = TestClient::proven(server.address, token).await;
        device.post(about("lobby", id, id, seq, AboutKind::Edit)).await;
    }
    // A second device can bring a third one.
    let next = self::link(server.address, &given.token).await;
    assert_eq!(token_for(server.address, &next.code).await.username, username("王小明"));
}

#[tokio::test]
async fn the_answers_have_the_documented_fields_and_are_kept_by_nobody() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let made = ask(server.address, &welcome.token, PAGE).await;
    assert_eq!(fields(&made.json()), ["code", "expires_in_ms", "link", "qr"]);
    assert_eq!(fields(&made.json()["qr"]), ["path", "size"]);
    // 128 bits in Base64 for addresses.
    let code = DeviceCode::parse(made.json()["code"].as_str().unwrap()).unwrap();
    assert_eq!(code.as_str().len(), 22);
    assert!(code.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    let redeemed = redeem(server.address, &code).await;
    assert_eq!(fields(&redeemed.json()), ["token", "username"]);
    let refused = redeem(server.address, &code).await;
    let no_token = send(server.address, "/api/device-links", &[], json!({"page": PAGE}).to_string()).await;
    for answer in [made, redeemed, refused, no_token] {
        assert_eq!(answer.headers["cache-control"], "no-store", "{}", answer.body);
    }
}

#[tokio::test]
async fn a_code_is_redeemed_once_however_many_try() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let link = link(server.address, &welcome.token).await;
    let answers = join_all((0..16).map(|_| redeem(server.address, &link.code))).await;
    let given = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(given, 1);
}

#[tokio::test]
async fn used_replaced_expired_and_unknown_codes_have_one_answer() {
    let server = TestServer::open().await;
    let (_ann, ann) = TestClient::named(server.address, "ann").await;
    let (_bob, bob) = TestClient::named(server.address, "bob").await;
    let (_eve, eve) = TestClient::named(server.address, "eve").await;
    let used = link(server.address, &ann.token).await.code;
    token_for(server.address, &used).await;
    let replaced = link(server.address, &bob.token).await.code;
    let expired = link(server.address, &eve.token).await.code;
    // Another user's link replaces nothing; one's own does.
    let newest = link(server.address, &bob.token).await.code;
    pass(Duration::from_millis(limits::DEVICE_CODE_MS - 60_000)).await;
    assert_eq!(token_for(server.address, &newest).await.username, username("bob"));
    pass(Duration::from_mins(1)).await;

    let unknown = ["AAAAAAAAAAAAAAAAAAAAAA", "x"].map(|code| DeviceCode::parse(code).unwrap());
    let mut told = Vec::new();
    for code in [used, replaced, expired, newest].iter().chain(&unknown) {
        let answer = redeem(server.address, code).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::NOT_FOUND, "bad_device_code"));
        told.push(answer.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn only_who_has_claimed_a_name_gets_a_link() {
    let server = TestServer::open().await;
    let mut guest = TestClient::silent(server.address).await;
    let guest = guest.hello(None, None).await.unwrap();
    let application = jwt::of(server.folder(), "cto");
    let refused = async |token: &Token| {
        let answer = ask(server.address, token, PAGE).await;
        (answer.status, answer.error())
    };
    let forbidden = (StatusCode::FORBIDDEN, "forbidden".to_owned());
    assert_eq!(refused(&guest.token).await, forbidden);
    assert_eq!(refused(&application).await, forbidden);
    let bad_token = (StatusCode::UNAUTHORIZED, "bad_token".to_owned());
    let expired = jwt::until(server.folder(), "ann", SystemTime::now() - Duration::from_secs(1));
    assert_eq!(refused(&expired).await, bad_token);
    assert_eq!(refused(&Token::parse("nonsense").unwrap()).await, bad_token);
    let answer = send(server.address, "/api/device-links", &[], json!({"page": PAGE}).to_string()).await;
    assert_eq!((answer.status, answer.error()), bad_token);
}

#[tokio::test]
async fn a_code_ends_with_the_claim() {
    let server = TestServer::open().await;
    let (_stranger, claimed) = TestClient::named(server.address, "cto").await;
    let code = link(server.address, &claimed.token).await.code;
    // The operator's application gives the name to somebody else.
    let (mut cto, _) = TestClient::proven(server.address, &jwt::of(server.folder(), "cto")).await;
    let answer = redeem(server.address, &code).await;
    assert_eq!((answer.status, &*answer.error()), (StatusCode::NOT_FOUND, "bad_device_code"));
    let answer = ask(server.address, &claimed.token, PAGE).await;
    assert_eq!((answer.status, &*answer.error()), (StatusCode::UNAUTHORIZED, "bad_token"));
    cto.post(post("lobby", "1", "It is me.")).await;
    let mut thief = TestClient::silent(server.address).await;
    assert_eq!(thief.hello(Some("cto"), None).await.unwrap_err().code, RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_code_ends_with_the_server_that_made_it() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let code = link(server.address, &welcome.token).await.code;
    let server = server.restart().await;
    assert_eq!(redeem(server.address, &code).await.error(), "bad_device_code");
}

#[tokio::test]
async fn a_link_leads_to_this_server_or_an_allowed_site() {
    let flags =
        ["--access", "open", "--host", "chat.example.org", "--allow-origin", "https://friend.example"];
    let server = TestServer::with_flags(&flags).await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    for (page, expected) in [
        ("https://chat.example.org", "https://chat.example.org/#device="),
        (
            "https://chat.example.org/rooms/lobby?lang=zh",
            "https://chat.example.org/rooms/lobby?lang=zh#device=",
        ),
        ("http://localhost:8080/", "http://localhost:8080/#device="),
        ("https://friend.example/chat/", "https://friend.example/chat/#device="),
    ] {
        let answer = ask(server.address, &welcome.token, page).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{page}: {}", answer.body);
        assert!(answer.json()["link"].as_str().unwrap().starts_with(expected), "{}", answer.body);
    }
    let too_long = format!("https://chat.example.org/{}", "x".repeat(limits::DEVICE_PAGE_BYTES));
    for page in [
        "https://evil.example/",
        "https://chat.example.org@evil.example/",
        "https://chat.example.org/#here",
        "//chat.example.org/",
        "javascript:alert(1)",
        &too_long,
    ] {
        let answer = ask(server.address, &welcome.token, page).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "bad_request"), "{page}");
    }
    let bearer = format!("Bearer {}", welcome.token.as_str());
    for body in ["", "{}", "[\"http://localhost/\"]", "page", r#"{"page":5}"#] {
        let answer =
            send(server.address, "/api/device-links", &[("authorization", &bearer)], body.to_owned()).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "bad_request"), "{body}");
    }
}

#[tokio::test]
async fn another_sites_page_and_another_host_are_refused() {
    let server = TestServer::open().await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let bearer = format!("Bearer {}", welcome.token.as_str());
    let code = link(server.address, &welcome.token).await.code;
    for (path, body) in
        [("/api/device-links", json!({"page": PAGE})), ("/api/device-links/redeem", json!({"code": code}))]
    {
        let headers = [("authorization", &*bearer), ("origin", "https://evil.example")];
        let answer = send(server.address, path, &headers, body.to_string()).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::FORBIDDEN, "bad_origin"), "{path}");
        let answer = web::get(server.address, path).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::METHOD_NOT_ALLOWED, "bad_method"));
    }
    token_for(server.address, &code).await;
}

#[tokio::test]
async fn no_code_gets_into_the_log_the_metrics_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start_logging(folder.path(), "trace").await;
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let replaced = link(server.address, &welcome.token).await.code;
    let used = link(server.address, &welcome.token).await.code;
    let given = token_for(server.address, &used).await.token;
    let canary = DeviceCode::parse("canary-of-a-wrong-code").unwrap();
    let mut told = Vec::new();
    for code in [&replaced, &used, &canary] {
        told.push(redeem(server.address, code).await.body);
        // And in bodies that are not as they should be.
        let code = code.as_str();
        let long = code.repeat(5);
        for body in [
            json!(code),
            json!([code]),
            json!({code: 1}),
            json!({"code": [code]}),
            json!({"code": {code: code}}),
            json!({"code": long}),
            json!({"code": format!("{code}\u{e9}")}),
        ] {
            let answer = send(server.address, "/api/device-links/redeem", &[], body.to_string()).await;
            assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "bad_request"), "{body}");
            told.push(answer.body);
        }
        let answer = send(server.address, "/api/device-links/redeem", &[], format!("code={code}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        told.push(answer.body);
    }
    told.push(web::get(server.address, "/metrics").await.body);
    server.terminate().await;
    let (_, log) = server.end_saying().await;
    assert!(log.contains("DEBUG") || log.contains("TRACE"), "nothing was logged: {log}");
    told.push(log);
    for secret in [replaced.as_str(), used.as_str(), canary.as_str(), given.as_str()] {
        assert!(told.iter().all(|text| !text.contains(secret)), "{secret}");
    }
}
