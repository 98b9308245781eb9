//! Small servers to try a client on, under `/lab/`. `docs/lab.md` shows each with a transcript.
//!
//! They keep the rules of `/ws`: origins, limits, drain and keepalive. A [`connection::LabConnection`] is one WebSocket
//! of theirs.

mod broadcast;
mod connection;
mod duration;
mod endpoint;
mod events;
mod handshake;
mod memory;
mod simple;
mod ticker;
mod worker;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use duration::Span;
pub use endpoint::Lab;
use endpoint::open;
use serde::Deserialize;
use shared::limits;

use crate::web::{ApiError, ApiQuery};

/// The largest message to the echo, in bytes. Conformance suites send as much.
const ECHO_BYTES: usize = 16 << 20;
/// The payload of a frame of `/lab/fragments`, in bytes, if the address does not say.
const FRAGMENT_BYTES: NonZeroUsize = NonZeroUsize::new(4).unwrap();

const INDEX: &str = include_str!("index.html");

/// Everything under `/lab/`; without the lab, an answer that says so.
pub fn routes<S: Clone + Send + Sync + 'static>(lab: Option<Lab>) -> Router<S> {
    let Some(lab) = lab else {
        let off = any(async || ApiError::not_found("the lab is switched off on this server"));
        return Router::new()
            .route("/lab", off.clone())
            .route("/lab/", off.clone())
            .route("/lab/{*path}", off);
    };
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
        .route(
            "/lab/{*path}",
            any(async || ApiError::not_found("the lab has no such endpoint: /lab/ lists them")),
        )
        .with_state(Arc::new(lab))
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

async fn echo(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, ApiError> {
    open(&lab, request, ECHO_BYTES, simple::echo)
}

#[derive(Deserialize)]
struct Size {
    size: Option<NonZeroUsize>,
}

async fn fragments(
    State(lab): State<Arc<Lab>>,
    ApiQuery(Size { size }): ApiQuery<Size>,
    request: Request,
) -> Result<Response, ApiError> {
    let size = size.unwrap_or(FRAGMENT_BYTES).get();
    open(&lab, request, limits::FRAME_BYTES, move |connection| simple::fragments(connection, size))
}

#[derive(Deserialize)]
struct Every {
    every: Option<Span>,
}

async fn clock(
    State(lab): State<Arc<Lab>>,
    ApiQuery(Every { every }): ApiQuery<Every>,
    request: Request,
) -> Result<Response, ApiError> {
    let every = every.map(Duration::from);
    open(&lab, request, limits::FRAME_BYTES, move |connection| simple::clock(connection, every))
}

async fn number(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, ApiError> {
    open(&lab, request, limits::FRAME_BYTES, simple::number)
}

#[derive(Deserialize)]
struct Heartbeat {
    heartbeat: Option<Span>,
}

async fn worker(
    State(lab): State<Arc<Lab>>,
    ApiQuery(Heartbeat { heartbeat }): ApiQuery<Heartbeat>,
    request: Request,
) -> Result<Response, ApiError> {
    let heartbeat = heartbeat.map_or(worker::HEARTBEAT, Duration::from);
    open(&lab, request, limits::FRAME_BYTES, move |connection| worker::work(connection, heartbeat))
}

async fn broadcast(State(lab): State<Arc<Lab>>, request: Request) -> Result<Response, ApiError> {
    let others = lab.clone();
    open(&lab, request, limits::FRAME_BYTES, async move |connection| {
        broadcast::talk(connection, &others.broadcast).await
    })
}
