//! The part of a room's log that a client has loaded: one contiguous range, folded into entries.
//!
//! The range grows at both ends by pages. If it reaches the head, it also grows by new messages. Seqs may have gaps, so
//! contiguity follows from where pages were attached, not from counting.

mod eviction;

use std::{collections::VecDeque, sync::Arc};

pub use eviction::{IDLE_WINDOW, WINDOW};

use super::{
    annotations::{Annotations, Change},
    entry::Entry,
};
use crate::{
    frames::Side,
    message::{AboutKind, Message},
    names::{Seq, Username},
    sorted_map::SortedMap,
};

/// The loaded entries of a room, with their annotations.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    entries: VecDeque<Arc<Entry>>,
    /// What is known from annotations, ordered by the message that they are about.
    annotations: VecDeque<Annotations>,
    /// The known reactions, ordered by seq, each with the message that it is about.
    reactions: VecDeque<(Seq, Seq)>,
    /// Annotations need not be evicted up to this number.
    evict_above: usize,
    /// Messages outside the range that loaded replies answer.
    quoted: SortedMap<Seq, Arc<Entry>>,
    /// The first seq of the range.
    from: Seq,
    /// The last seq of the range.
    upto: Seq,
    has_older: bool,
    has_newer: bool,
    /// Whether it may keep [`WINDOW`] entries.
    is_entered: bool,
}

impl Timeline {
    /// Forgets everything that is loaded.
    pub(super) fn clear(&mut self) {
        *self = Self { is_entered: self.is_entered, ..Self::default() };
    }

    /// The user enters the room, which may keep many entries from now on, or leaves it for another one.
    pub(super) fn set_entered(&mut self, is_entered: bool) {
        self.is_entered = is_entered;
        if !is_entered {
            self.evict_oldest();
            self.evict_quotes();
            // Pages bring the annotations of what they contain.
            self.drop_annotations(<[Seq]>::len);
        }
    }

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
    pub fn contains_all_after(&self, seq: Seq) -> bool {
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
            is_entered: self.is_entered,
            ..Self::default()
        };
        self.take(messages, context);
    }

    /// Starts a new, empty range at a message. The pages on both sides of it are to be loaded.
    pub(super) fn start_around(&mut self, seq: Seq) {
        let is_entered = self.is_entered;
        let (from, upto) = (seq.next(), seq);
        *self = Self { from, upto, has_older: true, has_newer: true, is_entered, ..Self::default() };
    }

    /// All messages up to this one are deleted. Returns whether the range ended before it, so that unseen messages are among them:
    /// then it begins anew behind them.
    pub(super) fn expire(&mut self, floor: Seq) -> bool {
        self.quoted.retain(|seq| *seq > floor);
        // What is left between the floor and the range is not known.
        if self.from > floor.next() {
            return false;
        }
        while self.entries.front().is_some_and(|entry| entry.message.seq <= floor) {
            self.entries.pop_front();
        }
        (self.from, self.has_older) = (floor.next(), false);
        let lacks_some = self.has_newer && self.upto < floor;
        if lacks_some {
            self.upto = floor;
        }
        lacks_some
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
        let is_next = !self.has_newer && message.seq > self.upto;
        if is_next {
            self.upto = message.seq;
        }
        if !message.is_entry() {
            self.annotate(message);
        } else if is_next {
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
        self.evict_detached_quotes();
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
        match self.find(message.seq) {
            Ok(at) => self.annotations[at].fold(message),
            Err(_) => Entry::new(message),
        }
    }

    /// The index of a message in `annotations`, or where it would be inserted.
    fn find(&self, about: Seq) -> Result<usize, usize> {
        self.annotations.binary_search_by_key(&about, |annotations| annotations.about)
    }

    /// Takes in an annotation, and changes the entry that it is about.
    fn annotate(&mut self, annotation: Message) {
        let Some(about) = annotation.about else { return };
        match about.kind {
            AboutKind::Reply => {}
            AboutKind::Edit => self.change(about.seq, |annotations| annotations.edit(annotation)),
            AboutKind::Retraction => self.retract(about.seq),
            // The store blanks reactions that were retracted.
            AboutKind::Reaction if annotation.text.is_empty() => self.retract(annotation.seq),
            AboutKind::Reaction => self.react(about.seq, annotation),
        }
        self.evict_detached();
    }

    fn react(&mut self, about: Seq, reaction: Message) {
        let is_retracted = self.find(reaction.seq).is_ok_and(|at| self.annotations[at].is_retracted);
        if !is_retracted && let Err(at) = self.find_reaction(reaction.seq) {
            self.reactions.insert(at, (reaction.seq, about));
            let Message { seq, text, username, .. } = reaction;
            self.change(about, |annotations| annotations.react(seq, text, username));
        }
    }

    /// A message or reaction was retracted.
    fn retract(&mut self, seq: Seq) {
        if let Ok(at) = self.find_reaction(seq) {
            let about = self.reactions[at].1;
            self.change(about, |annotations| annotations.retract_reaction(seq));
        } else {
            self.change(seq, Annotations::retract);
        }
    }

    /// An account was deleted: its messages and reactions lose its name, and their texts if `blanked`. A reaction without a
    /// text is none.
    pub(super) fn account_deleted(&mut self, username: &Username, blanked: bool) {
        let quotes = self.quoted.iter_mut().map(|(_, quote)| quote);
        let mut changed = Vec::new();
        for entry in self.entries.iter_mut().chain(quotes).filter(|entry| entry.is_by(Some(username))) {
            let entry = Arc::make_mut(entry);
            entry.message.account_deleted(username, blanked);
            changed.push(entry.message.seq);
        }
        if blanked {
            // What is remembered of their edits goes as well.
            for seq in changed {
                self.change(seq, Annotations::retract);
            }
        }
        let of_user = self.annotations.iter().flat_map(|annotations| annotations.reactions_of(username));
        let reactions: Vec<(Seq, Seq, String)> = of_user.collect();
        for (about, seq, emoji) in reactions {
            self.change(about, |annotations| annotations.retract_reaction(seq));
            if !blanked {
                self.change(about, |annotations| annotations.react(seq, emoji, Username::deleted()));
            }
        }
    }

    /// The index of a reaction in `reactions`, or where it would be inserted.
    fn find_reaction(&self, seq: Seq) -> Result<usize, usize> {
        self.reactions.binary_search_by_key(&seq, |(seq, _)| *seq)
    }

    /// Changes what is known about a message, and its entry. The entry is copied only if somebody else holds it.
    fn change(&mut self, about: Seq, take: impl FnOnce(&mut Annotations) -> Option<Change>) {
        let at = self.find(about).unwrap_or_else(|at| {
            self.annotations.insert(at, Annotations::new(about));
            at
        });
        let Some(change) = take(&mut self.annotations[at]) else { return };
        if let Ok(at) = self.position(about) {
            change.apply(Arc::make_mut(&mut self.entries[at]));
        }
        if let Some(quoted) = self.quoted.get_mut(&about) {
            change.apply(Arc::make_mut(quoted));
        }
    }
}

#[cfg(test)]
mod tests;
