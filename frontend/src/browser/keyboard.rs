//! The space that is left above an on-screen keyboard.
//!
//! With `interactive-widget=resizes-content`, Chromium and Firefox make the page itself smaller. Safari leaves it as it is,
//! shrinks the visual viewport, and scrolls the document to show the field.

use gloo_events::EventListener;
use web_sys::VisualViewport;

use super::{root, window};

/// What covers less of the page than this is not a keyboard, in CSS pixels.
const MIN_KEYBOARD: f64 = 100.0;

/// Keeps the page in the visible part while a keyboard covers the other one, as long as the listeners live.
pub(crate) fn listeners() -> Vec<EventListener> {
    let Some(viewport) = window().visual_viewport() else { return Vec::new() };
    let listen = |kind: &'static str| {
        let of_event = viewport.clone();
        EventListener::new(&viewport, kind, move |_| fit(&of_event))
    };
    vec![listen("resize"), listen("scroll")]
}

/// Sets the height of the page, in whole CSS pixels.
fn fit(viewport: &VisualViewport) {
    let page = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    // A pinch makes the visual viewport smaller too.
    let is_zoomed = viewport.scale() > 1.01;
    let Some(style) = root().map(|root| root.style()) else { return };
    if is_zoomed || page - viewport.height() < MIN_KEYBOARD {
        let _ = style.remove_property("--viewport-height");
        let _ = style.remove_property("--safe-bottom");
        return;
    }
    #[expect(clippy::cast_possible_truncation, reason = "no screen is that tall")]
    let height = viewport.height() as i32;
    let _ = style.set_property("--viewport-height", &format!("{height}px"));
    // The keyboard covers the edge of the screen.
    let _ = style.set_property("--safe-bottom", "0px");
    window().scroll_to_with_x_and_y(0.0, 0.0);
}
