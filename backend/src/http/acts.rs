//! Acts over HTTP: what changes who may do what, and the record of it.

use std::io;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::{BASE32_NOPAD, BASE64};
use futures_util::{Stream, TryStreamExt, stream};
use serde::Deserialize;
use shared::{
    Act, InvitationSecret, RefusalCode, Role, RoomKind, Seq, Username,
    house::{Access, ActDone, Acts, barred_address},
};
use tracing::warn;

use super::caller::{Caller, forbidden};
use crate::{
    house::barred_form,
    names,
    qr_code::qr_code,
    state::AppState,
    store::{Drawn, Outcome, SecretHash},
    web::{ApiBody, ApiError, ApiQuery},
};

pub(super) async fn act(
    State(state): State<AppState>,
    caller: Caller,
    body: ApiBody,
) -> Result<Response, ApiError> {
    let by = caller.actor()?;
    let act: Act = body.object(r#"{"act": "make_room", "room": "…"}, or another act"#)?;
    let act = normalized(act)?;
    if matches!(act, Act::Invite(_)) && state.house.access() == Access::App {
        return Err(forbidden(
            "this house takes users of its application only, so an invitation would let nobody in",
        ));
    }
    act.check().map_err(|error| ApiError::bad_request(error.to_string()))?;
    if let Act::AddWebhook { url, .. } = &act {
        state.webhooks_reach.check(url).map_err(|error| ApiError::bad_request(error.to_string()))?;
    }
    let secrets = Secrets::draw(&act);
    let (number, room, account) = match state.store.act(by, act.clone(), secrets.drawn()).await {
        Outcome::Done { number, room, account } => (number, room, account),
        Outcome::Refused(refusal) => return Err(refusal.into()),
        outcome => {
            let code = RefusalCode::Unavailable.as_str();
            let reason = outcome.failure().of_act();
            return Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, code, reason));
        }
    };
    let mut done = ActDone { number, room, ..ActDone::default() };
    match secrets {
        Secrets::Invitation(secret) => {
            let link = state.house.invitation_link(secret.as_str());
            done.qr = qr_code(&link);
            done.link = Some(link);
            done.invitation = Some(secret);
        }
        Secrets::Webhook(secret) => done.webhook_secret = Some(format!("whsec_{}", BASE64.encode(&secret))),
        Secrets::Suffix(_) | Secrets::None => {}
    }
    // A new token for whoever has ended their own, and for bots, whose owner passes it on.
    let own = caller.account().map(|own| own.number);
    if let Some(account) = account.filter(|account| own == Some(account.number) || account.role == Role::Bot)
    {
        done.token = Some(state.key.sign_account(&account.username, account.number, account.generation));
    }
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(done)).into_response())
}

/// What is drawn at random for an act. The log gets no more of it than it needs.
enum Secrets {
    None,
    Suffix(String),
    Invitation(InvitationSecret),
    Webhook([u8; 24]),
}

impl Secrets {
    fn draw(act: &Act) -> Self {
        match act {
            Act::MakeRoom { kind: RoomKind::Closed, .. } => Self::Suffix(suffix::<5>()),
            Act::OpenDirect { .. } => Self::Suffix(suffix::<10>()),
            Act::Invite(_) => Self::Invitation(AppState::invitation_secret()),
            Act::AddWebhook { .. } => Self::Webhook(AppState::random_bytes()),
            _ => Self::None,
        }
    }

    fn drawn(&self) -> Drawn {
        match self {
            Self::None => Drawn::Nothing,
            Self::Suffix(suffix) => Drawn::RoomSuffix(suffix.clone()),
            Self::Invitation(secret) => Drawn::Invitation(SecretHash::of_invitation(secret)),
            Self::Webhook(secret) => Drawn::WebhookSecret(*secret),
        }
    }
}

fn suffix<const N: usize>() -> String {
    BASE32_NOPAD.encode(&AppState::random_bytes::<N>()).to_ascii_lowercase()
}

/// Brings an act into the form in which the log takes it: new names in NFC, addresses as they are barred.
fn normalized(act: Act) -> Result<Act, ApiError> {
    let name = |username: Username| {
        names::username(username.as_str().trim()).map_err(|error| ApiError::bad_request(error.to_string()))
    };
    Ok(match act {
        Act::BarAddress { address } => {
            Act::BarAddress { address: barred_address(&address).map_or(address, barred_form) }
        }
        Act::UnbarAddress { address } => {
            Act::UnbarAddress { address: barred_address(&address).map_or(address, barred_form) }
        }
        Act::Invite(mut new) => {
            new.username = new.username.map(name).transpose()?;
            new.rooms.sort_unstable();
            new.rooms.dedup();
            Act::Invite(new)
        }
        Act::AddBot { username, rooms } => Act::AddBot { username: name(username)?, rooms },
        act => act,
    })
}

/// Where a page of a list with the newest first begins.
#[derive(Deserialize)]
pub(super) struct Before {
    pub(super) before: Option<Seq>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    ApiQuery(Before { before }): ApiQuery<Before>,
) -> Result<Json<Acts>, ApiError> {
    caller.must_be_owner()?;
    Ok(Json(state.store.acts(before.unwrap_or(Seq::MAX)).await?))
}

/// All acts as JSON lines, oldest first. Whoever is no owner any more gets no more of them.
pub(super) async fn export(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.must_be_owner()?;
    let pages = stream::try_unfold(Some(Seq::ZERO), move |after| {
        let (state, headers) = (state.clone(), headers.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            Caller::of(&state, &headers).await?.must_be_owner()?;
            let (acts, next) = state.store.acts_after(after).await?;
            Ok(Some((json_lines(&acts), next)))
        }
    });
    Ok(ndjson("acts.jsonl", pages))
}

/// Values as JSON, one a line.
pub(super) fn json_lines<T: serde::Serialize>(values: &[T]) -> String {
    let mut lines = String::new();
    for value in values {
        lines +=
            &serde_json::to_string(value).expect("what is exported has string keys and no failing parts");
        lines.push('\n');
    }
    lines
}

/// Streams JSON lines as a file to download.
pub(super) fn ndjson(
    file: &str,
    pages: impl Stream<Item = Result<String, ApiError>> + Send + 'static,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    // A stream that breaks off is seen to be broken: its last chunk is missing.
    let pages = pages.map_err(|error| {
        warn!(?error, "an export broke off");
        io::Error::other("the export broke off")
    });
    (headers, Body::from_stream(pages)).into_response()
}
