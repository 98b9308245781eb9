//! Text being written: lines, and a cursor between graphemes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;

use crate::display::stable_width;

#[derive(Debug, Clone, Default)]
pub(crate) struct Composer {
    text: String,
    /// In bytes, at a grapheme boundary.
    cursor: usize,
}

impl Composer {
    /// A text with the cursor at its end.
    pub(crate) fn with_text(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    /// Handles a key that edits within a line. Returns whether it was one.
    pub(crate) fn edit_key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('w') if control => self.delete_word(),
            KeyCode::Char('u') if control => self.delete_to_line_start(),
            KeyCode::Char('k') if control => self.delete_to_line_end(),
            KeyCode::Char('a') if control => self.home(),
            KeyCode::Char('e') if control => self.end(),
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Home => self.home(),
            KeyCode::End => self.end(),
            KeyCode::Backspace => self.backspace(),
            KeyCode::Delete => self.delete(),
            KeyCode::Char(c) if !control && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }

    /// What is before the cursor.
    pub(crate) fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Replaces what is between a position, in bytes, and the cursor.
    pub(crate) fn replace_before_cursor(&mut self, from: usize, text: &str) {
        self.text.replace_range(from..self.cursor, text);
        self.cursor = from + text.len();
    }

    /// Whether the cursor is in the first line.
    pub(crate) fn is_in_first_line(&self) -> bool {
        self.line_start() == 0
    }

    /// Whether the cursor is in the last line.
    pub(crate) fn is_in_last_line(&self) -> bool {
        !self.text[self.cursor..].contains('\n')
    }

    /// The part of a one-line text that fits into a width and has the cursor in it, and the cursor's column there.
    pub(crate) fn window(&self, width: usize) -> (String, usize) {
        let width = width.max(4);
        let mut cells: Vec<String> = self.text.graphemes(true).map(stable_width).collect();
        let mut at = self.text[..self.cursor].graphemes(true).count();
        let total = |cells: &[String]| cells.iter().map(|cell| cell.width()).sum::<usize>();
        while at > 0 && total(&cells[..at]) >= width {
            cells.remove(0);
            at -= 1;
        }
        let column = total(&cells[..at]);
        while total(&cells) > width {
            cells.pop();
        }
        (cells.concat(), column)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // A combining character may have joined the grapheme before it.
        if !GraphemeCursor::new(self.cursor, self.text.len(), true).is_boundary(&self.text, 0).unwrap_or(true)
        {
            self.cursor = self.after();
        }
    }

    /// Deletes between the cursor and another position.
    fn delete_to(&mut self, other: usize) {
        let (from, to) = (self.cursor.min(other), self.cursor.max(other));
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn backspace(&mut self) {
        self.delete_to(self.before());
    }

    fn delete(&mut self) {
        self.delete_to(self.after());
    }

    fn delete_word(&mut self) {
        let before = &self.text[..self.cursor];
        let end = before.trim_end().len();
        let word = before[..end].split_word_bound_indices().next_back().map_or(0, |(at, _)| at);
        self.delete_to(word);
    }

    fn delete_to_line_start(&mut self) {
        self.delete_to(self.line_start());
    }

    fn delete_to_line_end(&mut self) {
        self.delete_to(self.line_end());
    }

    fn left(&mut self) {
        self.cursor = self.before();
    }

    fn right(&mut self) {
        self.cursor = self.after();
    }

    fn home(&mut self) {
        self.cursor = self.line_start();
    }

    fn end(&mut self) {
        self.cursor = self.line_end();
    }

    /// Moves one line up, to the same column if there is one.
    pub(crate) fn up(&mut self) {
        let start = self.line_start();
        if start > 0 {
            let column = self.text[start..self.cursor].width();
            self.cursor = start - 1;
            self.cursor = self.line_start();
            self.go_to_column(column);
        }
    }

    /// Moves one line down.
    pub(crate) fn down(&mut self) {
        let column = self.text[self.line_start()..self.cursor].width();
        if let Some(at) = self.text[self.cursor..].find('\n') {
            self.cursor += at + 1;
            self.go_to_column(column);
        }
    }

    fn go_to_column(&mut self, column: usize) {
        let start = self.cursor;
        while self.cursor < self.text.len()
            && !self.text[self.cursor..].starts_with('\n')
            && self.text[start..self.cursor].width() < column
        {
            self.cursor = self.after();
        }
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    /// The text in rows of a width, and the cursor's row and column.
    pub(crate) fn rows(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        let width = width.max(2);
        let mut rows = vec![String::new()];
        let (mut column, mut cursor) = (0, (0, 0));
        for (at, grapheme) in self.text.grapheme_indices(true) {
            let shown = stable_width(grapheme);
            let is_break = grapheme.starts_with(['\n', '\r']);
            if !is_break && column + shown.width() > width {
                rows.push(String::new());
                column = 0;
            }
            if at == self.cursor {
                cursor = (rows.len() - 1, column);
            }
            if is_break {
                rows.push(String::new());
                column = 0;
            } else {
                column += shown.width();
                rows.last_mut().expect("there is one").push_str(&shown);
            }
        }
        if self.cursor == self.text.len() {
            if column >= width {
                rows.push(String::new());
                column = 0;
            }
            cursor = (rows.len() - 1, column);
        }
        (rows, cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_moves_over_what_is_seen_as_one_character() {
        let mut composer = Composer::default();
        composer.insert("你👩‍🚀e\u{301}");
        assert_eq!(composer.rows(20).1, (0, 7));
        composer.left();
        assert_eq!(composer.rows(20).1, (0, 6));
        composer.left();
        composer.backspace();
        assert_eq!(composer.text(), "👩‍🚀e\u{301}");
        composer.delete();
        assert_eq!(composer.text(), "e\u{301}");
    }

    #[test]
    fn lines_and_words_can_be_walked_and_deleted() {
        let mut composer = Composer::default();
        composer.insert("one two\nthree");
        composer.up();
        assert_eq!(composer.rows(20).1, (0, 5));
        composer.down();
        composer.delete_word();
        assert_eq!(composer.text(), "one two\n");
        composer.up();
        composer.end();
        composer.delete_to_line_start();
        assert_eq!(composer.text(), "\n");
        composer.insert("abcdef");
        assert_eq!(composer.rows(3), (vec!["abc".into(), "def".into(), String::new()], (1, 3)));
    }
    #[test]
    fn a_long_line_is_shown_where_the_cursor_is() {
        let mut composer = Composer::with_text("abcdefgh");
        assert_eq!(composer.window(20), ("abcdefgh".into(), 8));
        assert_eq!(composer.window(5), ("efgh".into(), 4));
        composer.home();
        assert_eq!(composer.window(5), ("abcde".into(), 0));
        assert_eq!(Composer::with_text("你好世界").window(5), ("世界".into(), 4));
    }
}
