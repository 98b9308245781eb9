use axum::http::HeaderName;
use axum::http::header::ACCEPT_ENCODING;

use super::*;

const FEW: &[File] = &[
    File {
        path: "/index.html",
        content_type: "text/html; charset=utf-8",
        etag: "aaaa",
        immutable: false,
        identity: b"the page itself",
        brotli: Some(b"the page (br)"),
        gzip: Some(b"the page (gz)!"),
    },
    File {
        path: "/parlor-app-0123456789abcdef_bg.wasm",
        content_type: "application/wasm",
        etag: "bbbb",
        immutable: true,
        identity: b"module",
        brotli: None,
        gzip: Some(b"gz"),
    },
];

fn get(path: &str, headers: &[(HeaderName, &str)]) -> Response {
    request(&Method::GET, path, headers)
}

fn request(method: &Method, path: &str, headers: &[(HeaderName, &str)]) -> Response {
    let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
    answer_from(FEW, method, path, &headers.collect())
}

fn header(response: &Response, name: HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn size(response: &Response) -> u64 {
    axum::body::HttpBody::size_hint(response.body()).exact().unwrap()
}

#[test]
fn the_page_is_revalidated_and_the_module_is_kept_for_ever() {
    let page = get("/index.html", &[]);
    assert_eq!(header(&page, CACHE_CONTROL), "no-cache");
    assert_eq!(header(&page, ETAG), "\"aaaa\"");
    assert_eq!(header(&page, VARY), "accept-encoding");
    let module = get("/parlor-app-0123456789abcdef_bg.wasm", &[]);
    assert_eq!(header(&module, CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(header(&module, CONTENT_TYPE), "application/wasm");
}

#[test]
fn every_address_of_the_app_gets_the_page() {
    for path in ["/", "/rooms/lobby", "/rooms/v1.2", "/console", "/pulse/"] {
        let response = get(path, &[]);
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
    }
}

#[test]
fn what_looks_like_a_file_is_not_found() {
    for path in ["/favicon.png", "/old-0123456789abcdef.js", "/pulse/x.js"] {
        assert_eq!(get(path, &[]).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn the_smallest_form_at_hand_is_sent_under_its_own_tag() {
    let accept = [(ACCEPT_ENCODING, "gzip, br")];
    let page = get("/", &accept);
    assert_eq!((header(&page, CONTENT_ENCODING), header(&page, ETAG)), ("br", "\"aaaa-br\""));
    assert_eq!(size(&page), 13);
    let module = get("/parlor-app-0123456789abcdef_bg.wasm", &accept);
    assert_eq!((header(&module, CONTENT_ENCODING), size(&module)), ("gzip", 2));
    let plain = get("/", &[]);
    assert_eq!((header(&plain, CONTENT_ENCODING), size(&plain)), ("", 15));
}

#[test]
fn a_known_tag_is_answered_without_a_body() {
    for known in ["\"aaaa\"", "\"zzzz\", W/\"aaaa\"", "*"] {
        let response = get("/", &[(IF_NONE_MATCH, known)]);
        assert_eq!((response.status(), size(&response)), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(header(&response, ETAG), "\"aaaa\"");
    }
    let other = get("/", &[(IF_NONE_MATCH, "\"aaaa\""), (ACCEPT_ENCODING, "br")]);
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn the_app_can_only_be_read() {
    let response = request(&Method::POST, "/", &[]);
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(&response, ALLOW), "GET, HEAD");
    assert_eq!(request(&Method::HEAD, "/", &[]).status(), StatusCode::OK);
}

#[test]
fn the_page_says_what_it_may_do() {
    let page = get("/", &[]);
    let policy = header(&page, CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("'unsafe-eval'") && !policy.contains("script-src 'self' 'unsafe-inline'"));
    assert_eq!(header(&page, REFERRER_POLICY), "no-referrer");
    assert_eq!(header(&page, X_CONTENT_TYPE_OPTIONS), "nosniff");
}

#[test]
fn a_binary_without_the_app_says_how_to_build_it() {
    let response = answer_from(&[], &Method::GET, "/", &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&response, CONTENT_TYPE), "text/html; charset=utf-8");
    assert!(NOT_BUILT.contains("cargo xtask run"));
}
