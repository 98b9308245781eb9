//! What the annotations of one message say about it, kept so that one more costs little.
//!
//! An [`Entry`] is folded once, when its message is loaded. Every later annotation is one [`Change`] of it, whatever order
//! annotations come in and however many there are already.

use super::entry::{Entry, Reaction};
use crate::{
    message::Message,
    names::{Seq, Username},
    time::Timestamp,
};

/// What is known about a message from its annotations. The message need not be loaded.
#[derive(Debug, Clone)]
pub(super) struct Annotations {
    /// The message that they are about.
    pub(super) about: Seq,
    /// Whether it was retracted, or is a reaction that was.
    pub(super) is_retracted: bool,
    /// The newest edit: earlier ones are never shown again.
    edit: Option<Edit>,
    /// The reactions that were not retracted, ordered by emoji, user and seq.
    reactions: Vec<LiveReaction>,
}

#[derive(Debug, Clone)]
struct Edit {
    seq: Seq,
    text: String,
    sent_at: Timestamp,
}

#[derive(Debug, Clone)]
struct LiveReaction {
    emoji: String,
    username: Username,
    seq: Seq,
}

/// One change of an entry.
#[derive(Debug)]
pub(super) enum Change {
    /// It has this text now.
    Edited { text: String, sent_at: Timestamp },
    /// It was retracted.
    Retracted,
    /// A user's earliest reaction with this emoji was at another seq before, and `now` is at this one. `None`: there is none.
    Reacted { emoji: String, username: Username, before: Option<Seq>, now: Option<Seq> },
}

impl Annotations {
    pub(super) fn new(about: Seq) -> Self {
        Self { about, is_retracted: false, edit: None, reactions: Vec::new() }
    }

    /// The message as an entry, with everything that is known about it.
    pub(super) fn fold(&self, message: Message) -> Entry {
        let mut entry = Entry::new(message);
        if self.is_retracted {
            Change::Retracted.apply(&mut entry);
        }
        if let Some(Edit { text, sent_at, .. }) = &self.edit {
            Change::Edited { text: text.clone(), sent_at: *sent_at }.apply(&mut entry);
        }
        let mut previous: Option<&LiveReaction> = None;
        for reaction in &self.reactions {
            // A user who reacts twice with one emoji counts once.
            if previous.is_none_or(|previous| previous.key() != reaction.key()) {
                reaction.change(None, Some(reaction.seq)).apply(&mut entry);
            }
            previous = Some(reaction);
        }
        entry
    }

    /// Takes in an edit.
    pub(super) fn edit(&mut self, edit: Message) -> Option<Change> {
        let Message { seq, text, sent_at, .. } = edit;
        if text.is_empty() || self.is_retracted || self.edit.as_ref().is_some_and(|known| known.seq >= seq) {
            return None;
        }
        self.edit = Some(Edit { seq, text: text.clone(), sent_at });
        Some(Change::Edited { text, sent_at })
    }

    /// Takes in the retraction of the message.
    pub(super) fn retract(&mut self) -> Option<Change> {
        let is_news = !self.is_retracted;
        // What a retracted message was is never shown again.
        *self = Self { is_retracted: true, ..Self::new(self.about) };
        is_news.then_some(Change::Retracted)
    }

    /// Takes in a reaction that is not known yet.
    pub(super) fn react(&mut self, seq: Seq, emoji: String, username: Username) -> Option<Change> {
        if self.is_retracted {
            return None;
        }
        let reaction = LiveReaction { emoji, username, seq };
        let before = self.earliest(&reaction);
        let change = before.is_none_or(|before| seq < before).then(|| reaction.change(before, Some(seq)));
        let at = self.reactions.partition_point(|known| (known.key(), known.seq) < (reaction.key(), seq));
        self.reactions.insert(at, reaction);
        change
    }

    /// Takes in the retraction of one of the reactions.
    pub(super) fn retract_reaction(&mut self, seq: Seq) -> Option<Change> {
        let at = self.reactions.iter().position(|known| known.seq == seq)?;
        let reaction = self.reactions.remove(at);
        let now = self.earliest(&reaction);
        now.is_none_or(|now| seq < now).then(|| reaction.change(Some(seq), now))
    }

    /// The reactions of a user, each with the message that it is about, its seq and its emoji.
    pub(super) fn reactions_of(&self, username: &Username) -> impl Iterator<Item = (Seq, Seq, String)> {
        let of_user = self.reactions.iter().filter(move |reaction| reaction.username == *username);
        of_user.map(|reaction| (self.about, reaction.seq, reaction.emoji.clone()))
    }

    /// The earliest reaction of the same user with the same emoji.
    fn earliest(&self, reaction: &LiveReaction) -> Option<Seq> {
        let at = self.reactions.partition_point(|known| known.key() < reaction.key());
        self.reactions.get(at).filter(|known| known.key() == reaction.key()).map(|known| known.seq)
    }
}

impl LiveReaction {
    fn key(&self) -> (&str, &str) {
        (&self.emoji, self.username.as_str())
    }

    fn change(&self, before: Option<Seq>, now: Option<Seq>) -> Change {
        Change::Reacted { emoji: self.emoji.clone(), username: self.username.clone(), before, now }
    }
}

impl Change {
    /// Changes the entry. A retracted one stays as it is.
    pub(super) fn apply(&self, entry: &mut Entry) {
        #[cfg(test)]
        tests::APPLIED.set(tests::APPLIED.get() + 1);
        match self {
            _ if entry.retracted => {}
            Self::Edited { text, sent_at } => {
                entry.message.text.clone_from(text);
                entry.edited_at = Some(*sent_at);
            }
            Self::Retracted => {
                entry.message.text.clear();
                (entry.retracted, entry.edited_at) = (true, None);
                entry.reactions.clear();
            }
            Self::Reacted { emoji, username, before, now } => {
                let known = entry.reactions.iter().position(|reaction| reaction.emoji == *emoji);
                let mut reaction = match known {
                    Some(at) => entry.reactions.remove(at),
                    None => Reaction { emoji: emoji.clone(), by: Vec::new() },
                };
                if let Some(Ok(at)) = before.map(|seq| position(&reaction, seq)) {
                    reaction.by.remove(at);
                }
                if let Some(seq) = now
                    && let Err(at) = position(&reaction, *seq)
                {
                    reaction.by.insert(at, (username.clone(), *seq));
                }
                if let Some((_, first)) = reaction.by.first() {
                    let is_earlier = |other: &Reaction| other.by.first().is_some_and(|(_, seq)| seq < first);
                    let at = entry.reactions.partition_point(is_earlier);
                    entry.reactions.insert(at, reaction);
                }
            }
        }
    }
}

fn position(reaction: &Reaction, seq: Seq) -> Result<usize, usize> {
    reaction.by.binary_search_by_key(&seq, |(_, seq)| *seq)
}

#[cfg(test)]
mod tests;
