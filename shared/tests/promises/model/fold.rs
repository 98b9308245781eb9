//! Folds a log into what a reader sees, in the simplest way.

use std::collections::{BTreeMap, BTreeSet};

use shared::{AboutKind, Entry, Message};

/// An entry as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub seq: u64,
    pub username: String,
    pub id: String,
    pub text: String,
    pub edited: bool,
    pub retracted: bool,
    pub reactions: BTreeMap<String, BTreeSet<String>>,
}

/// The entries of a whole log.
pub fn fold(log: &[Message]) -> Vec<Shown> {
    log.iter().filter(|message| message.is_entry()).map(|message| shown(message, log)).collect()
}

fn shown(message: &Message, log: &[Message]) -> Shown {
    let about = |target: &Message, kind| {
        let seq = target.seq;
        log.iter()
            .filter(move |other| other.about.is_some_and(|about| about.seq == seq && about.kind == kind))
    };
    let retracted = |target: &Message| about(target, AboutKind::Retraction).next().is_some();
    let mut shown = Shown {
        seq: message.seq.0,
        username: message.username.to_string(),
        id: message.id.to_string(),
        text: String::new(),
        edited: false,
        retracted: retracted(message),
        reactions: BTreeMap::new(),
    };
    if !shown.retracted {
        let edit = about(message, AboutKind::Edit).next_back();
        shown.edited = edit.is_some();
        shown.text.clone_from(&edit.unwrap_or(message).text);
        for reaction in about(message, AboutKind::Reaction).filter(|reaction| !retracted(reaction)) {
            let by = shown.reactions.entry(reaction.text.clone()).or_default();
            by.insert(reaction.username.to_string());
        }
    }
    shown
}

impl From<&Entry> for Shown {
    fn from(entry: &Entry) -> Self {
        let mut reactions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for reaction in &entry.reactions {
            let by = reactions.entry(reaction.emoji.clone()).or_default();
            for (username, _) in &reaction.by {
                assert!(by.insert(username.to_string()), "somebody reacts twice with one emoji");
            }
        }
        Self {
            seq: entry.message.seq.0,
            username: entry.message.username.to_string(),
            id: entry.message.id.to_string(),
            text: entry.message.text.clone(),
            edited: entry.edited_at.is_some(),
            retracted: entry.retracted,
            reactions,
        }
    }
}
