//! The checks of `Host` and `Origin` before a route, and what another site's page may ask and read (CORS).
//!
//! tower-http's `CorsLayer` does not pay: it only writes headers, and a WebSocket, which knows no CORS, needs the refusal.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::caller::Caller;
use crate::{
    house::House,
    proxies::{Client, Peer},
    sites::{BadHost, Origin, Sites},
    state::AppState,
    web::ApiError,
};

/// Whether a query asks for a version of the protocol.
fn is_versioned(query: &str) -> bool {
    query.split('&').any(|pair| pair.starts_with("v="))
}

/// Accepts requests for this server that come from its own page, an allowed site or a program.
pub(super) async fn check(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    check_host(&state.sites, request.uri(), request.headers())?;
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    let client = state.proxies.client(peer, request.headers());
    check_proxied(&state, request.headers())?;
    // A browser does not tell a page why a handshake was refused: there the answer to `hello` says it. And a bar of a proxy's
    // address, or of this machine's, must not keep out who can lift it.
    let tells_in_hello = request.uri().path() == "/ws" && request.uri().query().is_some_and(is_versioned);
    if state.house.bars(client) && !tells_in_hello && !Caller::passes_bars(&state, request.headers()).await {
        return Err(House::barred_address().into());
    }
    request.extensions_mut().insert(Client(client));
    match state.sites.origin(request.headers()) {
        Origin::Own => Ok(next.run(request).await),
        Origin::Foreign => Err(ApiError::new(StatusCode::FORBIDDEN, "bad_origin", "Origin not allowed")),
        Origin::Allowed(origin) => {
            // The Fetch standard's CORS protocol.
            let preflight = request.method() == Method::OPTIONS;
            let mut response =
                if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
            if preflight {
                let allow = HeaderValue::from_static("authorization, content-type, last-event-id");
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allow);
                headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
            }
            Ok(response)
        }
    }
}

/// Refuses a request that an unknown proxy has passed on to a house that is open to its own machine only.
pub(super) fn check_proxied(state: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    if state.proxies.is_unknown_proxy(headers) && state.house.is_open() {
        state.house.take_proxied()?;
    }
    Ok(())
}

/// Refuses a request that is for another host.
pub(super) fn check_host(sites: &Sites, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    sites.check_host(uri, headers).map_err(|error| match error {
        BadHost::Malformed => ApiError::bad_request("a request names one host, in its Host header"),
        BadHost::Foreign(host) => {
            let name = host.name();
            let reason =
                format!("{name} is not a host of this server; if it is, start the server with --host {name}");
            ApiError::new(StatusCode::MISDIRECTED_REQUEST, "bad_host", reason)
        }
    })
}
