//! Errors as JSON, `{"error": {"code", "reason"}}` with the matching status, and axum's extractors with such errors.

use std::{fmt, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use shared::{Refusal, RefusalCode};
use tokio::time::timeout;

use crate::store::{RETRY_MS, SearchError, StoreError};

/// The time for a request's body to arrive, so that bodies which never end cannot pile up.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The largest body of a request, in bytes: the longest text fits even if each of its bytes is escaped in JSON.
pub const BODY_BYTES: usize = 6 * shared::limits::TEXT_BYTES + 4096;

/// An answer that is an error.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    reason: String,
    retry_after_ms: Option<u64>,
}

/// Tells whoever counts refusals with which code an answer refuses.
#[derive(Debug, Clone, Copy)]
pub struct RefusedWith(pub &'static str);

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl ApiError {
    /// An error with this status, code and reason.
    pub fn new(status: StatusCode, code: &'static str, reason: impl Into<String>) -> Self {
        Self { status, code, reason: reason.into(), retry_after_ms: None }
    }

    /// The request means nothing.
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }

    /// There is nothing at the request's address.
    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", reason)
    }

    /// The same request may succeed later.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::retry(RefusalCode::Unavailable, reason)
    }

    /// There is too much to do now; the same request may succeed later.
    pub fn busy(reason: impl Into<String>) -> Self {
        Self::retry(RefusalCode::Busy, reason)
    }

    fn retry(code: RefusalCode, reason: impl Into<String>) -> Self {
        Self {
            retry_after_ms: Some(RETRY_MS),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code.as_str(), reason)
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, code, reason, retry_after_ms } = self;
        let body = Json(Body { error: Inner { code, reason: &reason, retry_after_ms } });
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(RefusedWith(code));
        if let Some(wait) = retry_after_ms {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            // RFC 9110 §15.5.9: the rest of the body is not waited for.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            // RFC 9110 §15.5.22 and RFC 6455 §4.4: the answer says to what, and which version.
            let headers = response.headers_mut();
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code {
            RefusalCode::BadToken | RefusalCode::InvitationNeeded => StatusCode::UNAUTHORIZED,
            RefusalCode::Forbidden | RefusalCode::Barred | RefusalCode::BadInvitation => {
                StatusCode::FORBIDDEN
            }
            RefusalCode::NoRoom | RefusalCode::NotFound => StatusCode::NOT_FOUND,
            RefusalCode::NameTaken | RefusalCode::BadAbout | RefusalCode::IdTaken | RefusalCode::Archived => {
                StatusCode::CONFLICT
            }
            RefusalCode::TooFast => StatusCode::TOO_MANY_REQUESTS,
            RefusalCode::Busy | RefusalCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let later = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_MS);
        let retry_after_ms = refusal.retry_after_ms.or(later);
        Self { retry_after_ms, ..Self::new(status, refusal.code.as_str(), refusal.reason) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Store(error) => error.into(),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<rejection::PathRejection> for ApiError {
    fn from(rejection: rejection::PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<rejection::QueryRejection> for ApiError {
    fn from(rejection: rejection::QueryRejection) -> Self {
        let text = rejection.body_text();
        let what = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, what)| what);
        Self::bad_request(format!("a parameter of the address is not valid: {what}"))
    }
}

impl From<rejection::BytesRejection> for ApiError {
    fn from(rejection: rejection::BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let reason = format!("a request body has at most {BODY_BYTES} bytes");
            return Self::new(rejection.status(), "too_big", reason);
        }
        Self::new(rejection.status(), "bad_request", rejection.body_text())
    }
}

/// axum's `Path`, with an [`ApiError`] if it does not fit.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(ApiError))]
pub struct ApiPath<T>(pub T);

/// axum's `Query`, with an [`ApiError`] if it does not fit.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(ApiError))]
pub struct ApiQuery<T>(pub T);

/// A whole body, which has arrived in time.
///
/// tower-http's layer for this does not pay: its error would have to be found again inside axum's.
pub struct ApiBody(pub Bytes);

impl ApiBody {
    /// Reads the body as a JSON object, whatever its content type: a bare `curl -d` calls it a form. `shape` shows in the
    /// error what the body should be.
    pub fn object<T: DeserializeOwned>(&self, shape: &str) -> Result<T, ApiError> {
        let bad = |error: &dyn fmt::Display| ApiError::bad_request(format!("the body is {shape}: {error}"));
        // serde would also take the fields from an array.
        if !self.0.trim_ascii_start().starts_with(b"{") {
            return Err(bad(&"it is no JSON object"));
        }
        serde_json::from_slice(&self.0).map_err(|error| bad(&error))
    }
}

impl<S: Send + Sync> FromRequest<S> for ApiBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match timeout(BODY_TIME, Bytes::from_request(request, state)).await {
            Ok(body) => Ok(Self(body?)),
            Err(_) => Err(Self::Rejection::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                format!("the body did not arrive within {} s", BODY_TIME.as_secs()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_succeed_later_says_when() {
        let refused = Refusal { retry_after_ms: Some(2500), ..Refusal::new(RefusalCode::Unavailable, "no") };
        for (error, seconds) in [
            (ApiError::busy("too much"), "1"),
            (ApiError::unavailable("no"), "1"),
            (Refusal::new(RefusalCode::Busy, "too much").into(), "1"),
            (refused.into(), "3"),
        ] {
            let response = error.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[header::RETRY_AFTER], seconds);
        }
        let taken: ApiError = Refusal::new(RefusalCode::IdTaken, "another text has this id").into();
        let response = taken.into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert!(!response.headers().contains_key(header::RETRY_AFTER));
    }
}
