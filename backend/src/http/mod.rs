//! The server's HTTP side: the API, the WebSocket handshake, and the app.

pub(crate) mod error;
mod events;
mod listing;
mod messages;
mod origin;
pub(crate) mod upgrade;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::get,
};
use shared::limits;

use crate::{app, lab, state::AppState};

/// Everything that the server answers.
pub fn routes(state: AppState, with_lab: bool) -> Router {
    let api = Router::new()
        .route("/ws", get(upgrade::handshake))
        .route("/api/rooms", get(listing::rooms))
        .route("/api/rooms/{room}/messages", get(messages::read).post(messages::post))
        .route("/api/rooms/{room}/events", get(events::events))
        .route("/api/search", get(listing::search))
        .merge(lab::routes(with_lab))
        .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
        .layer(middleware::from_fn_with_state(state.clone(), origin::check));
    Router::new()
        .merge(api)
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(app::routes())
        .with_state(state)
}

async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    if state.hub.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "the server drains\n")
    } else if !state.store.is_healthy() {
        (StatusCode::SERVICE_UNAVAILABLE, "the store takes nothing now\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, state.metrics.exposition(&state.hub))
}
