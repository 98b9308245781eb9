//! Reads a client's WebSocket frames (RFC 6455 §5): bytes in, messages out. It does no I/O.
//!
//! tungstenite parses the headers. Its `WebSocketContext` is not used, because it reads for as long as the stream gives
//! bytes, allocates as much as a header announces, and checks UTF-8 only when a frame is complete. This reader takes
//! what it is given, allocates for bytes that have come, and refuses invalid UTF-8 at once.

use std::io::Cursor;

use shared::CloseCode;
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

/// The largest payload of a control frame (RFC 6455 §5.5).
pub const CONTROL_BYTES: usize = 125;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// A complete text message.
    Text(String),
    /// A complete binary message.
    Binary(Vec<u8>),
    /// A ping with its payload.
    Ping(Vec<u8>),
    /// A pong.
    Pong,
    /// A close frame with its payload, which is valid. Nothing may be read after it.
    Close(Vec<u8>),
}

/// A broken rule, and the close frame that says so.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// The code to close with.
    pub code: CloseCode,
    /// A sentence for people.
    pub reason: String,
}

/// See the module documentation. After a [`Violation`] it must not be used any more.
#[derive(Debug)]
pub struct MessageReader {
    /// The largest message, in bytes of payload.
    limit: usize,
    /// The beginning of a header that has not come completely.
    header: Vec<u8>,
    frame: Option<Frame>,
    /// The payload of a control frame, which may come between the fragments of a message.
    control: Vec<u8>,
    message: Option<Partial>,
}

/// A frame whose header has come.
#[derive(Debug)]
struct Frame {
    opcode: OpCode,
    is_final: bool,
    mask: [u8; 4],
    /// Bytes of payload that have come.
    came: usize,
    /// Bytes of payload that are still to come.
    remaining: usize,
}

/// A message that is not complete.
#[derive(Debug)]
struct Partial {
    is_text: bool,
    payload: Vec<u8>,
    /// The length of the payload's beginning that is known to be UTF-8.
    valid: usize,
    /// The length of the headers of all its fragments.
    headers: usize,
}

impl MessageReader {
    /// A reader of messages with at most `limit` bytes of payload.
    pub fn new(limit: usize) -> Self {
        Self { limit, header: Vec::new(), frame: None, control: Vec::new(), message: None }
    }

    /// Takes bytes from `input` until a message is complete or the input is empty.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Violation> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.read_header(input)? {
                    Some((header, length)) => self.begin(&header, length)?,
                    None => return Ok(None),
                },
            };
            let (bytes, rest) = input.split_at(frame.remaining.min(input.len()));
            *input = rest;
            self.append(&mut frame, bytes)?;
            if frame.remaining > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(message) = self.finish(&frame)? {
                return Ok(Some(message));
            }
        }
    }

    /// Whether everything that has come belongs to complete messages.
    pub fn is_between_messages(&self) -> bool {
        self.header.is_empty() && self.frame.is_none() && self.message.is_none()
    }

    /// The memory that an incomplete message takes, in bytes.
    pub fn held(&self) -> usize {
        self.message.as_ref().map_or(0, |message| message.payload.len()) + self.control.len()
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<(FrameHeader, u64)>, Violation> {
        if self.header.is_empty() {
            let mut cursor = Cursor::new(*input);
            let header = parse(&mut cursor)?;
            if header.is_none() {
                self.header.extend_from_slice(input);
                *input = &[];
            } else {
                let length = usize::try_from(cursor.position()).expect("a header has at most 14 bytes");
                *input = &input[length..];
            }
            return Ok(header);
        }
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.header.push(byte);
            if let Some(header) = parse(&mut Cursor::new(&self.header))? {
                self.header = Vec::new();
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Checks a header, and begins a message if it is the first frame of one.
    fn begin(&mut self, header: &FrameHeader, length: u64) -> Result<Frame, Violation> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(protocol("a reserved bit is set, and no extension was agreed on"));
        }
        let Some(mask) = header.mask else {
            return Err(protocol("a client masks its frames"));
        };
        match (header.opcode, &self.message) {
            (OpCode::Control(_), _) if !header.is_final => {
                return Err(protocol("a control frame is never fragmented"));
            }
            (OpCode::Control(_), _) if length > CONTROL_BYTES as u64 => {
                return Err(protocol("a control frame has at most 125 bytes of payload"));
            }
            (OpCode::Control(_), _) | (OpCode::Data(Data::Continue), Some(_)) => {}
            (OpCode::Data(Data::Continue), None) => {
                return Err(protocol("a continuation frame came, and no message was begun"));
            }
            (OpCode::Data(_), Some(_)) => {
                return Err(protocol("a new message came before the last fragment of another"));
            }
            (OpCode::Data(kind), None) => {
                let is_text = matches!(kind, Data::Text);
                self.message = Some(Partial { is_text, payload: Vec::new(), valid: 0, headers: 0 });
            }
        }
        if let (OpCode::Data(_), Some(message)) = (header.opcode, &mut self.message) {
            message.headers += header.len(length);
            if length > (self.limit - message.payload.len()) as u64 {
                return Err(too_big(format!("a message has at most {} bytes", self.limit)));
            }
            if message.headers > self.limit {
                return Err(too_big(format!(
                    "the headers of a message's fragments have at most {} bytes",
                    self.limit
                )));
            }
        }
        let remaining = usize::try_from(length).expect("a length within the limit");
        Ok(Frame { opcode: header.opcode, is_final: header.is_final, mask, came: 0, remaining })
    }

    /// Appends a part of a frame's payload, unmasked.
    fn append(&mut self, frame: &mut Frame, bytes: &[u8]) -> Result<(), Violation> {
        let (payload, text) = match (&frame.opcode, &mut self.message) {
            (OpCode::Data(_), Some(message)) => {
                (&mut message.payload, message.is_text.then_some(&mut message.valid))
            }
            _ => (&mut self.control, None),
        };
        if payload.capacity() - payload.len() < bytes.len() {
            // It grows by doubling, and never beyond what the frame announces.
            payload.reserve_exact(bytes.len().max(payload.len().min(frame.remaining)));
        }
        let begin = payload.len();
        payload.extend_from_slice(bytes);
        unmask(&mut payload[begin..], frame.mask, frame.came);
        frame.came += bytes.len();
        frame.remaining -= bytes.len();
        if let Some(valid) = text {
            match std::str::from_utf8(&payload[*valid..]) {
                Ok(_) => *valid = payload.len(),
                // The end of a character is still to come.
                Err(error) if error.error_len().is_none() => *valid += error.valid_up_to(),
                Err(_) => return Err(not_utf8()),
            }
        }
        Ok(())
    }

    /// Ends a frame, and the message if this frame is the last one of it.
    fn finish(&mut self, frame: &Frame) -> Result<Option<Message>, Violation> {
        match frame.opcode {
            OpCode::Control(control) => {
                let payload = std::mem::take(&mut self.control);
                Ok(Some(match control {
                    Control::Close => {
                        check_close(&payload)?;
                        Message::Close(payload)
                    }
                    Control::Ping => Message::Ping(payload),
                    Control::Pong => Message::Pong,
                    Control::Reserved(_) => unreachable!("the header was refused"),
                }))
            }
            OpCode::Data(_) if frame.is_final => {
                let message = self.message.take().expect("a data frame belongs to a message");
                if message.is_text {
                    Ok(Some(Message::Text(String::from_utf8(message.payload).map_err(|_| not_utf8())?)))
                } else {
                    Ok(Some(Message::Binary(message.payload)))
                }
            }
            OpCode::Data(_) => Ok(None),
        }
    }
}

/// Whether a close frame may carry this code (RFC 6455 §7.4, and what was registered since).
pub fn may_be_sent(code: CloseCode) -> bool {
    matches!(code.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn check_close(payload: &[u8]) -> Result<(), Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(()) } else { Err(protocol("a close code has two bytes")) };
    };
    let code = CloseCode(u16::from_be_bytes(*code));
    if !may_be_sent(code) {
        return Err(protocol(format!("the close code {code} may not be sent")));
    }
    std::str::from_utf8(reason).map(|_| ()).map_err(|_| not_utf8())
}

/// Parses a header. Returns none if it has not come completely.
fn parse(cursor: &mut Cursor<impl AsRef<[u8]>>) -> Result<Option<(FrameHeader, u64)>, Violation> {
    FrameHeader::parse(cursor).map_err(|error| protocol(error.to_string()))
}

/// Removes the mask from a part of a payload that begins at `offset`.
fn unmask(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    // Sixteen bytes at once: the compiler makes a vector instruction of them.
    let mask: [u8; 16] = std::array::from_fn(|at| mask[(offset + at) % 4]);
    let (chunks, rest) = bytes.as_chunks_mut::<16>();
    for chunk in chunks {
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

fn protocol(reason: impl Into<String>) -> Violation {
    Violation { code: CloseCode::PROTOCOL, reason: reason.into() }
}

fn not_utf8() -> Violation {
    Violation { code: CloseCode::NOT_UTF8, reason: "a text is UTF-8".into() }
}

fn too_big(reason: String) -> Violation {
    Violation { code: CloseCode::TOO_BIG, reason }
}

#[cfg(test)]
mod tests;
