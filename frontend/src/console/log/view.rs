//! The displayed lines: those that match the filter, up to a pause.

use std::{collections::VecDeque, rc::Rc};

use super::{
    Line, Log,
    filter::{Filter, Matcher},
};

/// The numbers of the displayed lines.
#[derive(Debug, Default)]
pub(crate) struct LogView {
    filter: Filter,
    matcher: Matcher,
    error: Option<String>,
    shown: VecDeque<u64>,
    /// The number of the last line before the pause.
    paused: Option<u64>,
    newest: u64,
}

impl LogView {
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Why the regular expression is invalid.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// The number of displayed lines.
    pub(crate) fn len(&self) -> usize {
        match self.paused {
            Some(last) => self.shown.partition_point(|number| *number <= last),
            None => self.shown.len(),
        }
    }

    /// The number of lines that were recorded during the pause.
    pub(crate) fn held_back(&self) -> usize {
        self.shown.len() - self.len()
    }

    /// The number of the line in a row.
    pub(crate) fn number(&self, row: usize) -> Option<u64> {
        (row < self.len()).then(|| self.shown[row])
    }

    /// The row of a line.
    pub(crate) fn row(&self, number: u64) -> Option<usize> {
        let row = self.shown.partition_point(|other| *other < number);
        (self.number(row) == Some(number)).then_some(row)
    }

    /// The lines in a range of rows.
    pub(crate) fn lines(&self, log: &Log, rows: std::ops::Range<usize>) -> Vec<Rc<Line>> {
        rows.filter_map(|row| log.line(self.number(row)?).cloned()).collect()
    }

    /// Handles a new line. Older ones may have been dropped.
    pub(crate) fn take(&mut self, log: &Log, line: &Line) {
        self.newest = line.number;
        if self.matcher.takes(line) {
            self.shown.push_back(line.number);
        }
        let first = log.first();
        while self.shown.front().is_some_and(|number| *number < first) {
            self.shown.pop_front();
        }
    }

    /// Sets the filter. An invalid one leaves the list unchanged.
    pub(crate) fn choose(&mut self, log: &Log, filter: Filter) {
        match filter.matcher() {
            Ok(matcher) => {
                self.shown = log.lines().filter(|line| matcher.takes(line)).map(|line| line.number).collect();
                self.matcher = matcher;
                self.error = None;
            }
            Err(why) => self.error = Some(why),
        }
        self.filter = filter;
    }

    /// Pauses or resumes the list. Recording never stops.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused.then_some(self.newest);
    }

    /// Handles a cleared log.
    pub(crate) fn clear(&mut self) {
        self.shown.clear();
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{
        super::{Body, Direction},
        *,
    };

    fn record(log: &mut Log, view: &mut LogView, text: &str) {
        let line = log.record(0.0, Direction::Received, Body::Text(text.into()));
        view.take(log, &line);
    }

    #[test]
    fn a_pause_loses_nothing() {
        let (mut log, mut view) = (Log::default(), LogView::default());
        record(&mut log, &mut view, "one");
        view.pause(true);
        record(&mut log, &mut view, "two");
        record(&mut log, &mut view, "three");
        assert_eq!((view.len(), view.held_back()), (1, 2));
        view.pause(false);
        assert_eq!((view.len(), view.held_back()), (3, 0));
    }

    #[test]
    fn a_filter_applies_to_old_and_new_lines() {
        let (mut log, mut view) = (Log::default(), LogView::default());
        record(&mut log, &mut view, "tick 1");
        record(&mut log, &mut view, "tock 1");
        view.choose(&log, Filter { text: "tick".into(), ..Filter::default() });
        record(&mut log, &mut view, "tock 2");
        record(&mut log, &mut view, "tick 2");
        assert_eq!((view.number(0), view.number(1), view.number(2)), (Some(1), Some(4), None));
        assert_eq!((view.row(4), view.row(3)), (Some(1), None));
        view.choose(&log, Filter { text: "(".into(), regex: true, ..Filter::default() });
        assert!(view.error().is_some());
        assert_eq!(view.len(), 2, "what cannot be understood changes nothing");
    }

    #[test]
    fn fifty_thousand_lines_are_filtered_and_windowed() {
        let (mut log, mut view) = (Log::default(), LogView::default());
        for number in 0..50_000 {
            record(&mut log, &mut view, &format!("frame {number}"));
        }
        view.choose(&log, Filter { text: "7$".into(), regex: true, ..Filter::default() });
        assert_eq!(view.len(), 5_000);
        let range = super::super::window::window(60_000.0, 600.0, view.len());
        let lines = view.lines(&log, range.clone());
        assert_eq!(lines.len(), range.len());
        assert!(lines.len() < 60);
    }
}
