//! Which sites a browser may come from. It defends a browser's user against other sites; a program sends any origin it
//! likes, or none.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::ApiError;
use crate::state::{AllowedOrigins, AppState};

/// Where a request with an `Origin` comes from.
#[derive(Debug, PartialEq, Eq)]
enum Site {
    /// A program, or the server's own page.
    Own,
    /// Another site, which is allowed.
    Allowed(HeaderValue),
    /// Another site.
    Other,
}

pub(super) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match site(request.headers(), &state.allowed_origins) {
        Site::Own => next.run(request).await,
        Site::Other => {
            ApiError::new(StatusCode::FORBIDDEN, "bad_origin", "Origin not allowed").into_response()
        }
        Site::Allowed(origin) => {
            // The Fetch standard's CORS protocol: what another site may ask and read.
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
            response
        }
    }
}

fn site(headers: &HeaderMap, allowed: &AllowedOrigins) -> Site {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Site::Own };
    if origins.next().is_some() {
        return Site::Other;
    }
    let own = headers.get(header::HOST).is_some_and(|host| {
        let host = host.as_bytes();
        let of = |scheme: &[u8]| {
            origin.as_bytes().strip_prefix(scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        };
        of(b"http://") || of(b"https://")
    });
    match allowed {
        _ if own => Site::Own,
        AllowedOrigins::Any => Site::Allowed(origin.clone()),
        AllowedOrigins::These(these) if these.contains(origin) => Site::Allowed(origin.clone()),
        AllowedOrigins::These(_) => Site::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)], allowed: &AllowedOrigins) -> Site {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        site(&map, allowed)
    }

    #[test]
    fn only_the_own_page_allowed_sites_and_programs_are_let_in() {
        let none = AllowedOrigins::These(Vec::new());
        let host = ("host", "parlor.example:8080");
        assert_eq!(of(&[host], &none), Site::Own);
        assert_eq!(of(&[host, ("origin", "http://parlor.example:8080")], &none), Site::Own);
        assert_eq!(of(&[host, ("origin", "https://Parlor.example:8080")], &none), Site::Own);
        for other in
            ["http://evil.example", "http://parlor.example", "null", "http://parlor.example:8080.evil"]
        {
            assert_eq!(of(&[host, ("origin", other)], &none), Site::Other, "{other}");
        }
        let friend = HeaderValue::from_static("http://friend.example");
        let these = AllowedOrigins::These(vec![friend.clone()]);
        assert_eq!(of(&[host, ("origin", "http://friend.example")], &these), Site::Allowed(friend));
    }

    #[test]
    fn a_second_origin_is_not_overlooked() {
        let own = ("origin", "http://a.example");
        let headers = [("host", "a.example"), own, ("origin", "http://evil.example")];
        assert_eq!(of(&headers, &AllowedOrigins::Any), Site::Other);
    }
}
