//! Errors as the HTTP API says them: `{"error": {"code", "reason"}}` with the matching status.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::{Refusal, RefusalCode};

use crate::store::{SearchError, StoreError};

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    reason: String,
    retry_after_ms: Option<u64>,
}

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
    pub(crate) fn new(status: StatusCode, code: &'static str, reason: impl Into<String>) -> Self {
        Self { status, code, reason: reason.into(), retry_after_ms: None }
    }

    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, code, reason, retry_after_ms } = self;
        let body = Json(Body { error: Inner { code, reason: &reason, retry_after_ms } });
        let mut response = (status, body).into_response();
        if let Some(wait) = retry_after_ms {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
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
            RefusalCode::BadToken => StatusCode::UNAUTHORIZED,
            RefusalCode::Forbidden => StatusCode::FORBIDDEN,
            RefusalCode::NameTaken | RefusalCode::BadAbout => StatusCode::CONFLICT,
            RefusalCode::Busy | RefusalCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let retry_after_ms = refusal.retry_after_ms;
        Self { retry_after_ms, ..Self::new(status, refusal.code.as_str(), refusal.reason) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self {
            retry_after_ms: Some(crate::store::RETRY_MS),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, RefusalCode::Unavailable.as_str(), error.to_string())
        }
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
        Self::bad_request(rejection.body_text())
    }
}

impl From<rejection::BytesRejection> for ApiError {
    fn from(rejection: rejection::BytesRejection) -> Self {
        Self::new(rejection.status(), "too_big", rejection.body_text())
    }
}

/// axum's `Path`, with errors as this API says them.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(ApiError))]
pub(super) struct ApiPath<T>(pub(super) T);

/// axum's `Query`, with errors as this API says them.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(ApiError))]
pub(crate) struct ApiQuery<T>(pub(crate) T);

/// A body, with errors as this API says them.
pub(super) struct ApiBody(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for ApiBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Ok(Self(Bytes::from_request(request, state).await?))
    }
}
