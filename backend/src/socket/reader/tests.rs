use proptest::prelude::*;
use tungstenite::protocol::frame::Frame as Peer;

use super::*;

const LIMIT: usize = 1_000;

/// A client's frame, as tungstenite writes it. The first byte is FIN, the reserved bits and the opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        is_final: first & 0x80 != 0,
        rsv1: first & 0x40 != 0,
        rsv2: first & 0x20 != 0,
        rsv3: first & 0x10 != 0,
        opcode: OpCode::from(first & 0x0F),
        mask: Some([0x37, 0xfa, 0x21, 0x3d]),
    };
    let mut bytes = Vec::new();
    Peer::from_payload(header, payload.to_vec().into()).format(&mut bytes).unwrap();
    bytes
}

/// Everything that is read from `bytes` when they come in pieces of `size`.
fn read(bytes: &[u8], size: usize) -> Result<Vec<Message>, Violation> {
    let mut reader = MessageReader::new(LIMIT);
    let mut messages = Vec::new();
    for mut piece in bytes.chunks(size) {
        while let Some(message) = reader.read(&mut piece)? {
            messages.push(message);
        }
        assert!(piece.is_empty());
    }
    assert!(reader.is_between_messages() && reader.held() == 0);
    Ok(messages)
}

#[test]
fn messages_come_whole_however_their_bytes_are_cut() {
    let long = "字".repeat(LIMIT / 3);
    let bytes = [
        frame(0x81, b""),
        frame(0x81, long.as_bytes()),
        frame(0x01, "half a ".as_bytes()),
        frame(0x00, &"字".as_bytes()[..1]),
        frame(0x89, b"ping"),
        frame(0x00, b""),
        frame(0x8A, b""),
        frame(0x80, &"字".as_bytes()[1..]),
        frame(0x82, &[0xFF; 126]),
        frame(0x88, b"\x03\xE8bye"),
    ]
    .concat();
    let expected = [
        Message::Text(String::new()),
        Message::Text(long),
        Message::Ping(b"ping".to_vec()),
        Message::Pong,
        Message::Text("half a 字".into()),
        Message::Binary(vec![0xFF; 126]),
        Message::Close(b"\x03\xE8bye".to_vec()),
    ];
    for size in [1, 2, 3, 7, 13, 64, bytes.len()] {
        assert_eq!(read(&bytes, size).unwrap(), expected, "pieces of {size}");
    }
}

#[test]
fn invalid_utf8_is_refused_before_the_frame_is_complete() {
    let bytes = frame(0x81, b"caf\xE9 and much more that never has to come");
    let mut reader = MessageReader::new(LIMIT);
    let violation = reader.read(&mut &bytes[..6 + 5]).unwrap_err();
    assert_eq!(violation.code, CloseCode::NOT_UTF8);
}

#[test]
fn the_end_of_a_character_must_come_within_the_message() {
    let bytes = [frame(0x01, b"\xE5"), frame(0x80, b"\xAD")].concat();
    assert_eq!(read(&bytes, 100).unwrap_err().code, CloseCode::NOT_UTF8);
}

#[test]
fn memory_is_taken_for_what_has_come_and_not_for_what_is_announced() {
    let mut reader = MessageReader::new(1 << 24);
    let bytes = frame(0x82, &vec![0; 1 << 24]);
    assert_eq!(reader.read(&mut &bytes[..100_014]), Ok(None));
    assert_eq!(reader.held(), 100_000);
    let capacity = reader.message.as_ref().unwrap().payload.capacity();
    assert!(capacity <= 200_000, "{capacity}");
}

#[test]
fn a_message_of_endless_empty_fragments_is_refused() {
    let bytes = [frame(0x02, b""), frame(0x00, b"").repeat(LIMIT)].concat();
    assert_eq!(read(&bytes, 50).unwrap_err().code, CloseCode::TOO_BIG);
}

#[test]
fn an_incomplete_frame_is_no_place_between_messages() {
    let bytes = frame(0x89, b"ping");
    for end in 1..bytes.len() {
        let mut reader = MessageReader::new(LIMIT);
        assert_eq!(reader.read(&mut &bytes[..end]), Ok(None));
        assert!(!reader.is_between_messages(), "{end}");
    }
}

#[test]
fn a_close_code_is_checked() {
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let bytes = frame(0x88, &code.to_be_bytes());
        assert_eq!(read(&bytes, 100).unwrap_err().code, CloseCode::PROTOCOL, "{code}");
    }
    for code in [1000_u16, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999] {
        let payload = code.to_be_bytes();
        assert_eq!(read(&frame(0x88, &payload), 100).unwrap(), [Message::Close(payload.to_vec())]);
    }
    assert_eq!(read(&frame(0x88, b"\x03\xE8\xFF"), 100).unwrap_err().code, CloseCode::NOT_UTF8);
}

proptest! {
    #[test]
    fn the_size_of_the_pieces_changes_nothing(
        parts in prop::collection::vec((0_u8..16, any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 1..8),
        size in 1_usize..300,
    ) {
        let known = |opcode: u8| !matches!(opcode, 3..=7 | 11..=15);
        let frames = parts.iter().filter(|(opcode, ..)| known(*opcode));
        let bytes: Vec<u8> =
            frames.flat_map(|(opcode, fin, payload)| frame(opcode | u8::from(*fin) << 7, payload)).collect();
        let all = |size: usize| {
            let mut reader = MessageReader::new(LIMIT);
            let mut messages = Vec::new();
            for mut piece in bytes.chunks(size) {
                loop {
                    match reader.read(&mut piece) {
                        Ok(Some(message)) => messages.push(message),
                        Ok(None) => break,
                        Err(violation) => return (messages, Some(violation)),
                    }
                }
            }
            (messages, None)
        };
        prop_assert_eq!(all(size), all(bytes.len().max(1)));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let mut reader = MessageReader::new(LIMIT);
        let mut input = &bytes[..];
        while let Ok(Some(_)) = reader.read(&mut input) {}
    }
}
