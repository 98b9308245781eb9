//! A room's messages over HTTP: reading, long polls, and posting.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shared::{
    About, Epoch, Message, MessageId, Post, RefusalCode, RoomName, Seq, Side, Timestamp, Username, limits,
};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use super::{bearer::bearer, caller::Caller, follower::Follower};
use crate::{
    hub::Ring,
    journeys::Journey,
    metrics::ConnectionKind,
    proxies::Client,
    session::Identity,
    state::AppState,
    store::{Draft, Full, Outcome, Page},
    web::{ApiBody, ApiError, ApiPath, ApiQuery},
};

/// The longest that a long poll waits, in seconds.
const WAIT_SECONDS: u64 = 60;
/// How long a post waits for a place in the store's queue.
const QUEUE_WAIT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct NewMessage {
    text: String,
    username: Option<Username>,
    id: Option<MessageId>,
    about: Option<About>,
}

#[derive(Serialize)]
struct Posted {
    room: RoomName,
    id: MessageId,
    seq: Seq,
    sent_at: Timestamp,
}

pub(super) async fn post(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    headers: HeaderMap,
    body: ApiBody,
) -> Result<Response, ApiError> {
    let received = Instant::now();
    state.metrics.posts.http.inc();
    let body: NewMessage = body.object(r#"{"text": "…", "username": "…"}"#)?;
    let who = author(&state, &headers, body.username.as_ref()).await?;
    let id = body.id.unwrap_or_else(AppState::message_id);
    let journey = state.journeys.begin("http", &room, &id, &headers);
    let post = Post { room: room.clone(), id: id.clone(), text: body.text, about: body.about };
    let draft = Draft { author: who.author(), post, makes_room: state.house.is_open() };
    match append(&state, draft, &journey).await? {
        Outcome::Stored { seq, sent_at } => {
            state.metrics.post_seconds.observe(received.elapsed().as_secs_f64());
            Ok((StatusCode::CREATED, Json(Posted { room, id, seq, sent_at })).into_response())
        }
        Outcome::Refused(refusal) => Err(refusal.into()),
        outcome => Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            RefusalCode::Unavailable.as_str(),
            outcome.failure().of_post(),
        )),
    }
}

async fn append(state: &AppState, mut draft: Draft, journey: &Journey) -> Result<Outcome, ApiError> {
    let by = Instant::now() + QUEUE_WAIT;
    loop {
        let (answer, answered) = oneshot::channel();
        let traced = journey.clone();
        let queued = state.store.post_timed(draft, move |outcome, times| {
            traced.answered(&outcome, times);
            // The client may be gone; the message is stored all the same.
            let _ = answer.send(outcome);
        });
        match queued {
            Ok(()) => return Ok(answered.await.unwrap_or(Outcome::UNKNOWN)),
            Err(Full(back)) => draft = back,
        }
        if timeout_at(by, state.store.room_in_queue()).await.is_err() {
            return Err(ApiError::busy("the server has more to store than it can: try again"));
        }
    }
}

async fn author(
    state: &AppState,
    headers: &HeaderMap,
    username: Option<&Username>,
) -> Result<Identity, ApiError> {
    match (bearer(headers)?, username) {
        (Some(token), said) => {
            let who = Identity::by_token(state, &token).await?;
            if said.is_some_and(|said| !who.is(said)) {
                let reason = format!("the token is for {}, not for the username in the body", who.username());
                return Err(ApiError::new(StatusCode::UNAUTHORIZED, RefusalCode::BadToken.as_str(), reason));
            }
            Ok(who)
        }
        (None, Some(username)) => Ok(Identity::by_name(state, username).await?),
        (None, None) => Err(ApiError::bad_request(
            "say who posts: a \"username\" in the body, or a token in the Authorization header",
        )),
    }
}

#[derive(Deserialize)]
pub(super) struct Params {
    after: Option<Seq>,
    before: Option<Seq>,
    limit: Option<u16>,
    /// Seconds.
    wait: Option<u64>,
    epoch: Option<Epoch>,
}

#[derive(Serialize)]
struct Read<'a> {
    room: &'a RoomName,
    epoch: &'a Epoch,
    head: Seq,
    messages: &'a [Message],
    context: &'a [Message],
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Seq>,
}

fn encode(room: &RoomName, epoch: &Epoch, page: &Page) -> Bytes {
    let Page { head, floor, messages, context, more } = page;
    let floor = Some(*floor).filter(|floor| *floor > Seq::ZERO);
    let read = Read { room, epoch, head: *head, messages, context, more: *more, floor };
    serde_json::to_vec(&read).expect("a page has string keys and no failing parts").into()
}

pub(super) async fn read(
    State(state): State<AppState>,
    ApiPath(room): ApiPath<RoomName>,
    Extension(client): Extension<Client>,
    caller: Caller,
    ApiQuery(params): ApiQuery<Params>,
) -> Result<Response, ApiError> {
    let reader = caller.reader()?;
    let floor = state.readable(&room, reader).await?.floor;
    let limit = params.limit.unwrap_or(limits::PAGE_DEFAULT);
    if !(1..=limits::PAGE_MESSAGES).contains(&limit) {
        return Err(ApiError::bad_request(format!("limit is 1 to {}", limits::PAGE_MESSAGES)));
    }
    let epoch = state.store.epoch().clone();
    if params.epoch.is_some_and(|said| said != epoch) {
        let reason = format!("the epoch is {epoch} now: the numbers of another one mean nothing here");
        return Err(ApiError::new(StatusCode::GONE, "other_epoch", reason));
    }
    let side = match (params.after, params.before) {
        (Some(_), Some(_)) => return Err(ApiError::bad_request("give after or before, not both")),
        (Some(after), None) => Side::After(after),
        (None, before) => Side::Before(before.unwrap_or(Seq::MAX)),
    };
    let wait = match (params.wait, side) {
        (None, _) => None,
        (Some(seconds), Side::After(after)) => Some((Duration::from_secs(seconds.min(WAIT_SECONDS)), after)),
        (Some(_), Side::Before(_)) => {
            return Err(ApiError::bad_request(
                "wait goes with after: it waits for what comes after that seq",
            ));
        }
    };
    if let Some((time, after)) = wait {
        // Of a log that is deleted up to its head nothing comes, whatever the reader has: it would ask again and again.
        wait_for(&state, &room, &caller, client, after.max(floor), Instant::now() + time).await?;
    }
    let newest = matches!(side, Side::Before(before) if before == Seq::MAX) && limit == limits::PAGE_DEFAULT;
    let body = if newest {
        let newest = state.store.newest(&room).await?;
        newest.body.get_or_init(|| encode(&room, &epoch, &newest.page)).clone()
    } else {
        let page = state.store.page(&room, side, limit).await?;
        let body = encode(&room, &epoch, &page);
        // Whoever waits for messages is a reader that they are delivered to; a page of old ones is none.
        if wait.is_some() && !page.messages.is_empty() {
            state.metrics.deliveries.add(page.messages.len() as u64, body.len() as u64);
        }
        body
    };
    // Some of it may be from after the right to read it ended.
    state.readable(&room, reader).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Waits until the room has a message after `after`, the time is over, or the server shuts down. The wait ends with an error
/// when the right to read does.
async fn wait_for(
    state: &AppState,
    room: &RoomName,
    caller: &Caller,
    client: Client,
    after: Seq,
    until: Instant,
) -> Result<(), ApiError> {
    let mut follower = Follower::enter(state, room, caller, client).await?;
    let mut connection = state.metrics.open_connection(ConnectionKind::Poll);
    let until = follower.expires_at().map_or(until, |at| at.min(until));
    while follower.room().with_ring(Ring::head) <= after && !state.hub.is_draining() {
        if timeout_at(until, follower.notified()).await.is_err() {
            break;
        }
        follower.check(state).await.inspect_err(|_| connection.ends_with("room_left"))?;
    }
    connection.ends_with(if state.hub.is_draining() { "drained" } else { "answered" });
    Ok(follower.check_time()?)
}
