//! RFC 6455, frame by frame: what breaks its rules is answered by a close frame, what keeps them is served.

use crate::{
    client::{TestClient, post},
    server::TestServer,
    wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, Wire, frame},
};

const HELLO: &[u8] = br#"{"type":"hello","username":"ann"}"#;
const MASK: Option<[u8; 4]> = Some([7, 7, 7, 7]);

/// The code that these bytes are answered with, in either mode of the protocol.
async fn closed_with(bytes: &[u8]) -> u16 {
    let server = TestServer::open().await;
    let mut codes = Vec::new();
    for path in ["/ws?v=1", "/ws"] {
        let mut wire = Wire::handshake(server.address, path).await;
        wire.send(bytes).await;
        codes.push(wire.close_code().await);
    }
    assert_eq!(codes[0], codes[1]);
    codes[0]
}

#[tokio::test]
async fn a_frame_that_breaks_the_rules_is_answered_with_1002() {
    let long_ping = [b'x'; 126];
    for (what, bytes) in [
        ("an unmasked frame", frame(FIN | TEXT, HELLO, None)),
        ("a reserved bit", frame(FIN | 0x40 | TEXT, HELLO, MASK)),
        ("a reserved opcode", frame(FIN | 0x3, HELLO, MASK)),
        ("a reserved control opcode", frame(FIN | 0xB, b"", MASK)),
        ("a continuation of nothing", frame(FIN | CONTINUATION, HELLO, MASK)),
        ("a text inside a text", [frame(TEXT, b"{", MASK), frame(FIN | TEXT, b"{", MASK)].concat()),
        ("a fragmented ping", frame(PING, b"", MASK)),
        ("a ping that is too long", frame(FIN | PING, &long_ping, MASK)),
        ("a close of one byte", frame(FIN | CLOSE, &[3], MASK)),
    ] {
        assert_eq!(closed_with(&bytes).await, 1002, "{what}");
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_answered_with_1007() {
    for (what, bytes) in [
        ("a stray byte", frame(FIN | TEXT, b"caf\xE9", MASK)),
        ("an overlong form", frame(FIN | TEXT, b"\xC0\xAF", MASK)),
        ("half a character", frame(FIN | TEXT, b"\xE5\xAD", MASK)),
        (
            "half a character at the end of the last fragment",
            [frame(TEXT, b"\xE5", MASK), frame(FIN | CONTINUATION, b"\xAD", MASK)].concat(),
        ),
    ] {
        assert_eq!(closed_with(&bytes).await, 1007, "{what}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_answered_with_1009() {
    let size = shared::limits::FRAME_BYTES;
    let whole = frame(FIN | TEXT, &vec![b' '; size + 1], MASK);
    assert_eq!(closed_with(&whole).await, 1009, "one frame");
    let half = vec![b' '; size / 2 + 1];
    let parts = [frame(TEXT, &half, MASK), frame(FIN | CONTINUATION, &half, MASK)].concat();
    assert_eq!(closed_with(&parts).await, 1009, "two fragments");
    // The header alone tells: nobody has to send the rest.
    let mut announced = vec![FIN | TEXT, 0x80 | 127];
    announced.extend(u64::MAX.to_be_bytes().map(|byte| byte & 0x7F));
    announced.extend([0; 4]);
    assert_eq!(closed_with(&announced).await, 1009, "an enormous length");
}

#[tokio::test]
async fn a_close_is_answered_with_its_code() {
    let server = TestServer::open().await;
    for code in [1000_u16, 1001, 3000, 4002] {
        for path in ["/ws?v=1", "/ws"] {
            let mut wire = Wire::handshake(server.address, path).await;
            let payload = [&code.to_be_bytes()[..], b"bye"].concat();
            wire.frame(FIN | CLOSE, &payload).await;
            assert_eq!(wire.close_code().await, code, "{path}");
        }
    }
    let mut wire = Wire::handshake(server.address, "/ws").await;
    wire.frame(FIN | CLOSE, b"").await;
    assert_eq!(wire.close_code().await, 1005);
}

#[tokio::test]
async fn posts_before_a_close_are_stored() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/ws?username=ann").await;
    wire.frame(FIN | TEXT, b"last words").await;
    wire.frame(FIN | CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(wire.close_code().await, 1000);
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.post(post("lobby", "1", "behind it")).await;
    let texts: Vec<_> = bob.join("lobby").await.messages.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["last words", "behind it"]);
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload_between_whole_frames_while_messages_flow() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/ws").await;
    wire.frame(FIN | PING, b"").await;
    assert_eq!(wire.read(PONG).await, b"");
    let address = server.address;
    let posting = tokio::spawn(async move {
        let (mut bob, _) = TestClient::named(address, "bob").await;
        let text = "x".repeat(3_000);
        for n in 0..300 {
            bob.post(post("lobby", &format!("b{n}"), &text)).await;
        }
    });
    let (mut messages, mut pongs, mut sent) = (0, 0, 0_u32);
    while messages < 300 || pongs < sent {
        let (first, payload) = wire.read_frame().await.expect("the stream goes on");
        match first {
            first if first == FIN | TEXT => {
                // A frame that was torn apart would not be JSON.
                assert!(serde_json::from_slice::<serde_json::Value>(&payload).is_ok());
                messages += 1;
                wire.frame(FIN | PING, &sent.to_be_bytes()).await;
                sent += 1;
            }
            first if first == FIN | PONG => {
                assert_eq!(payload, u32::to_be_bytes(pongs));
                pongs += 1;
            }
            other => panic!("a frame that begins with {other:#x}"),
        }
    }
    posting.await.unwrap();
}

#[tokio::test]
async fn a_message_may_come_in_fragments_with_controls_between_them() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/ws?username=ann").await;
    // The character is cut in two, which is allowed within a message (§5.6).
    wire.frame(TEXT, b"frag\xE5").await;
    wire.frame(FIN | PING, b"between").await;
    wire.frame(CONTINUATION, b"").await;
    wire.frame(FIN | PONG, b"unasked").await;
    wire.frame(FIN | CONTINUATION, b"\xAD\x97").await;
    assert_eq!(wire.read(PONG).await, b"between");
    let message: serde_json::Value = serde_json::from_slice(&wire.read(TEXT).await).unwrap();
    assert_eq!(message["text"], "frag字");
}

#[tokio::test]
async fn bytes_may_come_one_at_a_time() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/ws?username=ann").await;
    for byte in frame(FIN | TEXT, "slow 字".as_bytes(), MASK) {
        wire.send([byte]).await;
    }
    let message: serde_json::Value = serde_json::from_slice(&wire.read(TEXT).await).unwrap();
    assert_eq!(message["text"], "slow 字");
}

#[tokio::test]
async fn a_message_of_many_empty_fragments_is_served_and_an_endless_one_is_not() {
    let server = TestServer::open().await;
    let mut wire = Wire::handshake(server.address, "/ws?username=ann").await;
    let empty = frame(CONTINUATION, b"", MASK);
    wire.frame(TEXT, b"many").await;
    wire.send(empty.repeat(1_000)).await;
    wire.frame(FIN | CONTINUATION, b" empty").await;
    let message: serde_json::Value = serde_json::from_slice(&wire.read(TEXT).await).unwrap();
    assert_eq!(message["text"], "many empty");

    wire.frame(BINARY, b"").await;
    let most = 4 * shared::limits::FRAME_BYTES / empty.len();
    wire.send(empty.repeat(most)).await;
    assert_eq!(wire.close_code().await, 1009);
}
