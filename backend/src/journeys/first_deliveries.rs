//! Which traced posts were published and not delivered to anybody yet.

use std::{
    collections::{HashMap, VecDeque},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry::trace::SpanContext;
use parking_lot::Mutex;
use shared::{Message, MessageId, RoomName, Seq};
use tokio::time::Instant;

/// A message that nobody was handed within this time has no reader.
const WAIT: Duration = Duration::from_secs(10);
/// So many published messages are waited for; beyond that, the oldest are forgotten.
const WAITING: usize = 1024;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct FirstDeliveries {
    waiting: Mutex<Waiting>,
    /// Whether there are published ones.
    any: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Posts that were not published yet, with the spans of their journeys.
    posts: HashMap<(RoomName, MessageId), SpanContext>,
    /// Oldest first.
    published: VecDeque<Published>,
}

#[derive(Debug)]
struct Published {
    room: RoomName,
    seq: Seq,
    at: Instant,
    of: SpanContext,
}

/// A message that was delivered for the first time.
#[derive(Debug)]
pub(super) struct Delivered {
    /// The span of its journey.
    pub(super) of: SpanContext,
    pub(super) seq: Seq,
    pub(super) published: Instant,
}

impl FirstDeliveries {
    /// A post of a traced journey may be published soon.
    pub(super) fn expect(&self, room: &RoomName, id: &MessageId, of: &SpanContext) {
        self.waiting.lock().posts.insert((room.clone(), id.clone()), of.clone());
    }

    /// A post was answered.
    pub(super) fn forget(&self, room: &RoomName, id: &MessageId) {
        self.waiting.lock().posts.remove(&(room.clone(), id.clone()));
    }

    /// These messages are about to be published.
    pub(super) fn publishing(&self, messages: &[Message]) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock();
        let Waiting { posts, published } = &mut *waiting;
        for message in messages {
            if posts.is_empty() {
                break;
            }
            if let Some(of) = posts.remove(&(message.room.clone(), message.id.clone())) {
                published.push_back(Published { room: message.room.clone(), seq: message.seq, at: now, of });
            }
        }
        let is_over = |first: &Published| now.duration_since(first.at) > WAIT;
        while published.len() > WAITING || published.front().is_some_and(is_over) {
            published.pop_front();
        }
        self.any.store(!published.is_empty(), Ordering::Relaxed);
    }

    /// Whether there are messages that were not delivered yet.
    pub(super) fn are_awaited(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// A reader was handed a room's messages up to this one: which of them were delivered for the first time.
    pub(super) fn delivered(&self, room: &RoomName, upto: Seq) -> Vec<Delivered> {
        let mut waiting = self.waiting.lock();
        let is_delivered = |waiting: &mut Published| waiting.room == *room && waiting.seq <= upto;
        let mut delivered = Vec::new();
        waiting.published.retain_mut(|waiting| {
            let is_delivered = is_delivered(waiting);
            if is_delivered {
                delivered.push(Delivered { of: waiting.of.clone(), seq: waiting.seq, published: waiting.at });
            }
            !is_delivered
        });
        self.any.store(!waiting.published.is_empty(), Ordering::Relaxed);
        delivered
    }
}
