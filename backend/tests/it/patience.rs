//! How long the server waits for whom. These times are the server's own, and a real socket cannot be waited for in
//! paused time: so all of them are waited for at once, in one test.
//!
//! That a socket which takes nothing for 30 s is closed is left out here, for the half minute that it takes.

use std::time::Duration;

use shared::limits;
use tokio::time::Instant;

use crate::{client::TestClient, server::TestServer, wire::Wire};

/// How long this took.
async fn time<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (future.await, began.elapsed())
}

/// The server ends a connection that sends this, and nothing more.
async fn dropped(server: &TestServer, bytes: &str) -> Duration {
    let mut wire = Wire::connect(server.address).await;
    wire.send(bytes).await;
    let (rest, took) = time(wire.rest()).await;
    assert!(!String::from_utf8_lossy(&rest).contains("101"), "{rest:?}");
    took
}

#[tokio::test]
async fn a_header_a_body_or_a_hello_that_does_not_come_is_not_waited_for_and_a_quiet_client_stays() {
    let server = TestServer::open().await;
    let hello = Duration::from_millis(limits::HELLO_MS);
    let soonest = Duration::from_secs(9);
    let latest = Duration::from_secs(15);

    let silent = dropped(&server, "");
    let half = dropped(&server, "GET /ws?v=1 HTTP/1.1\r\nHost: parlor\r\nUpgr");
    // Half a body is answered before the connection ends.
    let body = async {
        let mut wire = Wire::connect(server.address).await;
        let header = format!("POST /api/rooms/lobby/messages HTTP/1.1\r\nHost: {}\r\n", server.address);
        wire.send(format!("{header}Content-Length: 100\r\n\r\n{{\"text\": \"never fin")).await;
        let (rest, took) = time(wire.rest()).await;
        (String::from_utf8(rest).unwrap(), took)
    };
    let nameless = async {
        let mut client = TestClient::silent(server.address).await;
        time(async { client.end().await.1 }).await
    };
    let quiet = async {
        let (mut ann, _) = TestClient::named(server.address, "ann").await;
        ann.join("lobby").await;
        tokio::time::sleep_until(Instant::now() + hello + Duration::from_secs(1)).await;
        ann.post(crate::client::post("lobby", "1", "still here")).await;
    };
    let (silent, half, (timeout, body), (code, nameless), ()) =
        tokio::join!(silent, half, body, nameless, quiet);
    assert!(timeout.starts_with("HTTP/1.1 408 "), "{timeout}");
    assert!(
        timeout.contains(r#"{"error":{"code":"timeout","reason":"the body did not arrive within 10 s"}}"#),
        "{timeout}"
    );
    assert_eq!(code, shared::CloseCode::HELLO_TIMEOUT);
    for (what, took) in
        [("silence", silent), ("half a header", half), ("half a body", body), ("no hello", nameless)]
    {
        assert!((soonest..latest).contains(&took), "{what}: {took:?}");
    }
}
