//! What goes over the wire, as far as a page can know.
//!
//! Counted: bodies, the answers' headers where `fetch` shows them, and the frames' headers, which RFC 6455 fixes. Estimated:
//! the requests' headers, which no page is shown. Resource Timing is of no use for that: it puts 300 bytes in the headers'
//! place, whatever they are. TCP's and TLS's own bytes are left out.

/// The headers that browsers send with a `fetch` beside those that are measured: `Accept`, `Accept-Encoding`,
/// `Connection`, `Sec-Fetch-*` and the like: about what Chromium's usual ones add up to.
const OTHER_HEADERS: usize = 270;
/// The headers of a WebSocket handshake beside those of a request.
const HANDSHAKE_HEADERS: usize = 150;
/// The answer to a WebSocket handshake: its status line and the three headers that RFC 6455 asks for.
const HANDSHAKE_ANSWER: usize = 129;
/// The headers of an answer that is not shown, as the lab sends them.
const ANSWER_HEADERS: usize = 130;
/// What HTTP/1.1 puts around a chunk of a body that goes on.
const CHUNK: usize = 6;

/// A request's line and headers.
pub(crate) fn request(path: &str) -> usize {
    let window = crate::dom::window();
    let navigator = window.navigator();
    let host = window.location().host().unwrap_or_default();
    let agent = navigator.user_agent().unwrap_or_default();
    let languages: usize =
        navigator.languages().iter().filter_map(|tag| Some(tag.as_string()?.len() + 6)).sum();
    let line = "GET  HTTP/1.1\r\n".len() + path.len();
    let named = "Host: \r\nUser-Agent: \r\nAccept-Language: \r\n\r\n".len();
    line + named + host.len() + agent.len() + languages + OTHER_HEADERS
}

/// An answer's status line and headers.
pub(crate) fn answer(headers: impl Iterator<Item = (String, String)>) -> usize {
    let lines: usize = headers.map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
    "HTTP/1.1 200 OK\r\n\r\n".len() + lines
}

/// The beginning of a stream of Server-Sent Events.
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

/// A frame from the server, which is not masked.
pub(crate) fn frame(payload: usize) -> usize {
    payload
        + match payload {
            0..126 => 2,
            126..65_536 => 4,
            _ => 10,
        }
}
