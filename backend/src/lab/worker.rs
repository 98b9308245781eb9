//! A worker with a bounded inbox and a bounded outbox: what a server that must think about each message looks like.
//!
//! A client that does not read fills the socket, then the outbox, then the inbox, and then is not read from any more.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::connection::{Event, LabConnection};
use crate::{close_reason::CloseReason, wire::Kind};

/// How often the heartbeat comes if the address does not say.
pub const HEARTBEAT: Duration = Duration::from_secs(3);
/// What the heartbeat says.
const BEAT: &str = "心跳检查";
/// The inbox and the outbox each hold so many messages …
const MESSAGES: usize = 1_000;
/// … or so many bytes, and one message more.
const BYTES: usize = 1 << 16;

/// Messages in order, within both bounds.
#[derive(Default)]
struct Queue {
    messages: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Queue {
    fn has_room(&self) -> bool {
        self.messages.len() < MESSAGES && self.bytes < BYTES
    }

    fn push(&mut self, message: Vec<u8>) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }
}

/// Answers each message in order with what was sent and ` done`, and sends a heartbeat.
pub async fn work(mut connection: LabConnection, heartbeat: Duration) -> (LabConnection, CloseReason) {
    let (mut inbox, mut outbox) = (Queue::default(), Queue::default());
    let mut due = Instant::now() + heartbeat;
    loop {
        while outbox.has_room()
            && let Some(mut message) = inbox.pop()
        {
            message.extend_from_slice(b" done");
            outbox.push(message);
        }
        while connection.has_room()
            && let Some(answer) = outbox.pop()
        {
            connection.send(Kind::Binary, answer);
        }
        connection.keep(inbox.bytes + outbox.bytes);
        match connection.next(inbox.has_room(), Some(due)).await {
            Ok(Event::Text(text)) => inbox.push(text.into_bytes()),
            Ok(Event::Binary(bytes)) => inbox.push(bytes),
            Ok(Event::Time) => {
                if outbox.has_room() {
                    outbox.push(BEAT.as_bytes().to_vec());
                }
                due = (due + heartbeat).max(Instant::now());
            }
            Ok(Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}
