//! The token of a request.

use axum::http::{HeaderMap, StatusCode, header};
use shared::{RefusalCode, Token};

use crate::web::ApiError;

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1), if there is one.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<Token>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let bad = |reason: &str| ApiError::new(StatusCode::UNAUTHORIZED, RefusalCode::BadToken.as_str(), reason);
    let value = value.to_str().map_err(|_| bad("the Authorization header is not text"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(bad("the Authorization header is `Bearer TOKEN`"));
    }
    Token::parse(token.trim()).map(Some).map_err(|error| bad(&error.to_string()))
}
