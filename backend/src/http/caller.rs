//! Who sends a request, and what they may ask.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
};
use shared::{RefusalCode, Role, Token};

use super::bearer::bearer;
use crate::{
    session::Identity,
    state::AppState,
    store::{Account, Actor, Reader},
    token::ProofKind,
    web::ApiError,
};

/// Who sends a request.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Whoever can read the key file.
    Operator,
    /// The holder of a token.
    Person(Box<Identity>),
    /// Somebody without a token, in an open house.
    Anybody,
}

impl Caller {
    /// Who sends a request with these headers.
    pub(super) async fn of(state: &AppState, headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(token) = bearer(headers)? else {
            return if state.house.is_open() {
                Ok(Self::Anybody)
            } else {
                Err(state.house.needs_invitation().into())
            };
        };
        if is_operators(state, &token) {
            return Ok(Self::Operator);
        }
        Ok(Self::Person(Box::new(Identity::by_token(state, &token).await?)))
    }

    /// Whether somebody whom no bar of an address keeps out sends a request with these headers: an owner or the operator, who can
    /// lift it.
    pub(super) async fn passes_bars(state: &AppState, headers: &HeaderMap) -> bool {
        match Self::of(state, headers).await {
            Ok(Self::Operator) => true,
            Ok(Self::Person(who)) => who.is_owner(),
            Ok(Self::Anybody) | Err(_) => false,
        }
    }

    /// Who reads rooms. The operator reads the files, not the rooms.
    pub(super) fn reader(&self) -> Result<Reader, ApiError> {
        match self {
            Self::Person(who) => Ok(who.reader()),
            Self::Anybody => Ok(Reader::default()),
            Self::Operator => {
                Err(forbidden("the operator's token is for commands about the house, not for rooms"))
            }
        }
    }

    /// The holder of a token.
    pub(super) fn identity(&self) -> Option<&Identity> {
        if let Self::Person(who) = self { Some(who) } else { None }
    }

    /// The account.
    pub(super) fn account(&self) -> Option<&Account> {
        self.identity().and_then(|who| who.account.as_ref())
    }

    /// Who does an act.
    pub(super) fn actor(&self) -> Result<Actor, ApiError> {
        match (self, self.account()) {
            (Self::Operator, _) => Ok(Actor::Operator),
            (_, Some(account)) => Ok(Actor::Account(account.number)),
            (_, None) => Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                RefusalCode::BadToken.as_str(),
                "this needs the token of a claimed name in the Authorization header",
            )),
        }
    }

    /// Refuses whoever is no owner.
    pub(super) fn must_be_owner(&self) -> Result<(), ApiError> {
        self.must_be(|role| role == Role::Owner, "only owners may see this")
    }

    /// Refuses whoever keeps no order.
    pub(super) fn must_moderate(&self) -> Result<(), ApiError> {
        self.must_be(Role::moderates, "only owners and moderators may see this")
    }

    fn must_be(&self, is_right: impl Fn(Role) -> bool, reason: &str) -> Result<(), ApiError> {
        self.actor()?;
        match self.account() {
            None => Ok(()),
            Some(account) if is_right(account.role) => Ok(()),
            Some(_) => Err(forbidden(reason)),
        }
    }
}

fn is_operators(state: &AppState, token: &Token) -> bool {
    state.key.verify(token).is_ok_and(|proof| proof.kind == ProofKind::Operator)
}

pub(super) fn forbidden(reason: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, RefusalCode::Forbidden.as_str(), reason)
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::of(state, &parts.headers).await
    }
}
