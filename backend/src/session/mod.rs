//! The server's side of one connection: a task that reads what the client says, delivers what its rooms have, and
//! sleeps until a notification, its socket or a deadline wakes it.
//!
//! This module is the loop, [`delivery`] is what it writes; [`versioned`] and [`plain`] are what the two modes of the protocol say, and
//! [`crate::socket`] is the WebSocket beneath them. A session knows no SQL.

mod delivery;
mod identity;
mod plain;
mod posting;
mod rights;
mod versioned;

use std::{
    future::{Future, poll_fn},
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use delivery::Delivery;
pub use identity::Identity;
pub use plain::PlainStart;
use posting::Received;
use shared::{FromServer, Refusal, RefusalCode, RoomName, limits};
use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};
use tracing::info;

use crate::{
    close_reason::CloseReason,
    hub::{Cursor, OUTBOUND_BYTES, Outbound, Registration, Subscription, Tally},
    metrics::{ConnectionKind, OpenConnection},
    socket::{Incoming, Socket, ready},
    state::AppState,
    wire,
};

/// The time for what is under way to be answered when the server drains.
const DRAIN: Duration = Duration::from_secs(3);

/// How often a session looks whether it was quiet: twice in a heartbeat's time, so that no silence is longer.
const TICK: Duration = Duration::from_millis(limits::HEARTBEAT_MS / 2);

/// Which protocol the client speaks.
#[derive(Debug)]
pub enum Mode {
    /// `/ws?v=1`.
    Versioned,
    /// `/ws`: one room, a message a frame.
    Plain(Box<PlainStart>),
}

/// A room that the session follows, and how far it is there.
struct Joined {
    subscription: Subscription,
    cursor: Cursor,
}

struct Session {
    state: AppState,
    socket: Socket,
    outbound: Arc<Outbound>,
    registration: Registration,
    /// Where the client is.
    address: IpAddr,
    who: Option<Identity>,
    /// When the token expires that proves who the client is.
    expires_at: Option<Instant>,
    rooms: Vec<Joined>,
    /// The room that is served next: each gets its turn.
    next_room: usize,
    /// A post that the store's queue has no room for; until it has, nothing more is read.
    stalled: Option<Received>,
    /// Whether there may be something to read: in the socket, or behind what was read last.
    unread: bool,
    typed_at: Option<Instant>,
    plain: Option<RoomName>,
    began: Instant,
    /// The number in the session's name.
    number: u64,
    /// What was taken for the client and not counted yet.
    tally: Tally,
    /// Whether others were told that the client takes no bytes.
    told_blocked: bool,
    frames_received: u64,
    messages_delivered: u64,
}

/// Serves a connection whose handshake is done; `part` is what came behind it.
pub async fn run(
    state: AppState,
    stream: TcpStream,
    part: Vec<u8>,
    mode: Mode,
    who: Option<Identity>,
    address: IpAddr,
) {
    let outbound = Arc::new(Outbound::default());
    let registration = state.hub.enter(&outbound);
    let mut session = Session {
        socket: Socket::new(stream, part),
        outbound,
        registration,
        address,
        who: None,
        expires_at: None,
        rooms: Vec::new(),
        next_room: 0,
        stalled: None,
        unread: true,
        typed_at: None,
        plain: None,
        began: Instant::now(),
        number: state.next_session(),
        tally: Tally::default(),
        told_blocked: false,
        frames_received: 0,
        messages_delivered: 0,
        state,
    };
    let kind =
        if matches!(mode, Mode::Versioned) { ConnectionKind::Versioned } else { ConnectionKind::Plain };
    let mut connection = session.state.metrics.open_connection(kind);
    let Err(reason) = async {
        if let Mode::Plain(start) = &mode {
            session.plain = Some(start.room.clone());
            // The address may have been barred between the handshake and the session's registration.
            session.outbound.recheck();
        }
        if let Some(who) = who {
            Box::pin(session.set_identity(who)).await?;
        }
        if let Mode::Plain(start) = mode {
            Box::pin(session.start_plain(*start)).await?;
        }
        session.serve().await
    }
    .await;
    session.log_end(&connection, &reason);
    connection.ends_with(reason.label());
    // From here on it delivers nothing.
    drop(connection);
    Box::pin(session.end(&reason)).await;
}

impl Session {
    async fn serve(&mut self) -> Result<std::convert::Infallible, CloseReason> {
        let timer = sleep_until(self.began + Duration::from_millis(limits::HELLO_MS));
        tokio::pin!(timer);
        let mut drain_by = None;
        loop {
            if self.outbound.take_recheck() {
                Box::pin(self.recheck()).await?;
            }
            // What woke the session is mostly a notification: then there is nothing to read, and not even to try.
            if self.unread {
                self.read().await?;
            }
            let delivery = self.deliver()?;
            let now = Instant::now();
            self.count_delivery(&delivery, now);
            if let Delivery::Behind(at) = delivery {
                Box::pin(self.catch_up(at)).await?;
            }
            if self.state.hub.is_draining() {
                let by = *drain_by.get_or_insert_with(|| Instant::now() + DRAIN);
                timer.as_mut().reset(by);
                // Whether all is answered is looked at before the answers are written once more.
                let answered = self.outbound.all_answered() && self.stalled.is_none();
                if answered || Instant::now() >= by {
                    return Err(CloseReason::Drained);
                }
            }
            // The client may just have become known.
            if let Some(at) = self.expires_at.filter(|at| *at < timer.deadline()) {
                timer.as_mut().reset(at);
            }
            // A client that is written to is looked after sooner.
            let due_at = self.socket.due_at();
            if due_at < timer.deadline() {
                timer.as_mut().reset(due_at);
            }
            // Not whether the timer has fired: it does not while the session never waits for it.
            if now >= timer.deadline() {
                timer.as_mut().reset(self.keep_time(drain_by)?);
            }
            if self.stalled.is_some() {
                Box::pin(self.wait_for_queue(timer.as_mut())).await;
            } else if matches!(delivery, Delivery::Behind(_) | Delivery::More)
                || (self.unread && self.may_read())
            {
                // There is more to do, and others want to do something, too.
                tokio::task::yield_now().await;
            } else {
                self.unread |= self.wait(timer.as_mut()).await?;
            }
        }
    }

    /// Sleeps until there is something to do. Returns whether something can be read.
    ///
    /// It polls the socket's own slots for wakers instead of selecting over futures: those would be made, linked into
    /// lists and taken out again for every message that is delivered.
    async fn wait(&self, mut timer: Pin<&mut Sleep>) -> io::Result<bool> {
        let (reads, blocked) = (self.may_read(), self.socket.blocked_since().is_some());
        let stream = self.socket.stream();
        poll_fn(|context| {
            let mut woken =
                self.outbound.poll_notified(context).is_ready() || timer.as_mut().poll(context).is_ready();
            if blocked {
                woken |= ready(stream.poll_write_ready(context))?;
            }
            let readable = reads && ready(stream.poll_read_ready(context))?;
            if woken || readable { Poll::Ready(Ok(readable)) } else { Poll::Pending }
        })
        .await
    }

    /// Waits until the store's queue has room for the post that is stalled, delivering as ever.
    async fn wait_for_queue(&mut self, timer: Pin<&mut Sleep>) {
        let store = self.state.store.clone();
        tokio::select! {
            () = store.room_in_queue() => self.retry_stalled(),
            () = self.outbound.notified() => {}
            _ = self.socket.stream().writable(), if self.socket.blocked_since().is_some() => {}
            () = timer => {}
        }
    }

    fn may_read(&self) -> bool {
        self.stalled.is_none()
            && self.socket.own_bytes() < OUTBOUND_BYTES
            && self.outbound.takes_posts()
            && !self.state.hub.is_draining()
    }

    /// Reads what has come, but not all at once, and no more than there is room for the answers to.
    async fn read(&mut self) -> Result<(), CloseReason> {
        self.socket.start_turn();
        loop {
            if !self.may_read() {
                self.socket.pause(Instant::now());
                break;
            }
            match self.socket.read()? {
                None => {
                    self.unread = self.socket.may_have_more();
                    break;
                }
                Some(Incoming::Control) => {}
                Some(Incoming::Close(code)) => return Err(CloseReason::Closed(code)),
                Some(Incoming::Binary(_)) => {
                    self.refuse(Refusal::new(RefusalCode::BadFrame, "Parlor speaks in text messages"));
                }
                Some(Incoming::Text(text)) => {
                    self.frames_received += 1;
                    self.state.metrics.frames_received.inc();
                    if self.plain.is_some() {
                        self.plain_text(&text).await?;
                    } else {
                        self.versioned_text(&text).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends a heartbeat if it is time, ends what takes too long, and tells when to look again.
    fn keep_time(&mut self, drain_by: Option<Instant>) -> Result<Instant, CloseReason> {
        let now = Instant::now();
        let mut next = now + TICK;
        if let Some(at) = self.expires_at {
            if now >= at {
                return Err(CloseReason::TokenExpired);
            }
            next = next.min(at);
        }
        if self.plain.is_none() && self.who.is_none() {
            let by = self.began + Duration::from_millis(limits::HELLO_MS);
            if now >= by {
                return Err(CloseReason::NoHello);
            }
            next = next.min(by);
        }
        if !self.may_read() {
            self.socket.pause(now);
        }
        next = next.min(self.socket.keep_time(now)?);
        if !self.socket.has_written() && self.socket.blocked_since().is_none() {
            if self.plain.is_some() {
                wire::put_ping(self.socket.own());
            } else {
                wire::put_text(self.socket.own(), &FromServer::Heartbeat {}.encode());
            }
            self.socket.write()?;
        }
        Ok(drain_by.map_or(next, |by| next.min(by)))
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.state.metrics.refused(refusal.code.as_str());
        self.send(&FromServer::Refused(refusal));
    }

    fn send(&mut self, frame: &FromServer) {
        wire::put_text(self.socket.own(), &frame.encode());
    }

    /// The one line that says why a connection has ended.
    fn log_end(&self, connection: &OpenConnection, reason: &CloseReason) {
        info!(
            session = self.state.session_name(self.number),
            user = self.who.as_ref().map(|who| who.username().as_str()),
            address = %self.address,
            kind = connection.kind().as_str(),
            reason = reason.label(),
            why = %reason,
            code = reason.code(),
            seconds = (self.began.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            frames_in = self.frames_received,
            messages_out = self.messages_delivered,
            "a connection ended"
        );
    }

    /// Sends what is left and a close frame, as far as the client takes them.
    async fn end(mut self, reason: &CloseReason) {
        self.rooms.clear();
        self.outbound.take_into(self.socket.own());
        let closing = match reason {
            CloseReason::Drained => Some(("the server restarts", self.state.drain_delay())),
            CloseReason::RightsChanged => Some(("your rights have changed", 100)),
            _ => None,
        };
        if let Some((reason, reconnect_after_ms)) = closing.filter(|_| self.plain.is_none()) {
            self.send(&FromServer::Closing { reason: reason.into(), reconnect_after_ms });
        }
        self.socket.end(reason).await;
    }
}
