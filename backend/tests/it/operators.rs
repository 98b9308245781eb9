//! What operators see: numbers, health, and one line for each connection's end.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{Refusal, limits};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    bound::soon,
    child::{self, Child},
    client::{TestClient, post},
    house::{self, House, OPEN},
    metrics::{self, Metrics},
    server::TestServer,
    web::{self, Events, Web},
};

/// Reads the metrics until they are as they must become.
async fn until(address: std::net::SocketAddr, what: &str, is_so: impl Fn(&Metrics) -> bool) -> Metrics {
    soon(what, async {
        loop {
            let metrics = metrics::read(address).await;
            if is_so(&metrics) {
                return metrics;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn posts_and_deliveries_are_counted_by_what_they_are() {
    let server = TestServer::open().await;
    let at = server.address;
    let (mut ann, _) = TestClient::named(at, "ann").await;
    ann.join("lobby").await;
    let mut plain = TestClient::open(at, "/ws").await;
    let mut events = Events::open(at, "lobby", None).await;
    events.event().await;
    ann.post(post("lobby", "1", "over the WebSocket")).await;
    web::post(at, "lobby", &json!({"username": "bot", "text": "over HTTP"})).await;
    plain.text("plainly").await;
    // Each of three readers has three messages.
    ann.messages(3).await;
    for _ in 0..3 {
        plain.next_text().await;
        events.event().await;
    }
    let refused: Refusal = ann.try_post(post("lobby", "2", "")).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "bad_text");
    let bad = web::post(at, "lobby", &json!({"username": "ann", "text": "not hers"})).await;
    assert_eq!(bad.error(), "name_taken");

    let metrics = until(at, "three readers of three messages", |metrics| {
        metrics.number("parlor_deliveries_total") == 9 && metrics.number("parlor_fanout_seconds_count") >= 3
    })
    .await;
    for (series, number) in [
        (r#"parlor_posts_total{via="websocket"}"#, 2),
        (r#"parlor_posts_total{via="http"}"#, 2),
        (r#"parlor_posts_total{via="plain"}"#, 1),
        ("parlor_messages_total", 3),
        ("parlor_log_position", metrics.number("parlor_log_position").max(4)),
        (r#"parlor_refusals_total{code="bad_text"}"#, 1),
        (r#"parlor_refusals_total{code="name_taken"}"#, 1),
        (r#"parlor_http_requests_total{route="/api/rooms/{room}/messages",status="201"}"#, 1),
        (r#"parlor_http_requests_total{route="/api/rooms/{room}/messages",status="409"}"#, 1),
        (r#"parlor_http_requests_total{route="/ws",status="101"}"#, 2),
        // The hello, the join, two posts, and the plain one.
        ("parlor_frames_received_total", 5),
        (r#"parlor_connections{kind="versioned"}"#, 1),
        (r#"parlor_connections{kind="plain"}"#, 1),
        (r#"parlor_connections{kind="events"}"#, 1),
        ("parlor_post_seconds_count", 3),
        ("parlor_rooms_followed", 1),
        ("parlor_ready", 1),
        ("parlor_draining", 0),
    ] {
        assert_eq!(metrics.number(series), number, "{series}\n{}", metrics.0);
    }
    assert!(metrics.number("parlor_delivered_bytes_total") > 9 * 50);
    assert_eq!(metrics.number("parlor_commits_total"), metrics.number("parlor_commit_seconds_count"));
    assert!(metrics.get("parlor_commit_seconds_sum").unwrap() > 0.0);
    assert!(metrics.number("parlor_commit_entries_sum") >= 4);
    assert!(metrics.number("parlor_ring_bytes") > 0 && metrics.number("parlor_store_bytes") > 4096);
}

#[tokio::test]
async fn the_end_of_a_connection_is_counted_with_its_reason() {
    let server = TestServer::open().await;
    let at = server.address;
    let closed = |kind: &str, reason: &str| {
        format!("parlor_connections_closed_total{{kind=\"{kind}\",reason=\"{reason}\"}}")
    };
    let (mut ann, _) = TestClient::named(at, "ann").await;
    ann.send(Frame::Close(None)).await;
    drop(TestClient::open(at, "/ws").await);
    let mut events = Events::open(at, "lobby", None).await;
    events.event().await;
    drop(events);
    let mut echo = TestClient::open(at, "/lab/echo").await;
    echo.send(Frame::Close(None)).await;
    let head =
        web::post(at, "lobby", &json!({"username": "bot", "text": "x"})).await.json()["seq"].to_string();
    web::get(at, &format!("/api/rooms/lobby/messages?after={head}&wait=0")).await;
    let ends = [
        ("versioned", "closed"),
        ("plain", "gone"),
        ("events", "gone"),
        ("lab", "closed"),
        ("poll", "answered"),
    ]
    .map(|(kind, reason)| closed(kind, reason));
    let metrics = until(at, "the end of five connections", |metrics| {
        ends.iter().all(|series| metrics.number(series) == 1)
    })
    .await;
    assert_eq!(metrics.connections(), 0, "{}", metrics.0);
    assert_eq!(metrics.number(r#"parlor_connections_opened_total{kind="lab"}"#), 1);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_seen_as_slow_until_it_reads() {
    let server = TestServer::open().await;
    let at = server.address;
    let mut slow = TestClient::open_small(at, "/ws").await;
    let text = "x".repeat(30_000);
    for n in 0..200 {
        web::post(at, "lobby", &json!({"username": "bot", "text": text, "id": n.to_string()})).await;
    }
    let metrics = until(at, "a slow reader", |metrics| metrics.number("parlor_slow_readers") == 1).await;
    assert!(metrics.number("parlor_outbound_bytes") > 0);
    let handed = metrics.number("parlor_deliveries_total");
    assert!((1..200).contains(&handed), "{handed} messages were handed to who reads nothing");
    for _ in 0..200 {
        slow.next_text().await;
    }
    let metrics = until(at, "no slow reader", |metrics| metrics.number("parlor_slow_readers") == 0).await;
    assert_eq!(metrics.number("parlor_outbound_bytes"), 0);
    // 6 MB do not fit into the ring.
    assert!(metrics.number("parlor_ring_misses_total") > 0);
    assert_eq!(metrics.number("parlor_deliveries_total"), 200);
    let within_half_a_second = metrics.number(r#"parlor_fanout_seconds_bucket{le="0.5"}"#);
    let all = metrics.number("parlor_fanout_seconds_count");
    assert!(within_half_a_second < all, "the slow reader's wait is among the times");
}

#[tokio::test]
async fn the_metrics_have_an_address_of_their_own_if_a_setting_says_so() {
    let server = TestServer::with_flags(&["--metrics", "127.0.0.1:0"]).await;
    let own = server.metrics.unwrap();
    for path in ["/metrics", "/healthz", "/readyz"] {
        // By any name, and without a token.
        let headers = [("host", "metrics.example.org")];
        let answer = Web::connect(own).await.request(Method::GET, path, &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert!(metrics::read(own).await.get(r#"parlor_connections{kind="plain"}"#).is_some());
    for path in ["/", "/api/rooms", "/ws"] {
        assert_eq!(web::get(own, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // The house is open; the main address asks for an owner's token all the same.
    assert_eq!(web::get(server.address, "/metrics").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(web::get(server.address, "/readyz").await.status, StatusCode::OK);
    let (_ann, welcome) = TestClient::named(server.address, "ann").await;
    let hers = web::get_with(server.address, "/metrics", &welcome.token).await;
    assert_eq!(hers.status, StatusCode::FORBIDDEN, "{}", hers.body);
}

#[tokio::test]
async fn owners_read_the_metrics_on_the_main_address_too() {
    let (server, owner) = house::owned(&["--metrics", "127.0.0.1:0"]).await;
    let answer = owner.get(server.address, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    let metrics = Metrics::parse(answer.body);
    assert_eq!(metrics.number("parlor_people"), 1);
    assert!(metrics.0.contains(r#"access="invited""#));
    assert_eq!(metrics::read(server.metrics.unwrap()).await.number("parlor_people"), 1);
}

#[tokio::test]
async fn bots_and_deleted_rooms_are_not_counted_as_people_and_rooms() {
    let house = House::open().await;
    let people = house.owner.get(house.address(), "/api/people").await.json();
    let people = people["people"].as_array().unwrap().iter().filter(|person| person["role"] != "bot").count();
    let rooms = house.owner.get(house.address(), "/api/rooms?all=true").await.json();
    let rooms = rooms["rooms"].as_array().unwrap().len();
    house.owner.does(house.address(), json!({"act": "add_bot", "username": "robot", "rooms": [OPEN]})).await;
    let metrics = Metrics::parse(house.owner.get(house.address(), "/metrics").await.body);
    assert_eq!(metrics.number("parlor_people"), people);
    // The list for owners has no direct room; there is one.
    assert_eq!(metrics.number("parlor_rooms"), rooms + 1);
}

#[tokio::test]
async fn an_address_for_the_metrics_that_is_taken_is_said_with_its_flag() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = child::run(&["--listen", "127.0.0.1:0", "--memory", "--metrics", &address]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("{address} is in use")) && said.contains("--metrics ADDRESS:PORT"),
        "{said}"
    );
}

/// The lines about ends of connections in a log of JSON lines.
fn ends(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.filter(|line| line["fields"]["message"] == "a connection ended").collect()
}

#[tokio::test]
async fn one_line_says_why_a_connection_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start_with_flags(folder.path(), &["--log", "info", "--log-json"]).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    ann.join("lobby").await;
    ann.post(post("lobby", "1", "hello")).await;
    ann.message().await;
    ann.send(Frame::Close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame {
        code: 4321.into(),
        reason: "".into(),
    })))
    .await;
    let mut plain = TestClient::open(child.address, "/ws").await;
    plain.send(Frame::Binary(vec![0; limits::FRAME_BYTES + 1].into())).await;
    plain.end().await;
    let mut events = Events::open(child.address, "lobby", None).await;
    events.event().await;
    let (mut bob, _) = TestClient::named(child.address, "bob").await;
    child.terminate().await;
    bob.end().await;
    while events.next().await.is_some() {}
    let (status, log) = child.end_saying().await;
    assert!(status.success());
    let ends = ends(&log);
    let end = |kind: &str, reason: &str| {
        let found: Vec<_> = ends
            .iter()
            .map(|line| &line["fields"])
            .filter(|fields| fields["kind"] == kind && fields["reason"] == reason)
            .collect();
        assert_eq!(found.len(), 1, "{kind} {reason}: {log}");
        found[0].clone()
    };
    assert_eq!(ends.len(), 4, "{log}");
    let hers = end("versioned", "closed");
    assert_eq!((&hers["user"], &hers["code"]), (&json!("ann"), &json!(4321)));
    assert_eq!((&hers["frames_in"], &hers["messages_out"]), (&json!(3), &json!(1)));
    assert_eq!(hers["address"], json!("127.0.0.1"));
    assert!(hers["session"].as_str().unwrap().ends_with("-0"), "the first session of this server");
    assert!(hers["seconds"].as_f64().unwrap() < 60.0);
    let too_big = end("plain", "rule");
    assert_eq!(too_big["code"], json!(1009));
    assert!(too_big.get("user").is_none() && too_big["why"].as_str().unwrap().contains("broke a rule"));
    assert_eq!(end("versioned", "drained")["code"], json!(1012));
    assert_eq!(end("events", "drained")["why"], json!("the server shuts down"));
}
