//! The two requests of a device link.

use serde::Serialize;
use shared::{
    DeviceCode, Token,
    device_link::{DeviceLink, NewDeviceLink, RedeemDeviceCode, RedeemedDeviceCode},
    json::{self, FromJson},
};

use crate::browser::http;

/// Why a request has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The code was used, has expired, or was replaced by a newer one.
    BadCode,
    /// The user's name cannot be given away like this.
    Forbidden,
    /// The server does not accept the token.
    BadToken,
    /// The server is overloaded.
    Busy,
    /// There is no answer, or one that makes no sense.
    Unreachable,
}

/// Makes a link that opens this page on another device.
pub(super) async fn create(token: &Token) -> Result<DeviceLink, Failure> {
    let origin = crate::browser::origin();
    post("/api/device-links", Some(token), &NewDeviceLink { page: format!("{origin}/") }).await
}

/// Redeems the code of a link.
pub(super) async fn redeem(code: &DeviceCode) -> Result<RedeemedDeviceCode, Failure> {
    post("/api/device-links/redeem", None, &RedeemDeviceCode { code: code.clone() }).await
}

async fn post<T: FromJson>(path: &str, token: Option<&Token>, body: &impl Serialize) -> Result<T, Failure> {
    let body = serde_json::to_string(body).map_err(|_| Failure::Unreachable)?;
    let refused = match http::ask(path, token, &body).await {
        Ok(answer) => return json::read(&answer).ok_or(Failure::Unreachable),
        Err(http::Failure::Refused { code, .. }) => code,
        Err(http::Failure::Unreachable) => String::new(),
    };
    Err(match refused.as_str() {
        "bad_device_code" => Failure::BadCode,
        "forbidden" => Failure::Forbidden,
        "bad_token" => Failure::BadToken,
        "busy" | "unavailable" => Failure::Busy,
        _ => Failure::Unreachable,
    })
}
