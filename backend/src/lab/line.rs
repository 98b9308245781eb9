//! One WebSocket of the lab: what comes, what goes, and the time, awaited together.

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use shared::limits;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until},
};

use crate::{
    close_reason::CloseReason,
    hub::{Hub, OUTBOUND_BYTES, Outbound, Registration},
    socket::{Incoming, Socket, ready},
    wire,
};

/// A line that was quiet for so long is pinged.
pub const HEARTBEAT: Duration = Duration::from_millis(limits::HEARTBEAT_MS);
const STUCK: Duration = Duration::from_millis(limits::STUCK_MS);

/// See the module's page.
pub struct Line {
    hub: Hub,
    socket: Socket,
    outbound: Arc<Outbound>,
    _present: Registration,
    quiet: Duration,
    heartbeat_at: Option<Instant>,
}

/// Something that was waited for.
pub enum Happening {
    /// A whole text message.
    Text(tungstenite::Utf8Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// The time that was asked for has come.
    Time,
    /// What waited to be written was, or is less now; or somebody put something into the outbound.
    Moved,
}

impl Line {
    /// A line whose handshake is done; `part` is what came behind it.
    pub fn new(hub: &Hub, stream: TcpStream, part: Vec<u8>, quiet: Duration) -> Self {
        let outbound = Arc::new(Outbound::default());
        Self {
            hub: hub.clone(),
            socket: Socket::new(stream, part),
            _present: hub.enter(&outbound),
            outbound,
            quiet,
            heartbeat_at: Instant::now().checked_add(quiet),
        }
    }

    /// What others put for this line.
    pub fn outbound(&self) -> &Arc<Outbound> {
        &self.outbound
    }

    /// Whether the line takes more to write without hoarding it.
    pub fn has_room(&self) -> bool {
        self.socket.own_bytes() < OUTBOUND_BYTES && self.socket.blocked_since().is_none()
    }

    /// Sends a text message.
    pub fn text(&mut self, text: &str) {
        wire::put_text(self.socket.own(), text);
    }

    /// Sends a binary message.
    pub fn binary(&mut self, bytes: &[u8]) {
        wire::put_binary(self.socket.own(), bytes);
    }

    /// Waits for what happens next: a message, if `reads`; the time, if one is asked for.
    pub async fn next(&mut self, reads: bool, time: Option<Instant>) -> Result<Happening, CloseReason> {
        loop {
            if self.socket.waiting() < OUTBOUND_BYTES {
                self.outbound.take_into(self.socket.own());
            }
            let had = self.socket.waiting();
            self.socket.write()?;
            if had > 0 && self.socket.waiting() < had {
                return Ok(Happening::Moved);
            }
            if reads && self.socket.waiting() < OUTBOUND_BYTES {
                match self.socket.read()? {
                    Some(Incoming::Text(text)) => return Ok(Happening::Text(text)),
                    Some(Incoming::Binary(bytes)) => return Ok(Happening::Binary(bytes)),
                    Some(Incoming::Close) => return Err(CloseReason::Closed),
                    Some(Incoming::Control) => continue,
                    None => {}
                }
            }
            if self.hub.is_draining() {
                return Err(CloseReason::Drained);
            }
            let now = Instant::now();
            if time.is_some_and(|time| time <= now) {
                return Ok(Happening::Time);
            }
            self.keep_time(now)?;
            self.sleep(reads, time).await?;
        }
    }

    /// Says goodbye.
    pub async fn end(self, reason: &CloseReason) {
        self.socket.end(reason).await;
    }

    /// Pings a line that was quiet, and ends one that takes nothing.
    fn keep_time(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self.socket.blocked_since().is_some_and(|since| now >= since + STUCK) {
            return Err(CloseReason::Stuck);
        }
        if self.socket.has_written() {
            self.heartbeat_at = now.checked_add(self.quiet);
        } else if self.heartbeat_at.is_some_and(|at| at <= now) {
            wire::put_ping(self.socket.own());
            self.heartbeat_at = now.checked_add(self.quiet);
            self.socket.write()?;
        }
        Ok(())
    }

    async fn sleep(&self, reads: bool, time: Option<Instant>) -> Result<(), CloseReason> {
        let stuck = self.socket.blocked_since().map(|since| since + STUCK);
        let until = [time, stuck, self.heartbeat_at].into_iter().flatten().min();
        // A line that waits for nothing in time sleeps for an hour at a time.
        let timer = sleep_until(until.unwrap_or_else(|| Instant::now() + Duration::from_hours(1)));
        tokio::pin!(timer);
        let stream = self.socket.stream();
        let reads = reads && self.socket.waiting() < OUTBOUND_BYTES;
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
