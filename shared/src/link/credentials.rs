//! What a client authenticates with.

use crate::names::{ClaimSecret, Token, Username};

/// Who a client claims to be in its `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The name to claim. Not needed with a token. Without either, the server assigns a guest name.
    pub username: Option<Username>,
    /// The proof of a name.
    pub token: Option<Token>,
    /// Makes the claim repeatable. Must be stored before it is used.
    pub secret: Option<ClaimSecret>,
}

impl Credentials {
    /// Claims a free name, without a way to repeat the claim.
    pub fn named(username: Username) -> Self {
        Self { username: Some(username), ..Self::default() }
    }
}
