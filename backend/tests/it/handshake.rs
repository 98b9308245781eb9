//! The WebSocket handshake (RFC 6455 §4.2), and who may make one.

use hyper::{Method, StatusCode};

use crate::{
    server::TestServer,
    web::{Answer, Web},
    wire::{ACCEPT, KEY, Wire, greeting},
};

const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");
const PROPER: (&str, &str) = ("Sec-WebSocket-Key", KEY);

/// The answer to a request for a WebSocket: its status line and header.
async fn answer(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> String {
    let mut wire = Wire::connect(server.address).await;
    wire.send(greeting(server.address, path, headers)).await;
    wire.header().await
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap()
}

#[tokio::test]
async fn a_proper_handshake_is_answered_with_the_key_that_proves_it() {
    let server = TestServer::open().await;
    for path in ["/ws", "/ws?v=1", "/ws?room=kitchen&username=ann&after=3"] {
        let answer = answer(&server, path, &[VERSION, PROPER]).await;
        let lower = answer.to_ascii_lowercase();
        assert_eq!(status(&answer), "101");
        assert!(answer.contains(ACCEPT), "{answer}");
        assert!(
            lower.contains("upgrade: websocket\r\n") && lower.contains("connection: upgrade\r\n"),
            "{answer}"
        );
        // The server may not name an extension or subprotocol that nobody asked for.
        assert!(!lower.contains("sec-websocket-extensions") && !lower.contains("sec-websocket-protocol"));
    }
    // Silence declines an extension.
    let deflate = ("Sec-WebSocket-Extensions", "permessage-deflate");
    let answer = answer(&server, "/ws", &[VERSION, PROPER, deflate]).await;
    assert!(status(&answer) == "101" && !answer.to_ascii_lowercase().contains("extensions"), "{answer}");
}

#[tokio::test]
async fn a_handshake_that_is_none_is_refused_with_the_status_that_says_why() {
    let server = TestServer::open().await;
    let of_length = |key| ("Sec-WebSocket-Key", key);
    for (what, expected, headers) in [
        ("no key", "400", &[VERSION][..]),
        ("a short key", "400", &[VERSION, of_length("c2hvcnQ=")]),
        ("a key that is no Base64", "400", &[VERSION, of_length("not base64, 24 bytes...")]),
        ("no version", "426", &[PROPER]),
        ("an old version", "426", &[PROPER, ("Sec-WebSocket-Version", "8")]),
    ] {
        let answer = answer(&server, "/ws", headers).await;
        assert_eq!(status(&answer), expected, "{what}: {answer}");
        if expected == "426" {
            // RFC 6455 §4.4: the answer says which version would do.
            assert!(answer.to_ascii_lowercase().contains("sec-websocket-version: 13\r\n"), "{answer}");
        }
    }
    for (path, expected) in [
        ("/ws?v=9", "400"),
        ("/ws?v=one", "400"),
        ("/ws?room=Not%20A%20Room", "400"),
        ("/ws?username=%E2%80%AE", "400"),
        ("/ws?after=-1", "400"),
    ] {
        let answer = answer(&server, path, &[VERSION, PROPER]).await;
        assert_eq!(status(&answer), expected, "{path}: {answer}");
    }
    let plain = crate::web::get(server.address, "/ws").await;
    assert_eq!((plain.status, plain.error()), (StatusCode::UPGRADE_REQUIRED, "not_a_websocket".into()));
    let unknown = Web::connect(server.address)
        .await
        .request(Method::GET, "/ws?v=9", &websocket(&[]), String::new())
        .await;
    assert!(unknown.json()["error"]["reason"].as_str().unwrap().contains("/ws?v=1"), "{}", unknown.body);
}

/// The headers of a handshake, with more.
fn websocket<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [("Upgrade", "websocket"), ("Connection", "Upgrade"), VERSION, PROPER]
        .into_iter()
        .chain(more.iter().copied())
        .collect()
}

async fn from_origins(server: &TestServer, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    Web::connect(server.address).await.request(method, path, headers, String::new()).await
}

#[tokio::test]
async fn a_browser_on_another_site_is_refused_and_the_own_page_and_programs_are_not() {
    let server = TestServer::open().await;
    let own = format!("http://{}", server.address);
    assert_eq!(status(&answer(&server, "/ws", &[VERSION, PROPER, ("Origin", &own)]).await), "101");
    assert_eq!(status(&answer(&server, "/ws", &[VERSION, PROPER]).await), "101");
    let port = server.address.port();
    let lookalike = format!("http://{}.evil.example", server.address);
    let name = format!("http://localhost:{port}");
    for foreign in ["http://evil.example", "null", "file://", "", &lookalike, &name] {
        let refused = from_origins(&server, Method::GET, "/ws", &websocket(&[("Origin", foreign)])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{foreign}");
        assert_eq!(refused.json()["error"]["reason"], "Origin not allowed");
        let api = from_origins(&server, Method::GET, "/api/rooms", &[("Origin", foreign)]).await;
        assert_eq!(api.status, StatusCode::FORBIDDEN, "{foreign}");
    }
}

#[tokio::test]
async fn a_second_origin_does_not_hide_behind_the_first() {
    let server = TestServer::open().await;
    let own = format!("http://{}", server.address);
    let foreign = ("Origin", "http://evil.example");
    for pair in [[("Origin", &*own), foreign], [foreign, ("Origin", &*own)]] {
        let answer = answer(&server, "/ws", &[VERSION, PROPER, pair[0], pair[1]]).await;
        assert_eq!(status(&answer), "403");
    }
}

#[tokio::test]
async fn an_allowed_site_may_connect_and_is_told_that_it_may_read() {
    let friend = "https://friend.example";
    let server = TestServer::with_flags(&["--allow-origin", friend]).await;
    let origin = ("Origin", friend);
    assert_eq!(status(&answer(&server, "/ws?v=1", &[VERSION, PROPER, origin]).await), "101");
    let rooms = from_origins(&server, Method::GET, "/api/rooms", &[origin]).await;
    assert_eq!(rooms.status, StatusCode::OK);
    assert_eq!(rooms.headers["access-control-allow-origin"], friend);
    assert!(rooms.headers["vary"].to_str().unwrap().to_ascii_lowercase().contains("origin"));

    let ask = [
        origin,
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let preflight = from_origins(&server, Method::OPTIONS, "/api/rooms/lobby/messages", &ask).await;
    assert!(preflight.status.is_success(), "{}", preflight.status);
    assert_eq!(preflight.headers["access-control-allow-origin"], friend);
    assert!(preflight.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    let allowed = preflight.headers["access-control-allow-headers"].to_str().unwrap().to_ascii_lowercase();
    assert!(allowed.contains("content-type") && allowed.contains("authorization"), "{allowed}");

    // Another site is not allowed, nor is this one with another scheme or port.
    for foreign in ["https://evil.example", "http://friend.example", "https://friend.example:444"] {
        let refused = from_origins(&server, Method::OPTIONS, "/api/rooms", &[("Origin", foreign)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{foreign}");
        assert!(!refused.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn a_server_that_allows_any_origin_lets_each_site_in() {
    let server = TestServer::with_flags(&["--allow-origin", "*"]).await;
    for origin in ["https://one.example", "http://two.example:8080", "null"] {
        assert_eq!(status(&answer(&server, "/ws", &[VERSION, PROPER, ("Origin", origin)]).await), "101");
        let rooms = from_origins(&server, Method::GET, "/api/rooms", &[("Origin", origin)]).await;
        assert_eq!(rooms.headers["access-control-allow-origin"], origin);
    }
}

#[tokio::test]
async fn a_page_that_was_opened_from_a_file_may_connect_if_null_is_allowed() {
    let server = TestServer::with_flags(&["--allow-origin", "null"]).await;
    for origin in ["null", "file://"] {
        assert_eq!(
            status(&answer(&server, "/lab/echo", &[VERSION, PROPER, ("Origin", origin)]).await),
            "101"
        );
    }
    let rooms = from_origins(&server, Method::GET, "/api/rooms", &[("Origin", "null")]).await;
    assert_eq!(
        (rooms.status, &rooms.headers["access-control-allow-origin"]),
        (StatusCode::OK, &"null".parse().unwrap())
    );
    let other = from_origins(&server, Method::GET, "/api/rooms", &[("Origin", "http://evil.example")]).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_upgrade_where_there_is_no_websocket_is_told_where_they_are() {
    let server = TestServer::open().await;
    for path in ["/", "/chat", "/rooms/lobby", "/ws/lobby", "/api/ws"] {
        let answer = from_origins(&server, Method::GET, path, &websocket(&[])).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
        let reason = answer.json()["error"]["reason"].to_string();
        assert!(reason.contains("/ws") && reason.contains("/lab/") && reason.contains(path), "{reason}");
    }
    let lab = from_origins(&server, Method::GET, "/lab/nothing", &websocket(&[])).await;
    assert_eq!((lab.status, &*lab.error()), (StatusCode::NOT_FOUND, "not_found"));
    assert!(lab.json()["error"]["reason"].to_string().contains("/lab/"), "{}", lab.body);
}

#[tokio::test]
async fn what_comes_right_behind_the_handshake_is_not_lost() {
    let server = TestServer::open().await;
    let mut wire = Wire::connect(server.address).await;
    let mut bytes = greeting(server.address, "/ws?username=ann", &[VERSION, PROPER]).into_bytes();
    bytes.extend(crate::wire::frame(
        crate::wire::FIN | crate::wire::TEXT,
        b"first words",
        Some([1, 2, 3, 4]),
    ));
    wire.send(bytes).await;
    assert_eq!(status(&wire.header().await), "101");
    let message: serde_json::Value = serde_json::from_slice(&wire.read(crate::wire::TEXT).await).unwrap();
    assert_eq!(message["text"], "first words");
}
