//! Who the driver's client is: the user's choice of a name, and how it is proven.

use std::cell::{Cell, RefCell};

use shared::{Action, Client, Connection, Credentials, InvitationSecret, Token, Username};
use yew::Callback;

use super::{Claim, ClaimOutcome, Driver, second::credentials_after};
use crate::storage;

/// What the driver remembers of the user's identity.
#[derive(Default)]
pub(super) struct Identity {
    /// The name that was asked for.
    requested: RefCell<Option<Username>>,
    /// It was claimed, not proven by a token.
    claimed: Cell<bool>,
    /// The name and the token of the last `welcome`.
    stored: RefCell<Option<(Username, Token)>>,
    /// The server has refused the token of the name.
    lost_token: Cell<bool>,
    /// The token came by a link of the operator's application. It says which name it proves in the `welcome`.
    from_link: Cell<bool>,
}

impl Identity {
    /// Stores the token that the server has given, under its name. The name in use stays the user's choice.
    pub(super) fn store(&self, client: &Client) {
        if client.connection() != Connection::Live {
            return;
        }
        let (Some(username), Some(token)) = (client.link().username(), client.link().token()) else { return };
        let identity = (username.clone(), token.clone());
        if self.stored.borrow().as_ref() == Some(&identity) {
            return;
        }
        if storage::token(username).as_ref() != Some(token) {
            storage::set_token(username, token);
        }
        // The server writes a claimed name in its normal form. A token may prove another name, which nobody has chosen.
        let requested = self.requested.replace(Some(username.clone()));
        let is_normalized =
            self.claimed.get() && requested.as_ref() != Some(username) && storage::name() == requested;
        if is_normalized || self.from_link.take() {
            storage::choose_name(username);
        }
        self.lost_token.set(false);
        self.stored.replace(Some(identity));
    }
}

impl Driver {
    /// The user chooses a name: in all tabs, and for the time after a reload.
    pub fn sign_in(&self, name: &Username) {
        storage::choose_name(name);
        self.identify(storage::credentials(name));
    }

    /// Signs in with the name in use, if this client does not do so already: after the start, or because another tab has
    /// chosen another one.
    pub fn follow_name(&self) {
        let Some(name) = storage::name() else { return };
        if self.0.identity.from_link.get() {
            return;
        }
        let is_news = self.read(|client| {
            let link = client.link();
            match client.connection() {
                Connection::Stopped => true,
                _ if link.username() != Some(&name)
                    && self.0.identity.requested.borrow().as_ref() != Some(&name) =>
                {
                    true
                }
                // Another tab may have proven the name meanwhile.
                Connection::Refused(_) => {
                    storage::token(&name).is_some_and(|token| link.token() != Some(&token))
                }
                _ => false,
            }
        });
        if is_news {
            self.identify(storage::credentials(&name));
        }
    }

    /// Sets the credentials, and connects. The name in use stays as it is.
    pub fn identify(&self, credentials: Credentials) {
        let identity = &self.0.identity;
        identity.requested.replace(credentials.username.clone());
        identity.claimed.set(credentials.token.is_none());
        identity.lost_token.set(false);
        identity.from_link.set(credentials.username.is_none());
        self.dispatch(|client, now| client.identify(credentials, now));
        self.adopt();
    }

    /// Signs in by a token of the operator's application. The `welcome` says whose it is: that name is the one in use from
    /// then on.
    pub fn sign_in_by_token(&self, token: Token) {
        self.identify(Credentials { token: Some(token), ..Credentials::default() });
    }

    /// Claims another name beside the main connection, or takes it up again with its token; with an invitation, accepts that
    /// for it. If the name is proven, the user has it from then on. Otherwise nothing changes. Dropping the claim cancels it.
    pub fn rename(
        &self,
        name: &Username,
        invitation: Option<InvitationSecret>,
        on_outcome: Callback<ClaimOutcome>,
    ) -> Claim {
        let weak = self.downgrade();
        let on_proven = Callback::from(move |outcome: ClaimOutcome| {
            if let (ClaimOutcome::Proven(name), Some(driver)) = (&outcome, Self::upgrade(&weak)) {
                driver.sign_in(name);
            }
            on_outcome.emit(outcome);
        });
        Claim::new(self.url(), name, invitation, on_proven)
    }

    /// Whether the server has refused the token of the name, and then its claim too.
    pub fn has_lost_token(&self) -> bool {
        self.0.identity.lost_token.get()
    }

    /// If the server has refused the token, tries what else may prove the name.
    pub(super) fn prove_again(&self, now: u64) -> Vec<Action> {
        let identity = &self.0.identity;
        let Some(name) = identity.requested.borrow().clone() else { return Vec::new() };
        let Some(credentials) = self.read(|client| credentials_after(&name, client.link())) else {
            return Vec::new();
        };
        identity.lost_token.set(true);
        self.0.client.borrow_mut().identify(credentials, now)
    }
}
