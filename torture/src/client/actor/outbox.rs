//! What a client posts, until it is answered.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use shared::{FromClient, MessageId, Post, Refusal, RoomName, Seq};
use tokio::time::Instant;

use super::{Actor, Outgoing};
use crate::{
    client::{Progress, socket::Socket},
    history::Event,
};

impl Actor {
    /// Sends what was not sent on this connection. Returns whether the connection took it.
    pub(super) async fn flush(&mut self, socket: &mut Socket) -> bool {
        for at in 0..self.outbox.len() {
            let Outgoing { post, sent, recorded, not_before } = &mut self.outbox[at];
            if *sent || not_before.is_some() {
                continue;
            }
            let frame = FromClient::Post(Post::clone(post)).encode();
            *sent = true;
            if !std::mem::replace(recorded, true) {
                let post = post.clone();
                // It is recorded before it is sent: what nobody has posted must not be in the log.
                self.record(Event::Posted(post));
            }
            if !socket.send(frame).await {
                return false;
            }
        }
        true
    }

    pub(super) fn acknowledged(&mut self, room: &RoomName, id: &MessageId, seq: Seq) {
        let Some(post) = self.answered(room, id) else { return };
        if post.about.is_none_or(|about| about.kind == shared::message::AboutKind::Reply) {
            Progress::note(&self.progress.own, room, seq);
        }
        let mut heads = self.world.0.heads.lock();
        let head = heads.entry(room.clone()).or_default();
        *head = seq.max(*head);
        drop(heads);
        let position = self.rooms.iter().find(|known| known.name == *room && known.joined);
        let epoch = position.and_then(|room| Some(room.position.as_ref()?.0.clone()));
        self.record(Event::Acknowledged { post, seq, epoch });
        self.progress.acknowledged.fetch_add(1, Ordering::AcqRel);
        self.progress.unanswered.fetch_sub(1, Ordering::AcqRel);
    }

    fn answered(&mut self, room: &RoomName, id: &MessageId) -> Option<Arc<Post>> {
        let is_it = |outgoing: &Outgoing| outgoing.post.room == *room && outgoing.post.id == *id;
        let at = self.outbox.iter().position(is_it)?;
        self.outbox.remove(at).map(|outgoing| outgoing.post)
    }

    pub(super) fn refused(&mut self, refusal: &Refusal) {
        let again_at = refusal.retry_after_ms.map(|wait| Instant::now() + Duration::from_millis(wait));
        let (Some(id), Some(room)) = (&refusal.id, &refusal.room) else { return };
        if let Some(again_at) = again_at {
            let is_it = |outgoing: &&mut Outgoing| outgoing.post.room == *room && outgoing.post.id == *id;
            if let Some(outgoing) = self.outbox.iter_mut().find(is_it) {
                outgoing.not_before = Some(again_at);
            }
        } else if let Some(post) = self.answered(room, id) {
            let reason = format!("{:?}: {}", refusal.code, refusal.reason);
            self.record(Event::Refused { post, reason });
            self.progress.refused.fetch_add(1, Ordering::AcqRel);
            self.progress.unanswered.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
