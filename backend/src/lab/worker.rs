//! A worker with a bounded inbox and a bounded outbox: what a server that must think about each message looks like.
//!
//! A client that does not read fills the socket, then the outbox, then the inbox, and then is read from no longer.

use std::{collections::VecDeque, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::time::Instant;

use super::line::{Happening, Line};
use crate::close_reason::CloseReason;

/// How often the heartbeat comes where the address does not say.
pub const HEARTBEAT: Duration = Duration::from_secs(3);
/// What the heartbeat says.
const BEAT: &str = "心跳检查";
/// The inbox and the outbox each hold so many messages …
const MESSAGES: usize = 1_000;
/// … or so many bytes.
const BYTES: usize = 1 << 20;

/// Messages in order, within both bounds.
#[derive(Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Queue {
    fn has_room(&self) -> bool {
        self.messages.len() < MESSAGES && self.bytes < BYTES
    }

    fn push(&mut self, message: Bytes) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }
}

/// Answers each message in order with what was sent and ` done`, and beats.
pub async fn work(mut line: Line, heartbeat: Duration) -> (Line, CloseReason) {
    let (mut inbox, mut outbox) = (Queue::default(), Queue::default());
    let mut due = Instant::now() + heartbeat;
    loop {
        while outbox.has_room()
            && let Some(message) = inbox.pop()
        {
            outbox.push(done(&message));
        }
        while line.has_room()
            && let Some(answer) = outbox.pop()
        {
            line.binary(&answer);
        }
        match line.next(inbox.has_room(), Some(due)).await {
            // What came pins the buffer that it was read into: it is copied to be kept.
            Ok(Happening::Text(text)) => inbox.push(Bytes::copy_from_slice(text.as_bytes())),
            Ok(Happening::Binary(bytes)) => inbox.push(Bytes::copy_from_slice(&bytes)),
            Ok(Happening::Time) => {
                if outbox.has_room() {
                    outbox.push(Bytes::from_static(BEAT.as_bytes()));
                }
                due = (due + heartbeat).max(Instant::now());
            }
            Ok(Happening::Moved) => {}
            Err(reason) => return (line, reason),
        }
    }
}

fn done(message: &[u8]) -> Bytes {
    let mut answer = BytesMut::with_capacity(message.len() + 5);
    answer.put_slice(message);
    answer.put_slice(b" done");
    answer.freeze()
}
