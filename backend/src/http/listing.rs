//! Lists over HTTP: the rooms, and what a search finds.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use shared::{Message, RoomName, house::Rooms, limits};

use super::caller::Caller;
use crate::{
    session::Identity,
    state::AppState,
    web::{ApiError, ApiQuery},
};

#[derive(Deserialize)]
pub(super) struct Which {
    /// For owners: all rooms but the direct ones, closed and archived ones, too.
    #[serde(default)]
    all: bool,
    /// With `all`: those after this name.
    after: Option<String>,
}

pub(super) async fn rooms(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(Which { all, after }): ApiQuery<Which>,
) -> Result<Json<Rooms>, ApiError> {
    if all {
        caller.must_be_owner()?;
        return Ok(Json(state.store.all_rooms(after.unwrap_or_default()).await?));
    }
    let name = caller.identity().and_then(Identity::proven_name);
    let rooms = state.store.rooms(caller.reader()?, name).await?;
    Ok(Json(Rooms { rooms, more: false }))
}

#[derive(Deserialize)]
pub(super) struct Params {
    q: String,
    room: Option<RoomName>,
    limit: Option<u16>,
}

#[derive(Serialize)]
pub(super) struct Found {
    messages: Vec<Message>,
}

pub(super) async fn search(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(params): ApiQuery<Params>,
) -> Result<Json<Found>, ApiError> {
    let reader = caller.reader()?;
    if let Some(room) = &params.room {
        state.readable(room, reader).await?;
    }
    let limit = params.limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MESSAGES);
    let messages = state.store.search(&params.q, params.room.as_ref(), reader, limit).await?;
    Ok(Json(Found { messages }))
}
