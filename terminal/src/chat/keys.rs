//! What keys do in `chat`.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    app::{App, Next},
    command::Target,
    completion::Completion,
};
use crate::editor::Composer;

impl App {
    pub(super) fn handle(&mut self, event: Event) -> Next {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.key(key),
            Event::Paste(text) => {
                self.composer().insert(&text.replace("\r\n", "\n").replace('\r', "\n"));
                self.wrote();
            }
            Event::FocusGained => self.has_focus = true,
            Event::FocusLost => self.has_focus = false,
            _ => {}
        }
        Next::Continue
    }

    fn key(&mut self, key: KeyEvent) -> Next {
        self.notice = None;
        if key.code != KeyCode::Tab {
            self.completion = None;
        }
        if self.panel.is_some() && self.panel_key(key) {
            return Next::Continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let page = isize::try_from(self.viewport.height.max(2) - 1).unwrap_or(1);
        let edits = self.draft().edits.is_some();
        match key.code {
            KeyCode::Char('c' | 'q') if control => return Next::Quit,
            KeyCode::Char('n') if control => self.step_room(1, false),
            KeyCode::Char('p') if control => self.step_room(-1, false),
            KeyCode::Char('g') if control => self.viewport.shows_numbers = !self.viewport.shows_numbers,
            KeyCode::Char('t') if control => self.settle_failed(true),
            KeyCode::Char('x') if control => self.settle_failed(false),
            KeyCode::Char('r') if control => self.retry_connection(),
            KeyCode::Char('j') if control => self.insert_line_break(),
            KeyCode::Char('e') if alt => self.edit(&Target::Newest),
            KeyCode::Tab if self.composer().is_empty() => self.step_room(1, true),
            KeyCode::Tab => self.complete(),
            KeyCode::BackTab => self.step_room(-1, true),
            KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => self.insert_line_break(),
            KeyCode::Enter => return self.enter(),
            KeyCode::Esc => self.escape(),
            KeyCode::PageUp => self.scroll_by(page),
            KeyCode::PageDown => self.scroll_by(-page),
            KeyCode::Up if alt => self.scroll_by(1),
            KeyCode::Down if alt => self.scroll_by(-1),
            KeyCode::Up if edits || !self.composer().is_in_first_line() => self.composer().up(),
            KeyCode::Down if edits || !self.composer().is_in_last_line() => self.composer().down(),
            KeyCode::Up => {
                let shown = self.composer().text().to_owned();
                let older = self.history.older(&shown);
                self.recall(older);
            }
            KeyCode::Down => {
                let newer = self.history.newer();
                self.recall(newer);
            }
            _ => {
                if self.composer().edit_key(key) {
                    self.wrote();
                }
            }
        }
        Next::Continue
    }

    /// Handles a key of the open panel. Other keys close it. Returns whether it was one.
    fn panel_key(&mut self, key: KeyEvent) -> bool {
        let Some(panel) = &mut self.panel else { return false };
        let page = isize::try_from(self.viewport.height.max(3) - 2).unwrap_or(1);
        match key.code {
            KeyCode::Up => panel.step(-1),
            KeyCode::Down => panel.step(1),
            KeyCode::PageUp => panel.step(-page),
            KeyCode::PageDown => panel.step(page),
            KeyCode::Enter if panel.selected().is_some() => {
                let found = panel.selected().map(|message| (message.room.clone(), message.seq));
                self.panel = None;
                if let Some((room, seq)) = found {
                    self.go(room);
                    self.client.dispatch(|machine, _| machine.jump(&self.room, seq));
                    self.show_at(Some((seq, 0)));
                }
            }
            KeyCode::Esc => self.panel = None,
            _ => {
                self.panel = None;
                return false;
            }
        }
        true
    }

    fn insert_line_break(&mut self) {
        self.composer().insert("\n");
        self.wrote();
    }

    /// The draft was changed by the user.
    fn wrote(&mut self) {
        self.history.edited();
        if !self.composer().text().starts_with('/') {
            self.client.dispatch(|machine, now| machine.typing(&self.room, now));
        }
    }

    fn recall(&mut self, text: Option<String>) {
        if let Some(text) = text {
            *self.composer() = Composer::with_text(&text);
        }
    }

    fn complete(&mut self) {
        if self.completion.is_none() {
            let me = self.client.username();
            let names: Vec<_> = self.names().into_iter().filter(|name| Some(name) != me.as_ref()).collect();
            let rooms: Vec<_> =
                self.client.read(|machine| self.rooms(machine)).into_iter().map(|room| room.name).collect();
            let before = self.composer().before_cursor().to_owned();
            self.completion = Completion::new(&before, &names, &rooms);
        }
        match &mut self.completion {
            Some(completion) => {
                let (from, text) = (completion.from, completion.advance().to_owned());
                self.composer().replace_before_cursor(from, &text);
            }
            None => self.notice = Some("nothing here begins so".into()),
        }
    }
}
