//! Tokens: how somebody proves their name.
//!
//! A token is a JSON Web Token (RFC 7519). The server signs its own with the key in the data folder, HS256 and
//! `"iss": "parlor"`. The operator's applications sign for their users with keys of their own, which the server is given
//! as files: secrets, public keys, or sets of them. Neither key is good for the other's tokens.
//!
//! | file | what it is |
//! |---|---|
//! | `own_key.rs` | the server's own key and its tokens |
//! | `application.rs` | the keys of applications and their tokens |
//! | `key_file.rs` | the files with those keys |
//! | `signed.rs` | a token's header, and a key that verifies signatures |
//! | `claims.rs` | what a token says |
//! | `provider.rs` | the four algorithms |
//! | `error.rs` | why not |

mod application;
mod claims;
mod error;
mod key_file;
mod own_key;
mod provider;
mod signed;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use shared::{Role, RoomName, Seq, Token, Username};

pub use self::{
    application::ApplicationKeys,
    error::{ApplicationKeyError, BadToken, KeyError, Stated},
};
use self::{
    own_key::{OwnClaims, OwnKey},
    signed::Header,
};

/// The fewest characters of a key: as many as a key's 32 bytes would be.
pub const KEY_CHARACTERS: usize = 32;
/// How far the clocks of two machines may differ, in seconds, for `nbf` and `iat`. At `exp` a token ends.
pub const LEEWAY_SECONDS: u64 = 60;
/// How long a guest's token lasts, in seconds: 30 days.
pub const GUEST_SECONDS: u64 = 30 * 24 * 60 * 60;
/// How long the operator's token lasts, in seconds: commands make one for each call.
pub const OPERATOR_SECONDS: u64 = 60;
/// The most rooms that an application's token may name.
pub const MAX_ROOMS: usize = 100;

/// The `iss` of the server's own tokens.
pub const ISSUER: &str = "parlor";

/// The keys of the operator's applications, and what their tokens must say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationSettings {
    /// Files with secrets for HS256.
    pub secret_files: Vec<PathBuf>,
    /// Files with public keys in PEM.
    pub public_keys: Vec<PathBuf>,
    /// Files with JSON Web Key Sets.
    pub key_sets: Vec<PathBuf>,
    /// The names of this server in `aud`.
    pub audiences: Vec<String>,
    /// The allowed `iss`. Empty: all but the server's own.
    pub issuers: Vec<String>,
}

impl ApplicationSettings {
    /// Whether there is a file with a key.
    pub fn has_keys(&self) -> bool {
        !(self.secret_files.is_empty() && self.public_keys.is_empty() && self.key_sets.is_empty())
    }
}

/// What a valid token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The name that it is for, in NFC.
    pub username: Username,
    /// Who it speaks for.
    pub kind: ProofKind,
    /// When it stops being valid. `None`: never.
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

/// The keys: the server's own, which signs and verifies, and the applications', which verify.
#[derive(Clone)]
pub struct Key {
    own: OwnKey,
    applications: ApplicationKeys,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A random key, which is kept nowhere.
    pub fn random() -> Result<Self, KeyError> {
        OwnKey::random().map(Self::new)
    }

    /// The key in the file `key` of this folder. `None`: there is no file.
    pub fn load(folder: &Path) -> Result<Option<Self>, KeyError> {
        Ok(OwnKey::load(folder)?.map(Self::new))
    }

    /// The key in the file `key` of this folder; the file is made if it is absent.
    pub fn load_or_make(folder: &Path) -> Result<Self, KeyError> {
        match OwnKey::load(folder)? {
            Some(own) => Ok(Self::new(own)),
            None => OwnKey::make(folder).map(Self::new),
        }
    }

    /// A new key, with its file `key` in this folder.
    pub fn make(folder: &Path) -> Result<Self, KeyError> {
        OwnKey::make(folder).map(Self::new)
    }

    /// The text of the server's own key, as its file has it.
    pub fn text(&self) -> String {
        self.own.text()
    }

    /// What tells this key from others, and does not give it away.
    pub fn fingerprint(&self) -> [u8; 16] {
        self.own.fingerprint()
    }

    fn new(own: OwnKey) -> Self {
        Self { own, applications: ApplicationKeys::default() }
    }

    /// This key, and those of applications.
    pub fn with_applications(self, settings: &ApplicationSettings) -> Result<Self, ApplicationKeyError> {
        let applications = ApplicationKeys::load(settings, &self.own)?;
        Ok(Self { applications, ..self })
    }

    /// A token for an account: `number` is the entry that made it. It does not expire.
    pub fn sign_account(&self, username: &Username, number: Seq, generation: u32) -> Token {
        let generation = Some(generation).filter(|generation| *generation > 0);
        self.own.sign(&OwnClaims { acc: Some(number), r#gen: generation, ..OwnClaims::new(username) })
    }

    /// A token for somebody without an account, which expires in [`GUEST_SECONDS`].
    pub fn sign_guest(&self, username: &Username) -> Token {
        let claims = OwnClaims::new(username);
        self.own.sign(&OwnClaims { guest: true, exp: Some(claims.iat + GUEST_SECONDS), ..claims })
    }

    /// A token for the operator, which expires in [`OPERATOR_SECONDS`].
    pub fn sign_operator(&self) -> Token {
        let operator = Username::parse("operator").expect("a valid name");
        let claims = OwnClaims::new(&operator);
        self.own.sign(&OwnClaims { op: true, exp: Some(claims.iat + OPERATOR_SECONDS), ..claims })
    }

    /// What a token proves now.
    pub fn verify(&self, token: &Token) -> Result<Proof, BadToken> {
        let header = Header::of(token)?;
        match self.own.verify(&header, token)? {
            Some(proof) => Ok(proof),
            None => self.applications.verify(&header, token),
        }
    }
}

/// The text of the key file in a folder. `None`: there is no file.
pub fn stored_key(folder: &Path) -> io::Result<Option<String>> {
    own_key::stored(folder)
}

/// The text of a new key.
pub fn random_key() -> Result<String, getrandom::Error> {
    own_key::random_text()
}

/// What tells the key with this text from others; `None` if it cannot be a key.
pub fn key_fingerprint(text: &str) -> Option<[u8; 16]> {
    own_key::is_strong(text).then(|| own_key::fingerprint(text.as_bytes()))
}

#[cfg(test)]
mod tests;
