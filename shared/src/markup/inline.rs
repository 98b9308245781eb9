//! Parses one line of a text: code, emphasis, links, mentions.

use super::tree::Inline;
use crate::{characters::fold_case, names::Username};

/// The maximum number of `@` per text that are compared with the names, which bounds the cost.
const MENTIONS: usize = 64;

/// Parses the lines of one text.
pub(super) struct Lines<'n> {
    names: &'n [Username],
    lookups: usize,
}

impl<'n> Lines<'n> {
    pub(super) fn new(names: &'n [Username]) -> Self {
        Self { names, lookups: 0 }
    }

    pub(super) fn read<'a>(&mut self, line: &'a str) -> Vec<Inline<'a>> {
        let mut reader = LineReader {
            line,
            at: 0,
            taken: 0,
            open: Vec::new(),
            done: Vec::new(),
            no_code: [false; 3],
            lines: self,
        };
        while let Some(byte) = line.as_bytes().get(reader.at) {
            match byte {
                b'`' => reader.code(),
                b'*' | b'_' => reader.mark(*byte),
                b'@' => reader.mention(),
                b'h' | b'H' | b'm' | b'M' => reader.link(),
                _ => reader.at += 1,
            }
        }
        reader.finish()
    }
}

/// Marks that enclose text. Each kind can be open only once, which bounds the depth of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Strong,
    Star,
    Underscore,
}

impl Mark {
    fn len(self) -> usize {
        if self == Self::Strong { 2 } else { 1 }
    }
}

/// A mark that is not closed yet, with the parts after it.
struct Open<'a> {
    mark: Mark,
    /// Its position.
    at: usize,
    inner: Vec<Inline<'a>>,
}

struct LineReader<'a, 'n, 'l> {
    line: &'a str,
    at: usize,
    /// The end of the text that was made into parts; parts have no gaps.
    taken: usize,
    open: Vec<Open<'a>>,
    done: Vec<Inline<'a>>,
    /// For one, two and three backticks: no code can be closed after this position.
    no_code: [bool; 3],
    lines: &'l mut Lines<'n>,
}

impl<'a> LineReader<'a, '_, '_> {
    fn before(&self) -> Option<char> {
        self.line[..self.at].chars().next_back()
    }

    fn parts(&mut self) -> &mut Vec<Inline<'a>> {
        self.open.last_mut().map_or(&mut self.done, |open| &mut open.inner)
    }

    /// Adds the text before `to` as a part.
    fn take_text(&mut self, to: usize) {
        if self.taken == to {
            return;
        }
        let mut from = self.taken;
        if let Some(Inline::Text(text)) = self.parts().last() {
            from -= text.len();
            self.parts().pop();
        }
        let text = &self.line[from..to];
        self.parts().push(Inline::Text(text));
        self.taken = to;
    }

    /// Adds the text before the position, and then `part`, which ends at `to`.
    fn take(&mut self, to: usize, part: Inline<'a>) {
        self.take_text(self.at);
        self.parts().push(part);
        (self.at, self.taken) = (to, to);
    }

    fn code(&mut self) {
        let ticks = run(self.line, self.at, b'`');
        let inside = self.at + ticks;
        let may_be = ticks <= 3 && !self.no_code[ticks - 1] && self.before() != Some('\\');
        let mut close = inside;
        while may_be && let Some(found) = self.line[close..].find('`') {
            close += found;
            let closing = run(self.line, close, b'`');
            if closing == ticks {
                let code = &self.line[inside..close];
                // One space on each side separates backticks inside the code from those outside.
                let padded = code.starts_with(' ') && code.ends_with(' ') && !code.trim().is_empty();
                let code = if padded { &code[1..code.len() - 1] } else { code };
                return self.take(close + closing, Inline::Code(code));
            }
            close += closing;
        }
        if may_be {
            self.no_code[ticks - 1] = true;
        }
        self.at = inside;
    }

    fn mark(&mut self, byte: u8) {
        let length = run(self.line, self.at, byte);
        let (before, after) = (self.before(), self.line[self.at + length..].chars().next());
        let closes = before.is_some_and(|c| !c.is_whitespace()) && !after.is_some_and(is_word);
        let opens = after.is_some_and(|c| !c.is_whitespace()) && !before.is_some_and(is_word);
        let marks: &[Mark] = match (byte, length) {
            _ if before == Some('\\') => &[],
            (b'_', 1) => &[Mark::Underscore],
            (b'*', 1) => &[Mark::Star],
            (b'*', 2) => &[Mark::Strong],
            (b'*', 3) if closes && self.is_open(Mark::Star) => &[Mark::Star, Mark::Strong],
            (b'*', 3) => &[Mark::Strong, Mark::Star],
            _ => &[],
        };
        let end = self.at + length;
        for mark in marks {
            if closes && self.is_open(*mark) {
                self.close(*mark);
            } else if opens && !self.is_open(*mark) {
                self.take_text(self.at);
                self.open.push(Open { mark: *mark, at: self.at, inner: Vec::new() });
                self.taken += mark.len();
            }
            self.at += mark.len();
        }
        self.at = end;
    }

    fn is_open(&self, mark: Mark) -> bool {
        self.open.iter().any(|open| open.mark == mark)
    }

    fn close(&mut self, mark: Mark) {
        self.take_text(self.at);
        while let Some(open) = self.open.pop() {
            if open.mark != mark {
                self.unwrap_unclosed(open);
                continue;
            }
            let part =
                if mark == Mark::Strong { Inline::Strong(open.inner) } else { Inline::Emphasis(open.inner) };
            self.parts().push(part);
            self.taken = self.at + mark.len();
            return;
        }
    }

    /// Turns an unclosed mark into text.
    fn unwrap_unclosed(&mut self, open: Open<'a>) {
        let end = self.taken;
        let mut inner = open.inner.into_iter().peekable();
        let mut text_end = open.at + open.mark.len();
        if let Some(Inline::Text(text)) = inner.next_if(|part| matches!(part, Inline::Text(_))) {
            text_end += text.len();
        }
        self.taken = open.at;
        self.take_text(text_end);
        self.parts().extend(inner);
        self.taken = end;
    }

    fn mention(&mut self) {
        let rest = &self.line[self.at + 1..];
        let may_be = !self.before().is_some_and(|c| is_word(c) || c == '\\') && self.lines.lookups < MENTIONS;
        if may_be {
            self.lines.lookups += 1;
            let match_name = self.lines.names.iter().filter_map(|name| Some((match_name(rest, name)?, name)));
            if let Some((length, name)) = match_name.max_by_key(|(length, _)| *length) {
                let end = self.at + 1 + length;
                let mention = Inline::Mention { text: &self.line[self.at..end], username: name.clone() };
                return self.take(end, mention);
            }
        }
        self.at += 1;
    }

    fn link(&mut self) {
        let length = if self.before().is_some_and(is_word) { None } else { link(&self.line[self.at..]) };
        match length {
            Some(length) => {
                let end = self.at + length;
                self.take(end, Inline::Link(&self.line[self.at..end]));
            }
            None => self.at += 1,
        }
    }

    fn finish(mut self) -> Vec<Inline<'a>> {
        self.take_text(self.line.len());
        while let Some(open) = self.open.pop() {
            self.unwrap_unclosed(open);
        }
        self.done
    }
}

/// The number of repetitions of a byte at a position.
fn run(line: &str, at: usize, byte: u8) -> usize {
    line.as_bytes()[at..].iter().take_while(|b| **b == byte).count()
}

/// Whether a character belongs to a word that is separated by spaces. Thai, Chinese, Japanese and other scripts above
/// U+0E00 are written without spaces, so there a mark may be anywhere.
fn is_word(c: char) -> bool {
    c == '_' || (c < '\u{E00}' && c.is_alphanumeric())
}

/// The length of a name at the start of a text, in upper or lower case, not followed by more of a word.
fn match_name(text: &str, name: &Username) -> Option<usize> {
    let mut rest = text.chars();
    let fits = name.as_str().chars().all(|c| rest.next().is_some_and(|d| fold_case(c) == fold_case(d)));
    let rest = rest.as_str();
    (fits && !rest.starts_with(|c| is_word(c) || c == '-')).then(|| text.len() - rest.len())
}

/// The length of a link at the start of a text.
fn link(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://", "mailto:"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = &text[scheme.len()..];
    if scheme == "mailto:" {
        let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
        let local = rest.bytes().take_while(is_local).count();
        let host = rest[local..].strip_prefix('@')?;
        if local == 0 || !host.starts_with(char::is_alphanumeric) {
            return None;
        }
    } else if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
        return None;
    }
    let mut brackets = Brackets::default();
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        if ends_link(c) {
            end = at;
            break;
        }
        brackets.add(c, 1);
    }
    while let Some(last) = text[scheme.len()..end].chars().next_back() {
        let outside = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '|' | '…');
        if !outside && !brackets.is_extra(last) {
            break;
        }
        brackets.add(last, -1);
        end -= last.len_utf8();
    }
    Some(end)
}

/// Whether a character ends a link: white space, quotes, Chinese and Japanese punctuation, and characters that could
/// disguise the link.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '\\'
            | '«' | '»' | '\u{200B}'..='\u{200F}' | '\u{2014}' | '\u{2018}'..='\u{201F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{30FB}' | '\u{FE10}'..='\u{FE6F}'
            | '\u{FEFF}' | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}')
}

/// Counts closing brackets minus opening ones.
#[derive(Default)]
struct Brackets {
    round: i32,
    square: i32,
    curly: i32,
}

impl Brackets {
    fn add(&mut self, c: char, by: i32) {
        match c {
            ')' => self.round += by,
            '(' => self.round -= by,
            ']' => self.square += by,
            '[' => self.square -= by,
            '}' => self.curly += by,
            '{' => self.curly -= by,
            _ => {}
        }
    }

    fn is_extra(&self, c: char) -> bool {
        match c {
            ')' => self.round > 0,
            ']' => self.square > 0,
            '}' => self.curly > 0,
            _ => false,
        }
    }
}
