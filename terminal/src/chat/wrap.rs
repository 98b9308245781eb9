//! Text broken into rows. Widths are counted in cells: a Chinese character or an emoji takes two.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::display::stable_width;

/// A text in one style.
pub(super) type Piece = (String, Style);

#[derive(Debug, Clone)]
struct Cell {
    grapheme: String,
    width: usize,
    style: Style,
}

/// Breaks pieces into rows: at spaces, between wide characters, and inside words only if they are wider than a row. All rows
/// but the first are indented.
pub(super) fn rows(pieces: &[Piece], width: usize, indent: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut at = 0;
    // Where the row can be broken.
    let mut cut = None;
    for (text, style) in pieces {
        for grapheme in text.graphemes(true) {
            if grapheme == "\n" || grapheme == "\r\n" {
                rows.push(line(&row, rows.len(), indent));
                (row, at, cut) = (Vec::new(), 0, None);
                continue;
            }
            let cell = cell(grapheme, *style);
            let fits = width.saturating_sub(if rows.is_empty() { 0 } else { indent }).max(2);
            if at + cell.width > fits && !row.is_empty() {
                if cell.grapheme == " " {
                    rows.push(line(&row, rows.len(), indent));
                    (row, at, cut) = (Vec::new(), 0, None);
                    continue;
                }
                let rest = if cell.width > 1 {
                    Vec::new()
                } else {
                    cut.map_or(Vec::new(), |cut| row.split_off(cut))
                };
                // The space at which a row ends is not shown.
                while row.len() > 1 && row.last().is_some_and(|cell| cell.grapheme == " ") {
                    row.pop();
                }
                rows.push(line(&row, rows.len(), indent));
                at = rest.iter().map(|cell| cell.width).sum();
                (row, cut) = (rest, None);
            }
            let breaks = cell.grapheme == " " || cell.width > 1;
            at += cell.width;
            row.push(cell);
            if breaks {
                cut = Some(row.len());
            }
        }
    }
    rows.push(line(&row, rows.len(), indent));
    rows
}

fn cell(grapheme: &str, style: Style) -> Cell {
    let grapheme = stable_width(grapheme);
    let width = grapheme.width();
    Cell { grapheme, width, style }
}

fn line(row: &[Cell], above: usize, indent: usize) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    if above > 0 && indent > 0 {
        spans.push(Span::raw(" ".repeat(indent)));
    }
    for cell in row {
        match spans.last_mut() {
            Some(span) if span.style == cell.style => span.content.to_mut().push_str(&cell.grapheme),
            _ => spans.push(Span::styled(cell.grapheme.clone(), cell.style)),
        }
    }
    Line::from(spans)
}

/// The beginning of a text that fits into a width, with an ellipsis if something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = stable_width(text);
    if text.width() <= width {
        return text;
    }
    let mut short = String::new();
    for grapheme in text.graphemes(true) {
        if short.width() + grapheme.width() + 1 > width {
            break;
        }
        short.push_str(grapheme);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
        rows(&[(text.to_owned(), Style::new())], width, indent).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_are_cut_at_spaces_and_between_wide_characters() {
        assert_eq!(wrapped("one two three", 8, 0), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 8, 2), ["one two", "  three"]);
        assert_eq!(wrapped("abcdefghij", 4, 0), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("你好世界", 5, 0), ["你好", "世界"]);
        assert_eq!(wrapped("a\n\nb", 5, 0), ["a", "", "b"]);
        assert_eq!(wrapped("🎉🎉🎉", 4, 0), ["🎉🎉", "🎉"]);
        assert_eq!(wrapped("", 5, 0), [""]);
    }

    #[test]
    fn no_row_is_wider_than_it_may_be_and_nothing_is_lost() {
        let text = "Hello 你好，世界 and a_very_long_word_indeed 🎉🎉 end";
        for width in 4..40 {
            let rows = wrapped(text, width, 0);
            assert!(rows.iter().all(|row| row.width() <= width), "{width}: {rows:?}");
            let squeeze = |text: &str| text.replace(' ', "");
            assert_eq!(squeeze(&rows.concat()), squeeze(text));
        }
    }

    #[test]
    fn a_text_is_cut_by_its_width() {
        assert_eq!(cut("你好世界", 5), "你好…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "");
    }
}
