//! For which hosts the server answers: a page whose name was pointed at this address (DNS rebinding) must not pass for
//! its own.

use hyper::StatusCode;

use crate::{
    server::TestServer,
    web,
    wire::{KEY, Wire},
};

/// The status line, header and body of the answer to a request for this host.
async fn answer(server: &TestServer, path: &str, host: &str, headers: &str) -> String {
    let mut wire = Wire::connect(server.address).await;
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")).await;
    String::from_utf8(wire.rest().await).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap()
}

#[tokio::test]
async fn a_page_whose_name_was_pointed_here_is_refused_and_told_the_flag() {
    let server = TestServer::open().await;
    let upgrade = format!(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
    );
    let rebound = format!("evil.example:{}", server.address.port());
    for (path, headers) in [
        ("/ws?v=1", format!("{upgrade}Origin: http://{rebound}\r\n")),
        ("/lab/echo", format!("{upgrade}Origin: http://{rebound}\r\n")),
        ("/api/rooms", format!("Origin: http://{rebound}\r\n")),
        ("/api/rooms", String::new()),
        ("/", String::new()),
    ] {
        let answer = answer(&server, path, &rebound, &headers).await;
        assert_eq!(status(&answer), "421", "{path}: {answer}");
        assert!(
            answer.contains(r#""code":"bad_host""#) && answer.contains("--host evil.example"),
            "{answer}"
        );
    }
    // Who watches the server may call it what they like.
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(status(&answer(&server, path, "10-0-0-7.pods.cluster.local", "").await), "200", "{path}");
    }
}

#[tokio::test]
async fn addresses_and_localhost_need_no_flag_and_names_do() {
    let server = TestServer::open().await;
    for host in ["127.0.0.1", "192.168.1.5:8080", "[::1]:8080", "localhost:8080", "parlor.localhost"] {
        assert_eq!(status(&answer(&server, "/api/rooms", host, "").await), "200", "{host}");
    }
    let named = TestServer::with_flags(&[
        "--access",
        "open",
        "--host",
        "chat.example.org",
        "--host",
        "other.example:8443",
    ])
    .await;
    for (host, expected) in [
        ("chat.example.org", "200"),
        ("Chat.Example.org:8080", "200"),
        ("other.example:8443", "200"),
        ("other.example", "421"),
        ("evil.example", "421"),
        ("127.0.0.1:1", "200"),
    ] {
        assert_eq!(status(&answer(&named, "/api/rooms", host, "").await), expected, "{host}");
    }
    let listed = TestServer::with_flags(&["--access", "open", "--host", "one.example,two.example"]).await;
    assert_eq!(status(&answer(&listed, "/api/rooms", "two.example", "").await), "200");
    let any = TestServer::with_flags(&["--access", "open", "--host", "*"]).await;
    assert_eq!(status(&answer(&any, "/api/rooms", "whatever.example", "").await), "200");
}

#[tokio::test]
async fn the_servers_own_page_on_a_host_of_its_own_may_connect() {
    let server = TestServer::with_flags(&["--access", "open", "--host", "chat.example.org"]).await;
    let origin = "Origin: https://chat.example.org\r\n";
    assert_eq!(status(&answer(&server, "/api/rooms", "chat.example.org", origin).await), "200");
    assert_eq!(status(&answer(&server, "/api/rooms", "127.0.0.1", origin).await), "403");
}

#[tokio::test]
async fn the_page_at_the_url_may_connect_whatever_host_a_proxy_passes_on() {
    let url = "https://chat.example.org:8443";
    let server = TestServer::with_flags(&["--access", "open", "--url", url, "--proxy", "127.0.0.1"]).await;
    for host in ["chat.example.org", "chat.example.org:8443", "127.0.0.1:8080"] {
        let own = format!("Origin: {url}\r\n");
        assert_eq!(status(&answer(&server, "/api/rooms", host, &own).await), "200", "{host}");
        let other = "Origin: https://chat.example.org:9443\r\n";
        assert_eq!(status(&answer(&server, "/api/rooms", host, other).await), "403", "{host}");
    }
    assert_eq!(status(&answer(&server, "/api/rooms", "evil.example:8443", "").await), "421");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = TestServer::open().await;
    for host in ["", "a b", "localhost\r\nHost: evil.example"] {
        assert_eq!(status(&answer(&server, "/api/rooms", host, "").await), "400", "{host:?}");
    }
    assert_eq!(web::get(server.address, "/api/rooms").await.status, StatusCode::OK);
}
