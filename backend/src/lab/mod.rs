//! Small servers to try a client on, under `/lab/`. `docs/lab.md` shows each with a transcript.
//!
//! They keep the rules of `/ws`: origins, limits, drain, and heartbeats where something may be sent unasked. A [`Line`]
//! is one WebSocket of theirs.

mod broadcast;
mod duration;
mod events;
mod line;
mod simple;
mod worker;

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};
pub use broadcast::Broadcast;
use duration::Span;
pub use events::Ticker;
use line::Line;
use serde::Deserialize;

use crate::{
    close_reason::CloseReason,
    state::AppState,
    web::{ApiError, ApiQuery, accept, upgrade},
};

/// The beginning of the shared stream of events, and who is connected to the broadcast.
#[derive(Debug, Default)]
pub struct Lab {
    /// The stream of events that every transport tells.
    pub ticker: Ticker,
    /// Those who hear each other.
    pub broadcast: Broadcast,
}

/// Everything under `/lab/`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/lab/echo", get(echo))
        .route("/lab/clock", get(clock))
        .route("/lab/number", get(number))
        .route("/lab/worker", get(worker))
        .route("/lab/broadcast", get(broadcast))
        .merge(events::routes())
}

async fn echo(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    open(&state, request, Duration::MAX, simple::echo)
}

#[derive(Deserialize)]
struct Every {
    every: Option<Span>,
}

async fn clock(
    State(state): State<AppState>,
    ApiQuery(Every { every }): ApiQuery<Every>,
    request: Request,
) -> Result<Response, ApiError> {
    open(&state, request, line::HEARTBEAT, move |line| simple::clock(line, every.map(Duration::from)))
}

async fn number(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    open(&state, request, line::HEARTBEAT, simple::number)
}

#[derive(Deserialize)]
struct Heartbeat {
    heartbeat: Option<Span>,
}

async fn worker(
    State(state): State<AppState>,
    ApiQuery(Heartbeat { heartbeat }): ApiQuery<Heartbeat>,
    request: Request,
) -> Result<Response, ApiError> {
    let heartbeat = heartbeat.map_or(worker::HEARTBEAT, Duration::from);
    open(&state, request, line::HEARTBEAT, move |line| worker::work(line, heartbeat))
}

async fn broadcast(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    let room = state.clone();
    open(&state, request, line::HEARTBEAT, async move |line| broadcast::talk(line, &room).await)
}

/// Shakes hands, and lets `serve` have the line until it ends. A line that was quiet for `quiet` is pinged.
fn open<F>(
    state: &AppState,
    request: Request,
    quiet: Duration,
    serve: impl FnOnce(Line) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = (Line, CloseReason)> + Send + 'static,
{
    let accept = accept(&state.hub, request.headers())?;
    let (hub, metrics) = (state.hub.clone(), state.metrics.clone());
    Ok(upgrade(&state.metrics, request, accept, async move |stream, part| {
        let line = Line::new(&hub, stream, part, quiet);
        let (line, reason) = serve(line).await;
        line.end(&reason).await;
        metrics.sessions_ended.add(1);
    }))
}
