//! Tab completes commands, rooms and names; Tab again shows the next candidate.

use client::{RoomName, Username};

use super::command::COMMANDS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Completion {
    /// Where the completed word begins, in bytes.
    pub(super) from: usize,
    candidates: Vec<String>,
    next: usize,
}

impl Completion {
    /// The candidates for what is before the cursor; `None` if there are none.
    pub(super) fn new(before: &str, names: &[Username], rooms: &[RoomName]) -> Option<Self> {
        let (from, candidates) = if let Some(room) = before.strip_prefix("/join ") {
            let begin = room.trim_start_matches('#');
            let fits = rooms.iter().filter(|room| room.as_str().starts_with(begin));
            (before.len() - begin.len(), fits.map(ToString::to_string).collect())
        } else if before.starts_with('/') && !before.contains(char::is_whitespace) {
            let fits = COMMANDS.iter().filter(|(name, ..)| name.starts_with(before));
            (0, fits.map(|(name, ..)| format!("{name} ")).collect())
        } else {
            let from = before
                .rfind(char::is_whitespace)
                .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
            let begin = before[from..].trim_start_matches('@').to_lowercase();
            let fits = |name: &&Username| {
                !before[from..].is_empty() && name.as_str().to_lowercase().starts_with(&begin)
            };
            (from, names.iter().filter(fits).map(|name| format!("@{name} ")).collect::<Vec<_>>())
        };
        (!candidates.is_empty()).then_some(Self { from, candidates, next: 0 })
    }

    /// The next candidate.
    pub(super) fn advance(&mut self) -> &str {
        let at = self.next;
        self.next = (at + 1) % self.candidates.len();
        &self.candidates[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(before: &str) -> Option<(usize, Vec<String>)> {
        let names = ["Anna", "ann", "王小明"].map(|name| name.parse().unwrap());
        let rooms = ["deploys", "design", "lobby"].map(|room| room.parse().unwrap());
        let mut completion = Completion::new(before, &names, &rooms)?;
        let count = completion.candidates.len();
        let all = (0..count).map(|_| completion.advance().to_owned()).collect();
        assert_eq!(completion.next, 0, "after the last one comes the first one again");
        Some((completion.from, all))
    }

    #[test]
    fn names_commands_and_rooms_are_completed() {
        assert_eq!(complete("hi an"), Some((3, vec!["@Anna ".into(), "@ann ".into()])));
        assert_eq!(complete("@王"), Some((0, vec!["@王小明 ".into()])));
        assert_eq!(complete("hi zoe"), None);
        assert_eq!(complete("hi "), None);
        assert_eq!(complete("/re"), Some((0, vec!["/reply ".into(), "/react ".into()])));
        assert_eq!(complete("/join #de"), Some((7, vec!["deploys".into(), "design".into()])));
    }
}
