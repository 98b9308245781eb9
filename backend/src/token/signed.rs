//! A signed token: its header, and what a key says about its signature.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, de::DeserializeOwned};
use shared::Token;

use super::{claims::Claims, error::BadToken, provider};

/// What a token's header says. It chooses among keys, and is trusted in nothing else.
#[derive(Deserialize)]
pub(super) struct Header {
    pub alg: String,
    #[serde(default)]
    pub kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl Header {
    /// The header of a token that nothing has verified.
    pub fn of(token: &Token) -> Result<Self, BadToken> {
        let parts: Vec<_> = token.as_str().split('.').collect();
        let [header, _, _] = parts[..] else { return Err(BadToken::Malformed) };
        let header: Self = json(header)?;
        if header.crit.is_some() { Err(BadToken::Critical) } else { Ok(header) }
    }
}

/// A key that verifies tokens of one algorithm.
#[derive(Debug, Clone)]
pub(super) struct VerifyingKey {
    key: DecodingKey,
    algorithm: Algorithm,
    /// The key's name, by which tokens choose it. `None`: any token may be signed with it.
    kid: Option<String>,
}

impl VerifyingKey {
    pub fn new(key: DecodingKey, algorithm: Algorithm, kid: Option<String>) -> Self {
        provider::install();
        Self { key, algorithm, kid }
    }

    /// A key of HS256.
    pub fn secret(secret: &[u8]) -> Self {
        Self::new(DecodingKey::from_secret(secret), Algorithm::HS256, None)
    }

    /// Whether the two are one secret.
    pub fn is_secret(&self, secret: &[u8]) -> bool {
        self.algorithm == Algorithm::HS256 && self.key.try_get_as_bytes().is_ok_and(|own| own == secret)
    }

    /// Whether a token with this header may be signed with it, as far as its name goes.
    pub fn is_meant(&self, header: &Header) -> bool {
        header.kid.is_none() || self.kid.is_none() || self.kid == header.kid
    }

    /// Whether it is for the algorithm that a token names.
    pub fn is_for(&self, header: &Header) -> bool {
        // The crate's names are those of the RFCs.
        header.alg.parse() == Ok(self.algorithm)
    }

    /// The claims of a token, if it is signed with this key.
    ///
    /// `jsonwebtoken::decode` would read the claims too, but lets a token pass whose `aud` is a number, rounds times, and
    /// takes other claims of a wrong type for broken JSON.
    pub fn claims(&self, token: &Token) -> Result<Option<Claims>, BadToken> {
        let (body, signature) = token.as_str().rsplit_once('.').ok_or(BadToken::Malformed)?;
        let (_, claims) = body.split_once('.').ok_or(BadToken::Malformed)?;
        // The algorithm is the key's, whatever the token says.
        match crypto::verify(signature, body.as_bytes(), &self.key, self.algorithm) {
            Ok(true) => json(claims).map(|claims| Some(Claims(claims))),
            Ok(false) => Ok(None),
            Err(_) => Err(BadToken::Malformed),
        }
    }
}

/// What a part of a token says.
fn json<T: DeserializeOwned>(part: &str) -> Result<T, BadToken> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| BadToken::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| BadToken::Malformed)
}
