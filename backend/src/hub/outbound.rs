//! What a session and the rest of the server share: a bell, and what belongs to this session alone.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use crate::wire;

/// A session that has so many bytes of answers waiting is not read from until they are gone.
pub const OUTBOUND_BYTES: usize = 1 << 18;
/// A session that has so many posts under way is not read from until some are answered.
pub const POSTS_UNDER_WAY: u32 = 64;

/// The session's own frames (answers, notices) and the bell that wakes it.
#[derive(Debug, Default)]
pub struct Outbound {
    rung: AtomicBool,
    sleeper: AtomicWaker,
    frames: Mutex<Vec<u8>>,
    posts: AtomicU32,
}

impl Outbound {
    /// Wakes the session: there is something for it, here or in a room.
    pub fn notify(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.sleeper.wake();
        }
    }

    /// Is ready when the bell was rung since the last time. One task listens to a bell.
    pub fn poll_notified(&self, context: &Context<'_>) -> Poll<()> {
        if self.rung.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        self.sleeper.register(context.waker());
        // It may have rung in between, when nobody was registered.
        if self.rung.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Resolves when the bell was rung since the last time.
    pub async fn notified(&self) {
        poll_fn(|context| self.poll_notified(context)).await;
    }

    /// Puts a frame for this session alone, and rings.
    pub fn put(&self, text: &str) {
        wire::put_text(&mut *self.frames.lock(), text);
        self.notify();
    }

    /// Puts a notice that may be missed: not if the session is not reading.
    pub fn offer(&self, text: &str) {
        if self.frames.lock().len() < OUTBOUND_BYTES {
            self.put(text);
        }
    }

    /// Moves what was put into `out`.
    pub fn take_into(&self, out: &mut Vec<u8>) {
        let mut frames = self.frames.lock();
        if out.is_empty() {
            std::mem::swap(&mut *frames, out);
        } else {
            out.append(&mut frames);
        }
    }

    /// A post of this session's is under way, until [`Outbound::post_answered`].
    pub fn post_begins(&self) {
        self.posts.fetch_add(1, Ordering::Relaxed);
    }

    /// A post was answered.
    pub fn post_answered(&self) {
        self.posts.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many posts are under way.
    pub fn posts_under_way(&self) -> u32 {
        self.posts.load(Ordering::Relaxed)
    }
}
