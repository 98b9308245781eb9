//! The server's routes: the API, the WebSocket, the lab, what an operator asks, and the app.

mod acts;
mod bearer;
mod caller;
mod device_links;
mod events;
mod follower;
mod house;
mod listing;
mod messages;
mod operators;
mod sites;
mod ws;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware,
    response::Response,
    routing::get,
};

use crate::{
    app,
    lab::{self, Lab},
    state::AppState,
    web::{ApiError, BODY_BYTES, is_upgrade},
};

pub use operators::routes as routes_for_operators;

/// What depends on settings among the routes.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether `/lab/` is served.
    pub with_lab: bool,
    /// Whether the metrics have an address of their own. Here they are then for owners only, in an open house, too.
    pub metrics_elsewhere: bool,
}

/// Everything that the server answers.
pub fn routes(state: AppState, Options { with_lab, metrics_elsewhere }: Options) -> Router {
    let lab = with_lab.then(|| Lab::new(state.hub.clone(), state.metrics.clone()));
    let api = Router::new()
        .route("/ws", get(ws::ws))
        .route("/api/rooms", get(listing::rooms))
        .route("/api/rooms/{room}/messages", get(messages::read).post(messages::post))
        .route("/api/rooms/{room}/events", get(events::events))
        .route("/api/search", get(listing::search))
        .merge(device_links::routes())
        .merge(house::routes())
        .merge(lab::routes(lab))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(state.clone(), sites::check));
    Router::new()
        .merge(api)
        .merge(operators::health())
        .merge(operators::guarded_metrics(metrics_elsewhere))
        .fallback(other)
        .layer(middleware::from_fn_with_state(state.clone(), operators::count))
        .with_state(state)
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "bad_method", "this address does not take that method")
}

/// Answers every path without a route: with the app, or with an error where the app has no pages.
async fn other(
    State(state): State<AppState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    sites::check_host(&state.sites, &uri, &headers)?;
    let path = uri.path();
    if is_upgrade(&headers) {
        return Err(ApiError::not_found(format!(
            "there is no WebSocket at {path}: Parlor's is /ws, and /lab/ has small ones to try a client on"
        )));
    }
    let is_below = |prefix: &&str| {
        path.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if ["/api", "/lab", "/ws"].iter().any(is_below) {
        return Err(ApiError::not_found(format!("there is nothing at {path}")));
    }
    Ok(app::answer(&method, path, &headers))
}
