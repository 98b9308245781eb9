//! How a connection begins and ends: a slow handshake, and a close with a chosen code.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};
use serde::{Deserialize, Deserializer, de};
use shared::{CloseCode, limits};
use tokio::time::Instant;

use super::{
    duration::Span,
    endpoint::{Lab, open, sleep_or_drain},
    simple,
};
use crate::{
    close_reason::CloseReason,
    socket::may_be_sent,
    web::{ApiError, ApiQuery},
};

/// How long a slow handshake takes if the address does not say.
const DELAY: Duration = Duration::from_secs(3);
/// The longest that a slow handshake takes.
const LONGEST_DELAY: Duration = Duration::from_mins(1);
/// The longest reason of a close frame, in bytes (RFC 6455 §5.5).
const REASON_BYTES: usize = 123;

pub(super) fn routes() -> Router<Arc<Lab>> {
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
    State(lab): State<Arc<Lab>>,
    ApiQuery(Close { code, reason }): ApiQuery<Close>,
    request: Request,
) -> Result<Response, ApiError> {
    if reason.len() > REASON_BYTES {
        return Err(ApiError::bad_request(format!("a reason has at most {REASON_BYTES} bytes of UTF-8")));
    }
    let reason = CloseReason::Lab(code.map_or(CloseCode::NORMAL, |code| code.0), reason);
    open(&lab, request, limits::FRAME_BYTES, async move |connection| (connection, reason))
}

#[derive(Deserialize)]
struct Delay {
    delay: Option<Span>,
}

/// Answers the handshake after a delay, and is an echo then.
async fn slow(
    State(lab): State<Arc<Lab>>,
    ApiQuery(Delay { delay }): ApiQuery<Delay>,
    request: Request,
) -> Result<Response, ApiError> {
    let delay = delay.map_or(DELAY, Duration::from);
    if delay > LONGEST_DELAY {
        return Err(ApiError::bad_request(format!("a delay is at most {} s", LONGEST_DELAY.as_secs())));
    }
    if !sleep_or_drain(&lab.hub, Instant::now() + delay).await {
        return Err(ApiError::unavailable("the server restarts: try again"));
    }
    open(&lab, request, limits::FRAME_BYTES, simple::echo)
}
