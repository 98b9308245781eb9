//! What was entered before, to be called back with Up and Down.

/// The most entries that are kept.
const ENTRIES: usize = 500;

#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    entries: Vec<String>,
    /// The entry that is shown; none while the user writes something new.
    at: Option<usize>,
    /// What the user had written before going back.
    unfinished: String,
}

impl History {
    /// Adds what was entered, unless it is the same as the last entry.
    pub(crate) fn add(&mut self, text: &str) {
        self.at = None;
        if text.trim().is_empty() || self.entries.last().is_some_and(|last| last == text) {
            return;
        }
        if self.entries.len() == ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(text.to_owned());
    }

    /// The entry before the one that is shown. `current` is what is shown now.
    pub(crate) fn older(&mut self, current: &str) -> Option<String> {
        let at = self.at.unwrap_or(self.entries.len()).checked_sub(1)?;
        if self.at.is_none() {
            current.clone_into(&mut self.unfinished);
        }
        self.at = Some(at);
        Some(self.entries[at].clone())
    }

    /// The entry after the one that is shown; behind the last one, what the user had begun to write.
    pub(crate) fn newer(&mut self) -> Option<String> {
        let at = self.at? + 1;
        self.at = (at < self.entries.len()).then_some(at);
        Some(self.entries.get(at).unwrap_or(&self.unfinished).clone())
    }

    /// The user changed what is shown: Up begins at the last entry again.
    pub(crate) fn edited(&mut self) {
        self.at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_walk_through_what_was_entered_and_back_to_what_was_begun() {
        let mut history = History::default();
        for text in ["one", "two", "two", " "] {
            history.add(text);
        }
        assert_eq!(history.newer(), None);
        assert_eq!(history.older("begun"), Some("two".into()));
        assert_eq!(history.older("two"), Some("one".into()));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer(), Some("two".into()));
        assert_eq!(history.newer(), Some("begun".into()));
        assert_eq!(history.newer(), None);
    }
}
