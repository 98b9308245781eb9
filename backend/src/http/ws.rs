//! `/ws`: Parlor's protocol over WebSocket, versioned or plain.

use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};
use serde::Deserialize;
use shared::{Epoch, RoomName, Seq, Username, limits};

use super::bearer::bearer;
use crate::{
    proxies::Client,
    session::{self, Identity, Mode, PlainStart},
    state::AppState,
    web::{self, ApiError, ApiQuery},
};

#[derive(Deserialize)]
pub(super) struct Params {
    v: Option<u32>,
    room: Option<RoomName>,
    username: Option<Username>,
    epoch: Option<Epoch>,
    after: Option<Seq>,
}

pub(super) async fn ws(
    State(state): State<AppState>,
    Extension(Client(address)): Extension<Client>,
    ApiQuery(params): ApiQuery<Params>,
    request: Request,
) -> Result<Response, ApiError> {
    let accept = web::accept(&state.hub, request.headers())?;
    let who = match (bearer(request.headers())?, &params.username) {
        (Some(token), _) => Some(Identity::by_token(&state, &token).await?),
        (None, Some(username)) if params.v.is_none() => Some(Identity::by_name(&state, username).await?),
        (None, _) => None,
    };
    let mode = mode(params)?;
    if let Mode::Plain(start) = &mode {
        if who.is_none() && !state.house.is_open() {
            return Err(state.house.needs_invitation().into());
        }
        state.readable(&start.room, who.as_ref().map(Identity::reader).unwrap_or_default()).await?;
    }
    // A versioned client authenticates in its hello: a token in the handshake is checked, and not used.
    let who = if matches!(mode, Mode::Versioned) { None } else { who };
    Ok(web::upgrade(request, accept, move |stream, part| {
        session::run(state, stream, part, mode, who, address)
    }))
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
