//! Where a message is written: lines of text and a cursor between graphemes.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;

use shared::Seq;

use super::wrap::steady;

/// See the module's page.
#[derive(Debug, Clone, Default)]
pub(super) struct Composer {
    text: String,
    /// In bytes, at the edge of a grapheme.
    cursor: usize,
    /// The own message that gets this text.
    pub(super) edits: Option<Seq>,
}

impl Composer {
    /// Begins to change a message.
    pub(super) fn edit(&mut self, seq: Seq, text: &str) {
        *self = Self { text: text.to_owned(), cursor: text.len(), edits: Some(seq) };
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // A combining character may have joined what follows it.
        if !GraphemeCursor::new(self.cursor, self.text.len(), true).is_boundary(&self.text, 0).unwrap_or(true)
        {
            self.cursor = self.after();
        }
    }

    /// Deletes from the cursor to somewhere else.
    fn delete_to(&mut self, other: usize) {
        let (from, to) = (self.cursor.min(other), self.cursor.max(other));
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    pub(super) fn backspace(&mut self) {
        self.delete_to(self.before());
    }

    pub(super) fn delete(&mut self) {
        self.delete_to(self.after());
    }

    pub(super) fn delete_word(&mut self) {
        let before = &self.text[..self.cursor];
        let end = before.trim_end().len();
        let word = before[..end].split_word_bound_indices().next_back().map_or(0, |(at, _)| at);
        self.delete_to(word);
    }

    pub(super) fn delete_to_line_start(&mut self) {
        self.delete_to(self.line_start());
    }

    pub(super) fn left(&mut self) {
        self.cursor = self.before();
    }

    pub(super) fn right(&mut self) {
        self.cursor = self.after();
    }

    pub(super) fn home(&mut self) {
        self.cursor = self.line_start();
    }

    pub(super) fn end(&mut self) {
        self.cursor = self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at);
    }

    /// One line up, as near to the column as can be.
    pub(super) fn up(&mut self) {
        let start = self.line_start();
        if start > 0 {
            let column = self.text[start..self.cursor].width();
            self.cursor = start - 1;
            self.cursor = self.line_start();
            self.go_to_column(column);
        }
    }

    /// One line down.
    pub(super) fn down(&mut self) {
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

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    /// The text in rows of a width, and the row and column of the cursor.
    pub(super) fn rows(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        let width = width.max(2);
        let mut rows = vec![String::new()];
        let (mut column, mut cursor) = (0, (0, 0));
        for (at, grapheme) in self.text.grapheme_indices(true) {
            let shown = steady(grapheme);
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
}
