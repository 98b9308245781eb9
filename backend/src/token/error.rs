//! Why a token proves nothing, and why a key cannot be used.

use std::{io, path::PathBuf};

use shared::NameError;
use thiserror::Error;

use super::{ISSUER, KEY_CHARACTERS, MAX_ROOMS};
use crate::names::BadName;

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
        "the key file {} must hold at least {KEY_CHARACTERS} printable ASCII characters; put the right key back, \
         from a backup with `parlor restore FILE --only-key`, or make a new one with `parlor new-key`, which ends all tokens",
        .0.display()
    )]
    Weak(PathBuf),
    /// The system gives no randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Why an application's key cannot be used, and what to do about it.
#[derive(Debug, Error)]
#[error("the application's key {} cannot be used: {reason}", .path.display())]
pub struct ApplicationKeyError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadToken {
    /// It is no JSON Web Token.
    #[error("the token is no JSON Web Token")]
    Malformed,
    /// No key is for its algorithm.
    #[error(
        "the token's alg is {0:?}, and this server has no key for that; HS256, RS256, ES256 and EdDSA are possible"
    )]
    Algorithm(String),
    /// Its header asks for an extension.
    #[error("the token's header has crit, and this server knows no extension")]
    Critical,
    /// Its header names a key that the server does not have.
    #[error("the token's kid is {0:?}, and this server has no key of that kid")]
    UnknownKey(String),
    /// It is signed with another key, or was changed.
    #[error("the token is not signed with a key that this server knows")]
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
    /// It is signed with the server's own key, and does not say that it is the server's own.
    #[error(
        "the token is signed with the server's own key, which signs for no application: give your application a key \
         of its own (--jwt-secret-file, --jwt-public-key or --jwt-jwks-file)"
    )]
    OwnKey,
    /// An application says that its token is the server's own.
    #[error("the token's iss is {ISSUER:?}, which is reserved for the server's own tokens")]
    Posing,
    /// The issuer is not one of those that are configured.
    #[error(
        "the token's iss is {0}, and this server takes tokens of its configured issuers only (--jwt-issuer)"
    )]
    Issuer(Stated),
    /// The token is for somebody else.
    #[error("the token's aud is {0}, and this server is not in it (--jwt-audience)")]
    Audience(Stated),
    /// A claim is not what it must be.
    #[error("the token's {claim} must be {allowed}")]
    Claim {
        /// The claim's name.
        claim: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
    /// It names no user.
    #[error("the token names nobody: put the username in its name or sub")]
    Nobody,
    /// What should be a username is none.
    #[error("the token's {0} is no username: {1}")]
    Name(&'static str, BadName),
    /// There are too many rooms.
    #[error("the token's rooms are {0}; at most {MAX_ROOMS} are allowed")]
    TooManyRooms(usize),
    /// A room has a name as direct rooms have, which people open among themselves.
    #[error("the token's rooms name a direct room, which people open among themselves")]
    DirectRoom,
    /// What should be a room's name is none.
    #[error("the token's rooms: {0}")]
    Room(NameError),
}

/// What a token says in a claim, for a sentence about it: a short text, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated(pub Option<String>);

impl std::fmt::Display for Stated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(text) => write!(f, "{text:?}"),
            None => f.write_str("absent"),
        }
    }
}
