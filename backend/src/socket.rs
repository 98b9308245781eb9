//! A WebSocket over a TCP stream of our own: it reads messages, and writes frames as they are.
//!
//! Frames are written whole, one after the other: the answers to pings and closes are gathered with the session's own
//! frames, and slices of a room's ring follow when those are written.
//!
//! A client can send faster than anybody reads. So a socket is read in turns: [`Socket::read`] returns nothing more
//! when a turn is over, [`Socket::may_have_more`] tells so, and the task must yield before [`Socket::start_turn`].

mod keepalive;
mod reader;
mod writing;

use std::{io, task::Poll, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use shared::{CloseCode, limits};
use tokio::{net::TcpStream, time::Instant};

use crate::{close_reason::CloseReason, wire};
use keepalive::{Due, Keepalive};
pub use reader::may_be_sent;
use reader::{Message, MessageReader};
pub use writing::SLICES;

/// Bytes that are read with one call, and in one turn. They may be thousands of empty frames, and the runtime looks for
/// other sockets only after dozens of turns: this bounds how long everybody else waits.
const TURN_BYTES: usize = 1 << 14;
/// Messages that are read in one turn.
const TURN_MESSAGES: usize = 32;
/// The time for a message to come completely, from its first byte.
const MESSAGE_TIME: Duration = Duration::from_secs(30);
/// A socket that takes no bytes for so long is closed.
const STUCK: Duration = Duration::from_millis(limits::WRITE_TIMEOUT_MS);

/// See the module documentation.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    reader: MessageReader,
    /// Bytes that have come and that the reader has not taken yet.
    unread: Bytes,
    turn: Turn,
    last_received: Instant,
    /// The client's last sign of life: a byte came from it, or it took bytes again after it had taken none for a while.
    alive_at: Instant,
    /// Whether something was written since, other than a ping.
    busy: bool,
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
    /// The client closes, with this code if it says one. The answer is among what is to be written.
    Close(Option<CloseCode>),
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
            alive_at: Instant::now(),
            busy: false,
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
        self.is_alive(now);
        if self.unfinished_since.is_some() {
            self.unfinished_since = Some(now);
        }
    }

    /// Reads the next message, if one is there and the turn is not over.
    pub fn read(&mut self) -> Result<Option<Incoming>, CloseReason> {
        self.turn.more = false;
        while self.turn.messages > 0 {
            if let Some(message) = self.read_unread()? {
                self.turn.messages -= 1;
                return Ok(Some(self.receive(message)));
            }
            if self.turn.bytes == 0 {
                break;
            }
            let mut buffer = BytesMut::with_capacity(self.turn.bytes);
            match self.stream.try_read_buf(&mut buffer) {
                Ok(0) => return Err(CloseReason::Gone(io::ErrorKind::ConnectionReset.into())),
                Ok(count) => {
                    self.turn.bytes = self.turn.bytes.saturating_sub(count);
                    self.last_received = Instant::now();
                    self.is_alive(self.last_received);
                    self.unread = buffer.freeze();
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
                let code = payload.first_chunk().map(|code| CloseCode(u16::from_be_bytes(*code)));
                Incoming::Close(code)
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

    /// Notes a sign of life.
    fn is_alive(&mut self, at: Instant) {
        (self.alive_at, self.busy) = (at, false);
    }

    /// When [`Socket::keep_time`] has something to do, if there is no sign of life before. It is earlier once something is written.
    pub fn due_at(&self) -> Instant {
        self.keepalive.next(self.alive_at, self.busy)
    }

    /// Pings a client that was silent, and ends one that takes nothing, sends nothing, or does not finish a message.
    /// Returns when to call this again.
    pub fn keep_time(&mut self, now: Instant) -> Result<Instant, CloseReason> {
        if self.blocked_since.is_some_and(|since| now >= since + STUCK) {
            return Err(CloseReason::Stuck);
        }
        self.check_unfinished(now)?;
        match self.keepalive.due(self.alive_at, self.busy, now) {
            Due::Nothing => {}
            Due::Dead => return Err(CloseReason::Silent),
            Due::Ping => {
                wire::put_ping(&mut self.own);
                // A browser's page does not see pings: whoever counts on being written to must not count this one.
                let (wrote, busy) = (self.wrote, self.busy);
                self.write()?;
                (self.wrote, self.busy) = (wrote, busy);
            }
        }
        let stuck = self.blocked_since.map(|since| since + STUCK);
        let unfinished = self.unfinished_since.map(|since| since + MESSAGE_TIME);
        let others = [stuck, unfinished].into_iter().flatten();
        Ok(others.fold(self.due_at(), Instant::min))
    }
}

/// A socket's readiness as a plain yes or no.
pub fn ready(poll: Poll<io::Result<()>>) -> io::Result<bool> {
    match poll {
        Poll::Ready(result) => result.map(|()| true),
        Poll::Pending => Ok(false),
    }
}
