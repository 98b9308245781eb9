//! One stream of server events by four transports, so that pull and push can be compared.
//!
//! Each transport tells the same events: those of the [`Ticker`].

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use shared::limits;
use tokio::time::Instant;

use super::{
    connection::{self, LabConnection},
    duration::Span,
    endpoint::{Lab, open, sleep_or_drain},
    ticker::{EVENTS, Event, Ticker},
};
use crate::{
    close_reason::CloseReason,
    web::{ApiError, ApiQuery},
};

/// How often an event is made if the address does not say.
const EVERY: Duration = Duration::from_secs(1);
/// The longest that a long poll waits.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A stream without events gets a comment this often.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
struct Params {
    every: Option<Span>,
    after: Option<u64>,
}

impl Params {
    fn every(&self) -> Duration {
        self.every.map_or(EVERY, Duration::from)
    }
}

#[derive(Serialize)]
struct Answer {
    events: Vec<Event>,
}

pub(super) fn routes() -> Router<Arc<Lab>> {
    Router::new()
        .route("/lab/poll", get(poll))
        .route("/lab/long-poll", get(long_poll))
        .route("/lab/sse", get(sse))
        .route("/lab/ws", get(ws))
}

async fn poll(State(lab): State<Arc<Lab>>, ApiQuery(params): ApiQuery<Params>) -> impl IntoResponse {
    fresh(Answer { events: lab.ticker.after(params.after, params.every()) })
}

async fn long_poll(State(lab): State<Arc<Lab>>, ApiQuery(params): ApiQuery<Params>) -> impl IntoResponse {
    let (ticker, every) = (&lab.ticker, params.every());
    if let Some(after) = params.after {
        let longest = Instant::now() + LONGEST_WAIT;
        sleep_or_drain(&lab.hub, ticker.due(after.saturating_add(1), every).min(longest)).await;
    }
    fresh(Answer { events: ticker.after(params.after, every) })
}

fn fresh(answer: Answer) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer))
}

async fn sse(
    State(lab): State<Arc<Lab>>,
    ApiQuery(params): ApiQuery<Params>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let every = params.every();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).or(params.after);
    let next = last.map_or_else(|| lab.ticker.newest(every) + 1, |last: u64| last.saturating_add(1));
    let events = stream::unfold((lab, next), move |(lab, next)| async move {
        let ticker = &lab.ticker;
        let (due, quiet) = (ticker.due(next, every), Instant::now() + HEARTBEAT);
        if !sleep_or_drain(&lab.hub, due.min(quiet)).await {
            return None;
        }
        if due > quiet {
            return Some((": heartbeat\n\n".to_owned(), (lab, next)));
        }
        // A client that returns after a long time gets what a poll would get.
        let event = ticker.event(next.max(ticker.newest(every).saturating_sub(EVENTS - 1)), every);
        let data = serde_json::to_string(&event).expect("numbers and times are JSON");
        Some((format!("id: {}\ndata: {data}\n\n", event.number), (lab, event.number + 1)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(events.map(|text| Ok::<_, Infallible>(Bytes::from(text)))))
}

async fn ws(
    State(lab): State<Arc<Lab>>,
    ApiQuery(params): ApiQuery<Params>,
    request: Request,
) -> Result<Response, ApiError> {
    let shared = lab.clone();
    let (every, after) = (params.every(), params.after);
    open(&lab, request, limits::FRAME_BYTES, async move |connection| {
        push(connection, &shared.ticker, every, after).await
    })
}

async fn push(
    mut connection: LabConnection,
    ticker: &Ticker,
    every: Duration,
    after: Option<u64>,
) -> (LabConnection, CloseReason) {
    let mut next = after.map_or_else(|| ticker.newest(every) + 1, |after| after.saturating_add(1));
    loop {
        match connection.next(true, connection.has_room().then(|| ticker.due(next, every))).await {
            Ok(connection::Event::Time) => {
                let event = ticker.event(next.max(ticker.newest(every).saturating_sub(EVENTS - 1)), every);
                connection.text(&serde_json::to_string(&event).expect("numbers and times are JSON"));
                next = event.number + 1;
            }
            // Messages are read, so that the connection is kept alive, and not answered.
            Ok(connection::Event::Text(_) | connection::Event::Binary(_) | connection::Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}
