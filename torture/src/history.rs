//! What clients record: what they posted, what was acknowledged, what they saw.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use shared::{Epoch, FromServer, Message, Post, RoomName, Seq, Username};

/// Everything that one client did and saw, in its own order.
#[derive(Debug, Clone)]
pub struct History {
    /// The client's name, under which it posts.
    pub author: Username,
    /// What happened, in the client's order.
    pub records: Vec<Record>,
}

/// One thing that a client did or saw.
#[derive(Debug, Clone)]
pub struct Record {
    /// When, since the [`Clock`] started.
    pub at: Duration,
    /// What.
    pub event: Event,
}

/// What a client did or saw.
#[derive(Debug, Clone)]
pub enum Event {
    /// It sent a post for the first time. Retries are the same post.
    Posted(Arc<Post>),
    /// The post was acknowledged.
    Acknowledged {
        /// The post.
        post: Arc<Post>,
        /// The number that the server told.
        seq: Seq,
        /// The epoch of the number, where the client knows it.
        epoch: Option<Epoch>,
    },
    /// The post was refused for good: it must not be in the log.
    Refused {
        /// The post.
        post: Arc<Post>,
        /// The refusal's code and reason.
        reason: String,
    },
    /// A connection was welcomed.
    Connected,
    /// A connection ended, with this close code; 1006 without one.
    Disconnected(u16),
    /// The server said that it closes, and when to come back.
    Closing {
        /// The delay, in milliseconds.
        reconnect_after_ms: u64,
    },
    /// A room was joined.
    Joined(Box<Joined>),
    /// A message was delivered in a joined room.
    Saw(Arc<Message>),
}

/// An answer to a join, and what was asked for.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The room.
    pub room: RoomName,
    /// The position that the client asked to resume from.
    pub asked: Option<(Epoch, Seq)>,
    /// The epoch that the server told.
    pub epoch: Epoch,
    /// The room's newest number.
    pub head: Seq,
    /// Whether the server resumes.
    pub resumed: bool,
    /// The latest page, if it does not.
    pub page: Vec<Message>,
}

/// The one clock of a run.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn now(self) -> Duration {
        self.0.elapsed()
    }
}

/// Decodes frames, each text once: the server sends the same bytes to all readers of a room, and thousands of readers
/// that decoded and kept them alone would need the machine that the server needs.
#[derive(Debug, Default)]
pub struct Decoder(Mutex<HashMap<String, Arc<Message>>>);

/// A decoded frame.
pub enum Decoded {
    /// A `message` frame.
    Message(Arc<Message>),
    /// Any other frame.
    Other(Box<FromServer>),
}

impl Decoder {
    /// Decodes a frame. `None`: it is none that this version knows.
    pub fn decode(&self, text: &str) -> Option<Decoded> {
        if !text.starts_with(r#"{"type":"message""#) {
            return FromServer::decode(text).ok().map(|frame| Decoded::Other(Box::new(frame)));
        }
        if let Some(known) = self.0.lock().get(text) {
            return Some(Decoded::Message(known.clone()));
        }
        let FromServer::Message(message) = FromServer::decode(text).ok()? else { return None };
        let message = Arc::new(message);
        self.0.lock().insert(text.to_owned(), message.clone());
        Some(Decoded::Message(message))
    }
}

/// Histories as JSON lines, for whoever looks for the cause of a fault.
pub fn to_json_lines(histories: &[History]) -> String {
    let mut text = String::new();
    for History { author, records } in histories {
        for Record { at, event } in records {
            let event = match event {
                Event::Posted(post) => json!({"posted": **post}),
                Event::Acknowledged { post, seq, epoch } => {
                    json!({"acknowledged": {"room": post.room, "id": post.id, "seq": seq, "epoch": epoch}})
                }
                Event::Refused { post, reason } => {
                    json!({"refused": {"room": post.room, "id": post.id, "reason": reason}})
                }
                Event::Connected => json!("connected"),
                Event::Disconnected(code) => json!({"disconnected": code}),
                Event::Closing { reconnect_after_ms } => json!({"closing": reconnect_after_ms}),
                Event::Joined(joined) => json!({"joined": {
                    "room": joined.room, "asked": joined.asked, "epoch": joined.epoch, "head": joined.head,
                    "resumed": joined.resumed,
                    "page": joined.page.iter().map(short).collect::<Vec<_>>(),
                }}),
                Event::Saw(message) => json!({"saw": short(message)}),
            };
            let line = json!({"client": author, "at_us": micros(*at), "event": event});
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// What identifies a message, with the beginning of its text: thousands of readers of long texts would fill the disk.
fn short(message: &Message) -> Value {
    let text: String = message.text.chars().take(40).collect();
    let Message { room, seq, id, username, about, .. } = message;
    json!({"room": room, "seq": seq, "id": id, "by": username, "text": text, "about": about})
}

fn micros(at: Duration) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(u64::MAX)
}
