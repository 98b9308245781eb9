//! Requests to the server's HTTP API, in the name of the user.

use std::rc::Rc;

use serde::{Deserialize, de::DeserializeOwned};
use shared::{Act, Token, house::ActDone};

use crate::{
    Locale,
    admin::words::{as_sentence, ended, texts},
    browser::http,
    storage,
};

/// Why a request has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// This browser has no token for the name in use, or one that ended.
    SignedOut,
    /// There is no answer.
    Unreachable,
    /// The answer makes no sense: the server may be of another version.
    Unreadable,
    /// The server's own sentence.
    Refused(Rc<str>),
}

impl Failure {
    /// The sentence to show.
    pub(super) fn sentence(&self, locale: &Locale) -> Rc<str> {
        let texts = texts(locale.language);
        match self {
            Self::SignedOut => texts.signed_out.into(),
            Self::Unreachable => texts.unreachable.into(),
            Self::Unreadable => texts.unreadable.into(),
            Self::Refused(reason) => Rc::clone(reason),
        }
    }
}

/// Reads what is at a path.
pub(super) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    read(&get_text(path).await?)
}

/// What is at a path, as it is.
pub(super) async fn get_text(path: &str) -> Result<String, Failure> {
    succeeded(http::get(path, Some(&token()?)).await, path)
}

/// Proposes an act.
pub(super) async fn act(act: &Act) -> Result<ActDone, Failure> {
    let body = serde_json::to_string(act).map_err(|_| Failure::Unreadable)?;
    read(&succeeded(http::post("/api/acts", Some(&token()?), &body).await, &body)?)
}

fn token() -> Result<Token, Failure> {
    storage::name().and_then(|name| storage::token(&name)).ok_or(Failure::SignedOut)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|_| Failure::Unreadable)
}

/// The body of an answer. `request` is what was asked for.
fn succeeded(answer: Option<http::Answer>, request: &str) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Body {
        error: Error,
    }
    #[derive(Deserialize)]
    struct Error {
        #[serde(default)]
        code: String,
        reason: String,
    }
    let answer = answer.ok_or(Failure::Unreachable)?;
    if answer.is_ok {
        return Ok(answer.text);
    }
    let Ok(Body { error }) = serde_json::from_str(&answer.text) else { return Err(Failure::Unreadable) };
    // The token was replaced, by signing out on another device.
    if error.code == "bad_token" {
        return Err(Failure::SignedOut);
    }
    // A name keeps its case where the reason begins with one.
    let first = error.reason.split(' ').next().unwrap_or_default();
    let is_name = !first.is_empty() && request.contains(&format!("\"{first}\""));
    let sentence = if is_name { ended(error.reason) } else { as_sentence(&error.reason) };
    Err(Failure::Refused(sentence.into()))
}
