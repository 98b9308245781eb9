//! The last ten minutes of vital signs.

use std::collections::VecDeque;

use super::vitals::{Figure, Figures, Reading, Vitals};

/// How long figures are kept, in milliseconds.
pub(super) const KEPT: u64 = 600_000;
/// The least time that the lines cover, in milliseconds.
const SHORTEST: u64 = 60_000;
/// Quantiles are of what was measured in this time, in milliseconds: in two seconds of a quiet house, nothing is.
pub(super) const MEASURED: u64 = 10_000;
/// After this time without a reading, in milliseconds, a line has a gap, and nothing is compared with what was before.
pub(super) const GAP: u64 = 10_000;

/// The figures of a moment.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// In milliseconds of a monotonic clock.
    pub(super) at: u64,
    figures: Figures,
}

/// The figures of the last ten minutes, and all of the newest reading.
#[derive(Debug, Default)]
pub(super) struct History {
    points: VecDeque<Point>,
    /// The readings that the next one is compared with: of the last seconds, and of one run of the server.
    readings: VecDeque<Reading>,
    newest: Vitals,
}

impl Point {
    /// A figure.
    pub(super) fn get(&self, figure: Figure) -> Option<f64> {
        self.figures[figure as usize]
    }
}

impl History {
    /// Adds a reading. Returns whether it has any figure of the page.
    pub(super) fn add(&mut self, reading: Reading) -> bool {
        let is_new_run = self
            .readings
            .back()
            .is_some_and(|before| !reading.continues(before) || reading.at.saturating_sub(before.at) > GAP);
        if is_new_run {
            self.readings.clear();
        }
        let at = reading.at;
        let is_old = |then: u64, age: u64| at.saturating_sub(then) > age;
        while self.readings.len() > 1 && self.readings.front().is_some_and(|first| is_old(first.at, MEASURED))
        {
            self.readings.pop_front();
        }
        let vitals = Vitals::of(&reading, self.readings.back(), self.readings.front());
        if vitals.figures.iter().all(Option::is_none) {
            return false;
        }
        self.points.push_back(Point { at, figures: vitals.figures });
        self.newest = vitals;
        self.readings.push_back(reading);
        while self.points.front().is_some_and(|point| is_old(point.at, KEPT)) {
            self.points.pop_front();
        }
        true
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether there is any figure.
    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The newest vital signs.
    pub(super) fn newest(&self) -> &Vitals {
        &self.newest
    }

    /// All points, from the oldest to the newest.
    pub(super) fn points(&self) -> impl Iterator<Item = &Point> {
        self.points.iter()
    }

    /// The time that the lines cover, in milliseconds: its begin and its end.
    pub(super) fn span(&self) -> (u64, u64) {
        let (Some(first), Some(last)) = (self.points.front(), self.points.back()) else {
            return (0, SHORTEST);
        };
        (first.at.min(last.at.saturating_sub(SHORTEST)), last.at)
    }

    /// The lowest and the highest value of a figure.
    pub(super) fn range(&self, figure: Figure) -> Option<(f64, f64)> {
        let mut values = self.points.iter().filter_map(|point| point.get(figure));
        let first = values.next()?;
        Some(values.fold((first, first), |(low, high), value| (low.min(value), high.max(value))))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{super::exposition::Exposition, *};

    fn reading(at: u64, start: u32, posts: u64) -> Reading {
        let text = format!(
            "process_start_time_seconds {start}\nparlor_posts_total {posts}\nparlor_rooms {posts}\n\
             parlor_commit_seconds_bucket{{le=\"1\"}} {posts}\nparlor_commit_seconds_bucket{{le=\"+Inf\"}} {posts}"
        );
        Reading { at, metrics: Exposition::parse(&text) }
    }

    fn rates(history: &History) -> Vec<Option<f64>> {
        history.points().map(|point| point.get(Figure::Posts)).collect()
    }

    #[test]
    fn a_restart_and_a_pause_leave_gaps_instead_of_wrong_rates() {
        let mut history = History::default();
        for (at, start, posts) in [
            (1_000, 7, 100),
            (3_000, 7, 104),
            (5_000, 9, 2),
            (7_000, 9, 6),
            (7_000 + GAP + 1, 9, 900),
            (20_000, 9, 901),
        ] {
            assert!(history.add(reading(at, start, posts)));
        }
        let expected = [None, Some(2.0), None, Some(2.0), None, Some(1.0 / 2.999)];
        assert_eq!(rates(&history), expected);
        assert_eq!(history.range(Figure::Posts), Some((1.0 / 2.999, 2.0)));
        assert_eq!(history.range(Figure::Rooms), Some((2.0, 901.0)), "what is no rate goes on");
        assert_eq!(history.range(Figure::Memory), None);
    }

    #[test]
    fn ten_minutes_are_kept_and_the_lines_cover_one_at_least() {
        let mut history = History::default();
        assert_eq!(history.span(), (0, SHORTEST));
        history.add(reading(100_000, 7, 1));
        history.add(reading(102_000, 7, 2));
        assert_eq!(history.span(), (42_000, 102_000));
        for at in (104_000..1_000_000).step_by(2_000) {
            history.add(reading(at, 7, 2));
        }
        assert_eq!(history.span(), (998_000 - KEPT, 998_000));
        assert_eq!(history.points().count(), 301);
        assert!(history.readings.len() <= 7, "readings are large");
    }

    #[test]
    fn quantiles_cover_the_last_seconds_and_then_nothing_was_measured() {
        let mut history = History::default();
        let mut median = |at, posts| {
            history.add(reading(at, 7, posts));
            history.newest().get(Figure::CommitMedian)
        };
        assert_eq!(median(0, 10), None, "these were before the first reading");
        assert_eq!(median(2_000, 20), Some(0.5));
        for at in [4_000, 6_000, 8_000, 10_000] {
            assert_eq!(median(at, 20), Some(0.5), "{at}");
        }
        assert_eq!(median(12_000, 20), None);
    }

    #[test]
    fn an_answer_without_any_known_metric_changes_nothing() {
        let mut history = History::default();
        history.add(reading(0, 7, 10));
        let other = Reading { at: 2_000, metrics: Exposition::parse("<html>\nup 1") };
        assert!(!history.add(other));
        assert_eq!(history.points().count(), 1);
        assert_eq!(history.newest().get(Figure::Rooms), Some(10.0));
    }
}
