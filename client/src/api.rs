//! The server's HTTP API: lists, search, pages of a log, and a room's event stream; in `api/house.rs` people, rights and
//! acts.
//!
//! Each call opens a connection of its own. No call makes the caller a member of a room.

mod house;

use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{Epoch, Message, RoomName, RoomSummary, Seq, Side, Token, house::Rooms};
use tokio::time::timeout;

use crate::{
    address::Address,
    api_error::ApiError,
    event_stream::RoomEvents,
    transport::{self, Trust},
};

pub use house::Export;

/// The time for the server to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// The largest answer that is read, in bytes: a page of the longest messages, with its context.
const ANSWER_BYTES: usize = 64 << 20;
const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream";

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
    /// All messages up to this one are deleted, because they were not to be kept longer. Zero: none is.
    #[serde(default)]
    pub floor: Seq,
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
        let request = Request::get(self.address.with_path(&format!("/api/rooms/{room}/events")))
            .header(ACCEPT, EVENT_STREAM)
            .header("last-event-id", format!("{epoch}:{after}"));
        let response = self.send(request, Bytes::new()).await?;
        if is_of_type(&response, EVENT_STREAM) {
            Ok(RoomEvents::new(response.into_body()))
        } else {
            Err(self.not_parlor())
        }
    }

    async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, ApiError> {
        let request = Request::get(self.address.with_path(target)).header(ACCEPT, JSON);
        self.read(self.send(request, Bytes::new()).await?).await
    }

    async fn post<T: DeserializeOwned>(&self, target: &str, body: &impl Serialize) -> Result<T, ApiError> {
        let body = serde_json::to_vec(body).expect("what is sent has string keys and no failing parts");
        let request =
            Request::post(self.address.with_path(target)).header(ACCEPT, JSON).header(CONTENT_TYPE, JSON);
        self.read(self.send(request, body.into()).await?).await
    }

    /// The JSON in an answer.
    async fn read<T: DeserializeOwned>(&self, response: Response<Incoming>) -> Result<T, ApiError> {
        let body = self.collect(response.into_body()).await?;
        serde_json::from_slice(&body).map_err(|_| self.not_parlor())
    }

    /// Sends a request, and returns an answer that is a success.
    async fn send(&self, request: Builder, body: Bytes) -> Result<Response<Incoming>, ApiError> {
        let answer = timeout(ANSWER, self.exchange(request, body)).await;
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

    async fn exchange(&self, mut request: Builder, body: Bytes) -> Result<Response<Incoming>, ApiError> {
        let stream = transport::open_stream(&self.address, Trust::System).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.lost(&error))?;
        // Ends with the answer's body.
        tokio::spawn(connection);
        request = request.header(HOST, self.address.authority());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        let request = request.body(Full::new(body)).expect("names of rooms and tokens fit into a request");
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

fn is_of_type(response: &Response<Incoming>, expected: &str) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(expected))
}
