//! Who is there: from a token, a claimed name, or a guest's.

use shared::{FromServer, Limits, Refusal, RefusalCode, Token, Username, limits};

use super::Session;
use crate::{close_reason::CloseReason, state::AppState, store::ClaimError, token};

/// Who a session or a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name it goes by.
    pub username: Username,
    /// Whether a token proves it.
    pub proven: bool,
}

impl Identity {
    /// Whether a name is this one, in whatever normal form it was written.
    pub fn is(&self, said: &Username) -> bool {
        token::username(said.as_str()).is_ok_and(|said| said == self.username)
    }

    /// Who a token is for.
    pub async fn by_token(state: &AppState, token: &Token) -> Result<Self, Refusal> {
        let bad = |error: token::BadToken| Refusal::new(RefusalCode::BadToken, error.to_string());
        let username = state.key.verify(token).map_err(bad)?.username;
        state.store.recognise(&username).await.map_err(refused)?;
        Ok(Self { username, proven: true })
    }

    /// Somebody who says a name and proves nothing: it must be one that is used so.
    pub async fn by_word(state: &AppState, username: &Username) -> Result<Self, Refusal> {
        let username = normalised(username.as_str())?;
        state.store.may_use_open(&username).await.map_err(refused)?;
        Ok(Self { username, proven: false })
    }

    /// Somebody new under a name that is free. People type it: spaces around it are a slip.
    async fn by_claim(state: &AppState, username: &Username) -> Result<Self, Refusal> {
        let username = normalised(username.as_str().trim())?;
        state.store.claim(&username).await.map_err(refused)?;
        Ok(Self { username, proven: true })
    }

    /// Somebody new without a name.
    async fn guest(state: &AppState) -> Result<Self, Refusal> {
        let mut refusal = None;
        // A guest's name has a random number in it: a few tries find a free one.
        for _ in 0..8 {
            match Self::by_claim(state, &AppState::guest_name()).await {
                Ok(who) => return Ok(who),
                Err(taken) => refusal = Some(taken),
            }
        }
        Err(refusal.expect("there was a try"))
    }
}

fn normalised(username: &str) -> Result<Username, Refusal> {
    token::username(username).map_err(|error| Refusal::new(RefusalCode::BadFrame, error.to_string()))
}

fn refused(error: ClaimError) -> Refusal {
    match error {
        ClaimError::Taken(reason) => Refusal::new(RefusalCode::NameTaken, reason),
        ClaimError::Store(error) => Refusal {
            retry_after_ms: Some(crate::store::RETRY_MS),
            ..Refusal::new(RefusalCode::Unavailable, error.to_string())
        },
    }
}

impl Session {
    pub(super) async fn hello(
        &mut self,
        username: Option<Username>,
        token: Option<Token>,
    ) -> Result<(), CloseReason> {
        let known = match (&token, &username) {
            (Some(token), _) => Identity::by_token(&self.state, token).await,
            (None, Some(username)) => Identity::by_claim(&self.state, username).await,
            (None, None) => Identity::guest(&self.state).await,
        };
        let who = match known {
            Ok(who) => who,
            Err(refusal) => {
                self.refuse(refusal);
                return Ok(());
            }
        };
        self.registration.name(&who.username);
        let rooms = self.state.store.rooms(Some(&who.username)).await?;
        self.say(&FromServer::Welcome {
            username: who.username.clone(),
            token: Some(self.state.key.sign_account(&who.username, shared::Seq::ZERO)),
            session: self.state.session_name(),
            heartbeat_ms: limits::HEARTBEAT_MS,
            limits: Limits::default(),
            rooms,
        });
        self.who = Some(who);
        Ok(())
    }
}
