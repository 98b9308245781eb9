//! The lab: its page's transcripts, replayed, and what a transcript cannot show.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use shared::{CloseCode, Timestamp, limits};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message as Frame};

use crate::{bound::soon, server::TestServer, web, wire::Wire};

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

struct Line(WebSocketStream<TcpStream>);

impl Line {
    async fn open(server: &TestServer, path: &str) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let url = format!("ws://{}{path}", server.address);
        Self(soon("a handshake", client_async(url, stream)).await.unwrap().0)
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
        let mut line = Line::open(&server, path).await;
        for said in lines {
            if let Some(text) = said.strip_prefix("> ") {
                line.say(Frame::text(text)).await;
            } else if let Some(expected) = said.strip_prefix("<< ") {
                let Frame::Binary(bytes) = line.next().await else { panic!("{path}: no binary message") };
                assert_eq!(bytes, expected.as_bytes(), "{path}");
            } else {
                let expected = said.strip_prefix("< ").unwrap();
                let Frame::Text(text) = line.next().await else { panic!("{path}: no text message") };
                assert!(fits(expected, &text), "{path}: {expected:?} was to come, and {text:?} came");
            }
        }
    }
}

#[tokio::test]
async fn the_echo_gives_back_every_message_whole_and_answers_a_close_with_its_code() {
    let server = TestServer::open().await;
    let mut line = Line::open(&server, "/lab/echo").await;
    let large = "字".repeat(limits::FRAME_BYTES / 3);
    for message in
        [Frame::text(""), Frame::text(large), Frame::binary(vec![0, 255, 128]), Frame::binary(vec![])]
    {
        line.say(message.clone()).await;
        assert_eq!(line.next().await, message);
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
async fn a_line_of_the_lab_keeps_the_rules_of_the_house() {
    let server = TestServer::open().await;
    for path in ["/lab/echo", "/lab/clock", "/lab/number", "/lab/worker", "/lab/broadcast", "/lab/ws"] {
        let mut wire = Wire::handshake(server.address, path).await;
        wire.frame(0x81, &[0xff]).await;
        assert_eq!(wire.close_code().await, CloseCode::NOT_UTF8.0, "{path}");
        let mut wire = Wire::handshake(server.address, path).await;
        wire.frame(0x82, &vec![0; limits::FRAME_BYTES + 1]).await;
        assert_eq!(wire.close_code().await, CloseCode::TOO_BIG.0, "{path}");
        let mut wire = Wire::connect(server.address).await;
        wire.send(crate::wire::greeting(server.address, path, &[("Origin", "http://elsewhere.example")]))
            .await;
        let answer = wire.header().await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{path}: {answer}");
    }
    let mut waiting = Line::open(&server, "/lab/echo").await;
    server.shut_down();
    let Frame::Close(Some(close)) = waiting.next().await else { panic!("a close frame was to come") };
    assert_eq!(u16::from(close.code), CloseCode::RESTART.0);
}

#[tokio::test]
async fn a_worker_reads_no_more_from_who_does_not_read_and_then_answers_all_in_order() {
    let server = TestServer::open().await;
    let line = Line::open(&server, "/lab/worker?heartbeat=1h").await;
    let (mut writer, mut reader) = line.0.split();
    // More than both boxes and the sockets' buffers hold: sending stalls until somebody reads.
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
    let mut ann = Line::open(&server, "/lab/broadcast").await;
    let mut bob = Line::open(&server, "/lab/broadcast").await;
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
    let mut line = Line::open(&server, "/lab/ws?every=100ms&after=0").await;
    let mut pushed = Vec::new();
    for _ in 0..3 {
        pushed.push(serde_json::from_str::<Value>(line.next().await.to_text().unwrap()).unwrap());
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
