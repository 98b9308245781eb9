//! Lists over HTTP: the rooms, and what a search finds.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use shared::{Message, RoomName, RoomSummary, limits};

use super::caller::Caller;
use crate::{
    session::Identity,
    state::AppState,
    web::{ApiError, ApiQuery},
};

#[derive(Serialize)]
pub(super) struct Rooms {
    rooms: Vec<RoomSummary>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    /// For owners: all rooms but the direct ones, closed and archived ones, too.
    #[serde(default)]
    all: bool,
}

pub(super) async fn rooms(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(Which { all }): ApiQuery<Which>,
) -> Result<Json<Rooms>, ApiError> {
    if all {
        caller.must_be_owner()?;
        return Ok(Json(Rooms { rooms: state.store.all_rooms().await? }));
    }
    let name = caller.identity().and_then(Identity::proven_name);
    Ok(Json(Rooms { rooms: state.store.rooms(caller.reader()?, name).await? }))
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
