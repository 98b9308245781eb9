//! Compares what clients recorded with the log that the server has left.
//!
//! A message is recognized by its room, its author and its id, which the poster chose. So messages are recognized in every epoch;
//! numbers are compared within one.

mod annotations;
mod readers;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    fmt,
    sync::Arc,
};

use shared::{Epoch, Message, MessageId, Post, RoomName, Seq, Username};

use crate::{
    history::{Event, History},
    log::{Log, Stored},
};

/// A promise that was broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which promise.
    pub kind: Kind,
    /// What was seen.
    pub what: String,
}

/// The promises that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An acknowledged post is not in the log.
    Lost,
    /// One post is in the log twice, or has two numbers in one epoch.
    Doubled,
    /// One number was given to two messages of one epoch.
    NumberReused,
    /// A post that was refused for good is in the log.
    RefusedButStored,
    /// The log has something that no client has posted.
    Invented,
    /// A text in the log or before a reader is not what was posted.
    TextDiffers,
    /// The numbers of a room's log do not rise, or a reader saw messages in another order.
    OutOfOrder,
    /// A reader saw a message twice.
    SeenTwice,
    /// A reader's record lacks a message between two others.
    Gap,
    /// A reader was told that it resumes, and what came next was not what comes next.
    SkippedByResume,
    /// A reader was resumed from a position of another epoch, or from none.
    WronglyResumed,
    /// A reader saw what is not in the log.
    SeenNotStored,
    /// A message's newest edit is not the one that readers are shown.
    EditLost,
    /// A message was retracted, and its text is still there.
    RetractionLost,
    /// A reaction is in the log without its emoji.
    ReactionLost,
    /// The same reaction or retraction counts twice.
    AppliedTwice,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::Lost,
        Self::Doubled,
        Self::NumberReused,
        Self::RefusedButStored,
        Self::Invented,
        Self::TextDiffers,
        Self::OutOfOrder,
        Self::SeenTwice,
        Self::Gap,
        Self::SkippedByResume,
        Self::WronglyResumed,
        Self::SeenNotStored,
        Self::EditLost,
        Self::RetractionLost,
        Self::ReactionLost,
        Self::AppliedTwice,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Doubled => "stored twice",
            Self::NumberReused => "number reused",
            Self::RefusedButStored => "refused but stored",
            Self::Invented => "in the log, and never posted",
            Self::TextDiffers => "text differs",
            Self::OutOfOrder => "out of order",
            Self::SeenTwice => "seen twice",
            Self::Gap => "gap in what a reader saw",
            Self::SkippedByResume => "skipped by a resume",
            Self::WronglyResumed => "wrongly resumed",
            Self::SeenNotStored => "seen, and not in the log",
            Self::EditLost => "edit lost",
            Self::RetractionLost => "retraction lost",
            Self::ReactionLost => "reaction lost",
            Self::AppliedTwice => "applied twice",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.what)
    }
}

/// What identifies a message in every epoch.
type Identity<'a> = (&'a RoomName, &'a Username, &'a MessageId);

fn identity(message: &Message) -> Identity<'_> {
    (&message.room, &message.username, &message.id)
}

/// Everything that is wrong with these histories, given the log that was left. All posts to the log are in the histories.
pub fn check(histories: &[History], log: &Log) -> Vec<Fault> {
    let mut check = Check::new(histories, log);
    check.rooms();
    check.acknowledgements();
    check.numbers();
    check.stored();
    check.annotations();
    for history in histories {
        check.reader(history);
    }
    check.faults
}

/// How many faults there are of each kind, those with none included.
pub fn count(faults: &[Fault]) -> BTreeMap<Kind, usize> {
    let mut counts: BTreeMap<_, _> = Kind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    for fault in faults {
        *counts.entry(fault.kind).or_default() += 1;
    }
    counts
}

struct Check<'a> {
    histories: &'a [History],
    log: &'a Log,
    /// What was posted.
    posts: HashMap<Identity<'a>, &'a Arc<Post>>,
    /// Where each message is in its room's log.
    places: HashMap<Identity<'a>, usize>,
    /// Where a message that readers share is in its room's log, by its address in memory: it is looked up once, not for each reader.
    shared: HashMap<usize, Option<usize>>,
    /// Messages whose text may be empty, because they were retracted, or are a second reaction.
    blank: HashSet<Identity<'a>>,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn new(histories: &'a [History], log: &'a Log) -> Self {
        let mut posts = HashMap::new();
        for History { author, records } in histories {
            for record in records {
                if let Event::Posted(post) = &record.event {
                    posts.insert((&post.room, author, &post.id), post);
                }
            }
        }
        let (places, shared) = (HashMap::new(), HashMap::new());
        Self { histories, log, posts, places, shared, blank: HashSet::new(), faults: Vec::new() }
    }

    fn fault(&mut self, kind: Kind, what: String) {
        self.faults.push(Fault { kind, what });
    }

    /// Finds each message's place, and looks at the order of numbers.
    fn rooms(&mut self) {
        for (room, stored) in &self.log.rooms {
            let mut last = Seq::ZERO;
            for (place, Stored { message, .. }) in stored.iter().enumerate() {
                if message.seq <= last {
                    self.fault(Kind::OutOfOrder, format!("{room} has {} behind {last}", message.seq));
                }
                last = message.seq;
                if let Some(first) = self.places.insert(identity(message), place) {
                    let first = stored[first].message.seq;
                    let what =
                        format!("{} by {} in {room}: {first} and {last}", message.id, message.username);
                    self.fault(Kind::Doubled, what);
                }
            }
        }
        self.find_blank();
    }

    fn acknowledgements(&mut self) {
        for History { author, records } in self.histories {
            for record in records {
                match &record.event {
                    Event::Acknowledged { post, seq, .. } if !self.is_stored(author, post) => {
                        let what = format!("{} by {author} in {}, acknowledged as {seq}", post.id, post.room);
                        self.fault(Kind::Lost, what);
                    }
                    Event::Refused { post, reason } if self.is_stored(author, post) => {
                        let what = format!("{} by {author} in {}: {reason}", post.id, post.room);
                        self.fault(Kind::RefusedButStored, what);
                    }
                    _ => {}
                }
            }
        }
    }

    fn is_stored(&self, author: &Username, post: &Post) -> bool {
        self.places.contains_key(&(&post.room, author, &post.id))
    }

    /// Within an epoch, each number belongs to one message and each message has one number, in the log and in all records.
    fn numbers(&mut self) {
        let mut told: Vec<(&Epoch, Seq, Identity<'a>)> = Vec::new();
        let log = self.log;
        for stored in log.rooms.values().flatten() {
            told.push((&log.epoch, stored.message.seq, identity(&stored.message)));
        }
        let mut known: HashSet<(usize, &Epoch)> = HashSet::new();
        for History { author, records } in self.histories {
            let mut epochs: HashMap<&RoomName, &Epoch> = HashMap::new();
            for record in records {
                match &record.event {
                    Event::Acknowledged { post, seq, epoch: Some(epoch) } => {
                        told.push((epoch, *seq, (&post.room, author, &post.id)));
                    }
                    Event::Joined(joined) => {
                        epochs.insert(&joined.room, &joined.epoch);
                        told.extend(joined.page.iter().map(|m| (&joined.epoch, m.seq, identity(m))));
                    }
                    Event::Saw(message) => {
                        if let Some(epoch) = epochs.get(&message.room)
                            && known.insert((address(message), epoch))
                        {
                            told.push((epoch, message.seq, identity(message)));
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut owners: HashMap<(&Epoch, Seq), Identity<'a>> = HashMap::new();
        let mut numbers: HashMap<(&Epoch, Identity<'a>), Seq> = HashMap::new();
        for (epoch, seq, (room, author, id)) in told {
            match owners.entry((epoch, seq)) {
                Entry::Occupied(owner) if *owner.get() != (room, author, id) => {
                    let (other_room, other, other_id) = owner.get();
                    let what = format!(
                        "{seq} is {id} by {author} in {room}, and {other_id} by {other} in {other_room}"
                    );
                    self.fault(Kind::NumberReused, what);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => drop(place.insert((room, author, id))),
            }
            let first = *numbers.entry((epoch, (room, author, id))).or_insert(seq);
            if first != seq {
                self.fault(Kind::Doubled, format!("{id} by {author} in {room} is {first} and {seq}"));
            }
        }
    }

    /// What is stored was posted, with this text.
    fn stored(&mut self) {
        for Stored { message, .. } in self.log.rooms.values().flatten() {
            let Some(post) = self.posts.get(&identity(message)) else {
                let Message { room, seq, id, username, .. } = message;
                self.fault(Kind::Invented, format!("{seq} in {room}: {id} by {username}"));
                continue;
            };
            let is_same = post.about == message.about && self.is_text_of(message);
            if !is_same {
                // A reaction whose emoji is gone is its own promise.
                if !(message.text.is_empty() && annotations::is_reaction(message)) {
                    self.fault(Kind::TextDiffers, describe(message, post));
                }
            }
        }
    }

    /// Whether a message has the text that was posted, or none if it may be blank.
    fn is_text_of(&self, message: &Message) -> bool {
        let identity = identity(message);
        self.posts.get(&identity).is_some_and(|post| post.text == message.text)
            || (message.text.is_empty() && self.blank.contains(&identity))
    }
}

/// What tells messages apart that several readers share.
fn address(message: &Message) -> usize {
    std::ptr::from_ref(message).addr()
}

fn describe(message: &Message, post: &Post) -> String {
    let Message { room, seq, id, username, text, about, .. } = message;
    format!(
        "{seq} in {room}, {id} by {username}, is {text:?} {about:?}; posted was {:?} {:?}",
        post.text, post.about
    )
}
