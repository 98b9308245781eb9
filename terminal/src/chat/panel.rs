//! A page over the timeline: the help, or what a search found.

use client::Message;
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    command::COMMANDS,
    timeline::{BOLD, DIM, name},
    wrap::{cut, rows},
};
use crate::{
    display::{authorship_mark, one_line},
    time::local,
};

const KEYS: [(&str, &str); 13] = [
    ("Enter", "send; Alt-Enter begins a new line"),
    ("Tab", "complete a name, a command or a room; in an empty line: the next unread room"),
    ("Up, Down", "what you entered before"),
    ("Page Up, Page Down", "older and newer messages; Alt-Up and Alt-Down by one line"),
    ("Esc", "back to the newest message, or out of an edit"),
    ("Ctrl-N, Ctrl-P", "the next and the previous room"),
    ("Ctrl-G", "show the messages' numbers"),
    ("Ctrl-R", "connect now"),
    ("Ctrl-T, Ctrl-X", "try a refused message again, or give it up"),
    ("Ctrl-Q, Ctrl-C", "quit; what you did not send is kept"),
    ("//text", "post a text that begins with a slash"),
    ("name?", "no token proved this name: anybody could have used it"),
    ("name*", "an imported message"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Panel {
    Help {
        /// The first line that is shown.
        top: usize,
    },
    Found {
        query: String,
        messages: Vec<Message>,
        selected: usize,
    },
}

impl Panel {
    /// Moves the selection or the page.
    pub(super) fn step(&mut self, by: isize) {
        match self {
            Self::Help { top } => {
                *top = top.saturating_add_signed(by).min(COMMANDS.len() + KEYS.len());
            }
            Self::Found { messages, selected, .. } => {
                *selected = selected.saturating_add_signed(by).min(messages.len().saturating_sub(1));
            }
        }
    }

    /// The message that is selected.
    pub(super) fn selected(&self) -> Option<&Message> {
        match self {
            Self::Help { .. } => None,
            Self::Found { messages, selected, .. } => messages.get(*selected),
        }
    }

    pub(super) fn rows(&self, width: usize, height: usize) -> Vec<Line<'static>> {
        match self {
            Self::Help { top } => help(width).into_iter().skip(*top).take(height).collect(),
            Self::Found { query, messages, selected } => {
                let title = match messages.len() {
                    0 => format!("Nothing has the words {query:?} (Esc closes)"),
                    count => {
                        format!("{count} messages with {query:?} (Up, Down, Enter goes there, Esc closes)")
                    }
                };
                let space = height.saturating_sub(1).max(1);
                let first = (selected + 1).saturating_sub(space);
                let rows = messages.iter().enumerate().skip(first).take(space);
                let rows = rows.map(|(at, message)| found(message, at == *selected, width));
                [Line::styled(cut(&title, width), DIM)].into_iter().chain(rows).collect()
            }
        }
    }
}

fn help(width: usize) -> Vec<Line<'static>> {
    let row = |what: &str, meaning: &str| {
        rows(&[(format!("{what}  "), BOLD), (meaning.to_owned(), Style::new())], width, 4)
    };
    let commands = COMMANDS
        .iter()
        .flat_map(|(name, arguments, meaning)| row(format!("{name} {arguments}").trim_end(), meaning));
    let keys = KEYS.iter().flat_map(|(key, meaning)| row(key, meaning));
    let title = Line::styled(cut("Commands and keys (Up and Down scroll, Esc closes)", width), DIM);
    [title].into_iter().chain(commands).chain(keys).collect()
}

fn found(message: &Message, is_selected: bool, width: usize) -> Line<'static> {
    let time = local(message.sent_at).strftime("%Y-%m-%d %H:%M").to_string();
    let author = name(&message.username, authorship_mark(message.authorship));
    let start = format!("#{} {time} ", message.room);
    let used = start.chars().count() + author.width() + 2;
    let text = cut(&one_line(&message.text), width.saturating_sub(used));
    let line = Line::from(vec![Span::styled(start, DIM), author, Span::raw(format!(": {text}"))]);
    if is_selected { line.patch_style(Modifier::REVERSED) } else { line }
}
