//! How a message appears in its timeline: headers, day dividers, and pending changes.

use shared::{
    AboutKind, Entry, RoomView, Seq, Username,
    link::{Outgoing, Progress},
    view::GapCause,
};
use yew::{Html, html};

use super::texts::texts;
use crate::{Locale, i18n::local_day};

/// Messages of one author within this time are grouped under one header, in milliseconds.
const GROUP_MS: i64 = 5 * 60 * 1000;

/// What a row shows above its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decorations {
    /// The author.
    pub header: bool,
    /// The divider of a new day.
    pub day: bool,
    /// The "new" marker.
    pub new: bool,
    /// A note about what is not there.
    pub note: Option<Note>,
}

/// What is said of messages that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Earlier ones may be missing.
    Gap(GapCause),
    /// One that the user has looked for is not there: it is deleted or lost, or never was in this room.
    NotFound,
}

impl Note {
    /// The note in words.
    pub(crate) fn show(self, locale: &Locale) -> Html {
        let texts = texts(locale.language);
        let words = match self {
            Self::Gap(GapCause::Absence) => texts.gap,
            Self::Gap(GapCause::Expired) => texts.gap_expired,
            Self::Gap(GapCause::NewEpoch) => texts.gap_new_epoch,
            Self::NotFound => texts.not_found,
        };
        html! { <div class="gap" role="note" data-testid="gap">{ words }</div> }
    }
}

impl Decorations {
    /// The decorations of an entry, which depend on the entry above. The "new" marker is above `first_new`.
    pub fn of(room: &RoomView, index: usize, first_new: Option<Seq>) -> Self {
        let entries = room.timeline().entries();
        let message = &entries[index].message;
        let above = index.checked_sub(1).map(|above| &entries[above].message);
        let day = above.is_none_or(|above| local_day(above.sent_at) != local_day(message.sent_at));
        let note = room.gap_above(index).map(Note::Gap);
        let new = first_new == Some(message.seq);
        let goes_on = above.is_some_and(|above| {
            (&above.username, above.authorship) == (&message.username, message.authorship)
                && (0..GROUP_MS).contains(&(message.sent_at.millis() - above.sent_at.millis()))
        });
        let reply = message.about.is_some();
        Self { header: !goes_on || day || note.is_some() || new || reply, day, new, note }
    }
}

/// The first entry of another user after the read mark, if all entries between are loaded.
pub fn first_new(room: &RoomView, mark: Seq, me: Option<&Username>) -> Option<Seq> {
    let timeline = room.timeline();
    let after = timeline.position(mark.next()).unwrap_or_else(|at| at);
    if !timeline.contains_all_after(mark) {
        return None;
    }
    let mut unread = timeline.entries().range(after..).map(|entry| &entry.message);
    unread.find(|message| me != Some(&message.username)).map(|message| message.seq)
}

/// Changes to a message that are not acknowledged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Its new text.
    pub text: Option<String>,
    /// Whether it is being retracted.
    pub deleting: bool,
    /// Reactions that are being added.
    pub reacting: Vec<String>,
    /// The user's reactions that are being retracted.
    pub taking_back: Vec<Seq>,
}

/// The pending posts of a room.
#[derive(Debug, Default)]
pub struct PendingPosts {
    /// Posts with their own rows: messages, replies, and failed ones.
    pub rows: Vec<Outgoing>,
    changes: Vec<Outgoing>,
}

impl PendingPosts {
    /// Sorts the posts of the outbox.
    pub fn new<'a>(pending: impl Iterator<Item = &'a Outgoing>) -> Self {
        let mut pending_posts = Self::default();
        for outgoing in pending {
            let is_entry = outgoing.post.about.is_none_or(|about| about.kind == AboutKind::Reply);
            if is_entry || matches!(outgoing.progress, Progress::Failed(_)) {
                pending_posts.rows.push(outgoing.clone());
            } else {
                pending_posts.changes.push(outgoing.clone());
            }
        }
        pending_posts
    }

    /// The pending changes of an entry.
    pub fn changes_of(&self, entry: &Entry) -> Changes {
        let mut changes = Changes::default();
        for outgoing in &self.changes {
            let Some(about) = outgoing.post.about else { continue };
            let of_entry = about.seq == entry.message.seq;
            match about.kind {
                AboutKind::Edit if of_entry => changes.text = Some(outgoing.post.text.clone()),
                AboutKind::Retraction if of_entry => changes.deleting = true,
                AboutKind::Reaction if of_entry => changes.reacting.push(outgoing.post.text.clone()),
                AboutKind::Retraction
                    if entry
                        .reactions
                        .iter()
                        .any(|reaction| reaction.by.iter().any(|(_, seq)| *seq == about.seq)) =>
                {
                    changes.taking_back.push(about.seq);
                }
                _ => {}
            }
        }
        changes
    }
}
