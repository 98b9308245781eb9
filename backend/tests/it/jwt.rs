//! Tokens of an operator's application whose secret every [`crate::server::TestServer`] knows.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use shared::Token;

use crate::signer::Signer;

const SECRET: &str = "the secret of the tests' application\n";

/// The file with the application's secret, for `--jwt-secret-file`; it is made in this folder.
pub fn secret_file(folder: &Path) -> PathBuf {
    let path = folder.join("application.secret");
    fs::write(&path, SECRET).unwrap();
    path
}

/// A JWT with these claims, of the application in this folder.
pub fn sign(folder: &Path, claims: &Value) -> Token {
    let secret = fs::read_to_string(folder.join("application.secret")).unwrap();
    Signer::Hs256(secret.trim().as_bytes()).token(claims)
}

/// A token that says nothing but whose it is.
pub fn of(folder: &Path, username: &str) -> Token {
    sign(folder, &json!({"sub": username}))
}

/// A token that is valid until then.
pub fn until(folder: &Path, username: &str, end: SystemTime) -> Token {
    let exp = end.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    sign(folder, &json!({"sub": username, "exp": exp}))
}
