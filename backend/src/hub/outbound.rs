//! What a session and the rest of the server share: a notification, and the frames for this session alone.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use shared::{RoomName, limits};

use crate::{clock, wire};

/// A session that has so many bytes of answers waiting is not read from until they are gone.
pub const OUTBOUND_BYTES: usize = 1 << 18;
/// A session that has so many posts in flight is not read from until some are answered.
const POSTS_IN_FLIGHT: u32 = 64;
/// The same for so many bytes of text.
const BYTES_IN_FLIGHT: usize = 1 << 18;

/// The frames for one session (answers, notices), its posts in flight, and the notification that wakes it.
#[derive(Debug, Default)]
pub struct Outbound {
    notified: AtomicBool,
    recheck: AtomicBool,
    lost: Mutex<Vec<RoomName>>,
    waker: AtomicWaker,
    frames: Mutex<Vec<u8>>,
    posts: AtomicU32,
    post_bytes: AtomicUsize,
    /// Since when the client takes no bytes, in milliseconds since 1970; 0 if it takes them.
    blocked_since: AtomicU64,
    /// Bytes that left this queue or a ring, and that the client does not take.
    blocked_bytes: AtomicUsize,
}

impl Outbound {
    /// Wakes the session: there is something for it, here or in a room.
    pub fn notify(&self) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    /// Ready if notified since the last poll. One task polls it.
    pub fn poll_notified(&self, context: &Context<'_>) -> Poll<()> {
        if self.notified.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        self.waker.register(context.waker());
        // A notification in between found no waker.
        if self.notified.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Resolves if notified since the last call.
    pub async fn notified(&self) {
        poll_fn(|context| self.poll_notified(context)).await;
    }

    /// The session must look at its rights again: they may have changed.
    pub fn recheck(&self) {
        self.recheck.store(true, Ordering::Release);
        self.notify();
    }

    /// Whether the session must look at its rights again. The answer is given once.
    pub fn take_recheck(&self) -> bool {
        self.recheck.load(Ordering::Acquire) && self.recheck.swap(false, Ordering::AcqRel)
    }

    /// Whether [`Outbound::take_recheck`] would say so. A change of rights is told before the messages behind it are published: whoever
    /// sees such a message in a ring, and asks with the ring locked, sees this, too.
    pub fn must_recheck(&self) -> bool {
        self.recheck.load(Ordering::Acquire)
    }

    /// A room is not the session's to read any more.
    pub fn lose(&self, room: &RoomName) {
        let mut lost = self.lost.lock();
        // Rooms that it follows are looked at in any case; what is beyond the longest list of rooms is in no list.
        if lost.len() < limits::ROOMS_LISTED && !lost.contains(room) {
            lost.push(room.clone());
        }
        drop(lost);
        self.recheck();
    }

    /// The rooms that are not the session's to read any more.
    pub fn take_lost(&self) -> Vec<RoomName> {
        std::mem::take(&mut *self.lost.lock())
    }

    /// Adds a frame for this session alone, and notifies it.
    pub fn put(&self, text: &str) {
        wire::put_text(&mut *self.frames.lock(), text);
        self.notify();
    }

    /// Adds a notice that may be missed: not if the session is not reading.
    pub fn offer(&self, text: &str) {
        if self.frames.lock().len() < OUTBOUND_BYTES {
            self.put(text);
        }
    }

    /// Moves the frames into `out`.
    pub fn take_into(&self, out: &mut Vec<u8>) {
        let mut frames = self.frames.lock();
        if out.is_empty() {
            std::mem::swap(&mut *frames, out);
        } else {
            out.append(&mut frames);
        }
    }

    /// A post of `bytes` bytes is in flight until [`Outbound::post_answered`].
    pub fn post_begins(&self, bytes: usize) {
        self.posts.fetch_add(1, Ordering::Relaxed);
        self.post_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A post of `bytes` bytes was answered. To be called after the answer was put here, so that whoever sees no post in
    /// flight finds all answers.
    pub fn post_answered(&self, bytes: usize) {
        self.post_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.posts.fetch_sub(1, Ordering::Release);
        self.notify();
    }

    /// Notes that the client takes no bytes, and how many wait for it. To be called whenever that number has changed.
    pub fn set_blocked(&self, bytes: usize) {
        self.blocked_bytes.store(bytes, Ordering::Relaxed);
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            let now = u64::try_from(clock::since_1970().as_millis()).unwrap_or(u64::MAX);
            self.blocked_since.store(now.max(1), Ordering::Relaxed);
        }
    }

    /// Notes that the client takes bytes again.
    pub fn set_unblocked(&self) {
        self.blocked_bytes.store(0, Ordering::Relaxed);
        self.blocked_since.store(0, Ordering::Relaxed);
    }

    /// Whether the client has taken no bytes for so long. `now` is the time since 1970.
    pub fn is_blocked_for(&self, time: Duration, now: Duration) -> bool {
        let since = self.blocked_since.load(Ordering::Relaxed);
        since != 0 && now.saturating_sub(Duration::from_millis(since)) >= time
    }

    /// Bytes that wait to be written for this session alone.
    pub fn waiting(&self) -> usize {
        self.frames.lock().len() + self.blocked_bytes.load(Ordering::Relaxed)
    }

    /// Whether no post is in flight.
    pub fn all_answered(&self) -> bool {
        self.posts.load(Ordering::Acquire) == 0
    }

    /// Whether the session may have another post in flight.
    pub fn takes_posts(&self) -> bool {
        self.posts.load(Ordering::Relaxed) < POSTS_IN_FLIGHT
            && self.post_bytes.load(Ordering::Relaxed) < BYTES_IN_FLIGHT
    }
}
