//! One entry of a timeline: a message with its annotations (edits, reactions, a retraction) folded into it.

use crate::{
    markup,
    message::Message,
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
    /// The reactions, ordered by the earliest of each emoji.
    pub reactions: Vec<Reaction>,
}

/// One emoji, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Each user once, with the seq of their earliest reaction, which is what a retraction of the reaction names.
    pub by: Vec<(Username, Seq)>,
}

impl Reaction {
    /// This user's reaction. `None`: there is none.
    pub fn seq_of(&self, user: Option<&Username>) -> Option<Seq> {
        self.by.iter().find(|(username, _)| Some(username) == user).map(|(_, seq)| *seq)
    }
}

impl Entry {
    /// A message without annotations.
    pub(super) fn new(message: Message) -> Self {
        // The store blanks retracted messages: an empty text means retracted, even if the retraction is not known.
        let retracted = message.text.is_empty();
        Self { message, edited_at: None, retracted, reactions: Vec::new() }
    }

    /// Whether this user has proven to be its author, and so may change it.
    pub fn is_by(&self, user: Option<&Username>) -> bool {
        self.message.authorship.is_proven() && user == Some(&self.message.username)
    }

    /// This user's reaction with an emoji. `None`: there is none.
    pub fn reaction_of(&self, user: Option<&Username>, emoji: &str) -> Option<Seq> {
        self.reactions.iter().find(|reaction| reaction.emoji == emoji)?.seq_of(user)
    }

    /// Whether its text mentions this user.
    pub fn mentions(&self, username: &Username) -> bool {
        self.message.username != *username && mentions(&self.message.text, username)
    }
}

/// Whether a text, as it is displayed, mentions a user.
pub fn mentions(text: &str, username: &Username) -> bool {
    text.contains('@') && markup::parse(text, std::slice::from_ref(username)).mentions(username)
}
