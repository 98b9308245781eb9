//! A room as Server-Sent Events (WHATWG HTML §9.2): each event's id is `EPOCH:SEQ`, and `Last-Event-ID` resumes.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use serde::Deserialize;
use shared::{Epoch, FromServer, RoomName, Seq, limits};
use tokio::time::timeout;

use super::error::{ApiError, ApiPath, ApiQuery};
use crate::{
    hub::{Behind, Cursor, Outbound, Registration, Ring, Subscription},
    state::AppState,
};

/// A stream that was quiet for so long gets a comment, so that proxies keep it.
const HEARTBEAT: Duration = Duration::from_millis(limits::HEARTBEAT_MS);

#[derive(Deserialize)]
pub(super) struct Params {
    after: Option<Seq>,
}

/// A reader of the stream.
struct Reader {
    state: AppState,
    outbound: Arc<Outbound>,
    subscription: Subscription,
    cursor: Cursor,
    _present: Registration,
}

pub(super) async fn events(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    ApiQuery(params): ApiQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let outbound = Arc::new(Outbound::default());
    let registration = state.hub.enter(&outbound);
    let subscription = state.follow(&room, &outbound, None).await?;
    let head = subscription.room().with_ring(Ring::head);
    let (after, resumed) = match last_event_id(&headers)? {
        None => (params.after, true),
        Some((epoch, seq)) => {
            let known = epoch.is_none_or(|epoch| epoch == *state.store.epoch()) && seq <= head;
            (known.then_some(seq), known)
        }
    };
    let cursor = subscription.room().cursor(after.map(|after| after.min(head)), false);
    let begin = greeting(&state, &room, head, resumed);
    let reader = Reader { state, outbound, subscription, cursor, _present: registration };
    let rest = stream::unfold(reader, async |mut reader| reader.next().await.map(|bytes| (bytes, reader)));
    let all = stream::StreamExt::chain(stream::once(async { begin }), rest);
    let all = stream::StreamExt::map(all, Ok::<_, Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would hold events back otherwise.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(all)).into_response())
}

/// The first event says where the room is, and whether the reader was resumed: never a silent gap.
fn greeting(state: &AppState, room: &RoomName, head: Seq, resumed: bool) -> Bytes {
    let epoch = state.store.epoch();
    let data = serde_json::json!({ "room": room, "epoch": epoch, "head": head, "resumed": resumed });
    Bytes::from(format!("retry: 1000\nevent: joined\ndata: {data}\n\n"))
}

/// `EPOCH:SEQ`, or a bare seq.
fn last_event_id(headers: &HeaderMap) -> Result<Option<(Option<Epoch>, Seq)>, ApiError> {
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
    Ok(Some((epoch, Seq(seq.parse().map_err(|_| bad())?))))
}

impl Reader {
    /// What comes next, once there is something; none when the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let taken = self.subscription.room().with_ring(|ring| self.cursor.take_payloads(ring));
            let events = match taken {
                Ok(payloads) => payloads,
                Err(Behind) => self.read_log().await?,
            };
            if !events.is_empty() {
                return Some(self.write(&events));
            }
            if self.state.hub.is_draining() {
                return None;
            }
            if timeout(HEARTBEAT, self.outbound.notified()).await.is_err() {
                return Some(Bytes::from_static(b": heartbeat\n\n"));
            }
        }
    }

    /// A stream whose log cannot be read ends; the reader comes back with its last event's id.
    async fn read_log(&mut self) -> Option<Vec<(Seq, Bytes)>> {
        let messages = self.state.read_behind(self.subscription.room(), &mut self.cursor).await.ok()?;
        let encode = |message| Bytes::from(FromServer::Message(message).encode());
        Some(messages.into_iter().map(|message| (message.seq, encode(message))).collect())
    }

    fn write(&self, events: &[(Seq, Bytes)]) -> Bytes {
        let epoch = self.state.store.epoch();
        let mut out = BytesMut::new();
        for (seq, payload) in events {
            out.put_slice(format!("id: {epoch}:{seq}\nevent: message\ndata: ").as_bytes());
            out.put_slice(payload);
            out.put_slice(b"\n\n");
        }
        out.freeze()
    }
}
