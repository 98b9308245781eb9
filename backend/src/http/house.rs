//! The house over HTTP: what it is, who is there, who was invited.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::Response,
    routing::{get, post},
};
use futures_util::stream;
use serde::Deserialize;
use shared::{
    Keep, Refusal, Role, RoomKind, RoomName, Seq,
    house::{
        Access, Bars, Bots, Expiring, House, HouseSettings, InvitationOffer, Invitations, LookAtInvitation,
        Me, People, RoomMembers,
    },
};

use super::{
    acts::{self, Before, json_lines, ndjson},
    caller::{Caller, forbidden},
};
use crate::{
    state::AppState,
    store::{Actor, COUNTED, KnownRoom, Reader, RoomAccess, RoomRights},
    web::{ApiBody, ApiError, ApiPath, ApiQuery},
};

/// The routes. What they answer is for one reader only: no cache may keep it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/house", get(house))
        .route("/api/invitations/look", post(look))
        .route("/api/invitations", get(invitations))
        .route("/api/me", get(me))
        .route("/api/me/messages", get(messages))
        .route("/api/settings", get(settings))
        .route("/api/acts", get(acts::list).post(acts::act))
        .route("/api/acts/export", get(acts::export))
        .route("/api/people", get(people))
        .route("/api/bars", get(bars))
        .route("/api/bots", get(bots))
        .route("/api/rooms/{room}/members", get(members))
        .route("/api/rooms/{room}/expiring", get(expiring))
        .layer(middleware::map_response(async |mut response: Response| {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }))
}

async fn house(State(state): State<AppState>) -> Json<House> {
    let house = &state.house;
    Json(House {
        name: house.settings().name,
        access: house.access(),
        url: house.stated_url().unwrap_or_default().to_owned(),
    })
}

async fn look(State(state): State<AppState>, body: ApiBody) -> Result<Json<InvitationOffer>, ApiError> {
    // What serde says of a body may repeat a part of it, and a secret must not get into a reason.
    let LookAtInvitation { invitation } = body.object(r#"{"invitation": "…"}"#).map_err(|_| {
        ApiError::bad_request(r#"the body is {"invitation": "…"}, with the secret of an invitation"#)
    })?;
    // In an application's house an invitation lets nobody in.
    let takes_invitations = state.house.access() != Access::App;
    let Some(offer) = state.store.offer(&invitation).await?.filter(|_| takes_invitations) else {
        let Refusal { code, reason, .. } = Refusal::bad_invitation();
        return Err(ApiError::new(StatusCode::NOT_FOUND, code.as_str(), reason));
    };
    Ok(Json(InvitationOffer { house: state.house.settings().name, ..offer }))
}

async fn invitations(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(Before { before }): ApiQuery<Before>,
) -> Result<Json<Invitations>, ApiError> {
    caller.actor()?;
    let of = caller.account().filter(|account| !account.role.moderates()).map(|account| account.number);
    // Owners know of closed rooms; a moderator knows of those that they are in.
    let is_owner = caller.account().is_none_or(|account| account.role == Role::Owner);
    let reader = if is_owner { None } else { Some(caller.reader()?) };
    Ok(Json(state.store.invitations(of, reader, before.unwrap_or(Seq::MAX)).await?))
}

async fn me(State(state): State<AppState>, caller: Caller) -> Result<Json<Me>, ApiError> {
    caller.actor()?;
    let account = caller.account().ok_or_else(|| forbidden("the operator has no account"))?;
    let settings = state.house.settings();
    Ok(Json(Me {
        username: account.username.clone(),
        role: account.role,
        limited: account.limited,
        makes_rooms: !account.limited && settings.lets_make_rooms(account.role),
        invites: state.house.access() != Access::App
            && settings.lets_invite(account.role, account.limited, Role::Guest),
        settings,
    }))
}

/// The settings, for who changes them without an account, too.
async fn settings(State(state): State<AppState>, caller: Caller) -> Result<Json<HouseSettings>, ApiError> {
    caller.must_be_owner()?;
    Ok(Json(state.house.settings()))
}

/// One's own messages as JSON lines, oldest first. Whose token is not valid any more gets no more of them.
async fn messages(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.actor()?;
    let account = caller.account().ok_or_else(|| forbidden("the operator has no messages"))?.number;
    let pages = stream::try_unfold(Some(Seq::ZERO), move |after| {
        let (state, headers) = (state.clone(), headers.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            Caller::of(&state, &headers).await?.actor()?;
            let (messages, next) = state.store.messages_of(account, after).await?;
            Ok(Some((json_lines(&messages), next)))
        }
    });
    Ok(ndjson("messages.jsonl", pages))
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

async fn people(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(After { after }): ApiQuery<After>,
) -> Result<Json<People>, ApiError> {
    caller.must_moderate()?;
    let (mut people, numbers) = state.store.people(after.unwrap_or_default()).await?;
    for (person, number) in people.people.iter_mut().zip(numbers) {
        person.online = number.is_some_and(|number| state.hub.is_online(number));
    }
    Ok(Json(people))
}

async fn bars(State(state): State<AppState>, caller: Caller) -> Result<Json<Bars>, ApiError> {
    caller.must_moderate()?;
    Ok(Json(Bars { addresses: state.store.bars().await? }))
}

async fn bots(State(state): State<AppState>, caller: Caller) -> Result<Json<Bots>, ApiError> {
    caller.must_be_owner()?;
    Ok(Json(Bots { bots: state.store.bots().await? }))
}

async fn members(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    caller: Caller,
    ApiQuery(After { after }): ApiQuery<After>,
) -> Result<Json<RoomMembers>, ApiError> {
    let known = known_room(&state, &room, &caller).await?;
    let rights = rights(&known, &caller);
    Ok(Json(state.store.members(known, rights, after.unwrap_or_default()).await?))
}

/// A room that the caller knows of.
async fn known_room(state: &AppState, room: &RoomName, caller: &Caller) -> Result<Arc<KnownRoom>, ApiError> {
    let is_operator = caller.actor()? == Actor::Operator;
    let is_owner = is_operator || caller.account().is_some_and(|account| account.role == Role::Owner);
    let reader = if is_operator { Reader::default() } else { caller.reader()? };
    match state.store.access(room, reader).await? {
        RoomAccess::Readable(known) => Ok(known),
        // Owners know of closed rooms, and see who is there.
        RoomAccess::Hidden if is_owner => match state.store.known_room(room).await? {
            Some(known) if known.info.kind != RoomKind::Direct => Ok(known),
            _ => Err(Refusal::no_room(room).into()),
        },
        _ => Err(Refusal::no_room(room).into()),
    }
}

/// What the caller may do with a room, if this account has made it.
fn rights(known: &KnownRoom, caller: &Caller) -> impl Fn(Option<Seq>) -> RoomRights + Send + 'static {
    let is_direct = known.info.kind == RoomKind::Direct;
    let account = caller.account().cloned();
    move |made_by| {
        let Some(account) = &account else {
            return RoomRights { manages: !is_direct, sets_keep: !is_direct };
        };
        let is_owner = account.role == Role::Owner;
        let made = made_by == Some(account.number);
        let reaches = !is_direct && (!account.limited || is_owner);
        let has_made = made && matches!(account.role, Role::Member | Role::Moderator);
        RoomRights {
            manages: reaches && (account.role.moderates() || has_made),
            sets_keep: reaches && (is_owner || has_made),
        }
    }
}

#[derive(Deserialize)]
struct Kept {
    keep: Option<String>,
}

async fn expiring(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    caller: Caller,
    ApiQuery(Kept { keep }): ApiQuery<Kept>,
) -> Result<Json<Expiring>, ApiError> {
    let known = known_room(&state, &room, &caller).await?;
    if !rights(&known, &caller)(state.store.made_by(known).await?).sets_keep {
        return Err(forbidden("only owners and who has made the room may ask this"));
    }
    let own = keep.map(|keep| Keep::parse(&keep)).transpose();
    let own = own.map_err(|error| ApiError::bad_request(error.to_string()))?;
    let keep = own.unwrap_or(state.house.keep());
    // The size that the house keeps is that of all rooms together.
    if own.is_none() && matches!(keep, Keep::Bytes(_)) {
        return Ok(Json(Expiring { keep, ..Expiring::default() }));
    }
    let messages = state.store.would_expire(&room, keep).await?;
    Ok(Json(Expiring { keep, messages: Some(messages), at_least: messages == COUNTED }))
}
