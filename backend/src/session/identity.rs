//! Who a session or a request is: by a token, a claimed name, an invitation, or an unproven name.

use std::time::SystemTime;

use shared::{
    ClaimSecret, FromServer, InvitationSecret, Limits, Refusal, RefusalCode, Role, Token, Username,
    house::Access, limits,
};
use tokio::time::Instant;

use super::Session;
use crate::{
    close_reason::CloseReason,
    house::House,
    hub::User,
    names,
    state::AppState,
    store::{Account, Author, ClaimError, Invitee, Reader, SecretHash},
    token::{BadToken, Proof, ProofKind},
};

/// Who a session or a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account, as it was when it was last looked at. `None`: nothing proves the name.
    pub account: Option<Account>,
    /// When the token expires that proves it. `None`: never.
    pub expires_at: Option<SystemTime>,
    username: Username,
}

/// What a client says of itself in `hello`.
pub(super) struct Hello {
    pub(super) username: Option<Username>,
    pub(super) token: Option<Token>,
    pub(super) secret: Option<ClaimSecret>,
    pub(super) invitation: Option<InvitationSecret>,
}

impl Identity {
    fn of_account(account: Account, expires_at: Option<SystemTime>) -> Self {
        Self { username: account.username.clone(), account: Some(account), expires_at }
    }

    /// The name.
    pub fn username(&self) -> &Username {
        &self.username
    }

    /// Who posts.
    pub fn author(&self) -> Author {
        match &self.account {
            Some(account) => Author::Account { username: account.username.clone(), number: account.number },
            None => Author::Unproven(self.username.clone()),
        }
    }

    /// Who reads.
    pub fn reader(&self) -> Reader {
        let account = self.account.as_ref();
        Reader {
            account: account.map(|account| account.number),
            limited: account.is_some_and(|account| account.limited),
        }
    }

    /// When the token expires that proves it, by the clock of timers. `None`: never.
    pub fn ends_at(&self) -> Option<Instant> {
        let at = self.expires_at?;
        Some(Instant::now() + at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Whether it is an owner, whom no bar of an address keeps out: a moderator could have made it.
    pub fn is_owner(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role == Role::Owner)
    }

    /// The name, if a token proves it.
    pub fn proven_name(&self) -> Option<&Username> {
        self.account.as_ref().map(|account| &account.username)
    }

    /// Whether a name is this one, in whatever normal form it was written.
    pub fn is(&self, stated: &Username) -> bool {
        names::username(stated.as_str()).is_ok_and(|stated| stated == *self.username())
    }

    /// The holder of a token.
    pub async fn by_token(state: &AppState, token: &Token) -> Result<Self, Refusal> {
        let bad = |reason: String| Refusal::new(RefusalCode::BadToken, reason);
        let verified = state.key.verify(token);
        let Proof { username, kind, expires_at } =
            verified.map_err(|error: BadToken| bad(error.to_string()))?;
        let (number, generation) = match kind {
            ProofKind::Account { number, generation } => (number, Some(generation)),
            ProofKind::Application(grant) => {
                (state.store.recognize(&username, &grant).await.map_err(refused)?, None)
            }
            ProofKind::Operator => {
                return Err(
                    bad("the operator's token is for commands about the house, not for rooms".into()),
                );
            }
            ProofKind::Guest => {
                if !state.house.is_open() {
                    return Err(state.house.needs_invitation());
                }
                return match state.store.check_unproven(&username).await {
                    Ok(()) => Ok(Self { account: None, expires_at, username }),
                    // The guest can come again without the token, as another one.
                    Err(ClaimError::Refused(refusal)) => Err(bad(refusal.reason)),
                    Err(ClaimError::Store(error)) => Err(error.into()),
                };
            }
        };
        let account = state.store.account(number).await?.filter(|account| account.username == username);
        let Some(account) = account else {
            return Err(bad(format!("the token for {username} is not valid here any more; leave it out")));
        };
        if generation.is_some_and(|generation| generation != account.generation) {
            return Err(bad(format!("the tokens of {username} were revoked; sign in again")));
        }
        if account.barred {
            return Err(Refusal::new(RefusalCode::Barred, format!("{username} is barred from this house")));
        }
        // Who has claimed a name while the house was open, or was invited, is no user of the application.
        let is_known = account.by_application || account.role == Role::Bot;
        if state.house.access() == Access::App && !is_known {
            return Err(state.house.needs_invitation());
        }
        Ok(Self::of_account(account, expires_at))
    }

    /// Somebody who states a name and proves nothing: it must be nobody's, and the house open.
    pub async fn by_name(state: &AppState, username: &Username) -> Result<Self, Refusal> {
        if !state.house.is_open() {
            return Err(state.house.needs_invitation());
        }
        let username = normalized(username.as_str())?;
        state.store.check_unproven(&username).await.map_err(refused)?;
        Ok(Self { account: None, expires_at: None, username })
    }

    /// Somebody who claims a free name in an open house, and the token that proves it from now on.
    async fn by_claim(
        state: &AppState,
        username: &Username,
        secret: Option<&ClaimSecret>,
    ) -> Result<(Self, Token), Refusal> {
        if !state.house.is_open() {
            return Err(state.house.needs_invitation());
        }
        // People type it: spaces around it are a slip.
        let username = normalized(username.as_str().trim())?;
        let number = state.store.claim(&username, secret).await.map_err(refused)?;
        Self::signed_in(state, number).await
    }

    /// Somebody new with an invitation.
    async fn by_invitation(
        state: &AppState,
        username: &Username,
        secret: Option<&ClaimSecret>,
        invitation: &InvitationSecret,
    ) -> Result<(Self, Token), Refusal> {
        if state.house.access() == Access::App {
            return Err(state.house.needs_invitation());
        }
        let username = normalized(username.as_str().trim())?;
        let by = Invitee::New { username, secret: secret.map(SecretHash::of_claim) };
        let number = state.store.accept(invitation, by).await.map_err(refused)?;
        Self::signed_in(state, number).await
    }

    /// The account with this number, and a token for it.
    async fn signed_in(state: &AppState, number: shared::Seq) -> Result<(Self, Token), Refusal> {
        let Some(account) = state.store.account(number).await? else {
            return Err(Refusal::new(RefusalCode::BadToken, "the account was deleted meanwhile"));
        };
        if account.barred {
            return Err(Refusal::new(RefusalCode::Barred, "this account is barred from this house"));
        }
        let token = state.key.sign_account(&account.username, account.number, account.generation);
        Ok((Self::of_account(account, None), token))
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

    /// Who says hello, and the token that proves it from now on, if it is a new one.
    async fn by_hello(state: &AppState, hello: &Hello) -> Result<(Self, Option<Token>), Refusal> {
        let Hello { username, token, secret, invitation } = hello;
        let (who, token) = match (token, invitation, username) {
            (Some(token), None, _) => return Ok((Self::by_token(state, token).await?, None)),
            (Some(token), Some(invitation), _) => {
                let who = Self::by_token(state, token).await?;
                let Some(account) = &who.account else {
                    let reason =
                        "a guest's name belongs to nobody: leave the token out, and come under a name";
                    return Err(Refusal::new(RefusalCode::BadInvitation, reason));
                };
                let by = Invitee::Account(account.number);
                state.store.accept(invitation, by).await.map_err(refused)?;
                // What the invitation gave is known now.
                return Ok((Self::by_token(state, token).await?, None));
            }
            (None, Some(invitation), Some(username)) => {
                Self::by_invitation(state, username, secret.as_ref(), invitation).await?
            }
            (None, Some(_), None) => {
                let reason = "an invitation needs a username beside it, or a token";
                return Err(Refusal::new(RefusalCode::BadFrame, reason));
            }
            (None, None, Some(username)) => Self::by_claim(state, username, secret.as_ref()).await?,
            (None, None, None) => Self::guest(state).await?,
        };
        Ok((who, Some(token)))
    }

    /// Takes over the role that the account has now; or why it may do nothing any more.
    pub async fn refresh(&mut self, state: &AppState) -> Result<(), Refusal> {
        let Some(known) = &mut self.account else { return Ok(()) };
        let username = &known.username;
        match state.store.account(known.number).await? {
            Some(now) if now.barred => {
                Err(Refusal::new(RefusalCode::Barred, format!("{username} is barred from this house")))
            }
            Some(now) if now.generation == known.generation && now.username == *username => {
                *known = now;
                Ok(())
            }
            _ => Err(Refusal::new(
                RefusalCode::BadToken,
                format!("the token for {username} was revoked, or its account is gone"),
            )),
        }
    }

    /// Whether the account still has the rights that this identity was given, and what to do if not.
    pub async fn check(&self, state: &AppState) -> Result<(), CloseReason> {
        let Some(known) = &self.account else { return Ok(()) };
        match state.store.account(known.number).await? {
            None => Err(CloseReason::Revoked),
            Some(now) if now.barred => Err(CloseReason::Barred),
            Some(now) if now.generation != known.generation || now.username != known.username => {
                Err(CloseReason::Revoked)
            }
            Some(now) if (now.role, now.limited) != (known.role, known.limited) => {
                Err(CloseReason::RightsChanged)
            }
            Some(_) => Ok(()),
        }
    }
}

fn normalized(username: &str) -> Result<Username, Refusal> {
    names::username(username).map_err(|error| Refusal::new(RefusalCode::BadFrame, error.to_string()))
}

fn refused(error: ClaimError) -> Refusal {
    match error {
        ClaimError::Refused(refusal) => refusal,
        ClaimError::Store(error) => error.into(),
    }
}

impl Session {
    pub(super) async fn hello(&mut self, hello: Hello) -> Result<(), CloseReason> {
        let barred = self.state.house.bars(self.address);
        // Nobody claims a name from a barred address. Whose token it is, is looked at.
        if barred && hello.token.is_none() {
            self.refuse(House::barred_address());
            return Ok(());
        }
        let (who, token) = match Identity::by_hello(&self.state, &hello).await {
            Ok((who, _)) if barred && !who.is_owner() => {
                self.refuse(House::barred_address());
                return Ok(());
            }
            Ok(known) => known,
            Err(refusal) => {
                self.refuse(refusal);
                return Ok(());
            }
        };
        // From here on a change of rights reaches this session: what is read below is not older than that.
        self.set_identity(who.clone()).await?;
        let rooms = self.state.store.rooms(who.reader(), who.proven_name()).await?;
        self.send(&FromServer::Welcome {
            username: who.username().clone(),
            token,
            session: self.state.session_name(self.number),
            heartbeat_ms: limits::HEARTBEAT_MS,
            limits: Limits::default(),
            rooms,
            role: who.account.map_or(Role::Guest, |account| account.role),
            access: self.state.house.access(),
        });
        Ok(())
    }

    /// From now on the client is known.
    pub(super) async fn set_identity(&mut self, who: Identity) -> Result<(), CloseReason> {
        let Reader { account, limited } = who.reader();
        self.registration.set_user(User { account, takes_notices: self.plain.is_none(), limited });
        self.expires_at = who.ends_at();
        self.who = Some(who.clone());
        // The rights may have changed between the first check and the registration, from when on a change wakes this session.
        who.check(&self.state).await
    }
}
