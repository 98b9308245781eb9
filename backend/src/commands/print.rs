//! What commands print: tables, JSON, and questions.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;
use shared::{Seq, Timestamp};
use unicode_width::UnicodeWidthStr;

use super::{failure::Failure, printable::printable};

/// Prints a text that ends with a new line.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a line.
pub(super) fn line(line: impl Display) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Prints a value as one line of JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(serde_json::to_string(value).expect("what the server says has string keys and no failing parts"))
}

/// Rows under headings, each column as wide as it needs to be.
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self(vec![headings.iter().map(|heading| (*heading).to_owned()).collect()])
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: &[&dyn Display]) {
        self.0.push(cells.iter().map(|cell| printable(&cell.to_string())).collect());
    }

    /// Prints the table, or a sentence if it has no rows.
    pub(super) fn print(&self, if_empty: &str) -> Result<(), Failure> {
        if self.0.len() == 1 { line(if_empty) } else { text(&self.lines()) }
    }

    fn lines(&self) -> String {
        let columns = self.0[0].len();
        let width = |column: usize| self.0.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = String::new();
        for row in &self.0 {
            let padded = |(cell, width): (&String, &usize)| cell.clone() + &" ".repeat(width - cell.width());
            let line = row.iter().zip(&widths).map(padded).collect::<Vec<_>>().join("  ");
            lines += line.trim_end();
            lines.push('\n');
        }
        lines
    }
}

/// A time to the minute.
pub(super) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

/// Names in a row, as `a, b`.
pub(super) fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `1 use`, `2 uses`.
pub(super) fn count(number: u32, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// Reads the number of something that is listed.
pub(super) fn number(text: &str) -> Result<Seq, String> {
    text.parse().map(Seq).map_err(|_| "a number is one of those that are listed, as 17".into())
}

/// Asks before something is done that cannot be undone.
pub(super) fn confirm(yes: bool, what: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!("{what} cannot be undone: add --yes")));
    }
    eprint!("{what} cannot be undone. Do it? [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Failed("nothing was done".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_a_terminal_shows() {
        let mut table = Table::new(&["NAME", "ROLE"]);
        table.row(&[&"李小龙", &"owner"]);
        table.row(&[&"ann", &"member"]);
        assert_eq!(table.lines(), "NAME    ROLE\n李小龙  owner\nann     member\n");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        assert_eq!(
            printable("a\u{1b}[2J\n\u{9b}b\u{202e}c 你好"),
            "a\u{FFFD}[2J\u{FFFD}\u{FFFD}b\u{FFFD}c 你好"
        );
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        assert_eq!(time("2026-11-21T09:30:59.999Z".parse().unwrap()), "2026-11-21 09:30 UTC");
    }
}
