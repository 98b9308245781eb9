//! The HTTP client that sends traces to a collector.
//!
//! The exporter calls it on a thread of its own. The request runs on the server's runtime, with the HTTP library that the server has
//! in any case.

use std::{fmt, time::Duration};

use axum::http::{Request, Response, header};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::{net::TcpStream, runtime::Handle, task::JoinSet, time::timeout};

/// The time for a request and its answer.
const TIME: Duration = Duration::from_secs(5);
/// A collector's answer is read up to so many bytes.
const ANSWER_BYTES: usize = 1 << 16;

/// See the module documentation.
pub(super) struct Collector(Handle);

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

impl Collector {
    /// A client whose requests run on the present runtime.
    pub(super) fn of_this_runtime() -> Self {
        Self(Handle::current())
    }
}

// What `#[async_trait]` makes of the trait's method.
impl HttpClient for Collector {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> BoxFuture<'b, Result<Response<Bytes>, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        let answer = self.0.spawn(async move {
            timeout(TIME, send(request)).await.unwrap_or_else(|_| Err("the collector does not answer".into()))
        });
        Box::pin(async move { answer.await? })
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut parts, body) = request.into_parts();
    let host = parts.uri.authority().ok_or("the collector's address has no host")?.clone();
    let stream = TcpStream::connect((host.host(), host.port_u16().unwrap_or(80))).await?;
    parts.headers.insert(header::HOST, host.as_str().parse()?);
    // A server, unlike a proxy, is asked for a path.
    parts.uri = parts.uri.path().parse()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Dropping the set ends the connection.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let (parts, body) = sender.send_request(Request::from_parts(parts, Full::new(body))).await?.into_parts();
    let body = Limited::new(body, ANSWER_BYTES).collect().await?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
