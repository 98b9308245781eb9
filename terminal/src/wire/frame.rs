//! A frame as in RFC 6455 §5.2. Every bit is kept, so that mistakes can be shown.

use std::fmt;

use client::CloseCode;

/// The largest frame that is read, in bytes.
const FRAME_BYTES: u64 = 64 << 20;

/// The kind of a frame (§11.8). Reserved numbers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opcode(pub(super) u8);

impl Opcode {
    pub(super) const CONTINUATION: Self = Self(0x0);
    pub(super) const TEXT: Self = Self(0x1);
    pub(super) const BINARY: Self = Self(0x2);
    pub(super) const CLOSE: Self = Self(0x8);
    pub(super) const PING: Self = Self(0x9);
    pub(super) const PONG: Self = Self(0xA);

    pub(super) fn is_control(self) -> bool {
        self.0 >= 0x8
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::CONTINUATION => "continuation",
            Self::TEXT => "text",
            Self::BINARY => "binary",
            Self::CLOSE => "close",
            Self::PING => "ping",
            Self::PONG => "pong",
            _ => "reserved",
        })
    }
}

/// The longest payload of a control frame, in bytes (§5.5).
const CONTROL_BYTES: usize = 125;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) fin: bool,
    /// The three reserved bits.
    pub(super) rsv: u8,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<[u8; 4]>,
    /// The length was written in more bytes than it needs.
    pub(super) has_long_length: bool,
    /// Without the mask.
    pub(super) payload: Vec<u8>,
}

/// The length of a frame that is too large to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge(pub(super) u64);

impl Frame {
    /// A client's message in one frame, which is masked.
    pub(super) fn message(opcode: Opcode, payload: Vec<u8>) -> Self {
        let mask = getrandom::u32().expect("the system has a source of randomness").to_be_bytes();
        Self { fin: true, rsv: 0, opcode, mask: Some(mask), has_long_length: false, payload }
    }

    /// A client's control frame; `None` if the payload is too long for one.
    pub(super) fn control(opcode: Opcode, payload: Vec<u8>) -> Option<Self> {
        (payload.len() <= CONTROL_BYTES).then(|| Self::message(opcode, payload))
    }

    /// A client's close frame. The reason is cut to fit; a code that must not be sent becomes 1002.
    pub(super) fn close(code: CloseCode, reason: &str) -> Self {
        let code = if is_sendable(code) { code } else { CloseCode::PROTOCOL };
        let reason = &reason[..reason.floor_char_boundary(CONTROL_BYTES - 2)];
        Self::message(Opcode::CLOSE, [&code.0.to_be_bytes(), reason.as_bytes()].concat())
    }

    /// The answer to a close frame: its code again, or nothing if it has none.
    pub(super) fn close_answer(&self) -> Self {
        match self.close_code() {
            Some((code, _)) => Self::close(code, ""),
            None if self.payload.is_empty() => Self::message(Opcode::CLOSE, Vec::new()),
            None => Self::close(CloseCode::PROTOCOL, ""),
        }
    }

    /// The code and reason of a close frame.
    pub(super) fn close_code(&self) -> Option<(CloseCode, String)> {
        let (code, reason) = self.payload.split_first_chunk::<2>()?;
        Some((CloseCode(u16::from_be_bytes(*code)), String::from_utf8_lossy(reason).into_owned()))
    }

    /// Takes the first frame out of a buffer, if it is complete.
    pub(super) fn take(buffer: &mut Vec<u8>) -> Result<Option<Self>, TooLarge> {
        let &[first, second, ..] = buffer.as_slice() else { return Ok(None) };
        let (extra, masked) = match second & 0x7F {
            126 => (2, second & 0x80 != 0),
            127 => (8, second & 0x80 != 0),
            _ => (0, second & 0x80 != 0),
        };
        let header = 2 + extra + if masked { 4 } else { 0 };
        if buffer.len() < header {
            return Ok(None);
        }
        let length = match extra {
            0 => u64::from(second & 0x7F),
            _ => buffer[2..2 + extra].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        let has_long_length = (extra == 2 && length < 126) || (extra == 8 && u16::try_from(length).is_ok());
        let end = match usize::try_from(length) {
            Ok(length_here) if length <= FRAME_BYTES => header + length_here,
            _ => return Err(TooLarge(length)),
        };
        if buffer.len() < end {
            return Ok(None);
        }
        let mask = masked.then(|| [0, 1, 2, 3].map(|at| buffer[header - 4 + at]));
        let mut payload = buffer[header..end].to_vec();
        buffer.drain(..end);
        apply(mask, &mut payload);
        let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 0x7, Opcode(first & 0xF));
        Ok(Some(Self { fin, rsv, opcode, mask, has_long_length, payload }))
    }

    /// Appends the frame to a buffer.
    pub(super) fn put(&self, buffer: &mut Vec<u8>) {
        buffer.push(u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode.0);
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        match (u8::try_from(self.payload.len()), u16::try_from(self.payload.len())) {
            (Ok(length), _) if length < 126 => buffer.push(masked | length),
            (_, Ok(length)) => {
                buffer.push(masked + 126);
                buffer.extend(length.to_be_bytes());
            }
            _ => {
                buffer.push(masked + 127);
                buffer.extend((self.payload.len() as u64).to_be_bytes());
            }
        }
        buffer.extend(self.mask.into_iter().flatten());
        let start = buffer.len();
        buffer.extend(&self.payload);
        apply(self.mask, &mut buffer[start..]);
    }

    /// What RFC 6455 forbids a server to send. With an extension, reserved bits may have a meaning.
    pub(super) fn faults(&self, has_extension: bool) -> Vec<&'static str> {
        let is_known = matches!(self.opcode.0, 0x0..=0x2 | 0x8..=0xA);
        let is_close = self.opcode == Opcode::CLOSE;
        let code = self.close_code().filter(|_| is_close);
        [
            (self.mask.is_some(), "a server's frames are not masked"),
            (self.rsv != 0 && !has_extension, "reserved bits are set, and no extension was agreed on"),
            (!is_known, "this opcode has no meaning"),
            (self.has_long_length, "the length takes more bytes than it needs"),
            (self.opcode.is_control() && !self.fin, "a control frame is never fragmented"),
            (
                self.opcode.is_control() && self.payload.len() > CONTROL_BYTES,
                "a control frame has at most 125 bytes",
            ),
            (is_close && self.payload.len() == 1, "a close code has two bytes"),
            (code.is_some_and(|(code, _)| !is_sendable(code)), "this close code must not be sent"),
            (
                is_close && self.payload.get(2..).is_some_and(|reason| str::from_utf8(reason).is_err()),
                "the reason of a close is UTF-8",
            ),
        ]
        .into_iter()
        .filter_map(|(is_so, fault)| is_so.then_some(fault))
        .collect()
    }
}

/// Whether a code may stand in a close frame (§7.4, and the codes registered since).
fn is_sendable(code: CloseCode) -> bool {
    matches!(code.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn apply(mask: Option<[u8; 4]>, payload: &mut [u8]) {
    if let Some(mask) = mask {
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_rfc_6455_section_5_7_are_read() {
        let mut bytes =
            b"\x81\x05Hello\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x01\x03Hel\x80\x02lo\x89\x05Hello"
                .to_vec();
        let mut next = || Frame::take(&mut bytes).unwrap().unwrap();
        let hello = Frame {
            fin: true,
            rsv: 0,
            opcode: Opcode::TEXT,
            mask: None,
            has_long_length: false,
            payload: b"Hello".to_vec(),
        };
        assert_eq!(next(), hello);
        assert_eq!(next(), Frame { mask: Some([0x37, 0xFA, 0x21, 0x3D]), ..hello.clone() });
        assert_eq!(next(), Frame { fin: false, payload: b"Hel".to_vec(), ..hello.clone() });
        assert_eq!(next(), Frame { opcode: Opcode::CONTINUATION, payload: b"lo".to_vec(), ..hello.clone() });
        assert_eq!(next(), Frame { opcode: Opcode::PING, ..hello });
        assert_eq!(Frame::take(&mut bytes), Ok(None));
    }

    #[test]
    fn every_length_is_written_and_read_and_half_a_frame_is_no_frame() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let frame = Frame::message(Opcode::BINARY, vec![7; length]);
            let mut bytes = Vec::new();
            frame.put(&mut bytes);
            let mut half = bytes[..bytes.len() - 1].to_vec();
            assert_eq!(Frame::take(&mut half), Ok(None));
            assert_eq!(Frame::take(&mut bytes), Ok(Some(frame)));
        }
        let mut huge = b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec();
        assert_eq!(Frame::take(&mut huge), Err(TooLarge(0x7FFF_FFFF_FFFF_FFFF)));
    }

    #[test]
    fn no_control_frame_is_longer_than_125_bytes_and_no_forbidden_code_is_sent() {
        assert!(Frame::control(Opcode::PONG, vec![0; 125]).is_some());
        assert!(Frame::control(Opcode::PONG, vec![0; 126]).is_none());
        let long = Frame::close(CloseCode::NORMAL, &"é".repeat(100));
        assert_eq!((long.payload.len(), str::from_utf8(&long.payload[2..]).is_ok()), (124, true));
        let answer = |payload: &[u8]| {
            let frame = Frame { mask: None, ..Frame::message(Opcode::CLOSE, payload.to_vec()) };
            (frame.close_answer().payload, frame.faults(false).len())
        };
        assert_eq!(answer(b""), (Vec::new(), 0));
        for code in [1000_u16, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
            assert_eq!(answer(&code.to_be_bytes()), (code.to_be_bytes().to_vec(), 0), "{code}");
        }
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
            assert_eq!(answer(&code.to_be_bytes()), (1002_u16.to_be_bytes().to_vec(), 1), "{code}");
        }
        assert_eq!(answer(b"\x03"), (1002_u16.to_be_bytes().to_vec(), 1));
        assert_eq!(answer(b"\x03\xe8\xff"), (1000_u16.to_be_bytes().to_vec(), 1));
    }

    #[test]
    fn a_length_that_takes_too_many_bytes_is_a_fault() {
        for mut bytes in [b"\x82\x7e\x00\x01x".to_vec(), b"\x82\x7f\0\0\0\0\0\0\0\x01x".to_vec()] {
            let frame = Frame::take(&mut bytes).unwrap().unwrap();
            assert_eq!((frame.payload.as_slice(), frame.faults(false).len()), (&b"x"[..], 1));
        }
    }
}
