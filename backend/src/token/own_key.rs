//! The server's own key: the file `key` in the data folder.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{EncodingKey, encode};
use serde::Serialize;
use shared::{Seq, Token, Username};

use super::{
    ISSUER, KEY_CHARACTERS, Proof,
    error::{BadToken, KeyError},
    signed::{Header, VerifyingKey},
};
use crate::clock::since_1970;

/// The secret that signs and verifies the server's own tokens.
#[derive(Clone)]
pub(super) struct OwnKey {
    signing: EncodingKey,
    verifying: VerifyingKey,
}

/// The claims of a token that the server signs.
#[derive(Serialize)]
pub(super) struct OwnClaims<'a> {
    pub iss: &'a str,
    pub sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acc: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#gen: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub op: bool,
    pub iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
}

impl<'a> OwnClaims<'a> {
    pub fn new(username: &'a Username) -> Self {
        let (sub, iat) = (username.as_str(), since_1970().as_secs());
        Self { iss: ISSUER, sub, acc: None, r#gen: None, guest: false, op: false, iat, exp: None }
    }
}

impl OwnKey {
    pub fn random() -> Result<Self, KeyError> {
        Ok(Self::new(random_text()?.as_bytes()))
    }

    pub fn load_or_make(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join("key");
        let failed = |error| KeyError::File { path: path.clone(), error };
        let text = match File::open(&path) {
            Ok(file) => {
                let mut text = String::new();
                file.take(4096).read_to_string(&mut text).map_err(failed)?;
                text
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = random_text()?;
                write_secret(folder, &path, &text).map_err(failed)?;
                text
            }
            Err(error) => return Err(failed(error)),
        };
        let secret = text.trim();
        if secret.len() < KEY_CHARACTERS || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Weak(path));
        }
        Ok(Self::new(secret.as_bytes()))
    }

    pub fn new(secret: &[u8]) -> Self {
        // The verifying key installs the algorithms.
        Self { verifying: VerifyingKey::secret(secret), signing: EncodingKey::from_secret(secret) }
    }

    /// Whether the secret is this one.
    pub fn is(&self, secret: &VerifyingKey) -> bool {
        secret.is_secret(self.signing.as_bytes())
    }

    pub fn sign(&self, claims: &OwnClaims<'_>) -> Token {
        let token = encode(&jsonwebtoken::Header::default(), claims, &self.signing)
            .expect("texts and numbers are JSON, and HMAC cannot fail");
        Token::parse(&token).expect("a name has few bytes and Base64 is ASCII")
    }

    /// What a token proves that is signed with this key. `None`: it is signed with another one.
    pub fn verify(&self, header: &Header, token: &Token) -> Result<Option<Proof>, BadToken> {
        if !self.verifying.is_for(header) {
            return Ok(None);
        }
        let Some(claims) = self.verifying.claims(token)? else { return Ok(None) };
        if !claims.is_own() {
            return Err(BadToken::OwnKey);
        }
        let expires_at = claims.expires_at()?;
        Ok(Some(Proof { kind: claims.own_kind()?, username: claims.own_username()?, expires_at }))
    }
}

fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Writes the whole file or nothing; only its owner may read it.
fn write_secret(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The new name is on disk once the folder is synced.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
