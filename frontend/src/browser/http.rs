//! Requests to the server's HTTP API.

use js_sys::futures::JsFuture;
use shared::{Token, json};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, RequestInit, Response};

/// The answer to a request.
pub(crate) struct Answer {
    /// Whether the status is 200 to 299.
    pub(crate) is_ok: bool,
    /// The body.
    pub(crate) text: String,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server refuses it.
    Refused {
        /// The kind of the refusal.
        code: String,
        /// The reason in words.
        reason: String,
    },
    /// There is no answer, or one that makes no sense.
    Unreachable,
}

/// Gets what is at a path, with a token as the authorization. `None`: there is no answer.
pub(crate) async fn get(path: &str, token: Option<&Token>) -> Option<Answer> {
    request(path, token, None).await.ok()
}

/// Posts JSON to a path, with a token as the authorization. `None`: there is no answer.
pub(crate) async fn post(path: &str, token: Option<&Token>, json: &str) -> Option<Answer> {
    request(path, token, Some(json)).await.ok()
}

/// Posts JSON to a path, with a token as the authorization. Returns the body of the answer.
pub(crate) async fn ask(path: &str, token: Option<&Token>, json: &str) -> Result<String, Failure> {
    let answer = post(path, token, json).await.ok_or(Failure::Unreachable)?;
    if answer.is_ok { Ok(answer.text) } else { Err(refusal(&answer.text).unwrap_or(Failure::Unreachable)) }
}

/// The refusal in the body of an error.
pub(crate) fn refusal(body: &str) -> Option<Failure> {
    let mut error = json::parse(body)?.object()?.take("error").object()?;
    let reason = error.optional("reason").ok()?.unwrap_or_default();
    Some(Failure::Refused { code: error.required("code").ok()?, reason })
}

async fn request(path: &str, token: Option<&Token>, json: Option<&str>) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    let request = RequestInit::new();
    if let Some(json) = json {
        headers.set("content-type", "application/json")?;
        request.set_method("POST");
        request.set_body(&json.into());
    }
    if let Some(token) = token {
        headers.set("authorization", &("Bearer ".to_owned() + token.as_str()))?;
    }
    request.set_headers(&headers);
    fetch(path, &request).await
}

async fn fetch(path: &str, request: &RequestInit) -> Result<Answer, JsValue> {
    let response = JsFuture::from(super::window().fetch_with_str_and_init(path, request)).await?;
    let response: Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok(Answer { is_ok: response.ok(), text: text.as_string().unwrap_or_default() })
}
