//! A receiver of webhooks: an HTTP server that answers as a test says.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, sync::Arc};

use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use ring::hmac;
use serde_json::Value;
use shared::Message;
use tokio::{net::TcpListener, sync::mpsc};

use crate::bound::soon;

/// How a call is answered.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    /// With this status, header and body.
    Status(u16, &'static str, &'static str),
    /// Never.
    Silence,
}

/// See the module's page. Calls that no reply was planned for are answered with 204.
pub struct Receiver {
    pub address: SocketAddr,
    calls: mpsc::UnboundedReceiver<Received>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

/// A call that came.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, calls) = mpsc::unbounded_channel();
        let replies: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let planned = Arc::clone(&replies);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, planned) = (sender.clone(), Arc::clone(&planned));
                let service =
                    service_fn(move |request| answer(request, sender.clone(), Arc::clone(&planned)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, calls, replies }
    }

    /// How the next calls are answered.
    pub fn will(&self, replies: &[Reply]) {
        self.replies.lock().extend(replies);
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next call.
    pub async fn call(&mut self) -> Received {
        soon("a call", self.calls.recv()).await.unwrap()
    }

    /// The calls that came and were not taken yet.
    pub fn waiting(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.calls.try_recv().ok()).collect()
    }
}

async fn answer(
    request: Request<Incoming>,
    calls: mpsc::UnboundedSender<Received>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (path, headers) = (request.uri().to_string(), request.headers().clone());
    // A caller that was killed has sent a part: that is no call.
    let Ok(body) = request.into_body().collect().await else { return Ok(Response::default()) };
    let reply = replies.lock().pop_front().unwrap_or(Reply::Status(204, "", ""));
    let _ = calls.send(Received { path, headers, body: body.to_bytes().to_vec() });
    let Reply::Status(status, header, body) = reply else { return std::future::pending().await };
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header.split_once(": ") {
        response = response.header(name, value);
    }
    Ok(response.body(Full::from(body)).unwrap())
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The id by which repetitions are known.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn message(&self) -> Message {
        serde_json::from_value(self.json()["message"].clone()).unwrap()
    }

    pub fn text(&self) -> String {
        self.message().text
    }

    /// Checks the signature as a receiver does, with the secret as the owner was told it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        assert_eq!(key.len(), 24);
        let signed = format!("{}.{}.", self.id(), self.header("webhook-timestamp"));
        let signed = [signed.as_bytes(), &self.body].concat();
        let signature = self.header("webhook-signature").strip_prefix("v1,").unwrap();
        let signature = BASE64.decode(signature.as_bytes()).unwrap();
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed, &signature).is_ok()
    }
}
