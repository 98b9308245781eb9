//! The server's own key: the file `key` in the data folder.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{EncodingKey, encode};
use serde::Serialize;
use sha2::{Digest, Sha256};
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

    /// The key in the file of a folder. `None`: there is no file.
    pub fn load(folder: &Path) -> Result<Option<Self>, KeyError> {
        let path = folder.join("key");
        let failed = |error| KeyError::File { path: path.clone(), error };
        let Some(secret) = stored(folder).map_err(failed)? else { return Ok(None) };
        if !is_strong(&secret) {
            return Err(KeyError::Weak(path));
        }
        Ok(Some(Self::new(secret.as_bytes())))
    }

    /// Makes a key and its file.
    pub fn make(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join("key");
        let secret = random_text()?;
        write_secret(folder, &path, &secret).map_err(|error| KeyError::File { path, error })?;
        Ok(Self::new(secret.as_bytes()))
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.signing.as_bytes()).into_owned()
    }

    /// What tells this key from others, and does not give it away.
    pub fn fingerprint(&self) -> [u8; 16] {
        fingerprint(self.signing.as_bytes())
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

/// The text of the key file. `None`: there is no file.
pub(super) fn stored(folder: &Path) -> io::Result<Option<String>> {
    match File::open(folder.join("key")) {
        Ok(file) => {
            let mut text = String::new();
            file.take(4096).read_to_string(&mut text)?;
            Ok(Some(text.trim().to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a text can be a key.
pub(super) fn is_strong(secret: &str) -> bool {
    secret.len() >= KEY_CHARACTERS && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

/// See [`OwnKey::fingerprint`].
pub(super) fn fingerprint(secret: &[u8]) -> [u8; 16] {
    let hash =
        Sha256::new().chain_update("the fingerprint of a key of Parlor's\0").chain_update(secret).finalize();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

pub(super) fn random_text() -> Result<String, getrandom::Error> {
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
