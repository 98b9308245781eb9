//! Traces of posts, as a collector gets them. It needs the feature `otlp`: `cargo xtask test --only otlp`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod collector;

use std::{net::SocketAddr, time::Duration};

use backend::{
    Server, ShutDown,
    config::{Cli, Settings},
};
use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{client_async, tungstenite::Message as Frame};

use collector::{Collector, number, text};

/// Whatever is awaited has come by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// The trace and the span of a caller.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A server that sends traces to a collector, with these flags beside.
async fn serve(collector: &Collector, flags: &[&str]) -> (SocketAddr, impl Future<Output = ()> + use<>) {
    let url = format!("http://{}", collector.address);
    let flags = [&["parlor", "--memory", "--listen", "127.0.0.1:0", "--otlp", &url], flags].concat();
    let settings: Settings = Cli::parse_from(flags).serve.settings();
    let server = Server::open(&settings).await.unwrap();
    let address = server.address();
    let (shut_down, asked) = ShutDown::new();
    let end = tokio::spawn(server.serve(asked));
    let close = async move {
        shut_down.now();
        timeout(PATIENCE, end).await.expect("the end of the server").unwrap().unwrap();
    };
    (address, close)
}

/// Posts over HTTP with these headers, and tells the status.
async fn post(address: SocketAddr, body: &str, headers: &[(&str, &str)]) -> StatusCode {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::post("/api/rooms/lobby/messages").header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    timeout(PATIENCE, sender.send_request(request)).await.expect("an answer").unwrap().status()
}

/// Follows the lobby over plain `/ws`, posts there, and reads so many messages.
async fn read_and_post(address: SocketAddr, said: &str, count: usize) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(format!("ws://{address}/ws"), stream).await.unwrap();
    socket.send(Frame::text(said)).await.unwrap();
    let mut read = 0;
    while read < count {
        let frame = timeout(PATIENCE, socket.next()).await.expect("a message").unwrap().unwrap();
        read += usize::from(frame.is_text());
    }
}

/// The one span with this name in a trace.
fn span<'a>(spans: &'a [Span], trace: &[u8], name: &str) -> &'a Span {
    let found: Vec<_> = spans.iter().filter(|span| span.trace_id == trace && span.name == name).collect();
    assert_eq!(found.len(), 1, "one {name} in {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    found[0]
}

#[tokio::test]
async fn a_collector_sees_the_journey_of_every_post() {
    let collector = Collector::open().await;
    let (address, close) = serve(&collector, &[]).await;
    // The reader's own post, which it reads itself.
    read_and_post(address, "over the WebSocket", 1).await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let body = r#"{"username": "bot", "text": "over HTTP", "id": "traced-1"}"#;
    assert_eq!(post(address, body, &[("traceparent", &traceparent)]).await, StatusCode::CREATED);
    // The caller does not trace this one.
    let untraced = format!("00-{}-{CALLER}-00", "a".repeat(32));
    let body = r#"{"username": "bot", "text": "untraced"}"#;
    assert_eq!(post(address, body, &[("traceparent", &untraced)]).await, StatusCode::CREATED);
    close.await;

    let sent = collector.sent();
    assert!(sent.iter().all(|sent| sent.service == "parlor"), "{sent:?}");
    let spans: Vec<Span> = sent.into_iter().flat_map(|sent| sent.spans).collect();
    let roots: Vec<_> = spans.iter().filter(|span| span.name == "post").collect();
    assert_eq!(roots.len(), 2, "{roots:?}");
    let root_by = |via: &str| roots.iter().find(|root| text(root, "parlor.via") == via).unwrap();

    let http = root_by("http");
    assert_eq!(hex(&http.trace_id), TRACE);
    assert_eq!(hex(&http.parent_span_id), CALLER);
    assert_eq!((&*text(http, "parlor.room"), &*text(http, "parlor.message.id")), ("lobby", "traced-1"));
    assert!(number(http, "parlor.seq") > 0);

    let socket = root_by("plain");
    assert!(socket.parent_span_id.is_empty(), "nobody called for it");
    for root in [http, socket] {
        let child = |name| span(&spans, &root.trace_id, name);
        let (queue, commit, publish) = (child("queue"), child("commit"), child("publish"));
        for child in [queue, commit, publish] {
            assert_eq!(child.parent_span_id, root.span_id, "{}", child.name);
            assert!(child.start_time_unix_nano <= child.end_time_unix_nano, "{}", child.name);
        }
        assert!(number(commit, "parlor.entries") >= 1);
        // One after the other, but for what the two clocks differ by while they are read.
        let [before, after] = [queue, publish].map(|span| span.start_time_unix_nano / 1_000_000);
        assert!(before <= after + 1 && after <= root.end_time_unix_nano / 1_000_000 + 1);
    }
    let delivered = span(&spans, &socket.trace_id, "first delivery");
    assert_eq!(delivered.parent_span_id, socket.span_id);
    assert_eq!(number(delivered, "parlor.seq"), number(socket, "parlor.seq"));
    // Nobody was in the room any more.
    assert!(!spans.iter().any(|span| span.name == "first delivery" && span.trace_id == http.trace_id));
}

#[tokio::test]
async fn a_refused_post_is_traced_with_its_refusal() {
    let collector = Collector::open().await;
    let (address, close) = serve(&collector, &[]).await;
    let body = r#"{"username": "bot", "text": ""}"#;
    assert_eq!(post(address, body, &[]).await, StatusCode::BAD_REQUEST);
    close.await;
    let spans: Vec<Span> = collector.sent().into_iter().flat_map(|sent| sent.spans).collect();
    assert_eq!(spans.len(), 1, "there was no commit: {spans:?}");
    assert_eq!(text(&spans[0], "parlor.refusal"), "bad_text");
}

#[tokio::test]
async fn a_part_of_the_posts_is_traced_if_a_setting_says_so() {
    let collector = Collector::open().await;
    let (address, close) = serve(&collector, &["--otlp-sample", "0"]).await;
    for _ in 0..5 {
        post(address, r#"{"username": "bot", "text": "x"}"#, &[]).await;
    }
    // The caller's choice goes before the setting.
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    post(address, r#"{"username": "bot", "text": "x"}"#, &[("traceparent", &traceparent)]).await;
    close.await;
    let roots: Vec<_> =
        collector.sent().into_iter().flat_map(|sent| sent.spans).filter(|span| span.name == "post").collect();
    assert_eq!(roots.len(), 1, "{roots:?}");
    assert_eq!(hex(&roots[0].trace_id), TRACE);
}

#[tokio::test]
async fn a_collector_that_is_not_there_holds_nothing_up() {
    let collector = Collector::gone().await;
    let (address, close) = serve(&collector, &[]).await;
    assert_eq!(post(address, r#"{"username": "bot", "text": "x"}"#, &[]).await, StatusCode::CREATED);
    close.await;
}

#[test]
fn an_address_or_a_part_that_cannot_be_is_refused_with_what_is_allowed() {
    for (flags, said) in [
        (["--otlp", "https://collector.example.org"], "http://HOST:PORT"),
        (["--otlp", "127.0.0.1:4318"], "http://HOST:PORT"),
        (["--otlp", "http://127.0.0.1:4318/v1/traces"], "without a path"),
        (["--otlp-sample", "2"], "from 0 (none) to 1 (all)"),
    ] {
        let error = Cli::try_parse_from([&["parlor"][..], &flags].concat()).unwrap_err().to_string();
        assert!(error.contains(said), "{flags:?}: {error}");
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
