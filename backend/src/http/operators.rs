//! What operators ask: whether the server lives and takes posts, and the metrics. And the counting of requests.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use tracing::warn;

use super::{caller::Caller, sites};
use crate::{
    metrics::{Process, set},
    state::AppState,
    web::{ApiError, RefusedWith},
};

/// The label of requests that no route of the API matches: files of the app, its pages, and paths that lead nowhere.
const APP: &str = "app";

/// What the metrics' own address answers. Whoever reaches that address may ask, by whatever name.
pub fn routes(state: AppState) -> Router {
    Router::new().merge(health()).route("/metrics", get(exposition)).with_state(state)
}

/// Whether the server lives, and whether it takes posts.
pub(super) fn health() -> Router<AppState> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready))
}

/// The metrics on the address for everybody. `for_owners`: they are for owners in open houses, too.
pub(super) fn guarded_metrics(for_owners: bool) -> Router<AppState> {
    Router::new().route(
        "/metrics",
        get(async move |State(state): State<AppState>, headers: HeaderMap| {
            sites::check_proxied(&state, &headers)?;
            // What happens in a house is for everybody if it is open, and else for its owners.
            if for_owners || !state.house.is_open() {
                Caller::of(&state, &headers).await?.must_be_owner()?;
            }
            Ok::<_, ApiError>(exposition(State(state)).await)
        }),
    )
}

async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    if state.hub.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "the server shuts down\n".into())
    } else if let Some(fault) = state.store.post_fault() {
        (StatusCode::SERVICE_UNAVAILABLE, format!("the store takes no posts now: {fault}\n"))
    } else if let Some(fault) = state.store.fault() {
        (StatusCode::SERVICE_UNAVAILABLE, format!("posts are taken, but {fault}\n"))
    } else {
        (StatusCode::OK, "ready\n".into())
    }
}

/// The metrics, with the gauges as they are now.
async fn exposition(State(state): State<AppState>) -> Response {
    set_gauges(&state).await;
    // Counting open files takes as long as there are many.
    let metrics = state.metrics.clone();
    let encoded = tokio::task::spawn_blocking(move || {
        if let Ok(process) = Process::read() {
            metrics.gauges.set_process(&process);
        }
        metrics.exposition()
    });
    match encoded.await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            warn!(%error, "the metrics could not be written");
            ApiError::unavailable("the metrics could not be written").into_response()
        }
    }
}

async fn set_gauges(state: &AppState) {
    let gauges = &state.metrics.gauges;
    let hub = state.hub.figures();
    set(&gauges.rooms_followed, hub.rooms_followed as u64);
    set(&gauges.rooms_to_notify, hub.rooms_to_notify as u64);
    set(&gauges.ring_bytes, hub.ring_bytes as u64);
    set(&gauges.ring_bytes_limit, hub.ring_bytes_limit as u64);
    set(&gauges.slow_readers, hub.slow_readers as u64);
    set(&gauges.outbound_bytes, hub.outbound_bytes as u64);
    let draining = state.hub.is_draining();
    set(&gauges.draining, u64::from(draining));
    set(&gauges.ready, u64::from(!draining && state.store.fault().is_none()));
    let store = state.store.figures().await;
    set(&gauges.log_position, store.position);
    set(&gauges.search_behind, store.search_behind);
    set(&gauges.log_queue_entries, store.queued as u64);
    set(&gauges.log_queue_limit, store.queue_limit as u64);
    // Where the database cannot be read, what was counted there stays as it was.
    if let Some(counts) = store.counts {
        set(&gauges.rooms, counts.rooms);
        set(&gauges.people, counts.people);
        set(&gauges.store_bytes, counts.store_bytes);
        set(&gauges.wal_bytes, counts.wal_bytes);
    }
}

/// A request that is not answered yet. It may be dropped without an answer, when its client has gone.
struct InFlight<'a>(&'a AppState);

impl<'a> InFlight<'a> {
    fn begin(state: &'a AppState) -> Self {
        state.metrics.gauges.http_requests_in_flight.inc();
        Self(state)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.gauges.http_requests_in_flight.dec();
    }
}

/// Counts a request by its route and its answer's status, and a refusal by its code.
pub(super) async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let in_flight = InFlight::begin(&state);
    let response = next.run(request).await;
    drop(in_flight);
    let route = route.as_ref().map_or(APP, MatchedPath::as_str);
    state.metrics.answered(route, response.status().as_str());
    if let Some(RefusedWith(code)) = response.extensions().get() {
        state.metrics.refused(code);
    }
    response
}
