//! What one says, all hear who are connected, the speaker included. Nothing is stored.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use slab::Slab;

use super::line::{Happening, Line};
use crate::{close_reason::CloseReason, hub::Outbound, state::AppState};

/// Who speaks without a name.
const GUEST: &str = "guest";

/// Those who are connected.
#[derive(Debug, Default)]
pub struct Broadcast(Mutex<Slab<Arc<Outbound>>>);

impl Broadcast {
    /// Tells everyone. Who does not keep up misses it.
    fn tell(&self, text: &str) {
        for (_, outbound) in &*self.0.lock() {
            outbound.offer(text);
        }
    }
}

/// Being connected; dropping it is leaving.
struct Connected<'a> {
    broadcast: &'a Broadcast,
    place: usize,
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.broadcast.0.lock().remove(self.place);
    }
}

/// What is said.
#[derive(Serialize, Deserialize)]
struct Said {
    username: String,
    text: String,
}

pub(super) async fn talk(mut line: Line, state: &AppState) -> (Line, CloseReason) {
    let broadcast = &state.lab.broadcast;
    let place = broadcast.0.lock().insert(line.outbound().clone());
    let _connected = Connected { broadcast, place };
    loop {
        match line.next(true, None).await {
            Ok(Happening::Text(text)) => broadcast.tell(&said(&text)),
            Ok(Happening::Binary(_)) => line.text(r#"{"error":"the broadcast takes text messages"}"#),
            Ok(Happening::Time | Happening::Moved) => {}
            Err(reason) => return (line, reason),
        }
    }
}

/// An object with a username and a text, or the plain text of a guest.
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
