//! The draft of a room: what was written and not sent. It is in the browser's storage, which all tabs share.

use shared::RoomName;

use super::{Composer, ComposerProps, Mode};
use crate::storage;

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
