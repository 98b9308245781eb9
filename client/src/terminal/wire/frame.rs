//! A frame as RFC 6455 §5.2 lays it out, with every bit kept: what is wrong is to be shown, not hidden.

use std::fmt;

/// The largest frame that is read, in bytes.
const FRAME_BYTES: u64 = 64 << 20;

/// What a frame is (§11.8). Numbers without a meaning are kept.
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

/// See the module's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) fin: bool,
    /// The three reserved bits.
    pub(super) rsv: u8,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<[u8; 4]>,
    /// Without the mask.
    pub(super) payload: Vec<u8>,
}

/// A frame that is too large to be read: its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge(pub(super) u64);

impl Frame {
    /// A whole message or control frame of a client's, which is masked.
    pub(super) fn of_client(opcode: Opcode, payload: Vec<u8>) -> Self {
        let mask = getrandom::u32().expect("the system has a source of randomness").to_be_bytes();
        Self { fin: true, rsv: 0, opcode, mask: Some(mask), payload }
    }

    /// A close frame's payload.
    pub(super) fn close_payload(code: u16, reason: &str) -> Vec<u8> {
        [&code.to_be_bytes(), reason.as_bytes()].concat()
    }

    /// The code and reason of a close frame.
    pub(super) fn close(&self) -> Option<(u16, String)> {
        let (code, reason) = self.payload.split_first_chunk::<2>()?;
        Some((u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned()))
    }

    /// Takes the first frame out of a buffer, if it is there whole.
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
        Ok(Some(Self { fin, rsv, opcode, mask, payload }))
    }

    /// Writes the frame to the end of a buffer.
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

    /// What RFC 6455 forbids a server to send, in words.
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let known = matches!(self.opcode.0, 0x0..=0x2 | 0x8..=0xA);
        [
            (self.mask.is_some(), "a server's frames are not masked"),
            (self.rsv != 0, "reserved bits are set, and no extension was agreed on"),
            (!known, "this opcode has no meaning"),
            (self.opcode.is_control() && !self.fin, "a control frame is never fragmented"),
            (self.opcode.is_control() && self.payload.len() > 125, "a control frame has at most 125 bytes"),
            (self.opcode == Opcode::CLOSE && self.payload.len() == 1, "a close code has two bytes"),
        ]
        .into_iter()
        .filter_map(|(is_so, fault)| is_so.then_some(fault))
        .collect()
    }
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
        let hello = Frame { fin: true, rsv: 0, opcode: Opcode::TEXT, mask: None, payload: b"Hello".to_vec() };
        assert_eq!(next(), hello);
        assert_eq!(next(), Frame { mask: Some([0x37, 0xFA, 0x21, 0x3D]), ..hello.clone() });
        assert_eq!(next(), Frame { fin: false, payload: b"Hel".to_vec(), ..hello.clone() });
        assert_eq!(next(), Frame { opcode: Opcode::CONTINUATION, payload: b"lo".to_vec(), ..hello.clone() });
        assert_eq!(next(), Frame { opcode: Opcode::PING, ..hello });
        assert_eq!(Frame::take(&mut bytes), Ok(None));
    }

    #[test]
    fn every_length_comes_back_and_half_a_frame_is_no_frame() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let frame = Frame::of_client(Opcode::BINARY, vec![7; length]);
            let mut bytes = Vec::new();
            frame.put(&mut bytes);
            let mut half = bytes[..bytes.len() - 1].to_vec();
            assert_eq!(Frame::take(&mut half), Ok(None));
            assert_eq!(Frame::take(&mut bytes), Ok(Some(frame)));
        }
        let mut huge = b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec();
        assert_eq!(Frame::take(&mut huge), Err(TooLarge(0x7FFF_FFFF_FFFF_FFFF)));
    }
}
