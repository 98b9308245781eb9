//! What a client authenticates with.

use crate::names::{ClaimSecret, InvitationSecret, Token, Username};

/// Who a client claims to be in its `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The name to claim. Not needed with a token. Without either, the server assigns a guest name.
    pub username: Option<Username>,
    /// The proof of a name.
    pub token: Option<Token>,
    /// Makes the claim repeatable. Must be stored before it is used.
    pub secret: Option<ClaimSecret>,
    /// Lets this user into a house that needs an invitation. It is used once: `welcome` clears it.
    pub invitation: Option<InvitationSecret>,
}

impl Credentials {
    /// Claims a free name, without a way to repeat the claim.
    pub fn named(username: Username) -> Self {
        Self { username: Some(username), ..Self::default() }
    }
}
