//! An HTTP client: one connection for each request, or one for several, and Server-Sent Events.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use shared::{FromServer, Message, Token};
use tokio::net::TcpStream;

use crate::bound::soon;

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The code of the error that the API answers with.
    pub fn error(&self) -> String {
        let error = &self.json()["error"];
        assert!(!error["reason"].as_str().unwrap().is_empty(), "{error}");
        error["code"].as_str().unwrap().to_owned()
    }

    pub fn messages(&self) -> Vec<Message> {
        serde_json::from_value(self.json()["messages"].clone()).unwrap()
    }
}

/// A keep-alive connection.
pub struct Web {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    _driver: Driver,
}

/// The task that drives a connection. Dropping it stops it.
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Web {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driver = Driver(tokio::spawn(async move {
            // An error here also fails the request.
            let _ = connection.await;
        }));
        Self { address, sender, _driver: driver }
    }

    async fn begin(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Response<Incoming> {
        let mut request =
            Request::builder().method(method).uri(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).unwrap();
        soon("an answer", self.sender.send_request(request)).await.unwrap()
    }

    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let response = self.begin(method, path, headers, body).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = soon("an answer's body", response.collect()).await.unwrap().to_bytes();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// Posts on a connection that the server may have closed. `None` if no whole answer came.
    pub async fn try_post(&mut self, room: &str, body: &Value) -> Option<Answer> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/rooms/{room}/messages"))
            .header("host", self.address.to_string())
            .body(Full::from(body.to_string()))
            .unwrap();
        soon("a place for a request", self.sender.ready()).await.ok()?;
        let response = soon("an answer", self.sender.send_request(request)).await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = soon("an answer's body", response.collect()).await.ok()?.to_bytes();
        Some(Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() })
    }

    pub async fn post(&mut self, room: &str, body: &Value) -> Answer {
        let path = format!("/api/rooms/{room}/messages");
        self.request(Method::POST, &path, &[], body.to_string()).await
    }
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    Web::connect(address).await.request(Method::GET, path, &[], String::new()).await
}

/// The same with a token.
pub async fn get_with(address: SocketAddr, path: &str, token: &Token) -> Answer {
    let bearer = format!("Bearer {}", token.as_str());
    let headers = [("authorization", bearer.as_str())];
    Web::connect(address).await.request(Method::GET, path, &headers, String::new()).await
}

/// Proposes an act.
pub async fn act(address: SocketAddr, token: &Token, act: &Value) -> Answer {
    let bearer = format!("Bearer {}", token.as_str());
    let headers = [("authorization", bearer.as_str())];
    Web::connect(address).await.request(Method::POST, "/api/acts", &headers, act.to_string()).await
}

pub async fn post(address: SocketAddr, room: &str, body: &Value) -> Answer {
    Web::connect(address).await.post(room, body).await
}

/// A stream of Server-Sent Events.
pub struct Events {
    body: Incoming,
    unread: Vec<u8>,
    _web: Web,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: String,
    pub id: Option<String>,
    pub data: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }

    pub fn message(&self) -> Message {
        assert_eq!(self.kind, "message");
        match FromServer::decode(&self.data).unwrap() {
            FromServer::Message(message) => message,
            other => panic!("no message: {other:?}"),
        }
    }
}

impl Events {
    /// Follows a room, from after this event.
    pub async fn open(address: SocketAddr, room: &str, last: Option<&str>) -> Self {
        Self::open_at(address, &format!("/api/rooms/{room}/events"), last).await
    }

    pub async fn open_at(address: SocketAddr, path: &str, last: Option<&str>) -> Self {
        let header = last.map(|id| ("last-event-id", id));
        Self::open_with(address, path, header.as_slice()).await
    }

    /// The same with these headers.
    pub async fn open_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut web = Web::connect(address).await;
        let response = web.begin(Method::GET, path, headers, String::new()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), unread: Vec::new(), _web: web }
    }

    /// The next event. `None`: the stream has ended cleanly.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                if let Some(event) = parse(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
                continue;
            }
            let frame = soon("the next event", self.body.frame()).await?;
            let bytes = frame.unwrap().into_data().unwrap();
            self.unread.extend(&bytes);
        }
    }

    /// The next event. Panics if the stream has ended.
    pub async fn event(&mut self) -> Event {
        self.next().await.expect("the stream ended where an event was to come")
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name| {
        let value = |line: &str| line.strip_prefix(name).map(|value| value.trim_start().to_owned());
        block.lines().find_map(value)
    };
    let data = field("data:")?;
    Some(Event { kind: field("event:").unwrap_or("message".into()), id: field("id:"), data })
}
