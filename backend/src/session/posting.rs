//! Posts on their way into the log, and back as answers.

use shared::{FromServer, Refusal, RefusalCode};

use super::Session;
use crate::store::{Draft, Full, Outcome, RETRY_MS, UNKNOWN_OUTCOME};

impl Session {
    /// Hands a post to the store, whose answer comes into the outbound queue.
    pub(super) fn post(&mut self, draft: Draft) {
        let outbound = self.outbound.clone();
        let (room, id) = (draft.post.room.clone(), draft.post.id.clone());
        let bytes = draft.post.text.len();
        let says_posted = self.plain.is_none();
        outbound.post_begins(bytes);
        let reply = move |outcome| {
            let frame = match outcome {
                // Whoever speaks plainly sees the message itself.
                Outcome::Stored { .. } if !says_posted => return outbound.post_answered(bytes),
                Outcome::Stored { seq, sent_at } => FromServer::Posted { room, id, seq, sent_at },
                Outcome::Refused(refusal) => FromServer::Refused(refusal),
                _ => FromServer::Refused(Refusal {
                    id: Some(id),
                    room: Some(room),
                    retry_after_ms: Some(RETRY_MS),
                    ..Refusal::new(RefusalCode::Unavailable, UNKNOWN_OUTCOME)
                }),
            };
            outbound.put(&frame.encode());
            outbound.post_answered(bytes);
        };
        if let Err(Full(draft)) = self.state.store.post(draft, reply) {
            self.outbound.post_answered(bytes);
            self.stalled = Some(draft);
        }
    }

    pub(super) fn retry_stalled(&mut self) {
        if let Some(draft) = self.stalled.take() {
            self.post(draft);
        }
    }
}
