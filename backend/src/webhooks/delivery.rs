//! One call of a webhook: from the address to the receiver's answer.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use client::{Address, Stream, Tls, Trust, open_tcp};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    sync::{OnceCell, Semaphore},
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use super::signature::{Secret, signature};
use crate::{clock, reach::Reach};

/// The time for a whole call.
const CALL_TIME: Duration = Duration::from_secs(10);
/// The time for a connection to one of the host's addresses.
const CONNECT_TIME: Duration = Duration::from_secs(3);
/// The time for the body of an answer, whose status is known already.
const BODY_TIME: Duration = Duration::from_secs(2);
/// So many calls are made at once, of all webhooks.
const CALLS: usize = 32;
/// What is read of an answer's header, in bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// What is read of an answer's body, in bytes.
const BODY_BYTES: usize = 4 * 1024;
/// What an error repeats of an answer's body, in characters.
const EXCERPT_CHARS: usize = 100;

/// What makes the calls of all webhooks.
pub(super) struct Caller {
    reach: Reach,
    permits: Semaphore,
    tls: OnceCell<Tls>,
}

/// What is sent.
pub(super) struct Call<'a> {
    pub(super) url: &'a str,
    pub(super) secret: &'a Secret,
    /// The same for each attempt.
    pub(super) id: &'a str,
    pub(super) body: Bytes,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The receiver has taken it.
    Taken,
    /// The receiver wants no more calls.
    Gone(String),
    /// It is to be tried again.
    Failed {
        /// A sentence for the webhook's owner. It has no secret: not the address's path or query either.
        reason: String,
        /// The delay that the receiver asks for.
        retry_after: Option<Duration>,
    },
}

impl Answer {
    fn failed(reason: String) -> Self {
        Self::Failed { reason, retry_after: None }
    }
}

impl Caller {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, permits: Semaphore::new(CALLS), tls: OnceCell::new() }
    }

    /// Makes a call, once it is its turn. Redirects are not followed: they could lead anywhere.
    pub(super) async fn call(&self, call: Call<'_>) -> Answer {
        let address = match self.reach.check(call.url) {
            Ok(address) => address,
            Err(error) => return Answer::failed(error.to_string()),
        };
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        match timeout(CALL_TIME, self.exchange(&address, call)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(reason)) => Answer::failed(reason),
            Err(_) => {
                let seconds = CALL_TIME.as_secs();
                Answer::failed(format!("{} did not answer within {seconds} s", address.authority()))
            }
        }
    }

    async fn exchange(&self, address: &Address, call: Call<'_>) -> Result<Answer, String> {
        let resolved = self.reach.resolve(address).await.map_err(|error| error.to_string())?;
        let stream = self.connect(address, &resolved).await?;
        let lost = |error: hyper::Error| {
            let what = if error.is_parse() { "gave an answer that is no HTTP" } else { "cut the connection" };
            format!("{} {what}", address.authority())
        };
        let mut http = http1::Builder::new();
        http.max_buf_size(HEADER_BYTES);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(lost)?;
        // Dropping the set ends the connection.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let response = sender.send_request(request(address, call)?).await.map_err(lost)?;
        Ok(judge(address, response).await)
    }

    /// Connects to one of the addresses that the host was resolved to.
    async fn connect(&self, address: &Address, resolved: &[SocketAddr]) -> Result<Stream, String> {
        let mut reason = String::new();
        for at in resolved {
            match timeout(CONNECT_TIME, open_tcp(address, at)).await {
                Ok(Ok(tcp)) if address.secure => {
                    let connected = self.tls().await?.connect(address, tcp).await;
                    return connected.map_err(|error| error.reason);
                }
                Ok(Ok(tcp)) => return Ok(Stream::Plain(tcp)),
                Ok(Err(error)) => reason = error.reason,
                Err(_) => reason = format!("cannot reach {}: it does not answer", address.authority()),
            }
        }
        Err(reason)
    }

    async fn tls(&self) -> Result<&Tls, String> {
        let read = async || match spawn_blocking(|| Tls::new(Trust::System)).await {
            Ok(Ok(tls)) => Ok(tls),
            Ok(Err(error)) => Err(error.reason),
            Err(_) => Err("the system's certificates could not be read".to_owned()),
        };
        self.tls.get_or_try_init(read).await
    }
}

/// The request, with the headers of Standard Webhooks. The time is that of the attempt.
fn request(address: &Address, call: Call<'_>) -> Result<Request<Full<Bytes>>, String> {
    let timestamp = clock::since_1970().as_secs();
    Request::post(&address.target)
        .header(HOST, address.authority())
        .header(USER_AGENT, concat!("Parlor/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", call.id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature(call.secret, call.id, timestamp, &call.body))
        .body(Full::new(call.body))
        .map_err(|_| format!("the address of {} does not fit into a request", address.authority()))
}

/// What an answer means.
async fn judge(address: &Address, response: Response<Incoming>) -> Answer {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|value| asked_delay(value, SystemTime::now()));
    // Also if nothing in it counts: a receiver that is cut off while it writes may take the call for failed.
    let body = timeout(BODY_TIME, beginning(response.into_body())).await.unwrap_or_default();
    if status.is_success() {
        return Answer::Taken;
    }
    let authority = address.authority();
    let reason = if status.is_redirection() {
        format!(
            "{authority} answered {status}, and redirects are not followed: add a webhook with the address that it leads to"
        )
    } else {
        match excerpt(&body) {
            Some(excerpt) => format!("{authority} answered {status}: {excerpt}"),
            None => format!("{authority} answered {status}"),
        }
    };
    if status == StatusCode::GONE { Answer::Gone(reason) } else { Answer::Failed { reason, retry_after } }
}

/// The first bytes of a body. What is cut off is not read.
async fn beginning(mut body: Incoming) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < BODY_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data[..data.len().min(BODY_BYTES - bytes.len())]);
        }
    }
    bytes
}

/// A body's beginning as a part of a sentence.
fn excerpt(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let words: Vec<_> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let excerpt: String = words.join(" ").chars().take(EXCERPT_CHARS).collect();
    (!excerpt.is_empty()).then_some(excerpt)
}

/// The delay in a `Retry-After` header (RFC 9110 §10.2.3): seconds, or a date.
fn asked_delay(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_asks_for_a_delay_in_seconds_or_until_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(asked_delay(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn an_error_repeats_the_beginning_of_the_answer_in_one_line() {
        assert_eq!(excerpt(b" no such\r\n\x1b[31m hook \0"), Some("no such [31m hook".into()));
        assert_eq!(excerpt(b"\n "), None);
        assert_eq!(excerpt("ü".repeat(4000).as_bytes()), Some("ü".repeat(EXCERPT_CHARS)));
        assert!(excerpt(&[0xFF; 10]).is_some());
    }
}
