//! Requests to the server's HTTP API, each on a connection of its own.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

/// The time for an answer.
const PATIENCE: Duration = Duration::from_secs(70);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// `GET`.
pub async fn get(address: SocketAddr, path: &str) -> Result<Answer> {
    request(address, Method::GET, path, None, Bytes::new()).await
}

/// `POST` with a JSON body, and with a token if there is one.
pub async fn post(address: SocketAddr, path: &str, token: Option<&str>, body: &Value) -> Result<Answer> {
    request(address, Method::POST, path, token, body.to_string().into()).await
}

async fn request(
    address: SocketAddr,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Bytes,
) -> Result<Answer> {
    let exchange = async {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, address.to_string());
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = sender.send_request(request.body(Full::new(body))?).await?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await?.to_bytes();
        connection.abort();
        anyhow::Ok(Answer { status, body })
    };
    match timeout(PATIENCE, exchange).await {
        Ok(answer) => answer.with_context(|| format!("{path} got no answer")),
        Err(_) => bail!("{path} got no answer in {} s", PATIENCE.as_secs()),
    }
}
