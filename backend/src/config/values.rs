//! How the values of flags and variables are read. Each error says what is allowed.

use shared::house::Access;

use crate::{
    sites::{Host, PageOrigin},
    token::ISSUER,
};

pub(super) fn access(text: &str) -> Result<Access, String> {
    [Access::Open, Access::Invited, Access::App]
        .into_iter()
        .find(|access| access.as_str() == text)
        .ok_or_else(|| "access is open, invited or app".into())
}

/// The value of a flag's variable. One that means nothing is refused, for its writer meant something.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is 1, true, yes or on; or 0, false, no or off".into()),
    }
}

/// A setting of traces in a binary without them: it is refused, so that nobody waits for traces.
#[cfg(not(feature = "otlp"))]
pub(super) fn no_traces(_: &str) -> Result<String, String> {
    Err("this binary is built without traces: build it with `--features otlp`, or leave this setting out"
        .into())
}

pub(super) fn app_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    match PageOrigin::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => {
            Err("a URL is https://chat.example.org, without a path: the app is at the top of its host".into())
        }
    }
}

/// The collector is asked without TLS: it runs on this machine or in its network, and forwards.
#[cfg(feature = "otlp")]
pub(super) fn otlp_url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let host = text.strip_prefix("http://").and_then(Host::parse);
    host.map(|_| text.to_owned()).ok_or_else(|| {
        "a collector's address is http://HOST:PORT, as http://127.0.0.1:4318, without a path; put one on this machine for TLS".into()
    })
}

#[cfg(feature = "otlp")]
pub(super) fn part(text: &str) -> Result<f64, String> {
    let part = text.trim().parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "it is a number from 0 (none) to 1 (all), as 0.01".into())
}

pub(super) fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == "*" || Host::parse(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err("a host is a name and perhaps a port, as chat.example.org, without a scheme or a path".into())
    }
}

pub(super) fn issuer(text: &str) -> Result<String, String> {
    if text == ISSUER {
        return Err(format!("{ISSUER} is the issuer of the server's own tokens; choose another one"));
    }
    Ok(text.to_owned())
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    let site = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_site = site.is_some_and(|site| {
        !site.is_empty()
            && site.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b'?' | b'#' | b'@'))
    });
    if text == "*" || text == "null" || is_site {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("an origin is a scheme, a host and perhaps a port, as https://example.org, without a path".into())
    }
}
