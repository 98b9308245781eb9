//! Edits, retractions and reactions: each counts, and counts once.

use std::collections::HashMap;

use shared::{AboutKind, Message, Seq};

use super::{Check, Kind, identity};
use crate::log::Stored;

pub(super) fn is_reaction(message: &Message) -> bool {
    kind_of(message) == Some(AboutKind::Reaction)
}

fn kind_of(message: &Message) -> Option<AboutKind> {
    message.about.map(|about| about.kind)
}

/// What is about one message of a room.
#[derive(Default)]
struct Annotations<'a> {
    edits: Vec<&'a Message>,
    retractions: Vec<&'a Message>,
    reactions: Vec<&'a Message>,
}

fn by_target(room: &[Stored]) -> HashMap<Seq, Annotations<'_>> {
    let mut targets: HashMap<Seq, Annotations<'_>> = HashMap::new();
    for Stored { message, .. } in room {
        let Some(about) = message.about else { continue };
        let target = targets.entry(about.seq).or_default();
        match about.kind {
            AboutKind::Edit => target.edits.push(message),
            AboutKind::Retraction => target.retractions.push(message),
            AboutKind::Reaction => target.reactions.push(message),
            AboutKind::Reply => {}
        }
    }
    targets
}

impl<'a> Check<'a> {
    /// Finds the messages whose text may be empty.
    pub(super) fn find_blank(&mut self) {
        for room in self.log.rooms.values() {
            let targets = by_target(room);
            for Stored { message, .. } in room {
                let Some(about) = targets.get(&message.seq) else { continue };
                if !about.retractions.is_empty() {
                    self.blank.insert(identity(message));
                    self.blank.extend(about.edits.iter().map(|edit| identity(edit)));
                }
                let mut earlier: Vec<&'a Message> = Vec::new();
                for reaction in &about.reactions {
                    if earlier.iter().any(|first| self.is_same_reaction(first, reaction)) {
                        self.blank.insert(identity(reaction));
                    }
                    earlier.push(reaction);
                }
            }
        }
    }

    /// Whether two reactions to one message are the same emoji of the same user. What was posted counts: the text of a
    /// retracted reaction is gone.
    fn is_same_reaction(&self, one: &'a Message, other: &'a Message) -> bool {
        let emoji = |message| self.posts.get(&identity(message)).map(|post| &post.text);
        one.username == other.username && emoji(one) == emoji(other)
    }

    pub(super) fn annotations(&mut self) {
        for (name, room) in &self.log.rooms {
            let targets = by_target(room);
            for stored in room {
                let Stored { message, edit, retraction } = stored;
                let seq = message.seq;
                let none = Annotations::default();
                let about = targets.get(&seq).unwrap_or(&none);
                let newest = about.edits.iter().map(|edit| edit.seq).max();
                if newest != *edit {
                    let what =
                        format!("{seq} in {name} is shown with edit {edit:?}, and its newest is {newest:?}");
                    self.fault(Kind::EditLost, what);
                }
                let is_retracted = !about.retractions.is_empty();
                let says = retraction.is_some_and(|by| about.retractions.iter().any(|known| known.seq == by));
                if is_retracted != retraction.is_some() || (is_retracted && !says) {
                    let what = format!("{seq} in {name} has retraction {retraction:?} in its row");
                    self.fault(Kind::RetractionLost, what);
                }
                let texts = [message].into_iter().chain(about.edits.iter().copied());
                if is_retracted && texts.into_iter().any(|message| !message.text.is_empty()) {
                    self.fault(Kind::RetractionLost, format!("{seq} in {name} still has a text"));
                }
                if about.retractions.len() > 1 {
                    self.fault(Kind::AppliedTwice, format!("{seq} in {name} was retracted twice"));
                }
                self.reactions(name.as_str(), &about.reactions);
            }
        }
    }

    fn reactions(&mut self, room: &str, reactions: &[&'a Message]) {
        for (place, reaction) in reactions.iter().enumerate() {
            let Message { seq, username, text, .. } = reaction;
            if text.is_empty() {
                if !self.blank.contains(&identity(reaction)) {
                    self.fault(Kind::ReactionLost, format!("{seq} in {room} by {username} has no emoji"));
                }
                continue;
            }
            let twice =
                reactions[..place].iter().find(|first| first.text == *text && first.username == *username);
            if let Some(first) = twice {
                let what = format!("{username} reacts in {room} with {text} by {} and {seq}", first.seq);
                self.fault(Kind::AppliedTwice, what);
            }
        }
    }
}
