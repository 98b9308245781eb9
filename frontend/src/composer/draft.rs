//! The draft of a room: what was written and not sent. It is in the browser's storage, which all tabs share.

use shared::RoomName;

use super::{Composer, ComposerProps, Mode};
use crate::{message::Subject, storage};

impl Composer {
    /// Shows the room's draft, or the message that is edited.
    pub(super) fn load_text(&mut self, props: &ComposerProps) {
        let text = if let Mode::Edit(entry) = &props.mode {
            entry.message.text.clone()
        } else {
            self.draft = storage::draft(&props.room);
            self.draft.clone()
        };
        self.set_text(&text);
    }

    /// Whether what is replied to or edited is a message of another epoch.
    pub(super) fn is_lost(&self, props: &ComposerProps, mode: &Mode) -> bool {
        let is_current =
            |subject: &Subject| self.app.driver.read(|client| subject.is_current(client, &props.room));
        mode.subject().is_some_and(|subject| !is_current(subject))
    }

    /// The message of a reply or an edit is lost. What was written stays as a draft, behind the one that the edit has covered.
    pub(super) fn keep_edited(&mut self, props: &ComposerProps, mode: &Mode) {
        let Mode::Edit(subject) = mode else { return };
        let written = self.text();
        self.load_text(props);
        if written != subject.message.text {
            let gap = if self.draft.is_empty() { "" } else { "\n" };
            self.set_text(&[&self.draft, gap, &written].concat());
            self.save(&props.room, &props.mode);
        }
    }

    /// Stores the draft, if it has changed here.
    pub(super) fn save(&mut self, room: &RoomName, mode: &Mode) {
        let text = self.text();
        if !matches!(mode, Mode::Edit(_)) && text != self.draft {
            storage::set_draft(room, &text);
            self.draft = text;
        }
    }

    /// Another tab has stored a value under this key: shows its draft, unless something was typed here that is not stored
    /// yet. Returns whether the text has changed.
    pub(super) fn follow_draft(&mut self, props: &ComposerProps, key: &str) -> bool {
        let follows = storage::is_draft_key(key, &props.room)
            && !matches!(props.mode, Mode::Edit(_))
            && self.text() == self.draft;
        if follows {
            self.load_text(props);
        }
        follows
    }
}
