//! One WebSocket of the lab: messages in, messages out and a timer, awaited together.

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;
use tokio::{
    net::TcpStream,
    task::yield_now,
    time::{Instant, sleep_until},
};

use super::memory::{Memory, Share};
use crate::{
    close_reason::CloseReason,
    hub::{Hub, Outbound, Registration},
    socket::{Incoming, Socket, ready},
    wire::{self, Kind},
};

/// A connection that has so many bytes waiting to be written is not read from until some are gone.
const WAITING_BYTES: usize = 1 << 16;

/// See the module documentation.
pub struct LabConnection {
    hub: Hub,
    socket: Socket,
    /// What others put for this connection.
    outbound: Arc<Outbound>,
    _registration: Registration,
    memory: Share,
    /// Bytes that the endpoint itself keeps for this connection.
    kept: usize,
    timer_at: Instant,
}

/// What [`LabConnection::next`] waited for.
pub enum Event {
    /// A complete text message.
    Text(String),
    /// A complete binary message.
    Binary(Vec<u8>),
    /// The time that was asked for has come.
    Time,
    /// Something was written: there may be room for more.
    Written,
}

impl LabConnection {
    /// A connection whose handshake is done, for messages of at most `limit` bytes. `part` is what came behind the
    /// handshake.
    pub fn new(hub: &Hub, memory: &Memory, stream: TcpStream, part: Vec<u8>, limit: usize) -> Self {
        let outbound = Arc::new(Outbound::default());
        let socket = Socket::with_limit(stream, part, limit);
        Self {
            timer_at: socket.last_received(),
            hub: hub.clone(),
            socket,
            _registration: hub.enter(&outbound),
            outbound,
            memory: memory.share(),
            kept: 0,
        }
    }

    /// What others put for this connection.
    pub fn outbound(&self) -> &Arc<Outbound> {
        &self.outbound
    }

    /// Whether more may be sent without gathering too much.
    pub fn has_room(&self) -> bool {
        self.socket.waiting() < WAITING_BYTES
    }

    /// Says how many bytes the endpoint itself keeps for this connection.
    pub fn keep(&mut self, bytes: usize) {
        self.kept = bytes;
    }

    /// Sends a text message.
    pub fn text(&mut self, text: &str) {
        wire::put_text(self.socket.own(), text);
    }

    /// Sends a message without copying it.
    pub fn send(&mut self, kind: Kind, payload: impl Into<Bytes>) {
        self.socket.put_message(kind, payload.into());
    }

    /// Sends a message in frames of at most `size` bytes.
    pub fn fragments(&mut self, kind: Kind, payload: &[u8], size: usize) {
        wire::put_fragments(self.socket.own(), kind, payload, size);
    }

    /// Waits for what happens next: a message, if `reads`; the time, if one is given.
    pub async fn next(&mut self, reads: bool, time: Option<Instant>) -> Result<Event, CloseReason> {
        loop {
            let reads = reads && self.has_room();
            if reads {
                match self.socket.read()? {
                    Some(Incoming::Text(text)) => return Ok(Event::Text(text)),
                    Some(Incoming::Binary(bytes)) => return Ok(Event::Binary(bytes)),
                    Some(Incoming::Close(code)) => return Err(CloseReason::Closed(code)),
                    Some(Incoming::Control) => continue,
                    None => {}
                }
            } else {
                self.socket.pause(Instant::now());
            }
            if self.has_room() {
                self.outbound.take_into(self.socket.own());
            }
            let wrote = self.socket.write_turn()?;
            self.memory.resize(self.socket.held() + self.kept)?;
            if self.hub.is_draining() {
                return Err(CloseReason::Drained);
            }
            let now = Instant::now();
            if self.timer_at <= now {
                self.timer_at = self.socket.keep_time(now)?;
            }
            let due = time.is_some_and(|time| time <= now);
            let more = reads && self.socket.may_have_more();
            if wrote || due || more {
                yield_now().await;
                self.socket.start_turn();
            }
            match (due, wrote) {
                (true, _) => return Ok(Event::Time),
                (false, true) => return Ok(Event::Written),
                (false, false) if more => {}
                (false, false) => {
                    self.sleep(reads, time).await?;
                    self.socket.start_turn();
                }
            }
        }
    }

    /// Closes the connection.
    pub async fn end(self, reason: &CloseReason) {
        self.socket.end(reason).await;
    }

    async fn sleep(&self, reads: bool, time: Option<Instant>) -> Result<(), CloseReason> {
        let timer = sleep_until(time.map_or(self.timer_at, |time| time.min(self.timer_at)));
        tokio::pin!(timer);
        let stream = self.socket.stream();
        let woken = poll_fn(|context| {
            let mut woken =
                self.outbound.poll_notified(context).is_ready() || timer.as_mut().poll(context).is_ready();
            if self.socket.blocked_since().is_some() {
                woken |= ready(stream.poll_write_ready(context))?;
            }
            woken |= reads && ready(stream.poll_read_ready(context))?;
            if woken { Poll::Ready(Ok(())) } else { Poll::Pending }
        });
        woken.await.map_err(CloseReason::Gone)
    }
}
