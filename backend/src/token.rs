//! Tokens: how somebody proves their name.
//!
//! A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA-256. The server signs its own, with `"iss": "parlor"`. An
//! application that has the key signs for its users, in any language: the username in `sub`, no `iss` or its own, and
//! `exp` and `nbf` if it likes. The secret is the text of the file `key` in the data folder, without white space
//! around it.
//!
//! The crate jsonwebtoken does not pay for HS256 alone: its Rust back end adds 85 crates, among them an `rsa` that
//! `cargo deny` refuses (RUSTSEC-2023-0071), and its other one needs a C toolchain.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use shared::{Role, RoomName, Seq, Token, Username};
use thiserror::Error;

use crate::clock::since_1970;
use crate::names::{BadName, username};

/// The fewest characters of a key: as many as a key's 32 bytes would be.
pub const KEY_CHARACTERS: usize = 32;
/// How far the clocks of two machines may differ, in seconds, for `exp` and `nbf`.
pub const LEEWAY_SECONDS: u64 = 60;
/// How long a guest's token lasts, in seconds: 30 days.
pub const GUEST_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How long the operator's token lasts, in seconds: commands make one for each call.
pub const OPERATOR_SECONDS: u64 = 60;

/// The `iss` of the server's own tokens.
const ISSUER: &str = "parlor";

/// What a valid token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The name that it is for, in NFC.
    pub username: Username,
    /// Who it speaks for.
    pub kind: ProofKind,
    /// When it stops being valid, [`LEEWAY_SECONDS`] included. `None`: never.
    pub expires_at: Option<SystemTime>,
}

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofKind {
    /// The account that this entry of the log made.
    Account {
        /// The entry's position.
        number: Seq,
        /// How often the account's tokens had been revoked when this one was signed. Tokens of an earlier generation are
        /// not valid any more.
        generation: u32,
    },
    /// Somebody without an account, in an open house.
    Guest,
    /// The operator: whoever can read the key file. Such a token lives for [`OPERATOR_SECONDS`].
    Operator,
    /// A user of the application that signed the token.
    Application(Grant),
}

/// What an application's token says beside the name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    /// The claim `role`. `None`: the role is this house's to give.
    pub role: Option<Role>,
    /// The claim `rooms`: the user sees these rooms and no others. `None`: memberships are this house's to give.
    pub rooms: Option<Vec<RoomName>>,
    /// The claim `iat`, in seconds since 1970; 0 if it is absent. A grant that is older than the recorded one changes nothing.
    pub issued_at: u64,
}

/// The secret that signs tokens.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why there is no key, and what to do about it.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used ({error}); check its permissions", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file holds a text that is too short or not printable.
    #[error(
        "the key file {} must hold at least {KEY_CHARACTERS} printable ASCII characters; put the right key back, or \
         remove the file to make a new one (all tokens end with the old one)",
        .0.display()
    )]
    Weak(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadToken {
    /// It is no JSON Web Token with a `sub`.
    #[error("the token is no JSON Web Token with a sub")]
    Malformed,
    /// It is signed with another algorithm than HS256.
    #[error("the token is not signed with HS256")]
    Algorithm,
    /// It is signed with another key, or was changed.
    #[error("the token is not signed with this server's key")]
    Signature,
    /// It is no longer valid.
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// It says that it is the server's own, and is neither for an account nor for a guest.
    #[error("the token's iss is {ISSUER:?}, and it names neither an account (acc) nor a guest")]
    Own,
    /// Its `sub` is no username.
    #[error("the token's sub is no username: {0}")]
    Name(BadName),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// The claims of a token that the server signs.
#[derive(Serialize)]
struct OwnClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    acc: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#gen: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    guest: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    op: bool,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
}

impl<'a> OwnClaims<'a> {
    fn new(username: &'a Username) -> Self {
        let (sub, iat) = (username.as_str(), since_1970().as_secs());
        Self { iss: ISSUER, sub, acc: None, r#gen: None, guest: false, op: false, iat, exp: None }
    }
}

/// The claims that the server reads. Others are ignored.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    iss: Option<serde_json::Value>,
    #[serde(default)]
    acc: Option<Seq>,
    #[serde(default)]
    r#gen: Option<u32>,
    #[serde(default)]
    guest: Option<bool>,
    #[serde(default)]
    op: Option<bool>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    rooms: Option<Vec<RoomName>>,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
}

impl Key {
    /// A random key, which is kept nowhere.
    pub fn random() -> Result<Self, KeyError> {
        Ok(Self::new(random_text()?.as_bytes()))
    }

    /// The key in the file `key` of this folder; the file is made if it is absent.
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

    fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// A token for an account: `number` is the entry that made it. It does not expire.
    pub fn sign_account(&self, username: &Username, number: Seq, generation: u32) -> Token {
        let generation = Some(generation).filter(|generation| *generation > 0);
        self.sign_own(&OwnClaims { acc: Some(number), r#gen: generation, ..OwnClaims::new(username) })
    }

    /// A token for somebody without an account, which expires in [`GUEST_SECONDS`].
    pub fn sign_guest(&self, username: &Username) -> Token {
        let claims = OwnClaims::new(username);
        self.sign_own(&OwnClaims { guest: true, exp: Some(claims.iat + GUEST_SECONDS), ..claims })
    }

    /// A token for the operator, which expires in [`OPERATOR_SECONDS`].
    pub fn sign_operator(&self) -> Token {
        let operator = Username::parse("operator").expect("a valid name");
        let claims = OwnClaims::new(&operator);
        self.sign_own(&OwnClaims { op: true, exp: Some(claims.iat + OPERATOR_SECONDS), ..claims })
    }

    fn sign_own(&self, claims: &OwnClaims<'_>) -> Token {
        let claims = serde_json::to_string(claims).expect("texts and numbers are JSON");
        let token = self.sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims);
        Token::parse(&token).expect("a name has few bytes and Base64 is ASCII")
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let body = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(claims.as_bytes())
        );
        let signature = self.0.clone().chain_update(&body).finalize().into_bytes();
        format!("{body}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    /// What a token proves now.
    pub fn verify(&self, token: &Token) -> Result<Proof, BadToken> {
        let claims = self.signed_claims(token)?;
        let now = since_1970();
        let leeway = Duration::from_secs(LEEWAY_SECONDS);
        if claims.exp.is_some_and(|exp| now.saturating_sub(leeway).as_secs_f64() >= exp) {
            return Err(BadToken::Expired);
        }
        if claims.nbf.is_some_and(|nbf| (now + leeway).as_secs_f64() < nbf) {
            return Err(BadToken::NotYet);
        }
        // A time that is too far away for the clock never comes.
        let expires_at = claims
            .exp
            .and_then(|exp| Duration::try_from_secs_f64(exp).ok())
            .and_then(|exp| UNIX_EPOCH.checked_add(exp)?.checked_add(leeway));
        let kind = claims.kind()?;
        let username = match kind {
            ProofKind::Application(_) => username(&claims.sub).map_err(BadToken::Name)?,
            // The name was checked before it was signed; a newer version's rules do not shut its owner out.
            ProofKind::Account { .. } | ProofKind::Guest | ProofKind::Operator => {
                Username::parse(&claims.sub).map_err(|error| BadToken::Name(error.into()))?
            }
        };
        Ok(Proof { username, kind, expires_at })
    }

    /// The claims of a token whose signature is right.
    fn signed_claims(&self, token: &Token) -> Result<Claims, BadToken> {
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| BadToken::Malformed);
        let (body, signature) = token.as_str().rsplit_once('.').ok_or(BadToken::Malformed)?;
        let (header, claims) = body.split_once('.').ok_or(BadToken::Malformed)?;
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| BadToken::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() {
            return Err(BadToken::Algorithm);
        }
        // This comparison takes constant time.
        let mac = self.0.clone().chain_update(body);
        mac.verify_slice(&decode(signature)?).map_err(|_| BadToken::Signature)?;
        serde_json::from_slice(&decode(claims)?).map_err(|_| BadToken::Malformed)
    }
}

impl Claims {
    fn kind(&self) -> Result<ProofKind, BadToken> {
        match &self.iss {
            Some(issuer) if issuer == ISSUER => match (self.acc, self.guest, self.op) {
                (Some(number), None, None) => {
                    Ok(ProofKind::Account { number, generation: self.r#gen.unwrap_or_default() })
                }
                (None, Some(true), None) => Ok(ProofKind::Guest),
                (None, None, Some(true)) => Ok(ProofKind::Operator),
                _ => Err(BadToken::Own),
            },
            _ => Ok(ProofKind::Application(Grant {
                role: self.role,
                rooms: self.rooms.clone(),
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                issued_at: self.iat.unwrap_or_default() as u64,
            })),
        }
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

#[cfg(test)]
mod tests;
