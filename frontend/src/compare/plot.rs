//! Dots over time: a dot for each event, higher the later it came.

use yew::{Html, html};

use super::tally::Tally;
use crate::console::fixed;

/// The lateness at the foot and at the head of a lane, in milliseconds. The scale between is logarithmic: a push takes one,
/// a poll a thousand.
const FOOT: f64 = 0.5;
const HEAD: f64 = 10_000.0;
/// Where lines are drawn, and what they are called.
const LINES: [(f64, &str); 3] = [(1.0, "1 ms"), (100.0, "100 ms"), (10_000.0, "10 s")];

/// How high a lateness stands, from 0 at the foot to 1 at the head.
fn height(late: f64) -> f64 {
    ((late.max(FOOT) / FOOT).ln() / (HEAD / FOOT).ln()).min(1.0)
}

/// A transport's lane. `label` says in words what it shows.
pub(crate) fn lane(tally: &Tally, duration: f64, label: String) -> Html {
    let dots = tally.arrivals.iter().fold(String::new(), |mut path, arrival| {
        // A line of no length with round ends is a dot.
        let (x, y) = (1000.0 * arrival.at / duration, 100.0 - 100.0 * height(arrival.late));
        path.extend(["M", &fixed(x, 1), " ", &fixed(y, 1), "h.01"]);
        path
    });
    html! {
        <div class="lane-plot">
            { for LINES.into_iter().map(|(late, name)| html! {
                <span class="lane-line" style={format!("bottom: {}%", fixed(100.0 * height(late), 1))} aria-hidden="true">
                    <span>{ name }</span>
                </span>
            }) }
            <svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label={label}>
                <path d={dots} />
            </svg>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_scale_goes_from_the_foot_to_the_head_and_not_beyond() {
        assert!(height(0.0).abs() < 1e-9);
        assert!((height(HEAD) - 1.0).abs() < 1e-9);
        assert!((height(1e9) - 1.0).abs() < 1e-9);
        assert!(height(10.0) < height(100.0));
    }
}
