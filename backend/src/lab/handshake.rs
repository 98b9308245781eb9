//! How a connection begins and ends: a slow handshake, a close with a chosen code, and subprotocols.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use serde::{Deserialize, Deserializer, de};
use shared::{CloseCode, limits};
use tokio::time::{Instant, sleep_until};

use super::{duration::Span, open, simple};
use crate::{
    close_reason::CloseReason,
    http::error::{ApiError, ApiQuery},
    hub::Outbound,
    socket::may_be_sent,
    state::AppState,
};

/// How long a slow handshake takes if the address does not say.
const DELAY: Duration = Duration::from_secs(3);
/// The longest that a slow handshake takes.
const LONGEST_DELAY: Duration = Duration::from_mins(1);
/// The longest reason of a close frame, in bytes (RFC 6455 §5.5).
const REASON_BYTES: usize = 123;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/lab/close", get(close)).route("/lab/slow", get(slow))
}

/// A code that a close frame may carry.
struct SentCode(CloseCode);

impl<'de> Deserialize<'de> for SentCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?.parse().map(CloseCode);
        code.ok().filter(|code| may_be_sent(*code)).map(Self).ok_or_else(|| {
            de::Error::custom("a close code that may be sent is 1000 to 1003, 1007 to 1014 or 3000 to 4999")
        })
    }
}

#[derive(Deserialize)]
struct Close {
    code: Option<SentCode>,
    #[serde(default)]
    reason: String,
}

/// Closes at once with the code and the reason that the address names.
async fn close(
    State(state): State<AppState>,
    ApiQuery(Close { code, reason }): ApiQuery<Close>,
    request: Request,
) -> Result<Response, ApiError> {
    if reason.len() > REASON_BYTES {
        return Err(ApiError::bad_request(format!("a reason has at most {REASON_BYTES} bytes of UTF-8")));
    }
    let reason = CloseReason::Lab(code.map_or(CloseCode::NORMAL, |code| code.0), reason);
    open(&state, request, limits::FRAME_BYTES, async move |connection| (connection, reason))
}

#[derive(Deserialize)]
struct Delay {
    delay: Option<Span>,
}

/// Answers the handshake after a delay, and is an echo then.
async fn slow(
    State(state): State<AppState>,
    ApiQuery(Delay { delay }): ApiQuery<Delay>,
    request: Request,
) -> Result<Response, ApiError> {
    let delay = delay.map_or(DELAY, Duration::from);
    if delay > LONGEST_DELAY {
        return Err(ApiError::bad_request(format!("a delay is at most {} s", LONGEST_DELAY.as_secs())));
    }
    if !sleep_or_drain(&state, Instant::now() + delay).await {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the server restarts"));
    }
    open(&state, request, limits::FRAME_BYTES, simple::echo)
}

/// The subprotocol to select: the first that the client offers.
pub(super) fn subprotocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut names = offers.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    let name = names.find_map(|name| Some(name.trim()).filter(|name| !name.is_empty()))?;
    HeaderValue::from_str(name).ok()
}

/// Waits until `time`. Returns false as soon as the server drains.
pub(super) async fn sleep_or_drain(state: &AppState, time: Instant) -> bool {
    // Every session is woken when the server drains, so this waits as a session.
    let outbound = Arc::new(Outbound::default());
    let _registration = state.hub.enter(&outbound);
    if state.hub.is_draining() {
        return false;
    }
    tokio::select! {
        () = sleep_until(time) => true,
        () = outbound.notified() => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_subprotocol_is_selected() {
        let select = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(line));
            }
            subprotocol(&headers).map(|name| name.to_str().unwrap().to_owned())
        };
        assert_eq!(select(&[]), None);
        assert_eq!(select(&[" , "]), None);
        assert_eq!(select(&["chat, superchat"]).as_deref(), Some("chat"));
        assert_eq!(select(&["", "graphql-ws", "chat"]).as_deref(), Some("graphql-ws"));
    }
}
