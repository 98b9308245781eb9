//! A line that is edited at the bottom of the terminal while output is printed above it.

use std::io::{self, Write};

use crossterm::{
    event::{
        DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
    },
    execute,
    terminal::{disable_raw_mode, enable_raw_mode, size},
};

use super::{composer::Composer, history::History};

const PROMPT: &str = "> ";

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line was entered.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D in an empty line.
    End,
}

#[derive(Debug, Default)]
pub(crate) struct LineEditor {
    composer: Composer,
    history: History,
    /// The terminal is in raw mode, and the line is on the screen.
    is_active: bool,
}

impl LineEditor {
    /// Takes the terminal and shows the line.
    pub(crate) fn activate(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.is_active = true;
        execute!(io::stdout(), EnableBracketedPaste)?;
        self.draw()
    }

    /// Removes the line and gives the terminal back.
    pub(crate) fn deactivate(&mut self) {
        if std::mem::take(&mut self.is_active) {
            let mut out = io::stdout();
            // A terminal that is gone needs no restoring.
            let _ = write!(out, "\r\x1b[K");
            let _ = execute!(out, DisableBracketedPaste);
            let _ = disable_raw_mode();
        }
    }

    /// Prints whole lines above the line that is edited.
    pub(crate) fn print(&mut self, out: &mut impl Write, text: &str) -> io::Result<()> {
        if !self.is_active {
            out.write_all(text.as_bytes())?;
            return out.flush();
        }
        write!(io::stdout(), "\r\x1b[K")?;
        io::stdout().flush()?;
        // In raw mode a new line does not begin at the left edge by itself.
        out.write_all(text.replace('\n', "\r\n").as_bytes())?;
        out.flush()?;
        self.draw()
    }

    pub(crate) fn handle(&mut self, event: Event) -> io::Result<Option<Input>> {
        let input = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Paste(text) => {
                self.composer.insert(&text.replace(['\r', '\n'], " "));
                None
            }
            _ => None,
        };
        self.draw()?;
        Ok(input)
    }

    fn key(&mut self, key: KeyEvent) -> Option<Input> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let recalled = match key.code {
            KeyCode::Up => self.history.older(self.composer.text()),
            KeyCode::Down => self.history.newer(),
            _ => None,
        };
        if let Some(text) = recalled {
            self.composer = Composer::with_text(&text);
            return None;
        }
        match key.code {
            KeyCode::Char('c') if control => return Some(Input::Interrupt),
            KeyCode::Char('d') if control && self.composer.is_empty() => return Some(Input::End),
            KeyCode::Enter => {
                let line = std::mem::take(&mut self.composer).text().to_owned();
                self.history.add(&line);
                return Some(Input::Line(line));
            }
            _ => {}
        }
        if self.composer.edit_key(key) {
            self.history.edited();
        }
        None
    }

    fn draw(&self) -> io::Result<()> {
        let width = size().map_or(80, |(columns, _)| usize::from(columns)).saturating_sub(PROMPT.len());
        let (shown, column) = self.composer.window(width);
        let mut out = io::stdout().lock();
        write!(out, "\r\x1b[K{PROMPT}{shown}\r\x1b[{}C", PROMPT.len() + column)?;
        out.flush()
    }
}

impl Drop for LineEditor {
    fn drop(&mut self) {
        self.deactivate();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut LineEditor, code: KeyCode) -> Option<Input> {
        editor.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn a_line_is_edited_entered_and_called_back() {
        let mut editor = LineEditor::default();
        for c in "helo".chars() {
            press(&mut editor, KeyCode::Char(c));
        }
        press(&mut editor, KeyCode::Left);
        press(&mut editor, KeyCode::Char('l'));
        assert_eq!(press(&mut editor, KeyCode::Enter), Some(Input::Line("hello".into())));
        assert_eq!(editor.key(KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL)), Some(Input::End));
        press(&mut editor, KeyCode::Up);
        assert_eq!(press(&mut editor, KeyCode::Enter), Some(Input::Line("hello".into())));
        assert_eq!(
            editor.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            Some(Input::Interrupt)
        );
    }
}
