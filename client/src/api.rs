//! The server's HTTP API: lists, search, pages of a log, and a room's event stream.
//!
//! Each call opens a connection of its own. No call makes the caller a member of a room.

use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, AUTHORIZATION, HOST, HeaderName},
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, de::DeserializeOwned};
use shared::{Epoch, Message, RoomName, RoomSummary, Seq, Side, Token};
use tokio::time::timeout;

use crate::{
    address::Address,
    api_error::ApiError,
    event_stream::RoomEvents,
    transport::{self, Trust},
};

/// The time for the server to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// The largest answer that is read, in bytes: a page of the longest messages, with its context.
const ANSWER_BYTES: usize = 64 << 20;

/// A caller of the HTTP API.
#[derive(Debug, Clone)]
pub struct Api {
    address: Address,
    token: Option<Token>,
}

/// A page of a room's log, read over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogPage {
    /// The epoch of the numbers.
    pub epoch: Epoch,
    /// The room's newest seq.
    pub head: Seq,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether the log goes on beyond the page, on the side that was asked for.
    pub more: bool,
}

/// The body of an answer that refuses.
#[derive(Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorFields,
}

#[derive(Deserialize)]
pub(crate) struct ErrorFields {
    code: String,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
struct Rooms {
    rooms: Vec<RoomSummary>,
}

#[derive(Deserialize)]
struct Found {
    messages: Vec<Message>,
}

impl Api {
    /// A caller of the server at this address. With a token, `seen` and `unread` of lists are those of its owner.
    pub fn new(address: &Address, token: Option<Token>) -> Self {
        Self { address: address.clone(), token }
    }

    /// The rooms, the one with the newest message first.
    pub async fn rooms(&self) -> Result<Vec<RoomSummary>, ApiError> {
        Ok(self.get::<Rooms>("/api/rooms").await?.rooms)
    }

    /// Messages with all the words of the query, newest first; of all rooms if none is given.
    pub async fn search(
        &self,
        query: &str,
        room: Option<&RoomName>,
        limit: u16,
    ) -> Result<Vec<Message>, ApiError> {
        let query: String = byte_serialize(query.as_bytes()).collect();
        let room = room.map_or_else(String::new, |room| format!("&room={room}"));
        Ok(self.get::<Found>(&format!("/api/search?q={query}&limit={limit}{room}")).await?.messages)
    }

    /// A page of a room's log: the latest one, or the nearest one on a side.
    pub async fn messages(
        &self,
        room: &RoomName,
        side: Option<Side>,
        limit: u16,
    ) -> Result<LogPage, ApiError> {
        let side = match side {
            None => String::new(),
            Some(Side::Before(seq)) => format!("&before={seq}"),
            Some(Side::After(seq)) => format!("&after={seq}"),
        };
        self.get(&format!("/api/rooms/{room}/messages?limit={limit}{side}")).await
    }

    /// A room's messages after a seq of this epoch, as they are stored. The stream ends with the connection: call again
    /// with the last seq.
    pub async fn events(&self, room: &RoomName, epoch: &Epoch, after: Seq) -> Result<RoomEvents, ApiError> {
        let last = Some((HeaderName::from_static("last-event-id"), format!("{epoch}:{after}")));
        let target = format!("/api/rooms/{room}/events");
        let response = self.send(&target, "text/event-stream", last).await?;
        let is_stream = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/event-stream")));
        if is_stream { Ok(RoomEvents::new(response.into_body())) } else { Err(self.not_parlor()) }
    }

    async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, ApiError> {
        let body = self.send(target, "application/json", None).await?.into_body();
        serde_json::from_slice(&self.collect(body).await?).map_err(|_| self.not_parlor())
    }

    /// Sends a request, and returns an answer that is a success.
    async fn send(
        &self,
        target: &str,
        accept: &str,
        header: Option<(HeaderName, String)>,
    ) -> Result<Response<Incoming>, ApiError> {
        let answer = timeout(ANSWER, self.exchange(target, accept, header)).await;
        let response = answer.map_err(|_| self.silent())??;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.collect(response.into_body()).await?;
        match serde_json::from_slice(&body) {
            Ok(ErrorBody { error: ErrorFields { code, reason } }) => {
                Err(ApiError::Refused { status: status.as_u16(), code, reason })
            }
            Err(_) if status.is_server_error() => {
                Err(ApiError::Lost(format!("{} answered {status}", self.address.authority())))
            }
            Err(_) => Err(self.not_parlor()),
        }
    }

    async fn exchange(
        &self,
        target: &str,
        accept: &str,
        header: Option<(HeaderName, String)>,
    ) -> Result<Response<Incoming>, ApiError> {
        let stream = transport::open_stream(&self.address, Trust::System).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.lost(&error))?;
        // Ends with the answer's body.
        tokio::spawn(connection);
        let mut request = Request::get(self.address.with_path(target))
            .header(HOST, self.address.authority())
            .header(ACCEPT, accept);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request =
            request.body(Empty::<Bytes>::new()).expect("names of rooms and tokens fit into a request");
        sender.send_request(request).await.map_err(|error| self.lost(&error))
    }

    async fn collect(&self, body: Incoming) -> Result<Bytes, ApiError> {
        let collected = timeout(ANSWER, Limited::new(body, ANSWER_BYTES).collect()).await;
        let collected = collected.map_err(|_| self.silent())?;
        Ok(collected.map_err(|_| ApiError::Lost(self.cut()))?.to_bytes())
    }

    fn lost(&self, error: &hyper::Error) -> ApiError {
        if error.is_parse() { self.not_parlor() } else { ApiError::Lost(self.cut()) }
    }

    fn cut(&self) -> String {
        format!("{} ended the connection before its answer was complete", self.address.authority())
    }

    fn silent(&self) -> ApiError {
        ApiError::Lost(format!("{} did not answer within {} s", self.address.authority(), ANSWER.as_secs()))
    }

    fn not_parlor(&self) -> ApiError {
        ApiError::NotParlor(format!("{} is no Parlor server: its answer is none of Parlor's", self.address))
    }
}
