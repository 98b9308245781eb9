//! Plots a dot for each event over time. Later events are higher.

use yew::{Html, html};

use super::tally::Tally;
use crate::console::fixed;

/// The delays at the bottom and at the top of a plot, in milliseconds. The scale is logarithmic: a push takes one
/// millisecond, a poll a thousand.
const MIN_DELAY: f64 = 0.5;
const MAX_DELAY: f64 = 10_000.0;
/// The grid lines and their labels.
const LINES: [(f64, &str); 3] = [(1.0, "1 ms"), (100.0, "100 ms"), (10_000.0, "10 s")];

/// The height of a delay, from 0 at the bottom to 1 at the top.
fn height(delay: f64) -> f64 {
    ((delay.max(MIN_DELAY) / MIN_DELAY).ln() / (MAX_DELAY / MIN_DELAY).ln()).min(1.0)
}

/// A transport's plot. `label` describes it in words.
pub(crate) fn plot(tally: &Tally, duration: f64, label: String) -> Html {
    let dots = tally.arrivals.iter().fold(String::new(), |mut path, arrival| {
        // A line of length zero with round caps is a dot.
        let (x, y) = (1000.0 * arrival.at / duration, 100.0 - 100.0 * height(arrival.delay));
        path.extend(["M", &fixed(x, 1), " ", &fixed(y, 1), "h.01"]);
        path
    });
    html! {
        <div class="plot-area">
            { for LINES.into_iter().map(|(delay, name)| html! {
                <span class="plot-line" style={format!("bottom: {}%", fixed(100.0 * height(delay), 1))} aria-hidden="true">
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
    fn the_scale_goes_from_bottom_to_top_and_not_beyond() {
        assert!(height(0.0).abs() < 1e-9);
        assert!((height(MAX_DELAY) - 1.0).abs() < 1e-9);
        assert!((height(1e9) - 1.0).abs() < 1e-9);
        assert!(height(10.0) < height(100.0));
    }
}
