//! One WebSocket, as the driver needs it: queued messages are sent while frames come in.

use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{Sink, SinkExt, StreamExt};
use shared::CloseCode;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        self, Message, Utf8Bytes,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use crate::{
    address::Address,
    api::ErrorBody,
    transport::{self, ConnectionFailure, Stream, Trust},
};

/// The largest message that a server may send, in bytes: a page of the longest messages.
const MESSAGE_BYTES: usize = 64 << 20;
/// The time for the other side to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) struct Socket {
    stream: WebSocketStream<Stream>,
    queue: VecDeque<Message>,
    unflushed: bool,
    closed: Option<CloseCode>,
}

/// What came.
pub(crate) enum Incoming {
    Text(Utf8Bytes),
    Closed(CloseCode, ConnectionFailure),
}

impl Socket {
    /// Connects and shakes hands.
    pub(crate) async fn open(address: &Address) -> Result<Box<Self>, ConnectionFailure> {
        let stream = transport::open_stream(address, Trust::System).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(16 << 10)
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let handshake = client_async_with_config(address.to_string(), stream, Some(config));
        let (stream, _) = handshake.await.map_err(|error| explain(address, error))?;
        Ok(Box::new(Self { stream, queue: VecDeque::new(), unflushed: false, closed: None }))
    }

    pub(crate) fn send(&mut self, text: String) {
        self.queue.push_back(Message::text(text));
    }

    /// Sends what is queued until something comes. Cancelling it loses nothing.
    pub(crate) async fn next(&mut self, reading: bool) -> Incoming {
        poll_fn(|cx| {
            if let Poll::Ready(Err(error)) = self.poll_send(cx) {
                return Poll::Ready(self.ended(Some(&error)));
            }
            if !reading {
                return Poll::Pending;
            }
            loop {
                match ready!(self.stream.poll_next_unpin(cx)) {
                    Some(Ok(Message::Text(text))) => return Poll::Ready(Incoming::Text(text)),
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map_or(CloseCode::NO_STATUS, |frame| CloseCode(frame.code.into()));
                        self.closed = Some(code);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(self.ended(Some(&error))),
                    None => return Poll::Ready(self.ended(None)),
                }
            }
        })
        .await
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), tungstenite::Error>> {
        while let Some(message) = self.queue.front() {
            ready!(self.stream.poll_ready_unpin(cx))?;
            let message = message.clone();
            self.queue.pop_front();
            std::pin::Pin::new(&mut self.stream).start_send(message)?;
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(self.stream.poll_flush_unpin(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn ended(&self, error: Option<&tungstenite::Error>) -> Incoming {
        let (code, reason) = match (self.closed, error) {
            (Some(code), _) => (code, format!("the server closed with {code}. {}", code.parlor_meaning())),
            (None, Some(tungstenite::Error::Io(_)) | None) => {
                (CloseCode::ABNORMAL, "the server ended the connection".to_owned())
            }
            (None, Some(error)) => (CloseCode::ABNORMAL, format!("the connection was lost: {error}")),
        };
        Incoming::Closed(code, ConnectionFailure::passing(reason))
    }

    /// Sends what is queued and a close frame, and waits a moment for the answer.
    pub(crate) async fn close(mut self: Box<Self>, code: CloseCode) {
        let close = CloseFrame { code: code.0.into(), reason: Utf8Bytes::default() };
        let closing = async {
            poll_fn(|cx| self.poll_send(cx)).await?;
            self.stream.send(Message::Close(Some(close))).await?;
            while let Some(Ok(_)) = self.stream.next().await {}
            Ok::<_, tungstenite::Error>(())
        };
        // The other side may be gone already.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
    }
}

/// Explains a failed handshake. An answer other than 101 is permanent, unless its status says that it is not. A Parlor server
/// says itself why it refuses.
fn explain(address: &Address, error: tungstenite::Error) -> ConnectionFailure {
    match error {
        tungstenite::Error::Http(answer) => {
            let status = answer.status();
            if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
                return ConnectionFailure::passing(format!("{address} answered {status}"));
            }
            let body = answer.body().as_deref().unwrap_or_default();
            ConnectionFailure::permanent(match serde_json::from_slice(body) {
                Ok(ErrorBody { error }) => error.reason,
                Err(_) => format!("{address} is no Parlor server: it answered {status}"),
            })
        }
        tungstenite::Error::Io(error) => ConnectionFailure::passing(transport::explain(address, &error)),
        tungstenite::Error::Protocol(tungstenite::error::ProtocolError::HandshakeIncomplete) => {
            ConnectionFailure::passing(format!("{address} ended the connection without an answer"))
        }
        other => ConnectionFailure::permanent(format!("{address} does not speak WebSocket: {other}")),
    }
}
