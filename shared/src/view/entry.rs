//! One entry of a timeline: a message with everything that was later said of it folded in.

use std::collections::BTreeSet;

use crate::{
    markup,
    message::{AboutKind, Message},
    names::{Seq, Username},
    time::Timestamp,
};

/// A message or reply as it stands now: edited, taken back, reacted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message as it is in the log, but for its text, which is the newest one.
    pub message: Message,
    /// When its text was last changed, if ever.
    pub edited_at: Option<Timestamp>,
    /// Whether it was taken back. Its text is empty then.
    pub retracted: bool,
    /// The reactions, in the order in which each emoji first came.
    pub reactions: Vec<Reaction>,
}

/// One emoji, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who, each with the seq of the message that says so: retracting that one takes the reaction back.
    pub by: Vec<(Username, Seq)>,
}

impl Entry {
    /// Folds into a message what later messages, in the order of their seqs, say of it. `retracted` tells whether
    /// a reaction was taken back.
    pub(super) fn fold<'a>(
        mut message: Message,
        remarks: impl Iterator<Item = &'a Message>,
        retracted: impl Fn(Seq) -> bool,
    ) -> Self {
        let mut edited_at = None;
        // The store blanks what was taken back: an entry without a text is one, even if nobody told.
        let mut gone = message.text.is_empty();
        let mut reactions: Vec<Reaction> = Vec::new();
        let mut known: BTreeSet<(&str, &Username)> = BTreeSet::new();
        for remark in remarks {
            match remark.about.map(|about| about.kind) {
                Some(AboutKind::Edit) if !remark.text.is_empty() => {
                    message.text.clone_from(&remark.text);
                    edited_at = Some(remark.sent_at);
                }
                Some(AboutKind::Retraction) => gone = true,
                Some(AboutKind::Reaction) if !remark.text.is_empty() && !retracted(remark.seq) => {
                    react(&mut reactions, &mut known, remark);
                }
                _ => {}
            }
        }
        if gone {
            message.text.clear();
            edited_at = None;
            reactions.clear();
        }
        Self { message, edited_at, retracted: gone, reactions }
    }

    /// Whether it speaks to this user by name.
    pub fn mentions(&self, username: &Username) -> bool {
        self.message.username != *username && mentions(&self.message.text, username)
    }
}

/// Adds a reaction; who reacts twice with one emoji is shown once.
fn react<'a>(
    reactions: &mut Vec<Reaction>,
    known: &mut BTreeSet<(&'a str, &'a Username)>,
    remark: &'a Message,
) {
    if !known.insert((&remark.text, &remark.username)) {
        return;
    }
    let by = (remark.username.clone(), remark.seq);
    match reactions.iter_mut().find(|reaction| reaction.emoji == remark.text) {
        Some(reaction) => reaction.by.push(by),
        None => reactions.push(Reaction { emoji: remark.text.clone(), by: vec![by] }),
    }
}

/// Whether a text speaks to somebody by name, as it is shown.
pub fn mentions(text: &str, username: &Username) -> bool {
    text.contains('@') && markup::parse(text, std::slice::from_ref(username)).mentions(username)
}
