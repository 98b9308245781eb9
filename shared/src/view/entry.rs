//! One entry of a timeline: a message with its annotations (edits, reactions, a retraction) folded into it.

use std::collections::BTreeSet;

use crate::{
    markup,
    message::{AboutKind, Message},
    names::{Seq, Username},
    time::Timestamp,
};

/// A message or reply in its current state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message, with its current text.
    pub message: Message,
    /// When its text was last edited, if ever.
    pub edited_at: Option<Timestamp>,
    /// Whether it was retracted. Its text is empty then.
    pub retracted: bool,
    /// The reactions, ordered by the first use of each emoji.
    pub reactions: Vec<Reaction>,
}

/// One emoji, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Each user with the seq of the reaction, which is what a retraction of the reaction names.
    pub by: Vec<(Username, Seq)>,
}

impl Entry {
    /// Folds the annotations of a message, in the order of their seqs, into it. `is_retracted` tells whether a
    /// reaction was retracted.
    pub(super) fn fold<'a>(
        mut message: Message,
        annotations: impl Iterator<Item = &'a Message>,
        is_retracted: impl Fn(Seq) -> bool,
    ) -> Self {
        let mut edited_at = None;
        // The store blanks retracted messages: an empty text means retracted, even if the retraction is not known.
        let mut retracted = message.text.is_empty();
        let mut reactions: Vec<Reaction> = Vec::new();
        let mut known: BTreeSet<(&str, &Username)> = BTreeSet::new();
        for annotation in annotations {
            match annotation.about.map(|about| about.kind) {
                Some(AboutKind::Edit) if !annotation.text.is_empty() => {
                    message.text.clone_from(&annotation.text);
                    edited_at = Some(annotation.sent_at);
                }
                Some(AboutKind::Retraction) => retracted = true,
                Some(AboutKind::Reaction) if !annotation.text.is_empty() && !is_retracted(annotation.seq) => {
                    react(&mut reactions, &mut known, annotation);
                }
                _ => {}
            }
        }
        if retracted {
            message.text.clear();
            edited_at = None;
            reactions.clear();
        }
        Self { message, edited_at, retracted, reactions }
    }

    /// Whether its text mentions this user.
    pub fn mentions(&self, username: &Username) -> bool {
        self.message.username != *username && mentions(&self.message.text, username)
    }
}

/// Adds a reaction. A user who reacts twice with one emoji counts once.
fn react<'a>(
    reactions: &mut Vec<Reaction>,
    known: &mut BTreeSet<(&'a str, &'a Username)>,
    annotation: &'a Message,
) {
    if !known.insert((&annotation.text, &annotation.username)) {
        return;
    }
    let by = (annotation.username.clone(), annotation.seq);
    match reactions.iter_mut().find(|reaction| reaction.emoji == annotation.text) {
        Some(reaction) => reaction.by.push(by),
        None => reactions.push(Reaction { emoji: annotation.text.clone(), by: vec![by] }),
    }
}

/// Whether a text, as it is displayed, mentions a user.
pub fn mentions(text: &str, username: &Username) -> bool {
    text.contains('@') && markup::parse(text, std::slice::from_ref(username)).mentions(username)
}
