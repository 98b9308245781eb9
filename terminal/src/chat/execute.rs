//! What happens when the user presses Enter.

use client::{About, AboutKind, Entry, Seq};

use super::{
    app::{App, Draft, Next},
    command::{self, Entered, Target},
    panel::Panel,
};
use crate::editor::Composer;

impl App {
    /// Sends what is in the composer, or does what it commands.
    pub(super) fn enter(&mut self) -> Next {
        let Draft { composer, edits } = self.draft().clone();
        let text = composer.text().trim_end();
        if let Some(seq) = edits {
            *self.draft() = Draft::default();
            // An emptied message is retracted.
            let is_empty = text.trim().is_empty();
            let kind = if is_empty { AboutKind::Retraction } else { AboutKind::Edit };
            self.post(if is_empty { "" } else { text }, Some(About { seq, kind }));
            return Next::Continue;
        }
        if text.trim().is_empty() {
            *self.draft() = Draft::default();
            return Next::Continue;
        }
        match command::parse(text, &self.names()).and_then(|entered| self.execute(entered)) {
            Ok(next) => {
                self.history.add(text);
                next
            }
            // What cannot be done stays to be corrected.
            Err(sentence) => {
                self.notice = Some(sentence);
                Next::Continue
            }
        }
    }

    fn execute(&mut self, entered: Entered) -> Result<Next, String> {
        // The draft of this room is done, whatever room is entered.
        let done = |app: &mut Self| *app.draft() = Draft::default();
        match entered {
            Entered::Post(text) => {
                done(self);
                self.post(&text, None);
            }
            Entered::Reply(target, text) => {
                let about = About { seq: self.find(&target, false)?.0, kind: AboutKind::Reply };
                done(self);
                self.post(&text, Some(about));
            }
            Entered::React(target, emoji) => {
                let about = About { seq: self.find(&target, false)?.0, kind: AboutKind::Reaction };
                done(self);
                self.post(&emoji, Some(about));
            }
            Entered::Edit(target) => {
                let (seq, text) = self.find(&target, true)?;
                *self.draft() = Draft { composer: Composer::with_text(&text), edits: Some(seq) };
            }
            Entered::Search(query) => {
                done(self);
                self.notice = Some(format!("searching for {query:?}"));
                self.searcher.search(query);
            }
            Entered::Join(room) => {
                done(self);
                self.go(room);
            }
            Entered::Leave => {
                done(self);
                let left = self.room.clone();
                self.step_room(1, false);
                if self.room == left {
                    return Err("there is no other room to go to".into());
                }
                self.client.leave(&left);
            }
            Entered::Help => {
                done(self);
                self.panel = Some(Panel::Help { top: 0 });
            }
            Entered::Quit => {
                done(self);
                return Ok(Next::Quit);
            }
        }
        Ok(Next::Continue)
    }

    fn post(&mut self, text: &str, about: Option<About>) {
        self.client.submit(&self.room, text, about);
        self.go_to_newest();
    }

    /// The message that a command is about, and its text: an own one, or by default one of somebody else.
    fn find(&self, target: &Target, own: bool) -> Result<(Seq, String), String> {
        let found = self.client.read(|machine| {
            let me = machine.view().me();
            let is_wanted = |entry: &Entry| {
                let message = &entry.message;
                let is_own = me == Some(&message.username);
                !entry.retracted
                    && match target {
                        Target::Newest => is_own == own,
                        Target::Number(seq) => message.seq == *seq && (is_own || !own),
                        Target::Author(name) => message.username == *name && (is_own || !own),
                    }
            };
            let entries = machine.view().room(&self.room)?.timeline().entries();
            let entry = entries.iter().rev().find(|entry| is_wanted(entry))?;
            Some((entry.message.seq, entry.message.text.clone()))
        });
        found.ok_or_else(|| match (target, own) {
            (Target::Number(seq), true) => format!("#{seq} is not a message of yours that is loaded here"),
            (Target::Number(seq), false) => format!("#{seq} is not loaded here (Ctrl-G shows the numbers)"),
            (Target::Author(name), _) => format!("no message of {name} is loaded here"),
            (Target::Newest, true) => "no message of yours is loaded here".into(),
            (Target::Newest, false) => "no message of somebody else is loaded here".into(),
        })
    }

    pub(super) fn edit(&mut self, target: &Target) {
        match self.find(target, true) {
            Ok((seq, text)) => {
                *self.draft() = Draft { composer: Composer::with_text(&text), edits: Some(seq) };
            }
            Err(sentence) => self.notice = Some(sentence),
        }
    }
}
