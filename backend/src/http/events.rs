//! A room as Server-Sent Events (WHATWG HTML §9.2): each event's id is `EPOCH:SEQ`, and `Last-Event-ID` resumes.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use serde_json::json;
use shared::{Epoch, FromServer, Refusal, RoomName, Seq, limits};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::{caller::Caller, follower::Follower};
use crate::{
    close_reason::CloseReason,
    hub::{self, Cursor, Ring, Tally},
    metrics::{ConnectionKind, OpenConnection},
    proxies::Client,
    state::AppState,
    store::{Behind, RETRY_MS, StoreError},
    web::{ApiError, ApiPath, ApiQuery},
};

/// How long a stream may be quiet before it gets a comment, so that proxies keep it open.
const HEARTBEAT: Duration = Duration::from_millis(limits::HEARTBEAT_MS);
/// How long a reader waits before it reconnects, if no `closing` event says otherwise.
const RETRY: Duration = Duration::from_millis(RETRY_MS);

#[derive(Deserialize)]
pub(super) struct Params {
    after: Option<Seq>,
    epoch: Option<Epoch>,
}

/// Where a reader was: the seq, and the epoch if it says one.
struct Position {
    epoch: Option<Epoch>,
    seq: Seq,
}

/// What comes next out of the log.
enum Read {
    Payloads(Vec<(Seq, Bytes)>),
    /// Messages that come next are deleted: the event says from where the stream goes on.
    Anew(Event),
}

/// A reader of the stream.
struct Reader {
    state: AppState,
    follower: Follower,
    cursor: Cursor,
    /// Messages that were taken from the ring or the log and not sent yet.
    pending: VecDeque<(Seq, Bytes)>,
    /// Whether the last event was sent.
    ended: bool,
    /// Why it ends, if the server ends it.
    why: Option<String>,
    began: Instant,
    number: u64,
    messages_out: u64,
    connection: OpenConnection,
}

pub(super) async fn events(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    Extension(client): Extension<Client>,
    caller: Caller,
    ApiQuery(params): ApiQuery<Params>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let Params { after, epoch } = params;
    // The header wins: a browser that reconnects repeats the address.
    let position = last_event_id(&headers)?.or(after.map(|seq| Position { epoch, seq }));
    // Before the stream begins, so that a refusal is an answer with its status.
    let floor = state.readable(&room, caller.reader()?).await?.floor;
    let follower = Follower::enter(&state, &room, &caller, client).await?;
    let head = follower.room().with_ring(Ring::head);
    let (start, resumed) = match position {
        None => (head, true),
        Some(Position { epoch, seq }) if state.resumes(epoch.as_ref(), seq, floor, head) => (seq, true),
        Some(_) => (newest_page(&state, &room, head).await?, false),
    };
    let cursor = follower.room().cursor(Some(start), false);
    let first = joined(&state, &room, start, head, resumed, floor);
    let pending = VecDeque::new();
    let connection = state.metrics.open_connection(ConnectionKind::Events);
    let number = state.next_session();
    let reader = Reader {
        state,
        follower,
        cursor,
        pending,
        ended: false,
        why: None,
        began: Instant::now(),
        number,
        messages_out: 0,
        connection,
    };
    let rest = stream::unfold(reader, async |mut reader| reader.next().await.map(|event| (event, reader)));
    let all = stream::once(async { first }).chain(rest).map(Ok::<_, Infallible>);
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // Without it, nginx holds events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("heartbeat");
    Ok((headers, Sse::new(all).keep_alive(keep_alive)))
}

/// The seq before the newest page of a room: the start for a reader that cannot be resumed.
async fn newest_page(state: &AppState, room: &RoomName, head: Seq) -> Result<Seq, StoreError> {
    let newest = state.store.newest(room).await?;
    Ok(newest.page.messages.first().map_or(head, |first| first.seq.before().min(head)))
}

/// The first event: where the stream begins, and whether that is where the reader was. Its id lets a reader resume whose
/// stream breaks off before the first message.
fn joined(state: &AppState, room: &RoomName, start: Seq, head: Seq, resumed: bool, floor: Seq) -> Event {
    let epoch = state.store.epoch();
    let mut data = json!({ "room": room, "epoch": epoch, "head": head, "resumed": resumed });
    if floor > Seq::ZERO {
        data["floor"] = json!(floor);
    }
    Event::default().retry(RETRY).id(format!("{epoch}:{start}")).event("joined").data(data.to_string())
}

/// `EPOCH:SEQ`, or a bare seq.
fn last_event_id(headers: &HeaderMap) -> Result<Option<Position>, ApiError> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let bad = || ApiError::bad_request("Last-Event-ID is the id of an event: EPOCH:SEQ");
    let value = value.to_str().map_err(|_| bad())?.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let (epoch, seq) = match value.split_once(':') {
        Some((epoch, seq)) => (Some(Epoch::parse(epoch).map_err(|_| bad())?), seq),
        None => (None, value),
    };
    Ok(Some(Position { epoch, seq: Seq(seq.parse().map_err(|_| bad())?) }))
}

impl Reader {
    /// The next event, once there is one. `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        while !self.ended {
            if let Err(refusal) = self.follower.check(&self.state).await {
                return Some(self.left(&refusal));
            }
            if let Some((seq, payload)) = self.pending.pop_front() {
                return Some(self.message(seq, &payload));
            }
            let mut tally = Tally::default();
            let taken = self.follower.room().with_ring(|ring| self.cursor.take_payloads(ring, &mut tally));
            match taken {
                Ok(payloads) => self.pending.extend(payloads),
                Err(hub::Behind) => match self.read_log().await {
                    Ok(Read::Payloads(payloads)) => {
                        tally.add_read(
                            payloads.len(),
                            payloads.iter().map(|(_, payload)| payload.len()).sum(),
                        );
                        self.pending.extend(payloads);
                    }
                    Ok(Read::Anew(event)) => return Some(event),
                    Err(error) => {
                        warn!(%error, "an event stream ended");
                        let delay = RETRY_MS;
                        return Some(self.closing(&error.into(), "the log cannot be read now", delay));
                    }
                },
            }
            if !self.pending.is_empty() {
                self.count(tally);
                continue;
            }
            if self.state.hub.is_draining() {
                let delay = self.state.drain_delay();
                return Some(self.closing(&CloseReason::Drained, "the server restarts", delay));
            }
            let notified = self.follower.notified();
            match self.follower.expires_at() {
                // Whether it was the time or a notification is looked at next.
                Some(at) => drop(timeout_at(at, notified).await),
                None => notified.await,
            }
        }
        None
    }

    /// Counts what is handed to the stream now.
    fn count(&mut self, tally: Tally) {
        let deliveries = &self.state.metrics.deliveries;
        deliveries.add(tally.messages, tally.bytes);
        self.messages_out += tally.messages;
        if let Some(since) = tally.since {
            deliveries.observe(since.elapsed());
            if self.state.journeys.await_delivery() {
                self.state.journeys.delivered(self.follower.room().name(), self.cursor.seq());
            }
        }
    }

    async fn read_log(&mut self) -> Result<Read, StoreError> {
        let room = self.follower.room();
        match self.state.read_behind(room, &mut self.cursor).await? {
            Behind::Messages(messages) => {
                let encode = |message| Bytes::from(FromServer::Message(message).encode());
                let payloads = messages.into_iter().map(|message| (message.seq, encode(message)));
                Ok(Read::Payloads(payloads.collect()))
            }
            Behind::Expired(floor) => {
                let head = room.with_ring(Ring::head);
                let start = newest_page(&self.state, room.name(), head).await?.max(floor);
                self.cursor.has_read(start);
                Ok(Read::Anew(joined(&self.state, room.name(), start, head, false, floor)))
            }
        }
    }

    fn message(&self, seq: Seq, payload: &[u8]) -> Event {
        let epoch = self.state.store.epoch();
        let payload = std::str::from_utf8(payload).expect("JSON is UTF-8");
        Event::default().id(format!("{epoch}:{seq}")).event("message").data(payload)
    }

    /// The last event of a reader whose right has ended. A browser that reconnects is refused with a status, and stops.
    fn left(&mut self, refusal: &Refusal) -> Event {
        self.ended = true;
        self.connection.ends_with(CloseReason::RoomLeft.label());
        self.why = Some(refusal.reason.clone());
        self.pending.clear();
        let room = self.follower.room().name();
        let data = json!({ "room": room, "reason": "removed", "error": refusal });
        Event::default().event("left").data(data.to_string())
    }

    /// The last event: why the stream ends, and when to reconnect. A browser does so by itself, with its last event's id.
    fn closing(&mut self, why: &CloseReason, reason: &str, reconnect_after_ms: u64) -> Event {
        self.ended = true;
        self.connection.ends_with(why.label());
        self.why = Some(why.to_string());
        let data = json!({ "reason": reason, "reconnect_after_ms": reconnect_after_ms });
        let retry = Duration::from_millis(reconnect_after_ms);
        Event::default().retry(retry).event("closing").data(data.to_string())
    }
}

impl Drop for Reader {
    /// The one line that says why the stream has ended. A reader that is gone is noticed by dropping its stream only.
    fn drop(&mut self) {
        info!(
            session = self.state.session_name(self.number),
            user = self.follower.username(),
            address = %self.follower.address(),
            kind = self.connection.kind().as_str(),
            reason = self.connection.reason(),
            why = self.why.as_deref().unwrap_or("the reader has gone"),
            seconds = self.began.elapsed().as_secs_f64(),
            messages_out = self.messages_out,
            "a connection ended"
        );
    }
}
