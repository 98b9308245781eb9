//! Lists over HTTP: the rooms, and what a search finds.

use axum::{Json, extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use shared::{Message, RoomName, RoomSummary, limits};

use super::bearer::bearer;
use crate::{
    session::Identity,
    state::AppState,
    web::{ApiError, ApiQuery},
};

#[derive(Serialize)]
pub(super) struct Rooms {
    rooms: Vec<RoomSummary>,
}

pub(super) async fn rooms(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Json<Rooms>, ApiError> {
    let reader = match bearer(&headers)? {
        Some(token) => Some(Identity::by_token(&state, &token).await?.username().clone()),
        None => None,
    };
    Ok(Json(Rooms { rooms: state.store.rooms(reader.as_ref()).await? }))
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
    ApiQuery(params): ApiQuery<Params>,
) -> Result<Json<Found>, ApiError> {
    let limit = params.limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MESSAGES);
    let messages = state.store.search(&params.q, params.room.as_ref(), limit).await?;
    Ok(Json(Found { messages }))
}
