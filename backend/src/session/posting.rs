//! Posts on their way into the log, and back as answers.

use axum::http::HeaderMap;
use shared::{FromServer, Post, Refusal, RefusalCode};
use tokio::time::Instant;

use super::Session;
use crate::{
    journeys::Journey,
    store::{Draft, Full, Outcome, RETRY_MS},
};

/// A post that has come, and that the store was not given yet.
pub(super) struct Received {
    draft: Draft,
    at: Instant,
    journey: Journey,
}

impl Session {
    /// Takes a post that has just come.
    pub(super) fn post(&mut self, draft: Draft) {
        let posts = &self.state.metrics.posts;
        if self.plain.is_some() {
            posts.plain.inc();
        } else {
            posts.websocket.inc();
        }
        let via = if self.plain.is_some() { "plain" } else { "websocket" };
        let Post { room, id, .. } = &draft.post;
        let journey = self.state.journeys.begin(via, room, id, &HeaderMap::new());
        self.propose(Received { draft, at: Instant::now(), journey });
    }

    /// Hands a post to the store, whose answer comes into the outbound queue.
    fn propose(&mut self, Received { draft, at, journey }: Received) {
        let (metrics, traced) = (self.state.metrics.clone(), journey.clone());
        let outbound = self.outbound.clone();
        let (room, id) = (draft.post.room.clone(), draft.post.id.clone());
        let bytes = draft.post.text.len();
        let says_posted = self.plain.is_none();
        outbound.post_begins(bytes);
        let reply = move |outcome, times| {
            traced.answered(&outcome, times);
            match &outcome {
                Outcome::Stored { .. } => metrics.post_seconds.observe(at.elapsed().as_secs_f64()),
                Outcome::Refused(refusal) => metrics.refused(refusal.code.as_str()),
                _ => metrics.refused(RefusalCode::Unavailable.as_str()),
            }
            let frame = match outcome {
                // Whoever speaks plainly sees the message itself.
                Outcome::Stored { .. } if !says_posted => return outbound.post_answered(bytes),
                Outcome::Stored { seq, sent_at } => FromServer::Posted { room, id, seq, sent_at },
                Outcome::Refused(refusal) => FromServer::Refused(refusal),
                outcome => FromServer::Refused(Refusal {
                    id: Some(id),
                    room: Some(room),
                    retry_after_ms: Some(RETRY_MS),
                    ..Refusal::new(RefusalCode::Unavailable, outcome.failure().of_post())
                }),
            };
            outbound.put(&frame.encode());
            outbound.post_answered(bytes);
        };
        if let Err(Full(draft)) = self.state.store.post_timed(draft, reply) {
            self.outbound.post_answered(bytes);
            self.stalled = Some(Received { draft, at, journey });
        }
    }

    pub(super) fn retry_stalled(&mut self) {
        if let Some(received) = self.stalled.take() {
            self.propose(received);
        }
    }
}
