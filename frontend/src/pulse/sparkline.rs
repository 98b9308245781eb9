//! Draws a figure over time, as a line without axes.

use yew::{Html, html};

use super::{
    history::{GAP, History},
    vitals::Figure,
};

/// The units of the drawing's sides. It is stretched to the place that it gets.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 200.0;

/// The lines of these figures, on one scale from 0 to the highest value. `label` describes them in words.
pub(super) fn sparkline(history: &History, figures: &[Figure], label: String) -> Html {
    let (from, to) = history.span();
    let highest = highest(history, figures);
    let drawn = figures.iter().map(|&figure| {
        let points = history.points().map(|point| (point.at, point.get(figure)));
        runs(points, (from, to), highest)
    });
    let lines = drawn.enumerate().map(|(at, runs)| {
        let line: String = runs.iter().map(|run| line(run)).collect();
        // The space beneath several lines says nothing.
        let area: String =
            if figures.len() == 1 { runs.iter().map(|run| area(run)).collect() } else { String::new() };
        html! {
            <g key={at} data-line={at.to_string()}>
                <path class="spark-area" d={area} />
                <path class="spark-line" d={line} />
            </g>
        }
    });
    html! {
        <svg
            class="spark" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" role="img"
            aria-label={label}
        >
            { for lines }
        </svg>
    }
}

/// The highest value of several figures.
pub(super) fn highest(history: &History, figures: &[Figure]) -> f64 {
    figures
        .iter()
        .filter_map(|&figure| history.range(figure))
        .fold(0.0, |highest, (_, high)| high.max(highest))
}

/// A place in the drawing.
type Place = (i32, i32);

/// The places of the values, in runs without a gap.
fn runs(
    points: impl Iterator<Item = (u64, Option<f64>)>,
    (from, to): (u64, u64),
    highest: f64,
) -> Vec<Vec<Place>> {
    let mut runs: Vec<Vec<Place>> = Vec::new();
    let mut last: Option<u64> = None;
    for (at, value) in points {
        let Some(value) = value else {
            last = None;
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of ten minutes")]
        let x = WIDTH * at.saturating_sub(from) as f64 / (to - from).max(1) as f64;
        let y = if highest > 0.0 { HEIGHT * (1.0 - value / highest) } else { HEIGHT };
        #[expect(clippy::cast_possible_truncation, reason = "it is within the drawing")]
        let place = (x.round() as i32, y.round() as i32);
        match runs.last_mut() {
            Some(run) if last.is_some_and(|last| at.saturating_sub(last) <= GAP) => run.push(place),
            _ => runs.push(vec![place]),
        }
        last = Some(at);
    }
    runs
}

fn line(run: &[Place]) -> String {
    // A line of length zero with round caps is a dot.
    let dot = if run.len() == 1 { "h.01" } else { "" };
    format!("M{}{dot}", joined(run))
}

/// The space between a line and the bottom.
fn area(run: &[Place]) -> String {
    let [(first, _), .., (last, _)] = run else { return String::new() };
    format!("M{first} {HEIGHT}L{}L{last} {HEIGHT}Z", joined(run))
}

fn joined(run: &[Place]) -> String {
    run.iter().map(|(x, y)| format!("{x} {y}")).collect::<Vec<_>>().join("L")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn values_are_placed_by_time_and_by_the_highest_one() {
        let points = [(0, Some(0.0)), (4_000, Some(5.0)), (10_000, Some(10.0))];
        let drawn = runs(points.into_iter(), (0, 10_000), 10.0);
        assert_eq!(drawn, [[(0, 200), (400, 100), (1000, 0)]]);
        assert_eq!(line(&drawn[0]), "M0 200L400 100L1000 0");
        assert_eq!(area(&drawn[0]), "M0 200L0 200L400 100L1000 0L1000 200Z");
    }

    #[test]
    fn what_is_zero_all_the_time_lies_at_the_bottom() {
        let drawn = runs([(0, Some(0.0)), (2_000, Some(0.0))].into_iter(), (0, 2_000), 0.0);
        assert_eq!(drawn, [[(0, 200), (1000, 200)]]);
    }

    #[test]
    fn a_missing_value_and_a_pause_break_the_line_and_a_single_value_is_a_dot() {
        let points =
            [(0, Some(1.0)), (2_000, None), (4_000, Some(1.0)), (6_000, Some(1.0)), (7_000 + GAP, Some(1.0))];
        let drawn = runs(points.into_iter(), (0, 20_000), 1.0);
        assert_eq!(drawn.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
        assert_eq!((line(&drawn[0]).as_str(), area(&drawn[0]).as_str()), ("M0 0h.01", ""));
    }
}
