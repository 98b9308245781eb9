//! What a scenario counted and measured, with its bounds.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use serde::Serialize;

use crate::checker::{self, Fault};

/// A number with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Its unit; empty for a count.
    pub unit: &'static str,
    /// What it must be.
    pub bound: Option<Bound>,
    /// Whether the bound holds on every machine and at every size. The others, which are times and sizes, decide only in the
    /// full run.
    pub promise: bool,
}

/// What a number must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {}", number(*most)),
            Self::AtLeast(least) => write!(f, "at least {}", number(*least)),
        }
    }
}

impl Figure {
    /// Whether it is what it must be, in a run of this size.
    pub fn holds(&self, quick: bool) -> bool {
        (quick && !self.promise) || self.bound.is_none_or(|bound| bound.holds(self.value))
    }
}

/// The figures of a scenario, in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// The figures.
    pub list: Vec<Figure>,
    /// Why the scenario could not be run on this machine, if so.
    pub skipped: Option<&'static str>,
}

impl Figures {
    /// Those of a scenario that cannot be run here.
    pub fn skipped(reason: &'static str) -> Self {
        Self { list: Vec::new(), skipped: Some(reason) }
    }

    fn add(&mut self, name: &str, value: f64, unit: &'static str, bound: Option<Bound>, promise: bool) {
        self.list.push(Figure { name: name.to_owned(), value, unit, bound, promise });
    }

    /// A count that says how much was tried.
    pub fn count(&mut self, name: &str, value: usize) {
        self.add(name, exact(value), "", None, true);
    }

    /// A count that a promise binds.
    pub fn promise(&mut self, name: &str, value: usize, bound: Bound) {
        self.add(name, exact(value), "", Some(bound), true);
    }

    /// A count of what must not happen.
    pub fn none(&mut self, name: &str, value: usize) {
        self.promise(name, value, Bound::AtMost(0.0));
    }

    /// A time, in milliseconds, with the bound of the full run if there is one.
    pub fn time(&mut self, name: &str, value: Duration, at_most: Option<Duration>) {
        let bound = at_most.map(|most| Bound::AtMost(millis(most)));
        self.add(name, millis(value), "ms", bound, false);
    }

    /// Any other measure, with the bound of the full run if there is one.
    pub fn measure(&mut self, name: &str, value: f64, unit: &'static str, bound: Option<Bound>) {
        self.add(name, value, unit, bound, false);
    }

    /// The counts of all kinds of faults that a checker found: none may be there.
    pub fn faults(&mut self, faults: &[Fault]) {
        for (kind, count) in checker::count(faults) {
            self.none(&kind.to_string(), count);
        }
    }

    /// Whether all are what they must be, in a run of this size.
    pub fn hold(&self, quick: bool) -> bool {
        self.list.iter().all(|figure| figure.holds(quick))
    }

    /// A table, with a mark at each figure that is not what it must be. What must not be there and is not takes one line.
    pub fn table(&self, quick: bool) -> String {
        let mut text = String::new();
        let is_absent = |figure: &&Figure| figure.value == 0.0 && figure.bound == Some(Bound::AtMost(0.0));
        for figure in self.list.iter().filter(|figure| !is_absent(figure)) {
            let value = format!("{} {}", number(figure.value), figure.unit);
            let bound = figure.bound.map(|bound| format!("({bound})")).unwrap_or_default();
            let mark = if figure.holds(quick) { "" } else { "  <-- BROKEN" };
            text.push_str(format!("  {:34} {:>16}  {bound}{mark}", figure.name, value.trim_end()).trim_end());
            text.push('\n');
        }
        let absent: Vec<_> = self.list.iter().filter(is_absent).map(|figure| figure.name.as_str()).collect();
        if !absent.is_empty() {
            let _ = writeln!(text, "  0 of each: {}", absent.join(", "));
        }
        text
    }
}

/// The part of rising values that this share of them does not exceed; zero if there are none.
pub fn quantile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let place = (exact(sorted.len()) * share).ceil() as usize;
    sorted.get(place.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// A time in milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A count as a number for people.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn exact(count: usize) -> f64 {
    count as f64
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_decides_always_and_a_time_in_the_full_run() {
        let mut figures = Figures::default();
        figures.count("posts", 7);
        figures.time("ready", Duration::from_secs(3), Some(Duration::from_secs(2)));
        assert!(figures.hold(true) && !figures.hold(false));
        assert!(figures.table(false).contains("BROKEN") && !figures.table(true).contains("BROKEN"));
        figures.none("lost", 0);
        figures.promise("resumes", 3, Bound::AtLeast(3.0));
        assert!(figures.hold(true));
        figures.none("doubled", 1);
        assert!(!figures.hold(true));
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(quantile(&values, 0.99), Duration::from_millis(198));
        assert_eq!(quantile(&values, 1.0), Duration::from_millis(200));
        assert_eq!(quantile(&values[..1], 0.5), Duration::from_millis(1));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
