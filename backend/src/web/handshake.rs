//! The WebSocket handshake (RFC 6455 §4.2), and how the socket leaves hyper.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tracing::debug;
use tungstenite::handshake::derive_accept_key;

use super::ApiError;
use crate::hub::Hub;

/// Whether a request asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    has(headers, &header::UPGRADE, "websocket")
}

/// Checks what RFC 6455 §4.2.1 asks of a client's handshake, and makes the answer to its key.
pub fn accept(hub: &Hub, headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    if hub.is_draining() {
        return Err(ApiError::unavailable("the server restarts: try again"));
    }
    if !is_upgrade(headers) || !has(headers, &header::CONNECTION, "upgrade") {
        return Err(ApiError::new(
            StatusCode::UPGRADE_REQUIRED,
            "not_a_websocket",
            "this address speaks WebSocket: open it with a WebSocket client",
        ));
    }
    if !has(headers, &header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(ApiError::new(
            StatusCode::UPGRADE_REQUIRED,
            "bad_version",
            "the version of the WebSocket protocol is 13 (RFC 6455)",
        ));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    match key {
        Some(key) if BASE64.decode(key).is_ok_and(|key| key.len() == 16) => {
            let accept = derive_accept_key(key);
            Ok(HeaderValue::try_from(accept).expect("base64 fits a header"))
        }
        _ => Err(ApiError::bad_request("Sec-WebSocket-Key is 16 bytes in base64")),
    }
}

/// Answers a handshake, and serves the socket in a task of its own.
pub fn upgrade<F: Future<Output = ()> + Send + 'static>(
    mut request: Request,
    accept: HeaderValue,
    serve: impl FnOnce(TcpStream, Vec<u8>) -> F + Send + 'static,
) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return debug!(%error, "a handshake was not completed"),
        };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            return debug!("a connection that is no TCP stream was upgraded");
        };
        // hyper's read buffer is large and mostly empty: what is in it is copied, and the session runs in a task of
        // its own, so that nothing of hyper's lives as long as the session.
        let part = parts.read_buf.to_vec();
        drop(parts.read_buf);
        let stream = parts.io.into_inner();
        tokio::spawn(serve(stream, part));
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// Whether a header, as a list, has this word.
fn has(headers: &HeaderMap, name: &header::HeaderName, word: &str) -> bool {
    let lines = headers.get_all(name);
    let mut words = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    words.any(|other| other.trim().eq_ignore_ascii_case(word))
}
