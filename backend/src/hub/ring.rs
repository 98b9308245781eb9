//! A room's newest frames, and the cursors that read them.
//!
//! What one commit added to a room is one batch: the messages' complete frames side by side in one counted buffer.
//! A reader is a [`Cursor`]; it takes what it lacks as slices of the ring, and where the ring does not reach back far
//! enough it reads the log. Presence and typing are batches without messages: a reader that misses them misses nothing.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{BufMut, Bytes, BytesMut};
use shared::{About, AboutKind, FromServer, Message, Seq};
use tokio::time::Instant;

use crate::wire;

/// A ring holds up to so many bytes of frames.
pub(super) const RING_BYTES: usize = 1 << 20;
/// A ring holds up to so many batches.
const RING_BATCHES: usize = 4096;

/// The bytes that all rings of a hub hold together.
pub(super) type TotalBytes = Arc<AtomicUsize>;

/// What one commit added to a room, or one frame that is not kept in the log.
#[derive(Debug)]
struct Batch {
    bytes: Bytes,
    /// The messages in it. Empty for a frame that is not kept.
    frames: Box<[Frame]>,
    /// When it was published.
    at: Instant,
}

/// A message's frame in a batch.
#[derive(Debug)]
struct Frame {
    seq: Seq,
    /// Where it ends.
    end: usize,
    /// What it says of which message.
    about: Option<About>,
}

impl Frame {
    /// The message whose text it carries, if it is an edit.
    fn edits(&self) -> Option<Seq> {
        self.about.filter(|about| about.kind == AboutKind::Edit).map(|about| about.seq)
    }
}

impl Batch {
    fn first(&self) -> Option<Seq> {
        self.frames.first().map(|frame| frame.seq)
    }

    fn last(&self) -> Option<Seq> {
        self.frames.last().map(|frame| frame.seq)
    }

    /// The frames after a message, and how many they are.
    fn after(&self, seq: Seq) -> (Bytes, usize) {
        let known = self.frames.partition_point(|frame| frame.seq <= seq);
        let start = known.checked_sub(1).map_or(0, |at| self.frames[at].end);
        (self.bytes.slice(start..), self.frames.len() - known)
    }

    /// Each message's frame.
    fn slices(&self) -> impl Iterator<Item = (&Frame, Bytes)> {
        let starts = std::iter::once(0).chain(self.frames.iter().map(|frame| frame.end));
        self.frames.iter().zip(starts).map(|(frame, start)| (frame, self.bytes.slice(start..frame.end)))
    }
}

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Ring {
    batches: VecDeque<Batch>,
    /// The number of the first batch that is held; batches are numbered from 0 as they come.
    first: u64,
    bytes: usize,
    /// Every message after this one, up to the head, is held.
    floor: Seq,
    head: Seq,
    /// Whether the floor is known.
    started: bool,
    total: TotalBytes,
}

impl Drop for Ring {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Ring {
    /// An empty ring whose bytes are counted in `total`, too.
    pub(super) fn new(total: TotalBytes) -> Self {
        let mut ring = Self::default();
        ring.total = total;
        ring
    }

    /// The newest seq.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Sets the newest seq of the log, once, before there is any cursor. Messages that are published before this are
    /// held already.
    pub(super) fn start_at(&mut self, head: Seq) {
        if !self.started {
            (self.started, self.floor, self.head) = (true, head, head);
        }
    }

    /// Appends what a commit has added. Returns whether there was anything new.
    pub(super) fn publish(&mut self, messages: &[Message]) -> bool {
        let (bytes, frames) = encode(messages.iter().filter(|message| message.seq > self.head));
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return false };
        if !self.started {
            (self.started, self.floor) = (true, first.seq.before());
        }
        self.head = last.seq;
        self.push(Batch { bytes, frames, at: Instant::now() });
        let retracted: HashSet<Seq> = messages
            .iter()
            .filter_map(|message| message.about.filter(|about| about.kind == AboutKind::Retraction))
            .map(|about| about.seq)
            .collect();
        if !retracted.is_empty() {
            self.blank(|frame| {
                retracted.contains(&frame.seq)
                    || frame.edits().is_some_and(|target| retracted.contains(&target))
            });
        }
        self.trim(RING_BYTES);
        true
    }

    /// Appends a frame that is not kept in the log.
    pub(super) fn tell(&mut self, frame: Bytes) {
        self.push(Batch { bytes: frame, frames: Box::default(), at: Instant::now() });
        self.trim(RING_BYTES);
    }

    /// Lets go of the oldest batches until at most `bytes` bytes are held, or one batch.
    pub(super) fn trim(&mut self, bytes: usize) {
        while self.batches.len() > RING_BATCHES || (self.bytes > bytes && self.batches.len() > 1) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        let Some(batch) = self.batches.pop_front() else { return };
        self.first += 1;
        self.count_bytes(batch.bytes.len(), 0);
        if let Some(last) = batch.last() {
            self.floor = last;
        }
    }

    /// Lets go of everything: readers that are not level read the log.
    pub(super) fn clear(&mut self) {
        self.first += self.batches.len() as u64;
        self.batches.clear();
        self.count_bytes(self.bytes, 0);
        self.floor = self.head;
    }

    /// Lets go of the messages up to this one, which are deleted, and blanks their edits and reactions.
    pub(super) fn expire(&mut self, floor: Seq) {
        let is_expired = |batch: &Batch| batch.last().is_some_and(|last| last <= floor);
        let expired = self.batches.iter().rposition(is_expired).map_or(0, |at| at + 1);
        for _ in 0..expired {
            self.drop_first();
        }
        // A reader that still lacks some of them is told by who reads the log for it.
        self.floor = self.floor.max(floor);
        let of_expired =
            |about: About| matches!(about.kind, AboutKind::Edit | AboutKind::Reaction) && about.seq <= floor;
        self.blank(|frame| frame.seq <= floor || frame.about.is_some_and(of_expired));
    }

    /// Blanks the texts of messages.
    fn blank(&mut self, concerns: impl Fn(&Frame) -> bool) {
        for at in 0..self.batches.len() {
            let batch = &self.batches[at];
            if !batch.frames.iter().any(&concerns) {
                continue;
            }
            let messages: Vec<Message> = batch
                .slices()
                .filter_map(|(frame, bytes)| {
                    let mut message = decode(&bytes)?;
                    if concerns(frame) {
                        message.text.clear();
                    }
                    Some(message)
                })
                .collect();
            let (published, before) = (batch.at, batch.bytes.len());
            let (bytes, frames) = encode(messages.iter());
            self.count_bytes(before, bytes.len());
            self.batches[at] = Batch { bytes, frames, at: published };
        }
    }

    fn end(&self) -> u64 {
        self.first + self.batches.len() as u64
    }

    fn push(&mut self, batch: Batch) {
        self.count_bytes(0, batch.bytes.len());
        self.batches.push_back(batch);
    }

    fn count_bytes(&mut self, gone: usize, come: usize) {
        self.bytes = self.bytes - gone + come;
        self.total.fetch_add(come, Ordering::Relaxed);
        self.total.fetch_sub(gone, Ordering::Relaxed);
    }
}

fn encode<'a>(messages: impl Iterator<Item = &'a Message>) -> (Bytes, Box<[Frame]>) {
    let mut bytes = BytesMut::new();
    let mut frames = Vec::new();
    for message in messages {
        put_message(&mut bytes, message);
        frames.push(Frame { seq: message.seq, end: bytes.len(), about: message.about });
    }
    (bytes.freeze(), frames.into())
}

/// The message in a frame that [`put_message`] has written.
fn decode(frame: &Bytes) -> Option<Message> {
    let payload = wire::payload(frame);
    match FromServer::decode(std::str::from_utf8(&payload).ok()?).ok()? {
        FromServer::Message(message) => Some(message),
        _ => None,
    }
}

/// Appends a message's frame.
pub fn put_message(out: &mut impl BufMut, message: &Message) {
    wire::put_text(out, &FromServer::Message(message.clone()).encode());
}

/// How far one reader is in one room.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// The last message that was taken.
    seq: Seq,
    /// The next batch to look at.
    next: u64,
    /// The first batch that came after the reader did.
    live_from: u64,
    /// Whether the reader takes presence and typing, from when it came.
    takes_presence: bool,
}

/// What a reader has taken, as far as it was not counted yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages.
    pub messages: u64,
    /// The bytes of their frames.
    pub bytes: u64,
    /// When the oldest of them was published, among those that came after the reader did.
    pub since: Option<Instant>,
}

impl Tally {
    /// Adds messages of a batch that was published `at` this time. `None`: before the reader came.
    fn add(&mut self, messages: usize, bytes: usize, at: Option<Instant>) {
        self.messages += messages as u64;
        self.bytes += bytes as u64;
        self.since = self.since.or(at);
    }

    /// Adds what was read from the log.
    pub fn add_read(&mut self, messages: usize, bytes: usize) {
        self.add(messages, bytes, None);
    }
}

/// What a cursor found.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many slices, more than none.
    Slices(usize),
    /// Nothing: the reader is level with the head.
    Level,
    /// The ring does not reach back to what comes next: it is to be read from the log.
    Behind,
}

impl Cursor {
    /// A reader who has everything up to `after`, or up to the head. `wants_presence` says whether it takes presence and typing.
    pub fn new(ring: &Ring, after: Option<Seq>, wants_presence: bool) -> Self {
        let next = if after.is_some() { ring.first } else { ring.end() };
        let seq = after.unwrap_or(ring.head);
        Self { seq, next, live_from: ring.end(), takes_presence: wants_presence }
    }

    /// The last message that was taken.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Notes what was read from the log.
    pub fn has_read(&mut self, upto: Seq) {
        self.seq = self.seq.max(upto);
    }

    /// Takes what comes next, as many slices as fit, and adds it to the tally.
    pub fn take(&mut self, ring: &Ring, into: &mut [Bytes], tally: &mut Tally) -> Taken {
        if self.seq < ring.floor {
            return Taken::Behind;
        }
        self.next = self.next.max(ring.first);
        let mut count = 0;
        while count < into.len() && self.next < ring.end() {
            let at = usize::try_from(self.next - ring.first).expect("a ring's batches fit in memory");
            let batch = &ring.batches[at];
            let slice = match (batch.first(), batch.last()) {
                (Some(first), Some(last)) if last > self.seq => {
                    let (slice, messages) = if first > self.seq {
                        (batch.bytes.clone(), batch.frames.len())
                    } else {
                        batch.after(self.seq)
                    };
                    self.seq = last;
                    tally.add(messages, slice.len(), (self.live_from <= self.next).then_some(batch.at));
                    Some(slice)
                }
                (None, _) if self.takes_presence && self.live_from <= self.next => Some(batch.bytes.clone()),
                _ => None,
            };
            self.next += 1;
            if let Some(slice) = slice {
                into[count] = slice;
                count += 1;
            }
        }
        if count == 0 { Taken::Level } else { Taken::Slices(count) }
    }

    /// Takes the payloads of the messages that come next, each with its seq: for readers without a WebSocket.
    pub fn take_payloads(&mut self, ring: &Ring, tally: &mut Tally) -> Result<Vec<(Seq, Bytes)>, Behind> {
        if self.seq < ring.floor {
            return Err(Behind);
        }
        self.next = self.next.max(ring.first);
        let from = usize::try_from(self.next - ring.first).expect("a ring's batches fit in memory");
        let mut payloads = Vec::new();
        for batch in ring.batches.range(from.min(ring.batches.len())..) {
            let at = (self.live_from <= self.next).then_some(batch.at);
            self.next += 1;
            for (frame, bytes) in batch.slices() {
                if frame.seq > self.seq {
                    tally.add(1, bytes.len(), at);
                    payloads.push((frame.seq, wire::payload(&bytes)));
                    self.seq = frame.seq;
                }
            }
        }
        Ok(payloads)
    }
}

/// The ring does not reach back to what comes next.
#[derive(Debug)]
pub struct Behind;

#[cfg(test)]
mod tests;
