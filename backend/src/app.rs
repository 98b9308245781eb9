//! The browser app, served from inside the binary.
//!
//! The build script compresses every file and computes its headers, as far as they do not depend on the request. Here one of
//! those answers is chosen; `encoding` chooses among the compressed forms.

mod encoding;

use std::sync::LazyLock;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::Response,
};

use encoding::Encoding;

// Defines `FILES`, and the hashes of the page's inline scripts and styles: `SCRIPT_HASHES` and `STYLE_HASHES`.
include!(concat!(env!("OUT_DIR"), "/app.rs"));

/// One file of the app. A compressed form that would not be smaller is absent.
struct File {
    /// The path in the URL, with its leading slash.
    path: &'static str,
    content_type: &'static str,
    /// The hash of the content, without quotes.
    etag: &'static str,
    /// Whether the name contains a hash of the content.
    immutable: bool,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

const PAGE: &str = "/index.html";

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Parlor</title>\
    <p>This parlor was built without its browser app: run <code>cargo xtask run</code> in the source \
    folder to build both.</p>";

/// Answers a request with one of the app's files.
pub fn answer(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    answer_from(FILES, method, path, headers)
}

fn answer_from(files: &[File], method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let Some(name) = resolve(files, path) else {
        return plain(StatusCode::NOT_FOUND, "Parlor has nothing here.\n");
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "The app can only be read.\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let Some(file) = files.iter().find(|file| file.path == name) else {
        let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        return response;
    };

    let (encoding, content) = file.choose(headers);
    let etag = file.etag_of(encoding);
    let unchanged = headers.get_all(IF_NONE_MATCH).iter().any(|value| names(value, &etag));
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(content) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    file.describe(encoding, &etag, response.headers_mut());
    response
}

/// The file for a path. Paths that the app's own router reads get its page.
fn resolve<'a>(files: &[File], path: &'a str) -> Option<&'a str> {
    if files.iter().any(|file| file.path == path) {
        return Some(path);
    }
    // A missing file is not answered with the page, which a browser would parse as a script. Rooms may have dots.
    let last = path.rsplit('/').next().unwrap_or_default();
    (path.starts_with("/rooms/") || !last.contains('.')).then_some(PAGE)
}

impl File {
    fn choose(&self, headers: &HeaderMap) -> (Encoding, &'static [u8]) {
        let available = |encoding| match encoding {
            Encoding::Brotli => self.brotli,
            Encoding::Gzip => self.gzip,
            Encoding::Identity => Some(self.identity),
        };
        encoding::by_preference(headers)
            .into_iter()
            .find_map(|encoding| Some((encoding, available(encoding)?)))
            .unwrap_or((Encoding::Identity, self.identity))
    }

    /// A strong tag identifies bytes, so each compressed form has its own.
    fn etag_of(&self, encoding: Encoding) -> String {
        match encoding.name() {
            Some(name) => format!("\"{}-{name}\"", self.etag),
            None => format!("\"{}\"", self.etag),
        }
    }

    fn describe(&self, encoding: Encoding, etag: &str, headers: &mut HeaderMap) {
        let caching = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(etag) = HeaderValue::from_str(etag) {
            headers.insert(ETAG, etag);
        }
        if let Some(name) = encoding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if self.path == PAGE {
            headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY.clone());
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
    }
}

/// The page's Content-Security-Policy. The Console may connect to any server. The timeline sets heights, so `style`
/// attributes are allowed.
static PAGE_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = [
        "default-src 'self'",
        &format!("script-src 'self' 'wasm-unsafe-eval'{SCRIPT_HASHES}"),
        &format!("style-src 'self'{STYLE_HASHES}"),
        "style-src-attr 'unsafe-inline'",
        "connect-src 'self' ws: wss: http: https:",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    .join("; ");
    HeaderValue::from_str(&policy).expect("a policy of ASCII words and base64 is a header's value")
});

/// Whether an `If-None-Match` names the tag. It is compared weakly: proxies that compress mark tags as weak.
fn names(if_none_match: &HeaderValue, etag: &str) -> bool {
    let tags = if_none_match.to_str().unwrap_or_default();
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests;
