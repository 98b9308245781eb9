//! The part of a room's log that a client has loaded: one contiguous range, folded into entries.
//!
//! The range grows at both ends by pages. If it reaches the head, it also grows by new messages. Seqs may have gaps, so
//! contiguity follows from where pages were attached, not from counting.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::entry::Entry;
use crate::{
    frames::Side,
    message::{AboutKind, Message},
    names::Seq,
};

/// The maximum number of entries. Above it, the far end is dropped and can be loaded again.
pub const WINDOW: usize = 25_000;
/// The maximum number of annotations of messages outside the range.
const MAX_DETACHED_ANNOTATIONS: usize = 10_000;
/// The maximum number of quoted messages that no loaded reply answers.
const MAX_DETACHED_QUOTES: usize = 1_000;

/// The loaded entries of a room, with their annotations.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    entries: VecDeque<Arc<Entry>>,
    /// All known annotations, by the message that they are about and by their own seq.
    annotations: BTreeMap<Seq, BTreeMap<Seq, Message>>,
    /// The number of annotations.
    annotation_count: usize,
    /// The message that each known reaction is about.
    reactions: BTreeMap<Seq, Seq>,
    /// Messages outside the range that loaded replies answer.
    quoted: BTreeMap<Seq, Arc<Entry>>,
    /// The first seq of the range.
    from: Seq,
    /// The last seq of the range.
    upto: Seq,
    has_older: bool,
    has_newer: bool,
}

impl Timeline {
    /// The entries, oldest first.
    pub fn entries(&self) -> &VecDeque<Arc<Entry>> {
        &self.entries
    }

    /// Whether there are messages before the oldest entry.
    pub fn has_older(&self) -> bool {
        self.has_older
    }

    /// Whether there are messages after the newest entry: the range does not reach the head.
    pub fn has_newer(&self) -> bool {
        self.has_newer
    }

    /// The entry with this seq.
    pub fn get(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.position(seq).ok().map(|at| &self.entries[at])
    }

    /// The index of this seq in [`Timeline::entries`], or where it would be inserted.
    pub fn position(&self, seq: Seq) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.message.seq)
    }

    /// The entry that a reply answers, also outside the range.
    pub fn answered(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.get(seq).or_else(|| self.quoted.get(&seq))
    }

    /// The page that extends the range at its older end.
    pub(super) fn older_side(&self) -> Side {
        Side::Before(self.from)
    }

    pub(super) fn newer_side(&self) -> Side {
        Side::After(self.upto)
    }

    /// Whether all messages after this one, up to the end of the range, are loaded.
    pub(super) fn contains_all_after(&self, seq: Seq) -> bool {
        !self.has_older || seq.next() >= self.from
    }

    /// Whether the range contains this seq.
    pub(super) fn contains(&self, seq: Seq) -> bool {
        (self.from..=self.upto).contains(&seq)
    }

    /// The last seq of the range.
    pub(super) fn upto(&self) -> Seq {
        self.upto
    }

    /// Starts a new range with the latest page of a log. `head` is its newest seq.
    pub(super) fn start(
        &mut self,
        messages: Vec<Message>,
        context: Vec<Message>,
        has_older: bool,
        head: Seq,
    ) {
        *self = Self {
            from: messages.first().map_or(head.next(), |first| first.seq),
            upto: head,
            has_older,
            ..Self::default()
        };
        self.take(messages, context);
    }

    /// Starts a new, empty range at a message. The pages on both sides of it are to be loaded.
    pub(super) fn start_around(&mut self, seq: Seq) {
        *self = Self { from: seq.next(), upto: seq, has_older: true, has_newer: true, ..Self::default() };
    }

    /// Attaches a page to an end of the range. Returns false if it fits neither end.
    pub(super) fn page(
        &mut self,
        side: Side,
        messages: Vec<Message>,
        context: Vec<Message>,
        more: bool,
        head: Seq,
    ) -> bool {
        match side {
            Side::Before(seq) if seq == self.from => {
                self.from = messages.first().map_or(self.from, |first| first.seq);
                self.has_older = more;
                self.take(messages, context);
                self.evict_newest();
            }
            Side::After(seq) if seq == self.upto && self.has_newer => {
                self.upto = messages.last().map_or(self.upto, |last| last.seq);
                // A message may have been stored after the page was read: then there is one more page to request.
                self.has_newer = more || self.upto < head;
                self.take(messages, context);
                self.evict_oldest();
            }
            _ => return false,
        }
        true
    }

    /// Adds messages that replies answer, with their annotations.
    pub(super) fn quote(&mut self, answered: Vec<Message>, context: Vec<Message>) {
        self.take(Vec::new(), answered.into_iter().chain(context).collect());
    }

    /// Handles a new message. It becomes an entry if the range reaches the head.
    pub(super) fn message(&mut self, message: Message) {
        if !message.is_entry() {
            self.annotate(message.clone());
        }
        if self.has_newer || message.seq <= self.upto {
            return;
        }
        self.upto = message.seq;
        if message.is_entry() {
            self.insert(message);
            self.evict_oldest();
        }
    }

    fn take(&mut self, messages: Vec<Message>, context: Vec<Message>) {
        let (entries, annotations): (Vec<_>, Vec<_>) = messages.into_iter().partition(Message::is_entry);
        let (quoted, context_annotations): (Vec<_>, Vec<_>) =
            context.into_iter().partition(Message::is_entry);
        for annotation in annotations.into_iter().chain(context_annotations) {
            self.annotate(annotation);
        }
        for message in quoted {
            if self.position(message.seq).is_err() {
                self.quoted.insert(message.seq, Arc::new(self.fold(message)));
            }
        }
        if self.quoted.len() > self.entries.len() + MAX_DETACHED_QUOTES {
            self.evict_detached_quotes();
        }
        let at_front = entries
            .last()
            .is_some_and(|last| self.entries.front().is_some_and(|front| last.seq < front.message.seq));
        if at_front {
            for message in entries.into_iter().rev() {
                let entry = Arc::new(self.fold(message));
                self.entries.push_front(entry);
            }
        } else {
            for message in entries {
                self.insert(message);
            }
        }
    }

    fn insert(&mut self, message: Message) {
        if let Err(at) = self.position(message.seq) {
            let entry = Arc::new(self.fold(message));
            self.entries.insert(at, entry);
        }
    }

    fn fold(&self, message: Message) -> Entry {
        let annotations = self.annotations.get(&message.seq);
        Entry::fold(message, annotations.into_iter().flat_map(BTreeMap::values), |seq| self.is_retracted(seq))
    }

    fn is_retracted(&self, seq: Seq) -> bool {
        let is =
            |annotation: &Message| annotation.about.is_some_and(|about| about.kind == AboutKind::Retraction);
        self.annotations.get(&seq).is_some_and(|annotations| annotations.values().any(is))
    }

    /// Stores an annotation, and folds it into its entry.
    fn annotate(&mut self, annotation: Message) {
        let Some(about) = annotation.about else { return };
        if about.kind == AboutKind::Reaction {
            self.reactions.insert(annotation.seq, about.seq);
        }
        if self.annotations.entry(about.seq).or_default().insert(annotation.seq, annotation).is_none() {
            self.annotation_count += 1;
        }
        // The retraction of a reaction changes the entry that the reaction is about.
        let target = self.reactions.get(&about.seq).copied().unwrap_or(about.seq);
        self.refold(target);
        self.evict_detached();
    }

    fn refold(&mut self, seq: Seq) {
        // Folding starts with the entry's current text. If it was edited, its newest edit is among the annotations and
        // sets the same text again.
        if let Ok(at) = self.position(seq) {
            self.entries[at] = Arc::new(self.fold(self.entries[at].message.clone()));
        } else if let Some(quoted) = self.quoted.get(&seq) {
            let entry = Arc::new(self.fold(quoted.message.clone()));
            self.quoted.insert(seq, entry);
        }
    }

    /// Annotations of messages that are not loaded are kept for pages in flight, up to a limit.
    fn evict_detached(&mut self) {
        if self.annotation_count <= MAX_DETACHED_ANNOTATIONS + self.entries.len() * 4 {
            return;
        }
        let held = |seq: &Seq| {
            let target = self.reactions.get(seq).unwrap_or(seq);
            self.position(*target).is_ok() || self.quoted.contains_key(target)
        };
        let detached: Vec<Seq> = self.annotations.keys().filter(|seq| !held(seq)).copied().collect();
        for seq in &detached[..detached.len() / 2] {
            for annotation in self.annotations.remove(seq).into_iter().flatten() {
                self.reactions.remove(&annotation.0);
                self.annotation_count -= 1;
            }
        }
    }

    fn evict_detached_quotes(&mut self) {
        let answered = |entry: &Arc<Entry>| entry.message.about.map(|about| about.seq);
        let needed: BTreeSet<Seq> = self.entries.iter().filter_map(answered).collect();
        self.quoted.retain(|seq, _| needed.contains(seq));
    }

    fn evict_oldest(&mut self) {
        while self.entries.len() > WINDOW {
            self.entries.pop_front();
            self.has_older = true;
            self.from = self.entries.front().map_or(self.from, |entry| entry.message.seq);
        }
    }

    fn evict_newest(&mut self) {
        while self.entries.len() > WINDOW {
            self.entries.pop_back();
            self.has_newer = true;
            self.upto = self.entries.back().map_or(self.upto, |entry| entry.message.seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::{About, Authorship},
        time::Timestamp,
    };

    fn message(seq: u64, about: Option<(u64, AboutKind)>) -> Message {
        Message {
            room: "lobby".parse().unwrap(),
            seq: Seq(seq),
            id: "m".parse().unwrap(),
            username: "bob".parse().unwrap(),
            text: "x".into(),
            sent_at: Timestamp::default(),
            about: about.map(|(seq, kind)| About { seq: Seq(seq), kind }),
            authorship: Authorship::Proven,
        }
    }

    #[test]
    fn annotations_of_messages_that_are_not_loaded_are_bounded() {
        let mut timeline = Timeline::default();
        for seq in 1..=50_000 {
            timeline.message(message(100_000 + seq, Some((seq % 20_000, AboutKind::Reaction))));
            assert!(timeline.annotation_count <= MAX_DETACHED_ANNOTATIONS + 1);
            assert_eq!(timeline.annotation_count, timeline.reactions.len());
        }
        let kept: usize = timeline.annotations.values().map(BTreeMap::len).sum();
        assert_eq!(timeline.annotation_count, kept);
    }

    #[test]
    fn quoted_messages_that_no_loaded_reply_answers_are_bounded() {
        let mut timeline = Timeline::default();
        timeline.start(Vec::new(), Vec::new(), true, Seq(1_000_000));
        for seq in (0..5_000).rev() {
            let reply = message(500_000 + seq, Some((seq, AboutKind::Reply)));
            let side = timeline.older_side();
            timeline.page(side, vec![reply], vec![message(seq, None)], true, Seq(1_000_000));
        }
        assert!((0..5_000).all(|seq| timeline.answered(Seq(seq)).is_some()));
        timeline.entries.clear();
        timeline.take(vec![message(1, None)], vec![message(2, None)]);
        assert_eq!(timeline.quoted.len(), 0);
    }
}
