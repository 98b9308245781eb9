//! The part of a room's log that a client holds: one unbroken stretch, folded into entries.
//!
//! The stretch grows at both ends by pages, and at its newer end by messages as they come, while it reaches to the
//! head. Numbers need not be dense, so what is unbroken is known from where pages were attached, not from counting.

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

/// The most entries that a timeline holds; past it, the far end is let go and can be paged back.
pub const WINDOW: usize = 25_000;
/// So many remarks on messages outside the stretch may be kept.
const STRAY_REMARKS: usize = 10_000;
/// So many messages may be kept that are quoted by nothing in the stretch.
const STRAY_QUOTES: usize = 1_000;

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    entries: VecDeque<Arc<Entry>>,
    /// Every remark that is known, by target and by its own seq.
    remarks: BTreeMap<Seq, BTreeMap<Seq, Message>>,
    /// How many of them there are.
    remark_count: usize,
    /// What each known reaction is about.
    reactions: BTreeMap<Seq, Seq>,
    /// Messages outside the stretch that entries are replies to.
    quoted: BTreeMap<Seq, Arc<Entry>>,
    /// Everything from here …
    from: Seq,
    /// … to here is held.
    upto: Seq,
    has_older: bool,
    has_newer: bool,
}

impl Timeline {
    /// The entries, oldest first.
    pub fn entries(&self) -> &VecDeque<Arc<Entry>> {
        &self.entries
    }

    /// Whether there is history before the oldest entry.
    pub fn has_older(&self) -> bool {
        self.has_older
    }

    /// Whether there is something after the newest entry: the stretch does not reach to the head.
    pub fn has_newer(&self) -> bool {
        self.has_newer
    }

    /// The entry with this seq.
    pub fn get(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.position(seq).ok().map(|at| &self.entries[at])
    }

    /// Where in [`Timeline::entries`] this seq is, or would be.
    pub fn position(&self, seq: Seq) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.message.seq)
    }

    /// The entry that a reply answers, also if it is outside the stretch.
    pub fn answered(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.get(seq).or_else(|| self.quoted.get(&seq))
    }

    /// The page to ask for, to grow at the older or newer end.
    pub(super) fn older_side(&self) -> Side {
        Side::Before(self.from)
    }

    pub(super) fn newer_side(&self) -> Side {
        Side::After(self.upto)
    }

    /// Whether everything after this is held, as far as the stretch reaches.
    pub(super) fn holds_after(&self, seq: Seq) -> bool {
        !self.has_older || seq.next() >= self.from
    }

    /// Whether this is inside the stretch.
    pub(super) fn holds(&self, seq: Seq) -> bool {
        (self.from..=self.upto).contains(&seq)
    }

    /// The last seq that is held.
    pub(super) fn upto(&self) -> Seq {
        self.upto
    }

    /// Begins a new stretch with the latest page of a log whose newest seq is `head`.
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

    /// Begins a new, empty stretch around a message: pages at both sides of its end make it grow.
    pub(super) fn start_around(&mut self, seq: Seq) {
        *self = Self { from: seq.next(), upto: seq, has_older: true, has_newer: true, ..Self::default() };
    }

    /// Attaches a page, if it belongs to one of the ends. Returns whether it did.
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
                self.let_go_newer();
            }
            Side::After(seq) if seq == self.upto && self.has_newer => {
                self.upto = messages.last().map_or(self.upto, |last| last.seq);
                // A message may have come while the page was on its way: then there is one more page to ask for.
                self.has_newer = more || self.upto < head;
                self.take(messages, context);
                self.let_go_older();
            }
            _ => return false,
        }
        true
    }

    /// Takes messages that entries are replies to, with what is said of them.
    pub(super) fn quote(&mut self, answered: Vec<Message>, context: Vec<Message>) {
        self.take(Vec::new(), answered.into_iter().chain(context).collect());
    }

    /// Takes a message as it came. It becomes an entry if the stretch reaches to it.
    pub(super) fn message(&mut self, message: Message) {
        if !message.is_entry() {
            self.remark(message.clone());
        }
        if self.has_newer || message.seq <= self.upto {
            return;
        }
        self.upto = message.seq;
        if message.is_entry() {
            self.insert(message);
            self.let_go_older();
        }
    }

    fn take(&mut self, messages: Vec<Message>, context: Vec<Message>) {
        let (entries, remarks): (Vec<_>, Vec<_>) = messages.into_iter().partition(Message::is_entry);
        let (quoted, more_remarks): (Vec<_>, Vec<_>) = context.into_iter().partition(Message::is_entry);
        for remark in remarks.into_iter().chain(more_remarks) {
            self.remark(remark);
        }
        for message in quoted {
            if self.position(message.seq).is_err() {
                self.quoted.insert(message.seq, Arc::new(self.fold(message)));
            }
        }
        if self.quoted.len() > self.entries.len() + STRAY_QUOTES {
            self.forget_stray_quotes();
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
        let remarks = self.remarks.get(&message.seq);
        Entry::fold(message, remarks.into_iter().flat_map(BTreeMap::values), |seq| self.is_retracted(seq))
    }

    fn is_retracted(&self, seq: Seq) -> bool {
        let is = |remark: &Message| remark.about.is_some_and(|about| about.kind == AboutKind::Retraction);
        self.remarks.get(&seq).is_some_and(|remarks| remarks.values().any(is))
    }

    /// Notes what is said of an earlier message, and folds it into its entry.
    fn remark(&mut self, remark: Message) {
        let Some(about) = remark.about else { return };
        if about.kind == AboutKind::Reaction {
            self.reactions.insert(remark.seq, about.seq);
        }
        if self.remarks.entry(about.seq).or_default().insert(remark.seq, remark).is_none() {
            self.remark_count += 1;
        }
        // A retraction of a reaction changes what the reaction is about.
        let target = self.reactions.get(&about.seq).copied().unwrap_or(about.seq);
        self.refold(target);
        self.forget_strays();
    }

    fn refold(&mut self, seq: Seq) {
        // A fold begins with the text of the log. An entry that was edited before has the newest edit among its
        // remarks, which sets the text again, so beginning with the entry's text comes to the same.
        if let Ok(at) = self.position(seq) {
            self.entries[at] = Arc::new(self.fold(self.entries[at].message.clone()));
        } else if let Some(quoted) = self.quoted.get(&seq) {
            let entry = Arc::new(self.fold(quoted.message.clone()));
            self.quoted.insert(seq, entry);
        }
    }

    /// Remarks on messages that are not held are kept for pages that are on their way, but not for ever.
    fn forget_strays(&mut self) {
        if self.remark_count <= STRAY_REMARKS + self.entries.len() * 4 {
            return;
        }
        let held = |seq: &Seq| {
            let target = self.reactions.get(seq).unwrap_or(seq);
            self.position(*target).is_ok() || self.quoted.contains_key(target)
        };
        let strays: Vec<Seq> = self.remarks.keys().filter(|seq| !held(seq)).copied().collect();
        for seq in &strays[..strays.len() / 2] {
            for remark in self.remarks.remove(seq).into_iter().flatten() {
                self.reactions.remove(&remark.0);
                self.remark_count -= 1;
            }
        }
    }

    fn forget_stray_quotes(&mut self) {
        let answered = |entry: &Arc<Entry>| entry.message.about.map(|about| about.seq);
        let needed: BTreeSet<Seq> = self.entries.iter().filter_map(answered).collect();
        self.quoted.retain(|seq, _| needed.contains(seq));
    }

    fn let_go_older(&mut self) {
        while self.entries.len() > WINDOW {
            self.entries.pop_front();
            self.has_older = true;
            self.from = self.entries.front().map_or(self.from, |entry| entry.message.seq);
        }
    }

    fn let_go_newer(&mut self) {
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
    fn what_is_said_of_messages_that_are_not_held_is_not_kept_for_ever() {
        let mut timeline = Timeline::default();
        for seq in 1..=50_000 {
            timeline.message(message(100_000 + seq, Some((seq % 20_000, AboutKind::Reaction))));
            assert!(timeline.remark_count <= STRAY_REMARKS + 1);
            assert_eq!(timeline.remark_count, timeline.reactions.len());
        }
        let kept: usize = timeline.remarks.values().map(BTreeMap::len).sum();
        assert_eq!(timeline.remark_count, kept);
    }

    #[test]
    fn what_is_quoted_by_nothing_that_is_held_is_not_kept_for_ever() {
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
