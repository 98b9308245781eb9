//! Everybody who is connected receives what anybody says, the speaker included. Nothing is stored.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use shared::CloseCode;
use slab::Slab;

use super::connection::{Event, LabConnection};
use crate::{close_reason::CloseReason, hub::Outbound};

/// The name of a speaker who does not say one.
const GUEST: &str = "guest";
/// The most connections: every message is copied for each, and each may have [`crate::hub::OUTBOUND_BYTES`] waiting.
const CONNECTIONS: usize = 256;

/// Those who are connected.
#[derive(Debug, Default)]
pub struct Broadcast(Mutex<Slab<Arc<Outbound>>>);

impl Broadcast {
    /// Adds a connection, if there is room for it.
    fn enter(&self, outbound: &Arc<Outbound>) -> Option<Connected<'_>> {
        let mut all = self.0.lock();
        let has_room = all.len() < CONNECTIONS;
        has_room.then(|| Connected { broadcast: self, place: all.insert(outbound.clone()) })
    }

    /// Tells everybody. A connection that does not keep up misses it.
    fn tell(&self, text: &str) {
        for (_, outbound) in &*self.0.lock() {
            outbound.offer(text);
        }
    }
}

/// A connection's place. Dropping it is leaving.
struct Connected<'a> {
    broadcast: &'a Broadcast,
    place: usize,
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.broadcast.0.lock().remove(self.place);
    }
}

/// A message.
#[derive(Serialize, Deserialize)]
struct Said {
    username: String,
    text: String,
}

pub(super) async fn talk(
    mut connection: LabConnection,
    broadcast: &Broadcast,
) -> (LabConnection, CloseReason) {
    let Some(_connected) = broadcast.enter(connection.outbound()) else {
        let reason = format!("the broadcast takes {CONNECTIONS} connections: try again later");
        return (connection, CloseReason::Lab(CloseCode::TRY_LATER, reason));
    };
    loop {
        match connection.next(true, None).await {
            Ok(Event::Text(text)) => broadcast.tell(&said(&text)),
            Ok(Event::Binary(_)) => connection.text(r#"{"error":"the broadcast takes text messages"}"#),
            Ok(Event::Time | Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}

/// Reads an object with a username and a text, or takes the message as the text of a guest.
fn said(text: &str) -> String {
    let said = serde_json::from_str(text)
        .unwrap_or_else(|_| Said { username: GUEST.to_owned(), text: text.to_owned() });
    serde_json::to_string(&said).expect("texts are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_a_guests() {
        assert_eq!(said("hi"), r#"{"username":"guest","text":"hi"}"#);
        assert_eq!(said(r#"{"text":"hi","username":"ann"}"#), r#"{"username":"ann","text":"hi"}"#);
        assert_eq!(said(r#"{"a":1}"#), r#"{"username":"guest","text":"{\"a\":1}"}"#);
    }
}
