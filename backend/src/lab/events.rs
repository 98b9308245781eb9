//! One stream of server events by four transports, so that pull and push can be compared.
//!
//! The stream is a function of time: event `n` is made when `n` times `every` have passed since the server began. So
//! each transport tells the very same events, and nothing is kept.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

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
use shared::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::{
    duration::Span,
    line::{self, Happening, Line},
    open,
};
use crate::{
    close_reason::CloseReason,
    state::AppState,
    web::{ApiError, ApiQuery},
};

/// How often an event is made where the address does not say.
const EVERY: Duration = Duration::from_secs(1);
/// The most events in one answer: who asks after more has missed the older ones.
const EVENTS: u64 = 100;
/// The longest that a long poll waits.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A stream that was quiet for so long gets a comment.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The beginning of the stream, by both clocks.
#[derive(Debug)]
pub struct Ticker {
    began: Instant,
    began_at: SystemTime,
}

impl Default for Ticker {
    fn default() -> Self {
        Self { began: Instant::now(), began_at: SystemTime::now() }
    }
}

/// Something that happened on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Event {
    number: u64,
    made_at: Timestamp,
}

impl Ticker {
    /// The number of the newest event.
    fn newest(&self, every: Duration) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos() / every.as_nanos()).unwrap_or(u64::MAX)
    }

    /// When an event is made, for waiting.
    fn due(&self, number: u64, every: Duration) -> Instant {
        self.began + span(number, every)
    }

    fn event(&self, number: u64, every: Duration) -> Event {
        let since = self.began_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let millis = (since + span(number, every)).as_millis();
        Event { number, made_at: Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)) }
    }

    /// What came after `after`; the newest alone where nothing is said.
    fn after(&self, after: Option<u64>, every: Duration) -> Vec<Event> {
        let newest = self.newest(every);
        let first =
            after.map_or(newest, |after| after.saturating_add(1)).max(newest.saturating_sub(EVENTS - 1));
        (first..=newest).map(|number| self.event(number, every)).collect()
    }
}

fn span(number: u64, every: Duration) -> Duration {
    Duration::from_nanos(u64::try_from(every.as_nanos()).unwrap_or(u64::MAX).saturating_mul(number))
}

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

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/lab/poll", get(poll))
        .route("/lab/long-poll", get(long_poll))
        .route("/lab/sse", get(sse))
        .route("/lab/ws", get(ws))
}

async fn poll(State(state): State<AppState>, ApiQuery(params): ApiQuery<Params>) -> impl IntoResponse {
    fresh(Answer { events: state.lab.ticker.after(params.after, params.every()) })
}

async fn long_poll(State(state): State<AppState>, ApiQuery(params): ApiQuery<Params>) -> impl IntoResponse {
    let (ticker, every) = (&state.lab.ticker, params.every());
    if let Some(after) = params.after {
        let longest = Instant::now() + LONGEST_WAIT;
        sleep_until(ticker.due(after.saturating_add(1), every).min(longest)).await;
    }
    fresh(Answer { events: ticker.after(params.after, every) })
}

fn fresh(answer: Answer) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer))
}

async fn sse(
    State(state): State<AppState>,
    ApiQuery(params): ApiQuery<Params>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let every = params.every();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).or(params.after);
    let next = last.map_or_else(|| state.lab.ticker.newest(every) + 1, |last: u64| last.saturating_add(1));
    let events = stream::unfold((state, next), move |(state, next)| async move {
        if state.hub.is_draining() {
            return None;
        }
        let ticker = &state.lab.ticker;
        let (due, quiet) = (ticker.due(next, every), Instant::now() + HEARTBEAT);
        if due > quiet {
            sleep_until(quiet).await;
            return Some((": heartbeat\n\n".to_owned(), (state, next)));
        }
        sleep_until(due).await;
        // Who comes back after a long time gets what a poll would get.
        let event = ticker.event(next.max(ticker.newest(every).saturating_sub(EVENTS - 1)), every);
        let data = serde_json::to_string(&event).expect("numbers and times are JSON");
        Some((format!("id: {}\ndata: {data}\n\n", event.number), (state, event.number + 1)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(events.map(|text| Ok::<_, Infallible>(Bytes::from(text)))))
}

async fn ws(
    State(state): State<AppState>,
    ApiQuery(params): ApiQuery<Params>,
    request: Request,
) -> Result<Response, ApiError> {
    let lab = state.clone();
    let (every, after) = (params.every(), params.after);
    open(&state, request, line::HEARTBEAT, async move |line| push(line, &lab.lab.ticker, every, after).await)
}

async fn push(mut line: Line, ticker: &Ticker, every: Duration, after: Option<u64>) -> (Line, CloseReason) {
    let mut next = after.map_or_else(|| ticker.newest(every) + 1, |after| after.saturating_add(1));
    loop {
        match line.next(true, line.has_room().then(|| ticker.due(next, every))).await {
            Ok(Happening::Time) => {
                let event = ticker.event(next.max(ticker.newest(every).saturating_sub(EVENTS - 1)), every);
                line.text(&serde_json::to_string(&event).expect("numbers and times are JSON"));
                next = event.number + 1;
            }
            // There is nothing to ask for here: what is said is not answered.
            Ok(Happening::Text(_) | Happening::Binary(_) | Happening::Moved) => {}
            Err(reason) => return (line, reason),
        }
    }
}
