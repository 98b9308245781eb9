//! A room's newest frames, and the cursors that read them.
//!
//! What one commit added to a room is one batch: the messages' complete frames side by side in one counted buffer.
//! A reader is a [`Cursor`]; what it lacks it takes as slices of the ring, and where the ring does not reach back far
//! enough it reads the log. Presence and typing are batches without messages: whoever misses them misses nothing.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};
use shared::{AboutKind, FromServer, Message, Seq};

use crate::wire;

/// A ring holds up to so many bytes of frames.
const RING_BYTES: usize = 1 << 20;
/// A ring holds up to so many batches.
const RING_BATCHES: usize = 4096;
/// Of the log's newest messages, a ring begins with so many bytes of text.
const LOADED_BYTES: usize = 1 << 18;

/// What one commit added to a room, or one thing that is told and not kept.
#[derive(Debug)]
struct Batch {
    bytes: Bytes,
    /// Where each message's frame ends. Empty in what is not kept.
    ends: Box<[(Seq, usize)]>,
}

impl Batch {
    fn first(&self) -> Option<Seq> {
        self.ends.first().map(|(seq, _)| *seq)
    }

    fn last(&self) -> Option<Seq> {
        self.ends.last().map(|(seq, _)| *seq)
    }

    /// The frames after a message.
    fn after(&self, seq: Seq) -> Bytes {
        let known = self.ends.partition_point(|(of, _)| *of <= seq);
        let start = known.checked_sub(1).map_or(0, |at| self.ends[at].1);
        self.bytes.slice(start..)
    }
}

/// See the module's page.
#[derive(Debug)]
pub struct Ring {
    batches: VecDeque<Batch>,
    /// The number of the first batch that is held; batches are numbered from 0 as they come.
    first: u64,
    bytes: usize,
    /// Every message after this one, up to the head, is held.
    floor: Seq,
    head: Seq,
    /// What was published before the log was read; none once it was.
    early: Option<Vec<Message>>,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            batches: VecDeque::new(),
            first: 0,
            bytes: 0,
            floor: Seq::ZERO,
            head: Seq::ZERO,
            early: Some(Vec::new()),
        }
    }
}

impl Ring {
    /// The newest seq.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Takes the newest messages of the log, once, before there is any cursor. What is published while they are
    /// read is kept apart; what was committed and not yet published comes later and is known by its seq.
    pub fn load(&mut self, newest: &[Message]) {
        let Some(early) = self.early.take() else { return };
        let last = newest.last().map_or(Seq::ZERO, |last| last.seq);
        let mut room = LOADED_BYTES;
        let fits = |message: &&Message| {
            room = room.saturating_sub(message.text.len());
            room > 0
        };
        let mut messages: Vec<&Message> = newest.iter().rev().take_while(fits).collect();
        messages.reverse();
        messages.extend(early.iter().filter(|message| message.seq > last));
        self.floor = messages.first().map_or(last, |first| first.seq.before());
        self.head = messages.last().map_or(last, |last| last.seq);
        let (bytes, ends) = encode(messages.into_iter());
        if !ends.is_empty() {
            self.push(Batch { bytes, ends });
        }
    }

    /// Appends what a commit has added. Returns whether there was anything new.
    pub fn publish(&mut self, messages: &[Message]) -> bool {
        if let Some(early) = &mut self.early {
            early.extend_from_slice(messages);
            return false;
        }
        let (bytes, ends) = encode(messages.iter().filter(|message| message.seq > self.head));
        let (Some((first, _)), Some((last, _))) = (ends.first(), ends.last()) else { return false };
        let before = first.before();
        self.head = *last;
        // What is taken back is gone from here too: whoever is behind reads the blanked log.
        let takes_back =
            |message: &Message| message.about.is_some_and(|about| about.kind == AboutKind::Retraction);
        if messages.iter().any(takes_back) {
            self.clear();
            self.floor = before;
        }
        self.push(Batch { bytes, ends });
        self.trim();
        true
    }

    /// Appends a frame that is told and not kept.
    pub fn tell(&mut self, frame: Bytes) {
        self.push(Batch { bytes: frame, ends: Box::default() });
        self.trim();
    }

    fn end(&self) -> u64 {
        self.first + self.batches.len() as u64
    }

    fn push(&mut self, batch: Batch) {
        self.bytes += batch.bytes.len();
        self.batches.push_back(batch);
    }

    fn clear(&mut self) {
        self.first += self.batches.len() as u64;
        self.batches.clear();
        self.bytes = 0;
    }

    fn trim(&mut self) {
        while self.batches.len() > RING_BATCHES || (self.bytes > RING_BYTES && self.batches.len() > 1) {
            let Some(batch) = self.batches.pop_front() else { return };
            self.first += 1;
            self.bytes -= batch.bytes.len();
            if let Some(last) = batch.last() {
                self.floor = last;
            }
        }
    }
}

fn encode<'a>(messages: impl Iterator<Item = &'a Message>) -> (Bytes, Box<[(Seq, usize)]>) {
    let mut bytes = BytesMut::new();
    let mut ends = Vec::new();
    for message in messages {
        put_message(&mut bytes, message);
        ends.push((message.seq, bytes.len()));
    }
    (bytes.freeze(), ends.into())
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
    /// From which batch on the reader is told what is not kept; none is a reader of messages alone.
    hears_from: Option<u64>,
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
    /// A reader who has everything up to `after`, or up to the head. `hears` says whether it is told what is not kept.
    pub fn new(ring: &Ring, after: Option<Seq>, hears: bool) -> Self {
        let next = if after.is_some() { ring.first } else { ring.end() };
        Self { seq: after.unwrap_or(ring.head), next, hears_from: hears.then(|| ring.end()) }
    }

    /// The last message that was taken.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Notes what was read from the log.
    pub fn has_read(&mut self, upto: Seq) {
        self.seq = self.seq.max(upto);
    }

    /// Takes what comes next, as many slices as fit.
    pub fn take(&mut self, ring: &Ring, into: &mut [Bytes]) -> Taken {
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
                    let slice = if first > self.seq { batch.bytes.clone() } else { batch.after(self.seq) };
                    self.seq = last;
                    Some(slice)
                }
                (None, _) if self.hears_from.is_some_and(|from| from <= self.next) => {
                    Some(batch.bytes.clone())
                }
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
    pub fn take_payloads(&mut self, ring: &Ring) -> Result<Vec<(Seq, Bytes)>, Behind> {
        if self.seq < ring.floor {
            return Err(Behind);
        }
        let mut payloads = Vec::new();
        for batch in &ring.batches {
            let mut start = 0;
            for (seq, end) in &batch.ends {
                if *seq > self.seq {
                    payloads.push((*seq, wire::payload(&batch.bytes.slice(start..*end))));
                    self.seq = *seq;
                }
                start = *end;
            }
        }
        self.next = ring.end();
        Ok(payloads)
    }
}

/// The ring does not reach back to what comes next.
#[derive(Debug)]
pub struct Behind;

#[cfg(test)]
mod tests;
