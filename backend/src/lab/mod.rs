//! Small servers to try a client on, under `/lab/`. `docs/lab.md` shows each with a transcript.
//!
//! They keep the rules of `/ws`: origins, limits, drain and keepalive. A [`LabConnection`] is one WebSocket of theirs.

mod broadcast;
mod connection;
mod duration;
mod events;
mod handshake;
mod memory;
mod simple;
mod worker;

use std::{num::NonZeroUsize, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
pub use broadcast::Broadcast;
use connection::LabConnection;
use duration::Span;
pub use events::Ticker;
pub use memory::Memory;
use serde::Deserialize;
use shared::limits;

use crate::{
    close_reason::CloseReason,
    http::{
        error::{ApiError, ApiQuery},
        upgrade::{accept, upgrade},
    },
    state::AppState,
};

/// The largest message to the echo, in bytes. Conformance suites send as much.
const ECHO_BYTES: usize = 16 << 20;
/// The payload of a frame of `/lab/fragments`, in bytes, if the address does not say.
const FRAGMENT_BYTES: NonZeroUsize = NonZeroUsize::new(4).unwrap();

const INDEX: &str = include_str!("index.html");

/// What the endpoints share.
#[derive(Debug, Default)]
pub struct Lab {
    /// The stream of events that every transport tells.
    pub ticker: Ticker,
    /// Those who hear each other.
    pub broadcast: Broadcast,
    /// The memory that all connections may take together.
    pub memory: Memory,
}

/// Everything under `/lab/`; without the lab, an answer that says so.
pub fn routes(enabled: bool) -> Router<AppState> {
    if !enabled {
        let off = any(async || not_found("the lab is switched off on this server"));
        return Router::new()
            .route("/lab", off.clone())
            .route("/lab/", off.clone())
            .route("/lab/{*path}", off);
    }
    Router::new()
        .route("/lab", get(async || Redirect::permanent("/lab/")))
        .route("/lab/", get(index))
        .route("/lab/echo", get(echo))
        .route("/lab/fragments", get(fragments))
        .route("/lab/clock", get(clock))
        .route("/lab/number", get(number))
        .route("/lab/worker", get(worker))
        .route("/lab/broadcast", get(broadcast))
        .merge(handshake::routes())
        .merge(events::routes())
        .route("/lab/{*path}", any(async || not_found("the lab has no such endpoint: /lab/ lists them")))
}

async fn index() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, INDEX)
}

fn not_found(reason: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", reason)
}

async fn echo(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    open(&state, request, ECHO_BYTES, simple::echo)
}

#[derive(Deserialize)]
struct Size {
    size: Option<NonZeroUsize>,
}

async fn fragments(
    State(state): State<AppState>,
    ApiQuery(Size { size }): ApiQuery<Size>,
    request: Request,
) -> Result<Response, ApiError> {
    let size = size.unwrap_or(FRAGMENT_BYTES).get();
    open(&state, request, limits::FRAME_BYTES, move |connection| simple::fragments(connection, size))
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
    let every = every.map(Duration::from);
    open(&state, request, limits::FRAME_BYTES, move |connection| simple::clock(connection, every))
}

async fn number(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    open(&state, request, limits::FRAME_BYTES, simple::number)
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
    open(&state, request, limits::FRAME_BYTES, move |connection| worker::work(connection, heartbeat))
}

async fn broadcast(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    let others = state.clone();
    open(&state, request, limits::FRAME_BYTES, async move |connection| {
        broadcast::talk(connection, &others).await
    })
}

/// Answers the handshake, and lets `serve` have the connection until it ends. `limit` is the largest message in bytes.
fn open<F>(
    state: &AppState,
    request: Request,
    limit: usize,
    serve: impl FnOnce(LabConnection) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = (LabConnection, CloseReason)> + Send + 'static,
{
    let accept = accept(state, request.headers())?;
    let subprotocol = handshake::subprotocol(request.headers());
    let lab = state.clone();
    let mut response = upgrade(state, request, accept, async move |stream, part| {
        let connection = LabConnection::new(&lab, stream, part, limit);
        let (connection, reason) = serve(connection).await;
        connection.end(&reason).await;
    });
    if let Some(subprotocol) = subprotocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    Ok(response)
}
