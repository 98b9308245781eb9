//! Requests to the server's HTTP API.

use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, RequestInit, Response};

/// The answer to a request.
pub(crate) struct Answer {
    /// Whether the status is 200 to 299.
    pub(crate) is_ok: bool,
    /// The body.
    pub(crate) text: String,
}

/// Gets what is at a path. `None`: there is no answer.
pub(crate) async fn get(path: &str) -> Option<Answer> {
    fetch(path, &RequestInit::new()).await.ok()
}

/// Gets what is at a path, with a token as the authorization. `None`: there is no answer.
pub(crate) async fn get_as(path: &str, token: &str) -> Option<Answer> {
    let headers = Headers::new().ok()?;
    headers.set("authorization", &("Bearer ".to_owned() + token)).ok()?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    fetch(path, &request).await.ok()
}

/// Posts JSON to a path, with a token as the authorization. `None`: there is no answer.
pub(crate) async fn post(path: &str, token: Option<&str>, json: &str) -> Option<Answer> {
    let headers = Headers::new().ok()?;
    headers.set("content-type", "application/json").ok()?;
    if let Some(token) = token {
        headers.set("authorization", &("Bearer ".to_owned() + token)).ok()?;
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&json.into());
    fetch(path, &request).await.ok()
}

async fn fetch(path: &str, request: &RequestInit) -> Result<Answer, JsValue> {
    let response = JsFuture::from(super::window().fetch_with_str_and_init(path, request)).await?;
    let response: Response = response.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok(Answer { is_ok: response.ok(), text: text.as_string().unwrap_or_default() })
}
