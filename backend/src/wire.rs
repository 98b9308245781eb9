//! A server's WebSocket frames, written once (RFC 6455 §5.2). They carry no mask, so the same bytes fit every reader.

use bytes::{BufMut, Bytes};
use shared::CloseCode;

const FIN: u8 = 0x80;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;

/// Appends a whole text message as one frame.
pub fn put_text(out: &mut impl BufMut, payload: &str) {
    put_header(out, TEXT, payload.len());
    out.put_slice(payload.as_bytes());
}

/// Appends a whole binary message as one frame.
pub fn put_binary(out: &mut impl BufMut, payload: &[u8]) {
    put_header(out, BINARY, payload.len());
    out.put_slice(payload);
}

/// Appends an empty ping.
pub fn put_ping(out: &mut impl BufMut) {
    put_header(out, PING, 0);
}

/// Appends a close frame; a reason is cut to the 123 bytes that it may have (RFC 6455 §5.5).
pub fn put_close(out: &mut impl BufMut, code: CloseCode, reason: &str) {
    let reason = &reason[..reason.floor_char_boundary(123)];
    put_header(out, CLOSE, 2 + reason.len());
    out.put_u16(code.0);
    out.put_slice(reason.as_bytes());
}

fn put_header(out: &mut impl BufMut, opcode: u8, len: usize) {
    out.put_u8(FIN | opcode);
    match len {
        0..126 => out.put_u8(u8::try_from(len).expect("less than 126")),
        126..=0xFFFF => {
            out.put_u8(126);
            out.put_u16(u16::try_from(len).expect("at most 65,535"));
        }
        _ => {
            out.put_u8(127);
            out.put_u64(len as u64);
        }
    }
}

/// The payload of a whole frame that this module has written.
pub fn payload(frame: &Bytes) -> Bytes {
    frame.slice(header_bytes(frame)..)
}

fn header_bytes(frame: &[u8]) -> usize {
    match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::frame::{FrameHeader, coding::OpCode};

    use super::*;

    #[test]
    fn headers_are_those_of_rfc_6455_at_every_border() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let text = "x".repeat(len);
            let mut frame = Vec::new();
            put_text(&mut frame, &text);
            let mut reader = std::io::Cursor::new(&frame);
            let (header, length) = FrameHeader::parse(&mut reader).unwrap().unwrap();
            assert!(header.is_final && header.mask.is_none(), "{len}");
            assert_eq!(header.opcode, OpCode::from(0x1));
            assert_eq!(length, len as u64);
            assert_eq!(payload(&Bytes::from(frame)), text.as_bytes());
        }
    }

    #[test]
    fn a_close_reason_is_cut_between_characters() {
        let mut frame = Vec::new();
        put_close(&mut frame, CloseCode::RESTART, &"字".repeat(60));
        assert_eq!(frame[1], 2 + 123);
        assert_eq!(&frame[2..4], &1012_u16.to_be_bytes());
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }
}
