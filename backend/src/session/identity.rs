//! Who a session or a request is: by a token, a claimed name, or an unproven one.

use std::time::SystemTime;

use shared::{ClaimSecret, FromServer, Limits, Refusal, RefusalCode, Token, Username, limits};

use tokio::time::Instant;

use super::Session;
use crate::{
    close_reason::CloseReason,
    names,
    state::AppState,
    store::{Author, ClaimError},
    token::{BadToken, Proof, ProofKind},
};

/// Who a session or a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name, and how it is known.
    pub author: Author,
    /// When the token expires that proves it. `None`: never.
    pub expires_at: Option<SystemTime>,
}

impl Identity {
    /// The name.
    pub fn username(&self) -> &Username {
        self.author.username()
    }

    /// Whether a name is this one, in whatever normal form it was written.
    pub fn is(&self, stated: &Username) -> bool {
        names::username(stated.as_str()).is_ok_and(|stated| stated == *self.username())
    }

    /// The holder of a token.
    pub async fn by_token(state: &AppState, token: &Token) -> Result<Self, Refusal> {
        let bad = |error: BadToken| Refusal::new(RefusalCode::BadToken, error.to_string());
        let Proof { username, kind, expires_at } = state.key.verify(token).map_err(bad)?;
        let author = match kind {
            ProofKind::Account(account) => {
                state.store.check_account(&username, account).await.map_err(refused)?;
                Author::Account { username, account }
            }
            ProofKind::Guest => {
                match state.store.check_unproven(&username).await {
                    Ok(()) => {}
                    // The guest can come again without the token, as another one.
                    Err(ClaimError::Taken(reason)) => {
                        return Err(Refusal::new(RefusalCode::BadToken, reason));
                    }
                    Err(error) => return Err(refused(error)),
                }
                Author::Unproven(username)
            }
            ProofKind::Application => {
                match state.store.recognize(&username).await {
                    // What cannot be written now is recorded with the first post; reading needs no record.
                    Ok(_) | Err(ClaimError::Store(_)) => {}
                    Err(error) => return Err(refused(error)),
                }
                Author::Application(username)
            }
        };
        Ok(Self { author, expires_at })
    }

    /// Somebody who states a name and proves nothing: it must be nobody's.
    pub async fn by_name(state: &AppState, username: &Username) -> Result<Self, Refusal> {
        let username = normalized(username.as_str())?;
        state.store.check_unproven(&username).await.map_err(refused)?;
        Ok(Self { author: Author::Unproven(username), expires_at: None })
    }

    /// Somebody who claims a free name, and the token that proves it from now on.
    async fn by_claim(
        state: &AppState,
        username: &Username,
        secret: Option<&ClaimSecret>,
    ) -> Result<(Self, Token), Refusal> {
        // People type it: spaces around it are a slip.
        let username = normalized(username.as_str().trim())?;
        let account = state.store.claim(&username, secret).await.map_err(refused)?;
        let token = state.key.sign_account(&username, account);
        Ok((Self { author: Author::Account { username, account }, expires_at: None }, token))
    }

    /// Somebody who states no name, and a token to come back with under the one that is given. Nothing is recorded.
    async fn guest(state: &AppState) -> Result<(Self, Token), Refusal> {
        let mut refusal = None;
        // The name has a random number in it: a few attempts find one that is nobody's.
        for _ in 0..8 {
            match Self::by_name(state, &AppState::guest_name()).await {
                Ok(guest) => {
                    let token = state.key.sign_guest(guest.username());
                    return Ok((guest, token));
                }
                Err(taken) => refusal = Some(taken),
            }
        }
        Err(refusal.expect("there was an attempt"))
    }
}

fn normalized(username: &str) -> Result<Username, Refusal> {
    names::username(username).map_err(|error| Refusal::new(RefusalCode::BadFrame, error.to_string()))
}

fn refused(error: ClaimError) -> Refusal {
    match error {
        ClaimError::Taken(reason) => Refusal::new(RefusalCode::NameTaken, reason),
        ClaimError::NotValid(reason) => Refusal::new(RefusalCode::BadToken, reason),
        ClaimError::Store(error) => error.into(),
    }
}

impl Session {
    pub(super) async fn hello(
        &mut self,
        username: Option<Username>,
        token: Option<Token>,
        secret: Option<ClaimSecret>,
    ) -> Result<(), CloseReason> {
        let known = match (&token, &username) {
            (Some(token), _) => Identity::by_token(&self.state, token).await.map(|who| (who, None)),
            (None, Some(username)) => Identity::by_claim(&self.state, username, secret.as_ref())
                .await
                .map(|(who, token)| (who, Some(token))),
            (None, None) => Identity::guest(&self.state).await.map(|(who, token)| (who, Some(token))),
        };
        let (who, token) = match known {
            Ok(known) => known,
            Err(refusal) => {
                self.refuse(refusal);
                return Ok(());
            }
        };
        let reader = who.author.is_proven().then(|| who.username());
        let rooms = self.state.store.rooms(reader).await?;
        self.send(&FromServer::Welcome {
            username: who.username().clone(),
            token,
            session: self.state.session_name(),
            heartbeat_ms: limits::HEARTBEAT_MS,
            limits: Limits::default(),
            rooms,
        });
        self.set_identity(who).await
    }

    /// From now on the client is known.
    pub(super) async fn set_identity(&mut self, who: Identity) -> Result<(), CloseReason> {
        let account = match &who.author {
            Author::Account { account, .. } => Some(*account),
            Author::Application(_) | Author::Unproven(_) => None,
        };
        // What one connection of a user has read is told to the others: only where the user is proven to be the same.
        if who.author.is_proven() {
            self.registration.set_name(who.username(), account, self.plain.is_none());
        }
        self.expires_at = who
            .expires_at
            .map(|at| Instant::now() + at.duration_since(SystemTime::now()).unwrap_or_default());
        let username = who.username().clone();
        self.who = Some(who);
        // The name may have been lost between the first check and the registration, from when on a loss ends this session.
        if let Some(account) = account
            && let Err(ClaimError::NotValid(_)) = self.state.store.check_account(&username, account).await
        {
            return Err(CloseReason::Revoked);
        }
        Ok(())
    }
}
