//! The WebSocket handshake (RFC 6455 §4.2), and the way of the socket out of hyper's hands.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use shared::{Epoch, RoomName, Seq, Username, limits};
use tokio::net::TcpStream;
use tracing::debug;
use tungstenite::handshake::derive_accept_key;

use super::{
    error::{ApiError, ApiQuery},
    messages::bearer,
};
use crate::{
    session::{self, Identity, Mode, PlainStart},
    state::AppState,
};

#[derive(Deserialize)]
pub(super) struct Params {
    v: Option<u32>,
    room: Option<RoomName>,
    username: Option<Username>,
    epoch: Option<Epoch>,
    after: Option<Seq>,
}

pub(super) async fn handshake(
    State(state): State<AppState>,
    ApiQuery(params): ApiQuery<Params>,
    request: Request,
) -> Result<Response, ApiError> {
    let accept = accept(&state, request.headers())?;
    let who = match (bearer(request.headers())?, &params.username) {
        (Some(token), _) => Some(Identity::by_token(&state, &token).await?),
        (None, Some(username)) if params.v.is_none() => Some(Identity::by_name(&state, username).await?),
        (None, _) => None,
    };
    let mode = mode(params)?;
    // A token in the handshake of a versioned client is checked; who it is says its hello.
    let who = if matches!(mode, Mode::Versioned) { None } else { who };
    Ok(upgrade(&state.clone(), request, accept, |stream, part| session::run(state, stream, part, mode, who)))
}

/// Answers a handshake, and serves the socket behind it in a task of its own.
pub(crate) fn upgrade<F: Future<Output = ()> + Send + 'static>(
    state: &AppState,
    mut request: Request,
    accept: HeaderValue,
    serve: impl FnOnce(TcpStream, Vec<u8>) -> F + Send + 'static,
) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let state = state.clone();
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
        state.metrics.sessions_begun.add(1);
        tokio::spawn(serve(stream, part));
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

fn mode(params: Params) -> Result<Mode, ApiError> {
    let lobby = || RoomName::parse("lobby").expect("a valid name");
    match params.v {
        None => Ok(Mode::Plain(Box::new(PlainStart {
            room: params.room.unwrap_or_else(lobby),
            epoch: params.epoch,
            after: params.after,
        }))),
        Some(limits::VERSION) => Ok(Mode::Versioned),
        Some(other) => Err(ApiError::bad_request(format!(
            "there is no version {other} of the protocol: ask for /ws?v={}, or /ws for plain messages",
            limits::VERSION
        ))),
    }
}

/// Checks what RFC 6455 §4.2.1 asks of a client's handshake, and makes the answer to its key.
pub(crate) fn accept(state: &AppState, headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    if state.hub.is_draining() {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the server drains"));
    }
    let has = |name: header::HeaderName, token: &str| {
        let lines = headers.get_all(name);
        let mut words = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        words.any(|word| word.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        return Err(ApiError::new(
            StatusCode::UPGRADE_REQUIRED,
            "not_a_websocket",
            "this address speaks WebSocket: open it with a WebSocket client",
        ));
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(ApiError::new(
            StatusCode::UPGRADE_REQUIRED,
            "bad_version",
            "the version of the WebSocket protocol is 13 (RFC 6455)",
        ));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    match key {
        Some(key) if BASE64_STANDARD.decode(key).is_ok_and(|key| key.len() == 16) => {
            let accept = derive_accept_key(key);
            Ok(HeaderValue::try_from(accept).expect("base64 fits a header"))
        }
        _ => Err(ApiError::bad_request("Sec-WebSocket-Key is 16 bytes in base64")),
    }
}
