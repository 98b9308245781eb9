//! A WebSocket over a TCP stream of our own: tungstenite reads what comes, and what goes out is written as it is.
//!
//! Everything is written between frames, never inside one: tungstenite's own answers (pongs, closes) are gathered with
//! the session's, and slices of a room's ring follow once they are gone.

use std::{
    io::{self, IoSlice, Read, Write},
    task::Poll,
    time::Duration,
};

use bytes::{Buf, Bytes};
use shared::{CloseCode, limits};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tungstenite::{
    Error, Message,
    error::{CapacityError, ProtocolError},
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

use crate::{close_reason::CloseReason, wire};

/// Read at once, in bytes. It is held for every connection, so it is small.
const READ_BYTES: usize = 1024;
/// The most slices that are written in one call.
pub const SLICES: usize = 32;
/// The time for a client to take what was sent, and again as much to answer a close frame.
const CLOSE_TIME: Duration = Duration::from_millis(500);
/// Bytes that may come without completing a message: the largest one in many fragments.
const UNFINISHED_BYTES: usize = 2 * limits::FRAME_BYTES;

/// See the module's page.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    context: WebSocketContext,
    /// Whole frames of this connection alone, not yet begun.
    own: Vec<u8>,
    /// What was begun or taken and is not yet written, in order.
    unsent: Vec<Bytes>,
    unfinished: usize,
    wrote: bool,
    blocked_since: Option<Instant>,
}

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// A whole text message.
    Text(tungstenite::Utf8Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// Something that is answered already.
    Control,
    /// The client closes; the answer is among what is to be written.
    Close,
}

/// Why nothing more can come.
#[derive(Debug)]
pub enum Broken {
    /// The client broke a rule, and is told so with this code and reason.
    Rule(CloseCode, String),
    /// The connection is gone.
    Gone(io::Error),
}

impl Socket {
    /// A socket whose handshake is done; `part` is what came behind it.
    pub fn new(stream: TcpStream, part: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(limits::FRAME_BYTES * 2)
            .max_message_size(Some(limits::FRAME_BYTES))
            .max_frame_size(Some(limits::FRAME_BYTES));
        Self {
            stream,
            context: WebSocketContext::from_partially_read(part, Role::Server, Some(config)),
            own: Vec::new(),
            unsent: Vec::new(),
            unfinished: 0,
            wrote: false,
            blocked_since: None,
        }
    }

    /// The stream, to wait for.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Frames that go out next, whole, before anything that is taken later.
    pub fn own(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// How much waits to be written, of what belongs to this connection alone, in bytes.
    pub fn own_bytes(&self) -> usize {
        self.own.len()
    }

    /// Everything that waits to be written, in bytes.
    pub fn waiting(&self) -> usize {
        self.own.len() + self.unsent.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether something was written since this was last asked.
    pub fn has_written(&mut self) -> bool {
        std::mem::take(&mut self.wrote)
    }

    /// Since when the socket has taken nothing though something waits.
    pub fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// Reads the next message, if one is there.
    pub fn read(&mut self) -> Result<Option<Incoming>, Broken> {
        let mut pipe = Pipe { stream: &self.stream, own: &mut self.own, read: 0 };
        let result = self.context.read(&mut pipe);
        self.unfinished += pipe.read;
        match result {
            Ok(message) => {
                self.unfinished = 0;
                if message.is_ping() || message.is_close() {
                    let mut pipe = Pipe { stream: &self.stream, own: &mut self.own, read: 0 };
                    // The answer is only queued so far. After a close this fails by design: the connection is closed.
                    let _ = self.context.flush(&mut pipe);
                }
                Ok(Some(match message {
                    Message::Text(text) => Incoming::Text(text),
                    Message::Binary(bytes) => Incoming::Binary(bytes),
                    Message::Close(_) => Incoming::Close,
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Incoming::Control,
                }))
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                if self.unfinished > UNFINISHED_BYTES {
                    return Err(too_big());
                }
                Ok(None)
            }
            Err(error) => Err(broken(error)),
        }
    }

    /// Writes what waits. Returns whether everything was taken.
    pub fn write(&mut self) -> io::Result<bool> {
        loop {
            if self.unsent.is_empty() {
                if self.own.is_empty() {
                    return Ok(true);
                }
                self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            }
            if !self.write_unsent()? {
                return Ok(false);
            }
        }
    }

    /// Writes slices of a ring at once, leaving them empty. Only when everything before them was taken. Returns
    /// whether they were taken whole; what was not waits.
    pub fn write_slices(&mut self, slices: &mut [Bytes]) -> io::Result<bool> {
        debug_assert!(self.unsent.is_empty(), "slices go out after everything else");
        let mut sent = match self.try_write(slices) {
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        for slice in slices.iter_mut() {
            let mut slice = std::mem::take(slice);
            if sent >= slice.len() {
                sent -= slice.len();
            } else {
                slice.advance(sent);
                sent = 0;
                self.unsent.push(slice);
            }
        }
        Ok(self.unsent.is_empty())
    }

    fn write_unsent(&mut self) -> io::Result<bool> {
        while !self.unsent.is_empty() {
            let mut slices = std::mem::take(&mut self.unsent);
            let before = slices.iter().map(Bytes::len).sum::<usize>();
            self.write_slices(&mut slices)?;
            if self.unsent.iter().map(Bytes::len).sum::<usize>() == before {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn try_write(&mut self, slices: &[Bytes]) -> io::Result<usize> {
        let result = match slices {
            [one] => self.stream.try_write(one),
            many => {
                let mut vector = [IoSlice::new(&[]); SLICES];
                let count = many.len().min(SLICES);
                for (slot, slice) in vector.iter_mut().zip(many) {
                    *slot = IoSlice::new(slice);
                }
                self.stream.try_write_vectored(&vector[..count])
            }
        };
        match &result {
            Ok(_) => {
                self.wrote = true;
                self.blocked_since = None;
            }
            Err(_) => {
                self.blocked_since.get_or_insert_with(Instant::now);
            }
        }
        result
    }

    /// Puts a close frame behind everything else that waits.
    fn put_close(&mut self, code: CloseCode, reason: &str) {
        wire::put_close(&mut self.own, code, reason);
    }

    /// Says goodbye as well as it can be said, within a bounded time.
    pub async fn end(mut self, reason: &CloseReason) {
        let by = Instant::now() + CLOSE_TIME;
        let says = match reason.close_frame() {
            Some((code, reason)) => {
                self.put_close(code, &reason);
                true
            }
            // The answer to the client's own close waits to be written.
            None => matches!(reason, CloseReason::Closed),
        };
        if says && timeout_at(by, self.write_all()).await.is_ok_and(|written| written.is_ok()) {
            // A socket that is closed with bytes unread is reset, and the client may never see why.
            let _ = timeout_at(by + CLOSE_TIME, self.hang_up()).await;
        }
    }

    async fn write_all(&mut self) -> io::Result<()> {
        while !self.write()? {
            self.stream.writable().await?;
        }
        Ok(())
    }

    /// Ends our side, and throws away what comes until the client ends its own.
    async fn hang_up(&mut self) -> io::Result<()> {
        self.shut_down()?;
        while self.discard()? {
            self.stream.readable().await?;
        }
        Ok(())
    }

    /// Ends our side of the stream: the client reads its end behind what was written.
    fn shut_down(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write)
    }

    /// Throws away what still comes. Returns false at the end of the stream.
    fn discard(&mut self) -> io::Result<bool> {
        let mut void = [0; READ_BYTES];
        loop {
            match self.stream.try_read(&mut void) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
        }
    }
}

fn too_big() -> Broken {
    Broken::Rule(CloseCode::TOO_BIG, format!("a message has at most {} bytes", limits::FRAME_BYTES))
}

fn broken(error: Error) -> Broken {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => too_big(),
        Error::Utf8(_) => Broken::Rule(CloseCode::NOT_UTF8, "a text message is UTF-8".into()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Broken::Gone(io::ErrorKind::ConnectionReset.into())
        }
        Error::Protocol(rule) => Broken::Rule(CloseCode::PROTOCOL, rule.to_string()),
        Error::Io(error) => Broken::Gone(error),
        other => Broken::Gone(io::Error::other(other)),
    }
}

/// The stream for tungstenite: reads come from it, writes are gathered.
struct Pipe<'a> {
    stream: &'a TcpStream,
    own: &'a mut Vec<u8>,
    read: usize,
}

impl Read for Pipe<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.try_read(into)?;
        self.read += read;
        Ok(read)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.own.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket's readiness as a plain yes or no.
pub fn ready(poll: Poll<io::Result<()>>) -> io::Result<bool> {
    match poll {
        Poll::Ready(result) => result.map(|()| true),
        Poll::Pending => Ok(false),
    }
}
