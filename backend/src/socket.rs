//! A WebSocket over a TCP stream of our own: it reads messages, and writes frames as they are.
//!
//! Frames are written whole, one after the other: the answers to pings and closes are gathered with the session's own
//! frames, and slices of a room's ring follow when those are written.
//!
//! A client can send faster than anybody reads. So a socket is read in turns: [`Socket::read`] returns nothing more
//! when a turn is over, [`Socket::may_have_more`] tells so, and the task must yield before [`Socket::start_turn`].

mod keepalive;
mod reader;

use std::{
    io::{self, IoSlice},
    task::Poll,
    time::Duration,
};

use bytes::{Buf, Bytes};
use shared::{CloseCode, limits};
use tokio::{
    net::TcpStream,
    task::yield_now,
    time::{Instant, timeout_at},
};

use crate::{close_reason::CloseReason, wire};
use keepalive::{Due, Keepalive};
pub use reader::may_be_sent;
use reader::{Message, MessageReader};

/// Bytes that are read with one call.
const READ_BYTES: usize = 4096;
/// Bytes that are read in one turn …
const TURN_BYTES: usize = 1 << 16;
/// … and messages.
const TURN_MESSAGES: usize = 32;
/// Bytes that [`Socket::write_turn`] writes.
const TURN_WRITE_BYTES: usize = 1 << 18;
/// The most slices that are written in one call.
pub const SLICES: usize = 32;
/// The time for a client to take what was sent, and again as much to answer a close frame.
const CLOSE_TIME: Duration = Duration::from_millis(500);
/// The time for a message to come completely, from its first byte.
const MESSAGE_TIME: Duration = Duration::from_secs(30);
/// A socket that takes no bytes for so long is closed.
const STUCK: Duration = Duration::from_millis(limits::STUCK_MS);

/// See the module's page.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    reader: MessageReader,
    /// Bytes that have come and that the reader has not taken yet.
    unread: Bytes,
    turn: Turn,
    last_received: Instant,
    /// When the first byte of an incomplete message came.
    unfinished_since: Option<Instant>,
    keepalive: Keepalive,
    /// Whole frames of this connection alone, not yet begun.
    own: Vec<u8>,
    /// What was begun or taken and is not yet written, in order.
    unsent: Vec<Bytes>,
    wrote: bool,
    blocked_since: Option<Instant>,
}

/// What may still be read in this turn.
#[derive(Debug)]
struct Turn {
    bytes: usize,
    messages: usize,
    /// Whether the turn ended before the socket was empty.
    more: bool,
}

impl Turn {
    const NEW: Self = Self { bytes: TURN_BYTES, messages: TURN_MESSAGES, more: false };
}

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// A complete text message.
    Text(String),
    /// A complete binary message.
    Binary(Vec<u8>),
    /// A ping or a pong. Its answer is among what is to be written.
    Control,
    /// The client closes. The answer is among what is to be written.
    Close,
}

impl Socket {
    /// A socket whose handshake is done, for messages of the protocol's size. `part` is what came behind the handshake.
    pub fn new(stream: TcpStream, part: Vec<u8>) -> Self {
        Self::with_limit(stream, part, limits::FRAME_BYTES)
    }

    /// A socket whose messages have at most `limit` bytes.
    pub fn with_limit(stream: TcpStream, part: Vec<u8>, limit: usize) -> Self {
        Self {
            stream,
            reader: MessageReader::new(limit),
            unread: Bytes::from(part),
            turn: Turn::NEW,
            last_received: Instant::now(),
            unfinished_since: None,
            keepalive: Keepalive::default(),
            own: Vec::new(),
            unsent: Vec::new(),
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

    /// When a byte came last.
    pub fn last_received(&self) -> Instant {
        self.last_received
    }

    /// The memory that this connection's messages take, in bytes: incomplete ones, and what waits to be written.
    pub fn held(&self) -> usize {
        self.reader.held() + self.unread.len() + self.waiting()
    }

    /// Begins a turn of reading. The task must have yielded since the last one.
    pub fn start_turn(&mut self) {
        self.turn = Turn::NEW;
    }

    /// Whether the turn is over and there may be more to read.
    pub fn may_have_more(&self) -> bool {
        self.turn.more
    }

    /// Says that nothing is read now for a reason of the server's own, so that the client is not blamed for the delay.
    pub fn pause(&mut self, now: Instant) {
        self.last_received = now;
        if self.unfinished_since.is_some() {
            self.unfinished_since = Some(now);
        }
    }

    /// Reads the next message, if one is there and the turn is not over.
    pub fn read(&mut self) -> Result<Option<Incoming>, CloseReason> {
        self.turn.more = false;
        while self.turn.messages > 0 {
            if !self.unread.is_empty() {
                if let Some(message) = self.read_unread()? {
                    self.turn.messages -= 1;
                    return Ok(Some(self.receive(message)));
                }
            }
            if self.turn.bytes == 0 {
                break;
            }
            let mut buffer = [0; READ_BYTES];
            match self.stream.try_read(&mut buffer[..READ_BYTES.min(self.turn.bytes)]) {
                Ok(0) => return Err(CloseReason::Gone(io::ErrorKind::ConnectionReset.into())),
                Ok(count) => {
                    self.turn.bytes -= count;
                    self.last_received = Instant::now();
                    self.unread = Bytes::copy_from_slice(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.check_unfinished(Instant::now())?;
                    return Ok(None);
                }
                Err(error) => return Err(CloseReason::Gone(error)),
            }
        }
        self.turn.more = true;
        self.check_unfinished(Instant::now())?;
        Ok(None)
    }

    fn read_unread(&mut self) -> Result<Option<Message>, CloseReason> {
        let mut input = &self.unread[..];
        let message = self
            .reader
            .read(&mut input)
            .map_err(|violation| CloseReason::Rule(violation.code, violation.reason))?;
        let left = input.len();
        self.unread.advance(self.unread.len() - left);
        if left == 0 {
            // An empty slice would keep its memory.
            self.unread = Bytes::new();
        }
        Ok(message)
    }

    fn receive(&mut self, message: Message) -> Incoming {
        match message {
            Message::Text(text) => {
                self.unfinished_since = None;
                Incoming::Text(text)
            }
            Message::Binary(bytes) => {
                self.unfinished_since = None;
                Incoming::Binary(bytes)
            }
            Message::Ping(payload) => {
                wire::put_pong(&mut self.own, &payload);
                Incoming::Control
            }
            Message::Pong => Incoming::Control,
            Message::Close(payload) => {
                wire::put_close_answer(&mut self.own, &payload);
                Incoming::Close
            }
        }
    }

    /// Ends a client that began a message and does not finish it, whether bytes come or not.
    fn check_unfinished(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self.reader.is_between_messages() {
            self.unfinished_since = None;
            return Ok(());
        }
        if now < *self.unfinished_since.get_or_insert(self.last_received) + MESSAGE_TIME {
            return Ok(());
        }
        Err(CloseReason::Rule(
            CloseCode::POLICY,
            format!("a message was begun and not finished within {} s", MESSAGE_TIME.as_secs()),
        ))
    }

    /// Pings a client that was silent, and ends one that takes nothing, sends nothing, or does not finish a message.
    /// Returns when to call this again.
    pub fn keep_time(&mut self, now: Instant) -> Result<Instant, CloseReason> {
        if self.blocked_since.is_some_and(|since| now >= since + STUCK) {
            return Err(CloseReason::Stuck);
        }
        self.check_unfinished(now)?;
        match self.keepalive.due(self.last_received, now) {
            Due::Nothing => {}
            Due::Dead => return Err(CloseReason::Silent),
            Due::Ping => {
                wire::put_ping(&mut self.own);
                // A browser's page does not see pings: whoever counts on being written to must not count this one.
                let wrote = self.wrote;
                self.write()?;
                self.wrote = wrote;
            }
        }
        let stuck = self.blocked_since.map(|since| since + STUCK);
        let unfinished = self.unfinished_since.map(|since| since + MESSAGE_TIME);
        let others = [stuck, unfinished].into_iter().flatten();
        Ok(others.fold(self.keepalive.next(self.last_received), Instant::min))
    }

    /// Appends a message as one frame. Its payload is not copied if it is large.
    pub fn put_message(&mut self, kind: wire::Kind, payload: Bytes) {
        wire::put_header(&mut self.own, kind, payload.len());
        if payload.len() < READ_BYTES {
            self.own.extend_from_slice(&payload);
        } else {
            self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            self.unsent.push(payload);
        }
    }

    /// Writes a part of what waits, so that much of it does not keep the thread. Returns whether something was written.
    pub fn write_turn(&mut self) -> io::Result<bool> {
        let mut budget = TURN_WRITE_BYTES;
        while budget > 0 {
            if self.unsent.is_empty() {
                if self.own.is_empty() {
                    break;
                }
                self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            }
            let first = &self.unsent[0];
            match self.try_write(&[first.slice(..first.len().min(budget))]) {
                Ok(count) => {
                    budget -= count;
                    self.unsent[0].advance(count);
                    if self.unsent[0].is_empty() {
                        self.unsent.remove(0);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(budget < TURN_WRITE_BYTES)
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

    /// Sends the close frame and waits for the client to close, within a bounded time.
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
        while self.waiting() > 0 {
            if self.write_turn()? {
                yield_now().await;
            } else {
                self.stream.writable().await?;
            }
        }
        Ok(())
    }

    /// Ends our side, and throws away what comes until the client ends its own.
    async fn hang_up(&mut self) -> io::Result<()> {
        self.shut_down()?;
        while self.discard()? {
            // A client that sends on and on makes the stream always readable.
            yield_now().await;
            self.stream.readable().await?;
        }
        Ok(())
    }

    /// Ends our side of the stream: the client reads its end behind what was written.
    fn shut_down(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write)
    }

    /// Throws away what has come, or a turn's bytes of it. Returns false at the end of the stream.
    fn discard(&mut self) -> io::Result<bool> {
        let mut void = [0; READ_BYTES];
        for _ in 0..TURN_BYTES / READ_BYTES {
            match self.stream.try_read(&mut void) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// A socket's readiness as a plain yes or no.
pub fn ready(poll: Poll<io::Result<()>>) -> io::Result<bool> {
    match poll {
        Poll::Ready(result) => result.map(|()| true),
        Poll::Pending => Ok(false),
    }
}
