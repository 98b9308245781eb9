//! A server's WebSocket frames, written once (RFC 6455 §5.2). They carry no mask, so the same bytes fit every reader.

use bytes::{BufMut, Bytes};
use shared::CloseCode;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl Kind {
    const fn opcode(self) -> u8 {
        match self {
            Self::Text => TEXT,
            Self::Binary => BINARY,
        }
    }
}

/// Appends a text message as one frame.
pub fn put_text(out: &mut impl BufMut, payload: &str) {
    put_header(out, Kind::Text, payload.len());
    out.put_slice(payload.as_bytes());
}

/// Appends the header of a message that is one frame. `len` bytes of payload must follow.
pub fn put_header(out: &mut impl BufMut, kind: Kind, len: usize) {
    put_frame_header(out, FIN | kind.opcode(), len);
}

/// Appends a message as frames of at most `size` bytes of payload. `size` is not 0.
pub fn put_fragments(out: &mut impl BufMut, kind: Kind, payload: &[u8], size: usize) {
    let mut opcode = kind.opcode();
    let mut rest = payload;
    loop {
        let (part, after) = rest.split_at(size.min(rest.len()));
        let fin = if after.is_empty() { FIN } else { 0 };
        put_frame_header(out, fin | opcode, part.len());
        out.put_slice(part);
        if after.is_empty() {
            return;
        }
        (opcode, rest) = (CONTINUATION, after);
    }
}

/// Appends an empty ping.
pub fn put_ping(out: &mut impl BufMut) {
    put_frame_header(out, FIN | PING, 0);
}

/// Appends the answer to a ping, with the ping's payload.
pub fn put_pong(out: &mut impl BufMut, payload: &[u8]) {
    put_frame_header(out, FIN | PONG, payload.len());
    out.put_slice(payload);
}

/// Appends a close frame; a reason is cut to the 123 bytes that it may have (RFC 6455 §5.5).
pub fn put_close(out: &mut impl BufMut, code: CloseCode, reason: &str) {
    let reason = &reason[..reason.floor_char_boundary(123)];
    put_frame_header(out, FIN | CLOSE, 2 + reason.len());
    out.put_u16(code.0);
    out.put_slice(reason.as_bytes());
}

/// Appends the answer to a close frame, with that frame's payload.
pub fn put_close_answer(out: &mut impl BufMut, payload: &[u8]) {
    put_frame_header(out, FIN | CLOSE, payload.len());
    out.put_slice(payload);
}

fn put_frame_header(out: &mut impl BufMut, first: u8, len: usize) {
    out.put_u8(first);
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
    fn fragments_are_one_message() {
        let frames = |payload: &[u8], size| {
            let mut out = Vec::new();
            put_fragments(&mut out, Kind::Text, payload, size);
            out
        };
        assert_eq!(frames(b"", 3), [0x81, 0]);
        assert_eq!(frames(b"abc", 3), [&[0x81, 3][..], b"abc"].concat());
        assert_eq!(frames(b"abcd", 3), [&[0x01, 3][..], b"abc", &[0x80, 1], b"d"].concat());
        assert_eq!(frames(b"abc", 1), [&[0x01, 1][..], b"a", &[0x00, 1], b"b", &[0x80, 1], b"c"].concat());
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
