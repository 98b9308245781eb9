//! The rows of a long list that are in the page: the visible ones, and some around them.

use std::ops::Range;

/// The height of a row in CSS pixels; the style sheet has the same value.
pub(crate) const ROW: f64 = 26.0;
/// The number of rows above and below the visible ones.
const OVERSCAN: usize = 12;

/// The rows to render, of `total`, for a list's height and scroll position.
pub(crate) fn window(scrolled: f64, height: f64, total: usize) -> Range<usize> {
    let rows = |pixels: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few rows, never negative"
        )]
        let rows = (pixels.max(0.0) / ROW) as usize;
        rows
    };
    let visible = rows(height) + 2;
    let first = rows(scrolled).min(total.saturating_sub(visible));
    first.saturating_sub(OVERSCAN)..(first + visible + OVERSCAN).min(total)
}

/// The height of a number of rows.
pub(crate) fn height(rows: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 rows")]
    let rows = rows as f64;
    rows * ROW
}

/// The scroll position at which a row is visible, if it is not visible now.
pub(crate) fn reveal(scrolled: f64, height: f64, row: usize) -> Option<f64> {
    let (top, bottom) = (self::height(row), self::height(row + 1));
    if top < scrolled {
        Some(top)
    } else if bottom > scrolled + height {
        Some(bottom - height)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_window_over_fifty_thousand_rows_is_small_and_covers_the_visible_rows() {
        let total = 50_000;
        for scrolled in [0.0, 1.0, 25.9, 260.0, 650_000.0, height(total) - 600.0, height(total) + 9_000.0] {
            let range = window(scrolled, 600.0, total);
            assert!(range.len() <= 60, "{} rows", range.len());
            let top = scrolled.min(height(total) - 600.0);
            assert!(height(range.start) <= top, "{scrolled}");
            assert!(height(range.end) >= top + 600.0, "{scrolled}");
        }
        assert_eq!(window(0.0, 600.0, 3), 0..3);
        assert_eq!(window(500.0, 600.0, 0), 0..0);
    }

    #[test]
    fn a_row_is_scrolled_into_view_by_the_minimum() {
        assert_eq!(reveal(0.0, 260.0, 9), None);
        assert_eq!(reveal(0.0, 260.0, 10), Some(26.0));
        assert_eq!(reveal(260.0, 260.0, 9), Some(234.0));
    }
}
