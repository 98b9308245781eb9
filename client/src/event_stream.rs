//! A room's Server-Sent Events (WHATWG HTML §9.2), as far as Parlor uses them: one `data` line an event.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;
use shared::{Epoch, FromServer, Message, Seq, limits};
use tokio::time::timeout;

use crate::api_error::ApiError;

/// The server sends at least a comment in every heartbeat: after this silence the connection is dead.
const SILENCE: Duration = Duration::from_millis(limits::HEARTBEAT_MS + 10_000);
/// The longest line, in bytes: a message of the longest text, with every character escaped.
const LINE_BYTES: usize = 1 << 20;

/// An event of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// The first event. It comes again, not resumed, if messages that this slow reader did not have yet are deleted.
    Joined {
        /// The epoch of the room's numbers.
        epoch: Epoch,
        /// The room's newest seq.
        head: Seq,
        /// True: everything after the seq that was asked for follows. False: that seq means nothing here any more, and the
        /// newest page follows. It may be deleted, see `floor`.
        resumed: bool,
        /// All messages up to this one are deleted, because they were not to be kept longer. Zero: none is.
        floor: Seq,
    },
    /// A message was stored.
    Message(Message),
    /// The reader is no longer in the room: nothing more comes.
    Left,
}

/// A room's events over one connection. See [`crate::Api::events`].
#[derive(Debug)]
pub struct RoomEvents {
    body: Incoming,
    buffer: BytesMut,
    kind: String,
    data: String,
}

#[derive(Deserialize)]
struct Joined {
    epoch: Epoch,
    head: Seq,
    resumed: bool,
    #[serde(default)]
    floor: Seq,
}

impl RoomEvents {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, buffer: BytesMut::new(), kind: String::new(), data: String::new() }
    }

    /// The next event. Cancelling it loses nothing. After an error the stream is over.
    pub async fn next(&mut self) -> Result<RoomEvent, ApiError> {
        loop {
            while let Some(line) = take_line(&mut self.buffer) {
                if let Some(event) = self.line(&line)? {
                    return Ok(event);
                }
            }
            if self.buffer.len() > LINE_BYTES {
                return Err(ApiError::NotParlor("the event stream has a line that is too long".into()));
            }
            let frame = timeout(SILENCE, self.body.frame()).await.map_err(|_| {
                ApiError::Lost(format!("nothing was heard from the server for {} s", SILENCE.as_secs()))
            })?;
            match frame {
                Some(Ok(frame)) => self.buffer.extend(frame.into_data().into_iter().flatten()),
                Some(Err(_)) | None => return Err(ApiError::Lost("the server ended the connection".into())),
            }
        }
    }

    /// Takes a line. An empty one ends an event.
    fn line(&mut self, line: &str) -> Result<Option<RoomEvent>, ApiError> {
        if let Some(kind) = line.strip_prefix("event:") {
            kind.trim().clone_into(&mut self.kind);
        } else if let Some(data) = line.strip_prefix("data:") {
            data.trim_start().clone_into(&mut self.data);
        }
        if !line.is_empty() {
            return Ok(None);
        }
        let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
        let event = match kind.as_str() {
            "joined" => {
                let joined = serde_json::from_str(&data).ok();
                joined.map(|Joined { epoch, head, resumed, floor }| RoomEvent::Joined {
                    epoch,
                    head,
                    resumed,
                    floor,
                })
            }
            "message" => match FromServer::decode(&data) {
                Ok(FromServer::Message(message)) => Some(RoomEvent::Message(message)),
                _ => None,
            },
            "left" => Some(RoomEvent::Left),
            // A comment, or an event of a later version.
            _ => return Ok(None),
        };
        let unreadable =
            || ApiError::NotParlor(format!("the event stream has a {kind:?} that cannot be read"));
        event.map(Some).ok_or_else(unreadable)
    }
}

fn take_line(buffer: &mut BytesMut) -> Option<String> {
    let end = buffer.iter().position(|byte| *byte == b'\n')?;
    let line = buffer.split_to(end);
    buffer.advance(1);
    Some(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
}
