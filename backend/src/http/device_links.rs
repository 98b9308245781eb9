//! Device links over HTTP: a link with a code for a second device, and the code's exchange for a token.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri::Scheme},
    middleware,
    response::{IntoResponse, Response},
    routing::post,
};
use shared::{
    RefusalCode, Role,
    device_link::{DeviceLink, FRAGMENT, NewDeviceLink, RedeemDeviceCode, RedeemedDeviceCode},
    limits,
};
use tokio::time::Instant;

use super::bearer::bearer;
use crate::{
    device_links::Account,
    qr_code::qr_code,
    session::Identity,
    sites::Sites,
    state::AppState,
    web::{ApiBody, ApiError},
};

/// The routes. What they answer is a secret or about one: nobody may keep it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/device-links", post(create))
        .route("/api/device-links/redeem", post(redeem))
        .layer(middleware::map_response(async |mut response: Response| {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }))
}

async fn create(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: ApiBody,
) -> Result<Response, ApiError> {
    let account = account(&state, &headers).await?;
    let NewDeviceLink { page } = body.object(r#"{"page": "https://…/"}"#)?;
    let page = Page::parse(&page, &state.sites)?;
    let code = state.device_links.add(AppState::random_bytes(), account, Instant::now());
    let link = format!("{}{FRAGMENT}{}", page.0, code.as_str());
    let qr = qr_code(&link).expect("a page's address is short enough for a QR code");
    let made = DeviceLink { code, link, expires_in_ms: limits::DEVICE_CODE_MS, qr };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// The account whose token a request has.
async fn account(state: &AppState, headers: &HeaderMap) -> Result<Account, ApiError> {
    let forbidden =
        |reason: &str| ApiError::new(StatusCode::FORBIDDEN, RefusalCode::Forbidden.as_str(), reason);
    let token = bearer(headers)?.ok_or_else(|| {
        let reason = "a device link needs the token of a claimed name in the Authorization header";
        ApiError::new(StatusCode::UNAUTHORIZED, RefusalCode::BadToken.as_str(), reason)
    })?;
    match Identity::by_token(state, &token).await?.account {
        Some(account) if account.by_application => {
            Err(forbidden("this name is the operator's application's: sign in there on the other device"))
        }
        Some(account) if account.role == Role::Bot => Err(forbidden("a bot has no devices")),
        Some(account) => {
            Ok(Account { username: account.username, number: account.number, generation: account.generation })
        }
        None => Err(forbidden("a guest's name belongs to nobody: claim a name, then make a device link")),
    }
}

async fn redeem(State(state): State<AppState>, body: ApiBody) -> Result<Json<RedeemedDeviceCode>, ApiError> {
    // What serde says of a body may repeat a part of it, and a code must not get into a reason.
    let body = body.object(r#"{"code": "…"}"#);
    let RedeemDeviceCode { code } = body
        .map_err(|_| ApiError::bad_request(r#"the body is {"code": "…"}, with the code of a device link"#))?;
    let Some(Account { username, number, generation }) = state.device_links.find(&code, Instant::now())
    else {
        return Err(bad_code());
    };
    // The code ends with the account, as the tokens do. If the store cannot say, the code can be tried again.
    let account = state.store.account(number).await?;
    let is_mine = state.device_links.take(&code, Instant::now()).is_some();
    let is_same = |account: &crate::store::Account| {
        account.username == username && account.generation == generation && !account.barred
    };
    match account.filter(|account| is_mine && is_same(account)) {
        Some(_) => {
            let token = state.key.sign_account(&username, number, generation);
            Ok(Json(RedeemedDeviceCode { username, token }))
        }
        None => Err(bad_code()),
    }
}

/// One answer for every code that is not valid, so that it tells nothing about codes.
fn bad_code() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "bad_device_code",
        "this device link is not valid any more: it was used, is older than five minutes, or was replaced by a newer \
         one; make another one on the first device",
    )
}

/// The address of a page that may be given a code: absolute, of this server or an allowed site, without a fragment.
struct Page(Uri);

impl Page {
    fn parse(text: &str, sites: &Sites) -> Result<Self, ApiError> {
        let bad = || {
            ApiError::bad_request(format!(
                "the page is an absolute http or https address without a username and a fragment, with at most {} bytes",
                limits::DEVICE_PAGE_BYTES
            ))
        };
        // `Uri` drops a fragment without a word.
        if text.len() > limits::DEVICE_PAGE_BYTES
            || text.contains('#')
            || !text.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(bad());
        }
        let page: Uri = text.parse().map_err(|_| bad())?;
        if !page.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme)) {
            return Err(bad());
        }
        match sites.knows_page(&page) {
            None => Err(bad()),
            Some(false) => Err(ApiError::bad_request(
                "the page is on no host of this server and of no allowed site; if it should be, start the server with \
                 --host NAME or --allow-origin ORIGIN",
            )),
            Some(true) => Ok(Self(page)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(page: &str) -> Option<String> {
        Page::parse(page, &Sites::default()).ok().map(|page| page.0.to_string())
    }

    #[test]
    fn a_page_is_an_absolute_address_that_can_take_a_fragment() {
        for (page, expected) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
            ("https://localhost", "https://localhost/"),
            ("https://[::1]:8443/rooms/lobby?lang=zh", "https://[::1]:8443/rooms/lobby?lang=zh"),
        ] {
            assert_eq!(link(page).as_deref(), Some(expected), "{page}");
        }
        for page in [
            "",
            "/",
            "localhost",
            "//localhost/",
            "localhost:8080",
            "ftp://localhost/",
            "javascript:alert(1)",
            "http://",
            "http://localhost/#",
            "http://localhost/#rooms",
            "http://ann@localhost/",
            "http://ann:secret@localhost/",
            "http://localhost:99999/",
            "http://localhost/a b",
            "http://localhost/\n",
            "http://localhost/é",
            " http://localhost/",
        ] {
            assert_eq!(link(page), None, "{page}");
        }
    }

    #[test]
    fn a_page_has_a_longest_address_and_its_link_a_qr_code() {
        let page = |length: usize| format!("{:x<length$}", "http://localhost/");
        let longest = link(&page(limits::DEVICE_PAGE_BYTES)).unwrap();
        assert!(qr_code(&format!("{longest}{FRAGMENT}{}", "x".repeat(22))).is_some());
        assert_eq!(link(&page(limits::DEVICE_PAGE_BYTES + 1)), None);
    }
}
