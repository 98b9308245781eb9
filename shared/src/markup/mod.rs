//! Parses a message's text into a small tree for display. The syntax is what people type anyway.
//!
//! | typed | shown as |
//! |---|---|
//! | `/me waves` | an action of the author's |
//! | `> said before` | a quote, as long as lines begin so |
//! | three backticks, alone or with a language, to three backticks at a line's end | a block of code |
//! | `` `code` `` | code; two or three backticks enclose code that has backticks itself |
//! | `**x**` · `*x*` or `_x_` | strong · emphasis; not inside words, not across lines |
//! | `https://…`, `http://…`, `mailto:…` | a link |
//! | `@name` of a known name | a mention |
//!
//! Blank lines at both ends are not displayed. All other text is plain, also a mark after a backslash (the backslash stays:
//! `¯\_(ツ)_/¯`). Parsing takes linear time for any text, and the tree is at most five levels
//! deep.

mod inline;
#[cfg(test)]
mod tests;
mod tree;

pub use tree::{Block, Inline, Markup};

use crate::names::Username;

/// Parses a text. `names` are the users that can be mentioned; if several match, the longest name wins.
pub fn parse<'a>(text: &'a str, names: &[Username]) -> Markup<'a> {
    let action = text.strip_prefix("/me ").filter(|rest| !rest.trim().is_empty());
    let mut reader = Reader { lines: inline::Lines::new(names), blocks: Vec::new(), unclosed: false };
    reader.read(without_blank_ends(action.unwrap_or(text)));
    Markup { action: action.is_some(), blocks: reader.blocks }
}

/// A text without blank lines at its start and end, as it is displayed. The first line keeps its indentation.
pub fn without_blank_ends(text: &str) -> &str {
    let (before, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
    let from = text[..before].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    // In a blank text, `from` is after `to`.
    text.get(from..to).unwrap_or_default()
}

const FENCE: &str = "```";

struct Reader<'a, 'n> {
    lines: inline::Lines<'n>,
    blocks: Vec<Block<'a>>,
    /// An unclosed fence was found, so later fences cannot be closed either.
    unclosed: bool,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, text: &'a str) {
        let mut rest = Some(text);
        while let Some(text) = rest {
            if let Some((block, after)) = self.code(text) {
                self.blocks.push(block);
                rest = after;
                continue;
            }
            let (line, after) = split_line(text);
            rest = after;
            if let Some(quoted) = quoted(line) {
                let inlines = self.lines.read(quoted);
                match self.blocks.last_mut() {
                    Some(Block::Quote(quote)) => add_line(quote, inlines),
                    _ => self.blocks.push(Block::Quote(inlines)),
                }
            } else {
                let inlines = self.lines.read(line);
                match self.blocks.last_mut() {
                    Some(Block::Paragraph(paragraph)) => add_line(paragraph, inlines),
                    _ => self.blocks.push(Block::Paragraph(inlines)),
                }
            }
        }
    }

    /// A block of code at the beginning of a text, and what follows it.
    fn code(&mut self, text: &'a str) -> Option<(Block<'a>, Option<&'a str>)> {
        let (line, body) = split_line(text.strip_prefix(FENCE)?);
        let language = line.trim();
        let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'#' | b'.' | b'_');
        if self.unclosed || language.len() > 32 || !language.bytes().all(is_word) {
            return None;
        }
        let body = body?;
        let mut at = 0;
        let mut rest = Some(body);
        while let Some(text) = rest {
            let (line, after) = split_line(text);
            if let Some(last) = line.trim_end().strip_suffix(FENCE) {
                let end = if last.is_empty() { at.max(1) - 1 } else { at + last.len() };
                let language = (!language.is_empty()).then_some(language);
                return Some((Block::Code { language, text: &body[..end] }, after));
            }
            at += line.len() + 1;
            rest = after;
        }
        self.unclosed = true;
        None
    }
}

fn add_line<'a>(lines: &mut Vec<Inline<'a>>, line: Vec<Inline<'a>>) {
    lines.push(Inline::Break);
    lines.extend(line);
}

/// The first line, and what follows it.
fn split_line(text: &str) -> (&str, Option<&str>) {
    match text.split_once('\n') {
        Some((line, after)) => (line, Some(after)),
        None => (text, None),
    }
}

fn quoted(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or_else(|| line.strip_prefix('>').filter(|rest| rest.is_empty()))
}
