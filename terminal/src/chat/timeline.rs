//! The timeline as rows: what an entry looks like, and which rows are visible.

use std::{collections::VecDeque, sync::Arc};

use client::{
    AboutKind, Entry, Message, Outgoing, Progress, RoomName, RoomView, Seq, StateMachine, Username,
};
use ratatui::{
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use shared::{
    markup::{self, Block, Inline},
    view::GapCause,
};
use unicode_width::UnicodeWidthStr;

use super::wrap::{Piece, cut, rows};
use crate::{
    display::{authorship_mark, hue, one_line},
    time::local,
};

/// The indentation of all rows of an entry but the first.
const INDENT: usize = 6;

/// The entry at the bottom, and how many of its rows are below the edge. `None`: the newest.
pub(super) type ScrollPosition = Option<(Seq, usize)>;

/// Where the timeline is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Viewport {
    /// In cells.
    pub(super) width: usize,
    /// In rows.
    pub(super) height: usize,
    /// Each entry begins with its number instead of its time.
    pub(super) shows_numbers: bool,
}

pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// A name in its colour, with a mark.
pub(super) fn name(username: &Username, mark: &str) -> Span<'static> {
    let style = Style::new().fg(Color::Indexed(hue(username))).add_modifier(Modifier::BOLD);
    Span::styled(format!("{username}{mark}"), style)
}

/// The visible rows of a room, oldest first.
pub(super) fn visible_rows(
    machine: &StateMachine,
    room: &RoomName,
    scroll: ScrollPosition,
    viewport: Viewport,
) -> VecDeque<Line<'static>> {
    let Viewport { width, height, .. } = viewport;
    let mut visible = VecDeque::new();
    let Some(view) = machine.view().room(room) else { return visible };
    let me = machine.view().me();
    let entries = view.timeline().entries();
    let mut hidden = 0;
    let mut next = entries.len();
    if let Some((seq, below)) = scroll {
        next = view.timeline().position(seq).map_or_else(|at| at, |at| at + 1);
        hidden = below;
    } else if !view.timeline().has_newer() {
        for outgoing in machine.pending(room) {
            visible.extend(pending(outgoing, view, width));
        }
        while visible.len() > height {
            visible.pop_front();
        }
    }
    while next > 0 && visible.len() < height {
        next -= 1;
        let above = next.checked_sub(1).and_then(|at| entries.get(at));
        let mut block = entry(&entries[next], above, view, me, viewport);
        block.truncate(block.len().saturating_sub(std::mem::take(&mut hidden)));
        for line in block.into_iter().rev() {
            if visible.len() < height {
                visible.push_front(line);
            }
        }
    }
    let has_place = entries.is_empty() && visible.len() < height;
    if let Some(gap) = gap_above(0, view, width).filter(|_| has_place) {
        visible.push_front(gap);
    }
    visible
}

/// The scroll position after going up, or down, by some rows.
pub(super) fn scrolled(
    machine: &StateMachine,
    room: &RoomName,
    scroll: ScrollPosition,
    by: isize,
    viewport: Viewport,
) -> ScrollPosition {
    let view = machine.view().room(room)?;
    let (entries, me) = (view.timeline().entries(), machine.view().me());
    let height = |at: usize| {
        let above = at.checked_sub(1).and_then(|above| entries.get(above));
        entry(&entries[at], above, view, me, viewport).len()
    };
    let last = entries.len().checked_sub(1)?;
    let (mut at, mut hidden) = match scroll {
        None => (last, 0),
        Some((seq, hidden)) => (view.timeline().position(seq).unwrap_or_else(|at| at).min(last), hidden),
    };
    for _ in 0..by.unsigned_abs() {
        if by > 0 && hidden + 1 < height(at) {
            hidden += 1;
        } else if by > 0 && at > 0 {
            (at, hidden) = (at - 1, 0);
        } else if by < 0 && hidden > 0 {
            hidden -= 1;
        } else if by < 0 && at < last {
            at += 1;
            hidden = height(at) - 1;
        }
    }
    // The oldest entry stays at the top.
    let mut above = height(at) - hidden.min(height(at));
    for at in (0..at).rev() {
        if above >= viewport.height {
            break;
        }
        above += height(at);
    }
    while above < viewport.height && (hidden > 0 || at < last) {
        if hidden > 0 {
            hidden -= 1;
        } else {
            at += 1;
            hidden = height(at) - 1;
        }
        above += 1;
    }
    let at_end = at == last && hidden == 0 && !view.timeline().has_newer();
    (!at_end).then(|| (entries[at].message.seq, hidden))
}

/// An entry, with the rules above it.
fn entry(
    entry: &Arc<Entry>,
    above: Option<&Arc<Entry>>,
    view: &RoomView,
    me: Option<&Username>,
    viewport: Viewport,
) -> Vec<Line<'static>> {
    let (message, width) = (&entry.message, viewport.width);
    let time = local(message.sent_at);
    let mut block = Vec::new();
    if above.is_none() && !view.timeline().has_older() && view.info().floor > Seq::ZERO {
        block.push(rule("older messages are not kept", DIM, width));
    }
    if above.is_none_or(|above| local(above.message.sent_at).date() != time.date()) {
        block.push(rule(&time.strftime("%A, %e %B %Y").to_string(), DIM, width));
    }
    let index = view.timeline().position(message.seq).unwrap_or_else(|at| at);
    block.extend(gap_above(index, view, width));
    let is_first_unread = view.new_marker().is_some_and(|line| {
        line < message.seq && above.is_some_and(|above| above.message.seq <= line) && view.head() > line
    });
    if is_first_unread {
        block.push(rule("new", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD), width));
    }
    block.extend(quote(message, view, width));
    let mentioned = me.is_some_and(|me| entry.mentions(me));
    let style = if mentioned {
        Style::new().fg(Color::Black).bg(Color::Indexed(222)).add_modifier(Modifier::BOLD)
    } else {
        Style::new()
    };
    let start = if viewport.shows_numbers {
        format!("{:<5} ", format!("#{}", message.seq))
    } else {
        time.strftime("%H:%M ").to_string()
    };
    let mut pieces = vec![(start, DIM)];
    if entry.retracted {
        pieces.push(author(message));
        pieces.push((" retracted a message".into(), DIM));
    } else {
        pieces.extend(spoken(message, &view.members().names, me, style));
        if entry.edited_at.is_some() {
            pieces.push((" (edited)".into(), DIM));
        }
    }
    block.extend(rows(&pieces, width, INDENT));
    if !entry.reactions.is_empty() {
        let reactions = entry.reactions.iter().map(|reaction| {
            let mine = reaction.seq_of(me).is_some();
            let text = format!("{} {}  ", one_line(&reaction.emoji), reaction.by.len());
            (text, if mine { BOLD } else { DIM })
        });
        let pieces: Vec<Piece> = [(" ".repeat(INDENT), DIM)].into_iter().chain(reactions).collect();
        block.extend(rows(&pieces, width, INDENT));
    }
    block
}

/// Why messages may be missing above an entry, or in an empty timeline.
fn gap_above(index: usize, view: &RoomView, width: usize) -> Option<Line<'static>> {
    let words = match view.gap_above(index)? {
        GapCause::Absence => "there may be messages missing here",
        GapCause::Expired => "messages that you missed are deleted",
        GapCause::NewEpoch => "the room starts afresh here: messages may be gone",
    };
    Some(rule(words, Style::new().fg(Color::Red), width))
}

/// The message that a reply answers, in one row.
fn quote(message: &Message, view: &RoomView, width: usize) -> Option<Line<'static>> {
    message.about.filter(|about| about.kind == AboutKind::Reply)?;
    let quote = view.quote(message)?;
    let said = match &quote.entry {
        Some(entry) if entry.retracted => "a retracted message".to_owned(),
        Some(entry) => format!("{}: {}", entry.message.username, one_line(&entry.message.text)),
        None => format!("message #{}", quote.seq.0),
    };
    Some(Line::styled(cut(&format!("{}↱ {said}", " ".repeat(INDENT)), width), DIM))
}

/// A post that is not in the timeline yet.
fn pending(outgoing: &Outgoing, view: &RoomView, width: usize) -> Vec<Line<'static>> {
    let what = match outgoing.post.about.map(|about| about.kind) {
        None | Some(AboutKind::Reply) => one_line(&outgoing.post.text),
        Some(AboutKind::Edit) => format!("edit: {}", one_line(&outgoing.post.text)),
        Some(AboutKind::Retraction) => "retract a message".into(),
        Some(AboutKind::Reaction) => format!("react with {}", one_line(&outgoing.post.text)),
    };
    let (sign, style, why) = match &outgoing.progress {
        Progress::Failed(refusal) => {
            let again = if outgoing.can_be_retried(view.epoch()) { "Ctrl-T tries again, " } else { "" };
            let why = format!(" ✗ {} ({again}Ctrl-X gives up)", one_line(&refusal.reason));
            ("  ✗   ", Style::new().fg(Color::Red), why)
        }
        Progress::Stored(seq) if view.timeline().get(*seq).is_some() => return Vec::new(),
        _ => ("  …   ", DIM, String::new()),
    };
    rows(&[(sign.into(), style), (what, style), (why, style)], width, INDENT)
}

/// The author and the text, with its markup.
fn spoken(message: &Message, names: &[Username], me: Option<&Username>, style: Style) -> Vec<Piece> {
    let mut known = names.to_vec();
    known.extend(me.cloned().filter(|me| !names.contains(me)));
    let markup = markup::parse(&message.text, &known);
    let mut pieces = Vec::new();
    if markup.action {
        pieces.push(("* ".into(), DIM));
        pieces.push(author(message));
        pieces.push((" ".into(), style));
    } else {
        pieces.push(author(message));
        pieces.push((": ".into(), DIM));
    }
    for (at, block) in markup.blocks.iter().enumerate() {
        if at > 0 {
            pieces.push(("\n".into(), style));
        }
        match block {
            Block::Paragraph(inlines) => add_all(inlines, style, "\n", &mut pieces),
            Block::Quote(inlines) => {
                pieces.push(("│ ".into(), DIM));
                add_all(inlines, style.patch(DIM), "\n│ ", &mut pieces);
            }
            Block::Code { text, .. } => pieces.push(((*text).to_owned(), code(style))),
        }
    }
    pieces
}

fn add_all(inlines: &[Inline<'_>], style: Style, line_break: &str, pieces: &mut Vec<Piece>) {
    for inline in inlines {
        add(inline, style, line_break, pieces);
    }
}

fn add(inline: &Inline<'_>, style: Style, line_break: &str, pieces: &mut Vec<Piece>) {
    let (text, style) = match inline {
        Inline::Text(text) => (*text, style),
        Inline::Break => (line_break, style),
        Inline::Code(text) => (*text, code(style)),
        Inline::Link(text) => (*text, style.add_modifier(Modifier::UNDERLINED)),
        Inline::Mention { text, username } => {
            let hued = if style.bg.is_some() { style } else { style.fg(Color::Indexed(hue(username))) };
            (*text, hued.add_modifier(Modifier::BOLD))
        }
        Inline::Strong(inner) => {
            let style = style.add_modifier(Modifier::BOLD);
            return add_all(inner, style, line_break, pieces);
        }
        Inline::Emphasis(inner) => {
            let style = style.add_modifier(Modifier::ITALIC);
            return add_all(inner, style, line_break, pieces);
        }
    };
    pieces.push((text.to_owned(), style));
}

fn code(style: Style) -> Style {
    if style.bg.is_some() { style } else { style.fg(Color::Indexed(72)) }
}

/// The author's name, marked if no token proved it.
fn author(message: &Message) -> Piece {
    let span = name(&message.username, authorship_mark(message.authorship));
    (span.content.into_owned(), span.style)
}

/// A line across, with words in it.
fn rule(words: &str, style: Style, width: usize) -> Line<'static> {
    let words = cut(words, width.saturating_sub(4));
    let rest = width.saturating_sub(words.width() + 2);
    Line::styled(format!("{} {words} {}", "─".repeat(rest / 2), "─".repeat(rest - rest / 2)), style)
}
