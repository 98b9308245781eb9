//! Reads the server's metrics, in the name of the user.

use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal, Headers, RequestInit, Response};
use yew::{Callback, platform::spawn_local};

use crate::{browser::window, storage};

/// Why there is no reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is no answer, or one that says that there will be another later.
    Unreachable,
    /// The answer has no figures of the page.
    Unreadable,
    /// The user may not see them.
    NotYours,
    /// Nobody is signed in, or the token has ended.
    SignedOut,
}

/// A request on its way. It is aborted when it is dropped.
pub(super) struct Poll {
    /// When it was sent, in milliseconds of a monotonic clock.
    pub(super) at: u64,
    /// Answers to others are ignored.
    pub(super) number: u32,
    abort: Option<AbortController>,
}

impl Poll {
    /// Sends a request. `answered` gets its number with the answer.
    pub(super) fn send(at: u64, number: u32, answered: Callback<(u32, Result<String, Failure>)>) -> Self {
        let abort = AbortController::new().ok();
        let signal = abort.as_ref().map(AbortController::signal);
        spawn_local(async move { answered.emit((number, read(signal.as_ref()).await)) });
        Self { at, number, abort }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

async fn read(signal: Option<&AbortSignal>) -> Result<String, Failure> {
    let response = fetch(signal).await.map_err(|_| Failure::Unreachable)?;
    match response.status() {
        200..=299 => text_of(&response).await.map_err(|_| Failure::Unreachable),
        401 => Err(Failure::SignedOut),
        403 => Err(Failure::NotYours),
        // Too many requests: later there will be an answer.
        429 => Err(Failure::Unreachable),
        400..=499 => Err(Failure::Unreadable),
        _ => Err(Failure::Unreachable),
    }
}

async fn fetch(signal: Option<&AbortSignal>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = storage::name().and_then(|name| storage::token(&name)) {
        headers.set("authorization", &("Bearer ".to_owned() + token.as_str()))?;
    }
    let request = RequestInit::new();
    request.set_headers(&headers);
    request.set_signal(signal);
    let response = JsFuture::from(window().fetch_with_str_and_init("/metrics", &request)).await?;
    Ok(response.unchecked_into())
}

async fn text_of(response: &Response) -> Result<String, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
