//! The lab: its page's transcripts, replayed, and what a transcript cannot show.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use shared::{CloseCode, Timestamp, limits};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message as Frame, protocol::WebSocketConfig},
};

use crate::{
    bound::soon,
    metrics,
    server::TestServer,
    web,
    wire::{ACCEPT, BINARY, CLOSE, FIN, KEY, TEXT, Wire, frame, greeting},
};

/// The largest message to the echo.
const ECHO_BYTES: usize = 16 << 20;
/// Every endpoint that speaks WebSocket and does not close by itself.
const ENDPOINTS: [&str; 8] = [
    "/lab/echo",
    "/lab/fragments",
    "/lab/clock",
    "/lab/number",
    "/lab/worker",
    "/lab/broadcast",
    "/lab/slow?delay=100ms",
    "/lab/ws",
];

const PAGE: &str = include_str!("../../../docs/lab.md");

/// One conversation of the page: its address, and what is said in it.
struct Transcript<'a> {
    path: &'a str,
    lines: Vec<&'a str>,
}

fn transcripts() -> Vec<Transcript<'static>> {
    let blocks = PAGE.split("```transcript ").skip(1);
    let read = |block: &'static str| {
        let mut lines = block.split("```").next().unwrap().lines();
        Transcript { path: lines.next().unwrap().trim(), lines: lines.collect() }
    };
    blocks.map(read).collect()
}

struct Connection(WebSocketStream<TcpStream>);

impl Connection {
    async fn open(server: &TestServer, path: &str) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let url = format!("ws://{}{path}", server.address);
        let config = WebSocketConfig::default().max_frame_size(Some(ECHO_BYTES));
        let handshake = client_async_with_config(url, stream, Some(config));
        Self(soon("a handshake", handshake).await.unwrap().0)
    }

    async fn say(&mut self, message: Frame) {
        soon("a place for what is sent", self.0.send(message)).await.unwrap();
    }

    async fn next(&mut self) -> Frame {
        loop {
            match soon("the next message", self.0.next()).await.unwrap().unwrap() {
                Frame::Ping(_) => {}
                message => return message,
            }
        }
    }
}

/// Whether a text is the one expected, where `{time}` stands for a moment and `{n}` for a number.
fn fits(expected: &str, text: &str) -> bool {
    let Some(at) = expected
        .find('{')
        .filter(|at| expected[*at..].starts_with("{time}") || expected[*at..].starts_with("{n}"))
    else {
        let next = expected
            .char_indices()
            .skip(1)
            .find(|(at, _)| expected[*at..].starts_with("{time}") || expected[*at..].starts_with("{n}"));
        return match next {
            None => expected == text,
            Some((at, _)) => text.starts_with(&expected[..at]) && fits(&expected[at..], &text[at..]),
        };
    };
    let (before, pattern) = expected.split_at(at);
    let Some(rest) = text.strip_prefix(before) else { return false };
    if let Some(pattern) = pattern.strip_prefix("{time}") {
        return rest
            .get(..24)
            .is_some_and(|time| time.parse::<Timestamp>().is_ok() && fits(pattern, &rest[24..]));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && fits(&pattern[3..], &rest[digits..])
}

#[tokio::test]
async fn every_transcript_of_the_page_is_what_happens() {
    let server = TestServer::open().await;
    let all = transcripts();
    assert!(all.len() >= 8, "the page has its transcripts");
    for Transcript { path, lines } in all {
        let mut connection = Connection::open(&server, path).await;
        for said in lines {
            if let Some(text) = said.strip_prefix("> ") {
                connection.say(Frame::text(text)).await;
            } else if let Some(expected) = said.strip_prefix("<< ") {
                let Frame::Binary(bytes) = connection.next().await else {
                    panic!("{path}: no binary message")
                };
                assert_eq!(bytes, expected.as_bytes(), "{path}");
            } else {
                let expected = said.strip_prefix("< ").unwrap();
                let Frame::Text(text) = connection.next().await else { panic!("{path}: no text message") };
                assert!(fits(expected, &text), "{path}: {expected:?} was to come, and {text:?} came");
            }
        }
    }
}

#[tokio::test]
async fn the_echo_gives_back_every_message_whole_and_answers_a_close_with_its_code() {
    let server = TestServer::open().await;
    let mut connection = Connection::open(&server, "/lab/echo").await;
    let large = "字".repeat(limits::FRAME_BYTES / 3);
    for message in
        [Frame::text(""), Frame::text(large), Frame::binary(vec![0, 255, 128]), Frame::binary(vec![])]
    {
        connection.say(message.clone()).await;
        assert_eq!(connection.next().await, message);
    }
    let mut wire = Wire::handshake(server.address, "/lab/echo").await;
    for (first, part) in [(0x01, "in "), (0x00, ""), (0x00, "three "), (0x80, "parts")] {
        wire.frame(first, part.as_bytes()).await;
    }
    assert_eq!(wire.read(1).await, b"in three parts");
    wire.frame(0x88, &3001_u16.to_be_bytes()).await;
    assert_eq!(wire.close_code().await, 3001);
    assert!(wire.rest().await.is_empty());
}

#[tokio::test]
async fn the_echo_takes_16_mib_and_closes_with_1009_beyond() {
    let server = TestServer::open().await;
    let mut connection = Connection::open(&server, "/lab/echo").await;
    let large = Frame::binary(vec![7; ECHO_BYTES]);
    for _ in 0..2 {
        connection.say(large.clone()).await;
        assert!(connection.next().await == large);
    }
    let mut wire = Wire::handshake(server.address, "/lab/echo").await;
    let announced = [&[0x82, 0xFF][..], &(ECHO_BYTES as u64 + 1).to_be_bytes(), &[0; 4]].concat();
    wire.send(announced).await;
    assert_eq!(wire.close_code().await, CloseCode::TOO_BIG.0);
}

#[tokio::test]
async fn what_all_connections_hold_is_bounded_and_who_is_too_much_is_told_so() {
    const BYTES: usize = 9 << 20;
    let server = TestServer::open().await;
    let message = frame(FIN | BINARY, &vec![0; BYTES], Some([0; 4]));
    let but_last = bytes::Bytes::from(message).slice(..BYTES + 13);
    // Each holds a message that lacks its last byte. All of them would be 144 MiB, and 128 are what they may hold.
    let mut holders = JoinSet::new();
    for _ in 0..16 {
        let (mut reader, mut writer) = Wire::handshake(server.address, "/lab/echo").await.split();
        let but_last = but_last.clone();
        holders.spawn(async move {
            // One that is refused may not be able to send all of it.
            let _ = writer.send(&but_last).await;
            let mut first = reader.wait_for_close().await;
            first.truncate(2);
            first
        });
    }
    let refused = soon("a refusal", holders.join_next()).await.unwrap().unwrap();
    assert_eq!(refused, CloseCode::TRY_LATER.0.to_be_bytes());
    // Small messages are served all the while, and large ones as soon as others are gone.
    let mut connection = Connection::open(&server, "/lab/echo").await;
    connection.say(Frame::text("small")).await;
    assert_eq!(connection.next().await, Frame::text("small"));
    holders.shutdown().await;
    let large = Frame::binary(vec![1; ECHO_BYTES]);
    soon("room for a large message", async {
        loop {
            let mut connection = Connection::open(&server, "/lab/echo").await;
            if connection.0.send(large.clone()).await.is_ok() && connection.next().await == large {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_endpoint_of_the_lab_keeps_the_rules_of_the_server() {
    let server = TestServer::open().await;
    for path in ENDPOINTS {
        let mut wire = Wire::handshake(server.address, path).await;
        wire.frame(0x81, &[0xff]).await;
        assert_eq!(wire.close_code().await, CloseCode::NOT_UTF8.0, "{path}");
        if path != "/lab/echo" && !path.starts_with("/lab/slow") {
            let mut wire = Wire::handshake(server.address, path).await;
            wire.frame(0x82, &vec![0; limits::FRAME_BYTES + 1]).await;
            assert_eq!(wire.close_code().await, CloseCode::TOO_BIG.0, "{path}");
        }
        let mut wire = Wire::connect(server.address).await;
        wire.send(greeting(server.address, path, &[("Origin", "http://elsewhere.example")])).await;
        let answer = wire.header().await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{path}: {answer}");
    }
    let mut waiting = Connection::open(&server, "/lab/echo").await;
    server.shut_down();
    let Frame::Close(Some(close)) = waiting.next().await else { panic!("a close frame was to come") };
    assert_eq!(u16::from(close.code), CloseCode::RESTART.0);
}

#[tokio::test]
async fn every_endpoint_selects_the_first_subprotocol_that_is_offered() {
    let server = TestServer::open().await;
    for path in ENDPOINTS.into_iter().chain(["/lab/close"]) {
        let headers = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)];
        let offer = [("Sec-WebSocket-Protocol", "graphql-ws, chat")];
        let mut wire = Wire::connect(server.address).await;
        wire.send(greeting(server.address, path, &[&headers[..], &offer].concat())).await;
        let answer = wire.header().await.to_ascii_lowercase();
        assert!(answer.contains("\r\nsec-websocket-protocol: graphql-ws\r\n"), "{path}: {answer}");
        assert!(answer.contains(&ACCEPT.to_ascii_lowercase()), "{path}: {answer}");
        let mut wire = Wire::connect(server.address).await;
        wire.send(greeting(server.address, path, &headers)).await;
        let answer = wire.header().await.to_ascii_lowercase();
        assert!(!answer.contains("sec-websocket-protocol"), "{path}: nothing was offered: {answer}");
    }
}

#[tokio::test]
async fn close_sends_the_code_and_the_reason_that_the_address_names() {
    let server = TestServer::open().await;
    for (query, code, reason) in [
        ("", 1000_u16, ""),
        ("?code=4001&reason=bye%20%F0%9F%91%8B", 4001, "bye 👋"),
        ("?code=3000", 3000, ""),
    ] {
        let mut wire = Wire::handshake(server.address, &format!("/lab/close{query}")).await;
        assert_eq!(wire.read(CLOSE).await, [&code.to_be_bytes(), reason.as_bytes()].concat(), "{query}");
    }
    let long = format!("reason={}", "x".repeat(124));
    for wrong in
        ["code=1005", "code=1006", "code=999", "code=2000", "code=5000", "code=70000", "code=x", &long]
    {
        let answer = web::get(server.address, &format!("/lab/close?{wrong}")).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "bad_request"), "{wrong}");
    }
}

#[tokio::test]
async fn fragments_come_in_frames_of_the_size_that_the_address_names() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/lab/fragments?size=3").await;
    wire.frame(FIN | TEXT, "a字b".as_bytes()).await;
    assert_eq!(wire.read_frame().await.unwrap(), (TEXT, vec![b'a', 0xE5, 0xAD]));
    assert_eq!(wire.read_frame().await.unwrap(), (FIN, vec![0x97, b'b']));
    assert_eq!(web::get(server.address, "/lab/fragments?size=0").await.status, 400);
}

#[tokio::test]
async fn a_slow_handshake_takes_its_time_and_not_that_of_a_shutdown() {
    let server = TestServer::open().await;
    let began = tokio::time::Instant::now();
    let mut connection = Connection::open(&server, "/lab/slow?delay=200ms").await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(200));
    connection.say(Frame::text("at last")).await;
    assert_eq!(connection.next().await, Frame::text("at last"));
    assert_eq!(web::get(server.address, "/lab/slow?delay=2m").await.status, 400);

    let mut wire = Wire::connect(server.address).await;
    let headers = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)];
    wire.send(greeting(server.address, "/lab/slow?delay=60s", &headers)).await;
    let address = server.address;
    soon("the handshake to be waited for", async {
        // The other one asks.
        while metrics::read(address).await.number("parlor_http_requests_in_flight") < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.shut_down();
    let answer = wire.header().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn the_index_lists_every_endpoint_and_what_is_none_is_a_404_of_the_api() {
    let server = TestServer::open().await;
    let index = web::get(server.address, "/lab/").await;
    assert_eq!(index.status, 200);
    assert_eq!(index.headers["content-type"], "text/html; charset=utf-8");
    assert!(!index.body.contains("<script"));
    let endpoints = ENDPOINTS.into_iter().chain(["/lab/close", "/lab/poll", "/lab/long-poll", "/lab/sse"]);
    for path in endpoints.map(|path| path.split('?').next().unwrap()) {
        assert!(index.body.contains(&format!("<code>{path}")), "{path}");
        assert!(PAGE.contains(&format!("`{path}")), "docs/lab.md lacks {path}");
    }
    let redirect = web::get(server.address, "/lab").await;
    assert_eq!((redirect.status.as_u16(), &redirect.headers["location"]), (308, &"/lab/".parse().unwrap()));
    let missing = web::get(server.address, "/lab/ecko").await;
    assert_eq!((missing.status.as_u16(), missing.error().as_str()), (404, "not_found"));
    assert!(missing.body.contains("/lab/ lists them"), "{}", missing.body);
}

#[tokio::test]
async fn a_server_without_the_lab_says_so() {
    let server = TestServer::with_flags(&["--no-lab"]).await;
    for path in ["/lab", "/lab/", "/lab/echo", "/lab/poll"] {
        let answer = web::get(server.address, path).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (404, "not_found"), "{path}");
        assert!(answer.body.contains("switched off"), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_broadcast_is_bounded_and_who_comes_too_late_is_told_so() {
    let server = TestServer::open().await;
    let mut all = Vec::new();
    for _ in 0..256 {
        all.push(Connection::open(&server, "/lab/broadcast").await);
    }
    // Whoever hears an own message is connected.
    for connection in &mut all {
        connection.say(Frame::text("in")).await;
        connection.next().await;
    }
    let mut late = Wire::handshake(server.address, "/lab/broadcast").await;
    assert_eq!(late.close_code().await, CloseCode::TRY_LATER.0);
}

#[tokio::test]
async fn a_worker_reads_no_more_from_who_does_not_read_and_then_answers_all_in_order() {
    let server = TestServer::open().await;
    let connection = Connection::open(&server, "/lab/worker?heartbeat=1h").await;
    let (mut writer, mut reader) = connection.0.split();
    // More than the inbox, the outbox and the sockets' buffers hold: sending stalls until somebody reads.
    let count = 3_000;
    let sent = tokio::spawn(async move {
        for number in 0..count {
            writer.send(Frame::text(format!("{number:010000}"))).await.unwrap();
        }
        writer
    });
    for number in 0..count {
        let answer = soon("an answer", reader.next()).await.unwrap().unwrap();
        assert_eq!(answer.into_data(), format!("{number:010000} done").as_bytes());
    }
    drop(soon("the last send", sent).await.unwrap());
}

#[tokio::test]
async fn what_one_says_in_the_broadcast_all_hear() {
    let server = TestServer::open().await;
    let mut ann = Connection::open(&server, "/lab/broadcast").await;
    let mut bob = Connection::open(&server, "/lab/broadcast").await;
    // Whoever hears an own message is connected.
    bob.say(Frame::text("here")).await;
    bob.next().await;
    ann.say(Frame::text(r#"{"username":"ann","text":"hi"}"#)).await;
    assert_eq!(bob.next().await, Frame::text(r#"{"username":"ann","text":"hi"}"#));
    bob.say(Frame::binary(vec![1])).await;
    assert!(bob.next().await.to_text().unwrap().contains("error"));
}

#[tokio::test]
async fn four_transports_tell_the_same_events() {
    let server = TestServer::open().await;
    let mut connection = Connection::open(&server, "/lab/ws?every=100ms&after=0").await;
    let mut pushed = Vec::new();
    for _ in 0..3 {
        pushed.push(serde_json::from_str::<Value>(connection.next().await.to_text().unwrap()).unwrap());
    }
    assert_eq!(pushed.iter().map(|event| event["number"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let polled = web::get(server.address, "/lab/poll?every=100ms&after=0").await.json();
    assert_eq!(polled["events"].as_array().unwrap()[..3], pushed[..]);
    let waited = web::get(server.address, "/lab/long-poll?every=100ms&after=20").await.json();
    assert_eq!(waited["events"][0]["number"], 21, "it waits for what comes after");
    let wrong = web::get(server.address, "/lab/poll?every=2").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("from 100ms to 1h"), "{}", wrong.body);
}
