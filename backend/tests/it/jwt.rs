//! Tokens as the operator's application signs them: with the key in the data folder, and no code of Parlor's.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::Token;

/// A JWT with these claims.
pub fn sign(folder: &Path, claims: &Value) -> Token {
    let key = std::fs::read_to_string(folder.join("key")).unwrap();
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let body = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(key.trim().as_bytes()).unwrap().chain_update(&body);
    let signature = BASE64URL_NOPAD.encode(&mac.finalize().into_bytes());
    Token::parse(&format!("{body}.{signature}")).unwrap()
}

/// A token that says nothing but whose it is.
pub fn of(folder: &Path, username: &str) -> Token {
    sign(folder, &json!({"sub": username}))
}

/// A token that is valid until then.
pub fn until(folder: &Path, username: &str, end: SystemTime) -> Token {
    let exp = end - Duration::from_secs(backend::token::LEEWAY_SECONDS);
    let exp = exp.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    sign(folder, &json!({"sub": username, "exp": exp}))
}
