//! Who is there: from a token, a claimed name, or a guest's.

use shared::{FromServer, Limits, Refusal, RefusalCode, Token, Username, limits};

use super::Session;
use crate::{ending::Ending, identity, parlor::Parlor, store::ClaimError};

/// Who a session or a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The name it goes by.
    pub username: Username,
    /// Whether a token proves it.
    pub proven: bool,
}

impl Who {
    /// Whether a name is this one, in whatever normal form it was written.
    pub fn is(&self, said: &Username) -> bool {
        identity::username(said.as_str()).is_ok_and(|said| said == self.username)
    }

    /// Who a token is for.
    pub async fn by_token(parlor: &Parlor, token: &Token) -> Result<Self, Refusal> {
        let bad = |error: identity::BadToken| Refusal::new(RefusalCode::BadToken, error.to_string());
        let username = parlor.key.verify(token).map_err(bad)?;
        parlor.store.recognise(&username).await.map_err(refused)?;
        Ok(Self { username, proven: true })
    }

    /// Somebody who says a name and proves nothing: it must be one that is used so.
    pub async fn by_word(parlor: &Parlor, username: &Username) -> Result<Self, Refusal> {
        let username = normalised(username.as_str())?;
        parlor.store.may_use_open(&username).await.map_err(refused)?;
        Ok(Self { username, proven: false })
    }

    /// Somebody new under a name that is free. People type it: spaces around it are a slip.
    async fn by_claim(parlor: &Parlor, username: &Username) -> Result<Self, Refusal> {
        let username = normalised(username.as_str().trim())?;
        parlor.store.claim(&username).await.map_err(refused)?;
        Ok(Self { username, proven: true })
    }

    /// Somebody new without a name.
    async fn guest(parlor: &Parlor) -> Result<Self, Refusal> {
        let mut refusal = None;
        // A guest's name has a random number in it: a few tries find a free one.
        for _ in 0..8 {
            match Self::by_claim(parlor, &Parlor::guest_name()).await {
                Ok(who) => return Ok(who),
                Err(taken) => refusal = Some(taken),
            }
        }
        Err(refusal.expect("there was a try"))
    }
}

fn normalised(username: &str) -> Result<Username, Refusal> {
    identity::username(username).map_err(|error| Refusal::new(RefusalCode::BadFrame, error.to_string()))
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
    ) -> Result<(), Ending> {
        let known = match (&token, &username) {
            (Some(token), _) => Who::by_token(&self.parlor, token).await,
            (None, Some(username)) => Who::by_claim(&self.parlor, username).await,
            (None, None) => Who::guest(&self.parlor).await,
        };
        let who = match known {
            Ok(who) => who,
            Err(refusal) => {
                self.refuse(refusal);
                return Ok(());
            }
        };
        self.present.name(&who.username);
        let rooms = self.parlor.store.rooms(Some(&who.username)).await?;
        self.say(&FromServer::Welcome {
            username: who.username.clone(),
            token: self.parlor.key.sign(&who.username),
            session: self.parlor.session_name(),
            heartbeat_ms: limits::HEARTBEAT_MS,
            limits: Limits::default(),
            rooms,
        });
        self.who = Some(who);
        Ok(())
    }
}
