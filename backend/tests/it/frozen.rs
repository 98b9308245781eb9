//! Clients that stop: in the middle of a message, or altogether while their kernel goes on. These times are the
//! server's own, and a real socket cannot be waited for in paused time: so all are waited for at once, in one test.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    client::TestClient,
    server::TestServer,
    wire::{FIN, PING, PONG, TEXT, Wire},
};

/// Without a name, everybody is a guest.
const HELLO: &[u8] = br#"{"type":"hello"}"#;
const LOOKS: Duration = Duration::from_secs(45);

/// How a connection ended, and when.
struct End {
    what: String,
    close: Vec<u8>,
    pings: usize,
    took: Duration,
}

/// Does nothing any more until the server ends the connection.
async fn freeze(what: String, mut wire: Wire, began: Instant) -> End {
    // Nothing is read until long after the end: the frames wait in the kernel, as they do for a stopped process.
    sleep(Duration::from_secs(31).saturating_sub(began.elapsed())).await;
    let (mut close, mut pings) = (Vec::new(), 0);
    while let Some((first, payload)) = wire.read_frame().await {
        match first {
            0x88 => close = payload,
            0x89 => pings += 1,
            _ => {}
        }
    }
    End { what, close, pings, took: began.elapsed() }
}

/// Sends a message byte by byte, one every two seconds, for as long as the server lets it.
async fn drip(what: String, wire: Wire, began: Instant) -> End {
    let (mut reader, mut writer) = wire.split();
    let dripping = async {
        loop {
            sleep(Duration::from_secs(2)).await;
            if writer.send([b'x']).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let close = tokio::select! {
        close = reader.wait_for_close() => close,
        () = dripping => unreachable!("it goes on until the end"),
    };
    End { what, close, pings: 0, took: began.elapsed() }
}

/// Sends fragments without an end, and answers every ping.
async fn answer_between_fragments(what: String, mut wire: Wire, began: Instant) -> End {
    wire.frame(TEXT, b"once upon a time").await;
    let mut pings = 0;
    loop {
        let (first, payload) = wire.read_frame().await.expect("the close frame comes before the end");
        match first {
            0x88 => return End { what, close: payload, pings, took: began.elapsed() },
            first if first == FIN | PING => {
                pings += 1;
                wire.frame(FIN | PONG, &payload).await;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn who_stops_within_a_message_or_answers_no_ping_is_not_waited_for_and_who_is_quiet_is() {
    let server = TestServer::open().await;
    let mut ends = Vec::new();
    let (mut quiet, _) = TestClient::named(server.address, "quiet").await;
    quiet.join("lobby").await;
    let quiet = tokio::spawn(async move {
        // Reading, it answers pings and says nothing.
        let heard = tokio::time::timeout(Duration::from_secs(35), quiet.end()).await;
        assert!(heard.is_err(), "it is still connected: {heard:?}");
        quiet.post(crate::client::post("lobby", "1", "still here")).await;
    });
    for path in ["/ws?username=bob", "/ws?v=1", "/lab/echo", "/lab/worker?heartbeat=1s"] {
        let open = async || {
            let mut wire = Wire::handshake(server.address, path).await;
            if path == "/ws?v=1" {
                wire.frame(FIN | TEXT, HELLO).await;
                wire.read(TEXT).await;
            }
            wire
        };
        let began = Instant::now();
        ends.push((4002, tokio::spawn(freeze(format!("{path}: frozen"), open().await, began))));
        // Half a frame: its header and one byte. It comes in one piece with a whole message.
        let mut half = open().await;
        let whole = crate::wire::frame(FIN | TEXT, b"1", Some([0; 4]));
        half.send([&whole[..], &[0x81, 0x80 | 100, 0, 0, 0, 0, b'x']].concat()).await;
        ends.push((1008, tokio::spawn(freeze(format!("{path}: half a frame"), half, began))));
        let mut dripping = open().await;
        dripping.send([0x81, 0x80 | 100, 0, 0, 0, 0]).await;
        ends.push((1008, tokio::spawn(drip(format!("{path}: a drip"), dripping, began))));
        let fragments = open().await;
        let fragments = answer_between_fragments(format!("{path}: endless fragments"), fragments, began);
        ends.push((1008, tokio::spawn(fragments)));
    }
    for (code, end) in ends {
        let End { what, close, pings, took } = end.await.unwrap();
        let (sent, reason) = close.split_first_chunk().unwrap_or_else(|| panic!("{what}: no close frame"));
        assert_eq!(u16::from_be_bytes(*sent), code, "{what}: {}", String::from_utf8_lossy(reason));
        assert!((Duration::from_secs(29)..LOOKS).contains(&took), "{what}: {took:?}");
        if what.ends_with("frozen") || what.ends_with("fragments") {
            assert!(pings > 0, "{what}: nobody is given up without a ping");
        }
    }
    quiet.await.unwrap();
}
