//! Claims a name beside the main connection, which goes on under the old one until the new one is proven.

use std::cell::RefCell;

use shared::{Connection, InvitationSecret, Refusal, Username, link::Link};
use yew::Callback;

use super::second::SecondConnection;
use crate::storage;

/// How the claim of a name has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The name is the user's, as the server writes it.
    Proven(Username),
    /// The server refuses the name.
    Refused(Refusal),
    /// The server cannot be reached now.
    Unreachable,
}

/// A claim of a name. Dropping it cancels the claim.
pub struct Claim {
    _connection: SecondConnection,
}

impl Claim {
    /// Claims a name, or takes it up again with its token; with an invitation, accepts that for it. `on_outcome` is called
    /// once.
    pub(super) fn new(
        url: &str,
        username: &Username,
        invitation: Option<InvitationSecret>,
        on_outcome: Callback<ClaimOutcome>,
    ) -> Self {
        let on_outcome = RefCell::new(Some(on_outcome));
        let connection = SecondConnection::open(url, username, invitation, Vec::new(), move |link| {
            if let Some(outcome) = outcome(link)
                && let Some(on_outcome) = on_outcome.take()
            {
                on_outcome.emit(outcome);
            }
        });
        Self { _connection: connection }
    }
}

fn outcome(link: &Link) -> Option<ClaimOutcome> {
    match link.connection() {
        Connection::Live => {
            let credentials = link.credentials();
            let (username, token) = (credentials.username.as_ref()?, credentials.token.as_ref()?);
            storage::set_token(username, token);
            Some(ClaimOutcome::Proven(username.clone()))
        }
        Connection::Refused(refusal) => Some(ClaimOutcome::Refused(refusal)),
        Connection::Waiting { .. } => Some(ClaimOutcome::Unreachable),
        Connection::Stopped | Connection::Connecting => None,
    }
}
