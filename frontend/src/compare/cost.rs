//! Estimates the bytes on the wire, as far as a page can know them.
//!
//! Counted: bodies, response headers if `fetch` exposes them, and the headers of WebSocket frames (RFC 6455). Estimated:
//! request headers, which pages cannot see. Resource Timing does not help: it reports a constant 300 bytes for headers.
//! The overhead of TCP and TLS is left out.

/// The headers that browsers add to a `fetch`, apart from those that are measured: `Accept`, `Accept-Encoding`,
/// `Connection`, `Sec-Fetch-*` and others. The sum is typical for Chromium.
const OTHER_HEADERS: usize = 270;
/// The headers of a WebSocket handshake, apart from those of any request.
const HANDSHAKE_HEADERS: usize = 150;
/// The response to a WebSocket handshake: the status line and the three headers that RFC 6455 requires.
const HANDSHAKE_ANSWER: usize = 129;
/// The headers of a response that pages cannot see, as the lab sends them.
const ANSWER_HEADERS: usize = 130;
/// The overhead of a chunk in HTTP/1.1's chunked encoding.
const CHUNK: usize = 6;

/// A request line with headers.
pub(crate) fn request(path: &str) -> usize {
    let window = crate::browser::window();
    let navigator = window.navigator();
    let host = window.location().host().unwrap_or_default();
    let agent = navigator.user_agent().unwrap_or_default();
    let languages: usize =
        navigator.languages().iter().filter_map(|tag| Some(tag.as_string()?.len() + 6)).sum();
    let line = "GET  HTTP/1.1\r\n".len() + path.len();
    let named = "Host: \r\nUser-Agent: \r\nAccept-Language: \r\n\r\n".len();
    line + named + host.len() + agent.len() + languages + OTHER_HEADERS
}

/// A status line with headers.
pub(crate) fn answer(headers: impl Iterator<Item = (String, String)>) -> usize {
    let lines: usize = headers.map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
    "HTTP/1.1 200 OK\r\n\r\n".len() + lines
}

/// The start of a stream of Server-Sent Events.
pub(crate) fn stream(path: &str) -> usize {
    request(path) + ANSWER_HEADERS
}

/// An event of such a stream.
pub(crate) fn stream_event(id: &str, data: &str) -> usize {
    "id: \ndata: \n\n".len() + id.len() + data.len() + CHUNK
}

/// A WebSocket handshake.
pub(crate) fn handshake(path: &str) -> usize {
    request(path) + HANDSHAKE_HEADERS + HANDSHAKE_ANSWER
}

/// A frame of the server, which is not masked.
pub(crate) fn frame(payload: usize) -> usize {
    payload
        + match payload {
            0..126 => 2,
            126..65_536 => 4,
            _ => 10,
        }
}
