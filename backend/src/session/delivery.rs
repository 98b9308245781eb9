//! What a session writes: its own frames, then what its rooms have, from their rings or from the log.

use std::io;

use bytes::Bytes;
use shared::Refusal;
use tokio::time::Instant;

use super::{Joined, Session};
use crate::{
    close_reason::CloseReason,
    hub::{OUTBOUND_BYTES, Ring, Taken, put_message},
    socket::SLICES,
    store::{Behind, Page},
};

/// Writes to the socket before others get their turn.
const WRITES_AT_ONCE: usize = 16;
/// How a delivery went.
pub(super) enum Delivery {
    /// Everything is written.
    Level,
    /// There is more to write, and the socket takes it.
    More,
    /// The socket takes nothing more now.
    Blocked,
    /// The ring of a room does not reach back to where the session is there.
    Behind(usize),
}

impl Session {
    /// Writes what belongs to this session alone, then what its rooms have.
    pub(super) fn deliver(&mut self) -> io::Result<Delivery> {
        if self.socket.own_bytes() < OUTBOUND_BYTES {
            self.outbound.take_into(self.socket.own());
        }
        if !self.socket.write()? {
            return Ok(Delivery::Blocked);
        }
        // What there was no room for before has room now; no other notification comes for it.
        self.outbound.take_into(self.socket.own());
        if !self.socket.write()? {
            return Ok(Delivery::Blocked);
        }
        let mut slices = [const { Bytes::new() }; SLICES];
        // The rooms take turns, until all are level one after the other.
        let (mut level, mut writes) = (0, 0);
        while level < self.rooms.len() {
            if writes == WRITES_AT_ONCE {
                return Ok(Delivery::More);
            }
            let at = self.next_room % self.rooms.len();
            self.next_room = at + 1;
            let Joined { subscription, cursor } = &mut self.rooms[at];
            let (outbound, tally) = (&self.outbound, &mut self.tally);
            let taken = subscription
                .room()
                .with_ring(|ring| (!outbound.must_recheck()).then(|| cursor.take(ring, &mut slices, tally)));
            // The rights are looked at again before anything of a room is sent.
            let Some(taken) = taken else { return Ok(Delivery::More) };
            match taken {
                Taken::Level => level += 1,
                Taken::Behind => return Ok(Delivery::Behind(at)),
                Taken::Slices(count) => {
                    (level, writes) = (0, writes + 1);
                    if !self.socket.write_slices(&mut slices[..count])? && !self.socket.write()? {
                        return Ok(Delivery::Blocked);
                    }
                }
            }
        }
        Ok(Delivery::Level)
    }

    /// Counts what was delivered. It is called for every delivery: it does nothing that takes long, and reads no clock.
    pub(super) fn count_delivery(&mut self, delivery: &Delivery, now: Instant) {
        let metrics = &self.state.metrics;
        if self.tally.messages > 0 {
            metrics.deliveries.add(self.tally.messages, self.tally.bytes);
            self.messages_delivered += self.tally.messages;
            (self.tally.messages, self.tally.bytes) = (0, 0);
        }
        if matches!(delivery, Delivery::Blocked) {
            self.outbound.set_blocked(self.socket.waiting());
            self.told_blocked = true;
            return;
        }
        if std::mem::take(&mut self.told_blocked) {
            self.outbound.set_unblocked();
        }
        // What was taken is with the socket now.
        if let Some(since) = self.tally.since.take() {
            metrics.deliveries.observe(now.saturating_duration_since(since));
            if self.state.journeys.await_delivery() {
                for Joined { subscription, cursor } in &self.rooms {
                    self.state.journeys.delivered(subscription.room().name(), cursor.seq());
                }
            }
        }
    }

    /// Reads from the log what a ring does not have any more.
    pub(super) async fn catch_up(&mut self, at: usize) -> Result<(), CloseReason> {
        let Joined { subscription, cursor } = &mut self.rooms[at];
        let before = cursor.clone();
        let behind = self.state.read_behind(subscription.room(), cursor).await?;
        if self.outbound.must_recheck() {
            // Some may be from after the right to read them ended.
            *cursor = before;
            return Ok(());
        }
        match behind {
            Behind::Messages(messages) => {
                let before = self.socket.own_bytes();
                for message in &messages {
                    put_message(self.socket.own(), message);
                }
                self.tally.add_read(messages.len(), self.socket.own_bytes() - before);
            }
            Behind::Expired(floor) => {
                if self.plain.is_some() {
                    // It goes on with what is left, and is told so.
                    cursor.has_read(floor);
                }
                if let Err(refusal) = self.tell_expired(at).await {
                    // The right to read has ended, or the log cannot be read. The client is told, and may join again.
                    let room = self.rooms[at].subscription.room().name().clone();
                    self.leave(&room);
                    self.refuse(Refusal { room: Some(room), ..refusal });
                }
            }
        }
        Ok(())
    }

    /// Tells the client that messages which it does not have are deleted.
    async fn tell_expired(&mut self, at: usize) -> Result<(), Refusal> {
        if self.plain.is_none() {
            return self.begin_anew(at).await;
        }
        let head = self.rooms[at].subscription.room().with_ring(Ring::head);
        self.send_joined(at, head, false, Page::default()).await
    }
}
