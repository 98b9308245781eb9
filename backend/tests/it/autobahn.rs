//! Cases of the Autobahn test suite on `/lab/echo`, by their numbers there. `docs/lab.md` tells how to run the suite itself.

use crate::{
    bound::soon,
    server::TestServer,
    wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, Wire, frame},
};

const MASK: Option<[u8; 4]> = Some([0x37, 0xfa, 0x21, 0x3d]);

async fn open(server: &TestServer) -> Wire {
    Wire::handshake(server.address, "/lab/echo").await
}

/// Sends these bytes and expects this message.
async fn echoes(server: &TestServer, case: &str, bytes: Vec<u8>, opcode: u8, payload: &[u8]) {
    let (mut reader, mut writer) = open(server).await.split();
    let sending = async { writer.send(&bytes).await.unwrap() };
    let ((), frame) = tokio::join!(sending, async { reader.read_frame().await });
    let (first, echoed) = frame.unwrap_or_else(|| panic!("{case}: the connection ended"));
    assert_eq!(first, FIN | opcode, "{case}");
    assert!(echoed == payload, "{case}: {} bytes came back", echoed.len());
}

/// Sends these bytes and expects to be closed with this code, before anything else comes.
async fn closes(server: &TestServer, case: &str, bytes: Vec<u8>, code: u16) {
    let mut wire = open(server).await;
    wire.send(bytes).await;
    let (first, payload) = wire.read_frame().await.unwrap_or_else(|| panic!("{case}: no close frame"));
    assert_eq!(first, FIN | CLOSE, "{case}: {}", String::from_utf8_lossy(&payload));
    assert_eq!(payload[..2], code.to_be_bytes(), "{case}: {}", String::from_utf8_lossy(&payload[2..]));
    assert_eq!(wire.read_frame().await, None, "{case}: nothing follows a close frame");
}

/// A message in fragments of this size.
fn fragmented(opcode: u8, payload: &[u8], size: usize) -> Vec<u8> {
    let count = payload.chunks(size).count();
    let frames = payload.chunks(size).enumerate().map(|(at, part)| {
        let opcode = if at == 0 { opcode } else { CONTINUATION };
        frame(if at + 1 == count { FIN | opcode } else { opcode }, part, MASK)
    });
    frames.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn groups_1_and_2_messages_of_all_lengths_and_pings() {
    let server = TestServer::open().await;
    for length in [0, 125, 126, 127, 128, 65_535, 65_536] {
        let payload = vec![b'*'; length];
        echoes(&server, "1.1", frame(FIN | TEXT, &payload, MASK), TEXT, &payload).await;
        echoes(&server, "1.2", frame(FIN | BINARY, &payload, MASK), BINARY, &payload).await;
        if length == 65_536 {
            echoes(&server, "1.1.8", fragmented(TEXT, &payload, 997), TEXT, &payload).await;
        }
    }
    for payload in [&b""[..], b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", &[0xfe; 125]] {
        echoes(&server, "2.1 to 2.4", frame(FIN | PING, payload, MASK), PONG, payload).await;
    }
    closes(&server, "2.5", frame(FIN | PING, &[0xfe; 126], MASK), 1002).await;
    let mut wire = open(&server).await;
    for byte in frame(FIN | PING, &[0xfe; 125], MASK) {
        wire.send([byte]).await;
    }
    assert_eq!(wire.read(PONG).await, [0xfe; 125], "2.6");
    wire.frame(FIN | PONG, b"unsolicited").await;
    for n in 0..10_u8 {
        wire.frame(FIN | PING, &[n]).await;
    }
    for n in 0..10_u8 {
        assert_eq!(wire.read_frame().await.unwrap(), (FIN | PONG, vec![n]), "2.7 to 2.11");
    }
}

#[tokio::test]
async fn groups_3_to_5_reserved_bits_and_opcodes_and_fragmentation() {
    let server = TestServer::open().await;
    for bits in 1..8_u8 {
        closes(&server, "3", frame(FIN | bits << 4 | TEXT, b"Hello", MASK), 1002).await;
    }
    for opcode in (3..8).chain(11..16) {
        closes(&server, "4", frame(FIN | opcode, b"", MASK), 1002).await;
    }
    for opcode in [PING, PONG] {
        closes(&server, "5.1, 5.2", fragmented(opcode, b"ab", 1), 1002).await;
    }
    let parts = |between: &[u8]| {
        [&frame(TEXT, b"frag", MASK)[..], between, &frame(FIN | CONTINUATION, b"ment", MASK)].concat()
    };
    echoes(&server, "5.3 to 5.5", parts(b""), TEXT, b"fragment").await;
    echoes(&server, "5.6 to 5.8", parts(&frame(FIN | PING, b"ping", MASK)), PONG, b"ping").await;
    closes(&server, "5.9 to 5.14", frame(FIN | CONTINUATION, b"nothing", MASK), 1002).await;
    closes(&server, "5.18", parts(&frame(FIN | TEXT, b"other", MASK)), 1002).await;
}

#[tokio::test]
async fn group_6_utf8_and_its_failing_fast() {
    let server = TestServer::open().await;
    let long = "Hello-µ@ßöäüàá-UTF-8!!".repeat(10);
    for size in [1, 2, 3, 1_000] {
        echoes(&server, "6.2", fragmented(TEXT, long.as_bytes(), size), TEXT, long.as_bytes()).await;
    }
    let greek = "κόσμε".as_bytes();
    let invalid = [greek, b"\xf4\x90\x80\x80"].concat();
    closes(&server, "6.3", frame(FIN | TEXT, &invalid, MASK), 1007).await;
    let all = [&invalid[..], b"edited"].concat();
    let masked = frame(FIN | TEXT, &all, MASK);
    let header = masked.len() - all.len();
    // 6.4.1 and 6.4.2: the last fragment never comes. 6.4.3 and 6.4.4: the rest of the frame never comes.
    let fragments = [frame(TEXT, greek, MASK), frame(CONTINUATION, &invalid[greek.len()..], MASK)].concat();
    closes(&server, "6.4.1", fragments, 1007).await;
    closes(&server, "6.4.2", frame(TEXT, &invalid[..greek.len() + 2], MASK), 1007).await;
    closes(&server, "6.4.3", masked[..header + invalid.len()].to_vec(), 1007).await;
    closes(&server, "6.4.4", masked[..header + greek.len() + 2].to_vec(), 1007).await;
    for bad in ["\u{c0}\u{80}", "\u{ed}\u{a0}\u{80}", "\u{fe}", "\u{80}", "\u{e0}\u{80}\u{af}"] {
        // Each character stands for one byte.
        let bytes: Vec<u8> = bad.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        closes(&server, "6.8 to 6.20", frame(FIN | TEXT, &bytes, MASK), 1007).await;
    }
    for good in ["\u{7f}", "\u{7ff}", "\u{ffff}", "\u{10ffff}", "\u{d7ff}", "\u{e000}", "\u{fffd}"] {
        let bytes = frame(FIN | TEXT, good.as_bytes(), MASK);
        echoes(&server, "6.5 to 6.23", bytes, TEXT, good.as_bytes()).await;
    }
}

#[tokio::test]
async fn group_7_closes() {
    let server = TestServer::open().await;
    let close = |payload: &[u8]| frame(FIN | CLOSE, payload, MASK);
    let mut wire = open(&server).await;
    wire.send([frame(FIN | TEXT, b"last", MASK), close(b"\x03\xe8"), frame(FIN | PING, b"", MASK)].concat())
        .await;
    assert_eq!(wire.read_frame().await.unwrap(), (FIN | TEXT, b"last".to_vec()), "7.1.1");
    assert_eq!(wire.close_code().await, 1000, "7.1.2 to 7.1.4");
    let mut wire = open(&server).await;
    wire.send(close(b"")).await;
    assert_eq!(wire.close_code().await, 1005, "7.3.1");
    closes(&server, "7.3.2", close(b"\x03"), 1002).await;
    let longest = [&b"\x03\xe8"[..], &[b'*'; 123]].concat();
    closes(&server, "7.3.5", close(&longest), 1000).await;
    closes(&server, "7.3.6", close(&[&longest[..], b"*"].concat()), 1002).await;
    closes(&server, "7.5.1", close(b"\x03\xe8\xce\xba\xe1\xbd\xb9\xed\xa0\x80"), 1007).await;
    for code in [1000_u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        closes(&server, "7.7", close(&code.to_be_bytes()), code).await;
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        closes(&server, "7.9, 7.13", close(&code.to_be_bytes()), 1002).await;
    }
}

#[tokio::test]
async fn groups_9_and_10_large_messages_in_fragments_of_all_sizes() {
    let server = TestServer::open().await;
    let text = "BAsd7&jh23".repeat((16 << 20) / 10);
    for bytes in [1 << 16, 1 << 20, 16 << 20] {
        let payload = &text.as_bytes()[..bytes.min(text.len())];
        echoes(&server, "9.1", frame(FIN | TEXT, payload, MASK), TEXT, payload).await;
        echoes(&server, "9.2", frame(FIN | BINARY, payload, MASK), BINARY, payload).await;
    }
    let payload = &text.as_bytes()[..4 << 20];
    for size in [64, 1 << 10, 1 << 16, 1 << 20] {
        echoes(&server, "9.3", fragmented(TEXT, payload, size), TEXT, payload).await;
        echoes(&server, "9.4", fragmented(BINARY, payload, size), BINARY, payload).await;
    }
    let mut wire = open(&server).await;
    for piece in frame(FIN | TEXT, &payload[..1 << 20], MASK).chunks(64) {
        wire.send(piece).await;
    }
    assert!(wire.read(TEXT).await == payload[..1 << 20], "9.5");
    soon("the answers to 1,000 messages", async {
        for _ in 0..1_000 {
            wire.frame(FIN | BINARY, &payload[..64]).await;
            assert_eq!(wire.read(BINARY).await, &payload[..64], "9.7, 9.8");
        }
    })
    .await;
    let payload = &payload[..65_536];
    echoes(&server, "10.1.1", fragmented(TEXT, payload, 1_300), TEXT, payload).await;
}
