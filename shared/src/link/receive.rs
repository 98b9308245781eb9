//! What a link does with the server's frames.

use super::{Action, Link, State};
use crate::{
    close::CloseCode,
    frames::{FromServer, Refusal, RefusalCode},
    message::Message,
};

impl Link {
    /// Handles a decoded frame of the server.
    pub fn receive(&mut self, frame: &FromServer, now: u64) -> Vec<Action> {
        self.note_received(now);
        match frame {
            FromServer::Welcome { username, token, heartbeat_ms, limits, .. } => {
                if !matches!(self.state, State::Greeting { .. }) {
                    return Vec::new();
                }
                // A claimed name comes back in its normal form. A token may prove another name than the requested one.
                let requested = self.credentials.username.replace(username.clone());
                if let Some(requested) = requested.filter(|_| self.credentials.token.is_none()) {
                    self.outbox.rename_author(&requested, username);
                }
                if token.is_some() {
                    self.credentials.token.clone_from(token);
                }
                self.credentials.invitation = None;
                self.heartbeat_ms = *heartbeat_ms;
                self.limits = *limits;
                self.state = State::Live { since: now, last_received: now };
                let joins = self.rooms.joins();
                let mut actions: Vec<_> = joins.map(|join| Action::Send(join.encode())).collect();
                actions.extend(self.flush(now));
                actions
            }
            FromServer::Joined { room, epoch, head, resumed, messages, context, .. } => {
                // The answer to an earlier join of a room that was left and joined again: that of the new join follows.
                if *resumed && !self.rooms.has_position(room) {
                    return Vec::new();
                }
                let start = (!resumed).then_some(*head);
                if self.rooms.joined(room, epoch, start) {
                    self.outbox.epoch_changed(room);
                }
                self.outbox.end_waits(room);
                self.outbox.reject_outdated(&self.rooms);
                self.acknowledge(messages.iter().chain(context));
                self.flush(now)
            }
            FromServer::Page { messages, context, .. } => {
                self.acknowledge(messages.iter().chain(context));
                self.flush(now)
            }
            FromServer::Message(message) => {
                self.rooms.received(&message.room, message.seq);
                self.acknowledge([message]);
                self.flush(now)
            }
            FromServer::Posted { room, id, seq, .. } => {
                // Only posts of this connection's user were sent on it.
                if let Some(username) = &self.credentials.username {
                    self.outbox.stored(username, room, id, *seq);
                }
                self.flush(now)
            }
            FromServer::Refused(refusal) => self.refused(refusal, now),
            FromServer::Closing { reconnect_after_ms, .. } => {
                self.reconnect_at = Some(now.saturating_add(*reconnect_after_ms));
                Vec::new()
            }
            FromServer::Left { room, .. } => {
                self.rooms.remove(room);
                // Posts that wait for a join are refused now, with a reason that the user can read.
                self.flush(now)
            }
            FromServer::Room(summary) => {
                self.outbox.end_waits(&summary.room);
                self.flush(now)
            }
            FromServer::Presence { .. }
            | FromServer::AccountDeleted { .. }
            | FromServer::Expired { .. }
            | FromServer::Typing { .. }
            | FromServer::Seen { .. }
            | FromServer::Heartbeat {} => Vec::new(),
        }
    }

    /// A message in the log acknowledges its author's post (promise 2).
    fn acknowledge<'m>(&mut self, messages: impl IntoIterator<Item = &'m Message>) {
        if self.outbox.posts().is_empty() {
            return;
        }
        for message in messages {
            self.outbox.stored(&message.username, &message.room, &message.id, message.seq);
        }
    }

    fn refused(&mut self, refusal: &Refusal, now: u64) -> Vec<Action> {
        let again_at = refusal.retry_after_ms.map(|wait| now.saturating_add(wait));
        match (&refusal.id, &refusal.room) {
            (None, None) if matches!(self.state, State::Greeting { .. }) => {
                if again_at.is_none() {
                    self.state = State::Refused { refusal: refusal.clone(), open: true };
                    return Vec::new();
                }
                self.reconnect_at = again_at;
                self.closed(CloseCode::TRY_LATER, now);
                return vec![Action::Close(CloseCode::NORMAL)];
            }
            (Some(id), _) => self.outbox.refused(id, refusal, now),
            (None, Some(room)) if matches!(refusal.code, RefusalCode::TooManyRooms | RefusalCode::NoRoom) => {
                self.rooms.remove(room);
            }
            // The refused request was probably the join; repeating a join is harmless.
            (None, Some(room)) => {
                if let Some(at) = again_at {
                    self.rooms.retry_join_at(room, at);
                }
            }
            _ => {}
        }
        self.flush(now)
    }
}
