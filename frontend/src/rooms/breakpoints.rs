//! The widths at which panels become sheets and the rooms a drawer. The style sheets have the same.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::MediaQueryListEvent;
use yew::Callback;

use crate::browser::{matches_media, media};

/// Windows with space for the members beside the timeline.
const WIDE: &str = "(min-width: 1000px)";
/// Windows with space for the rooms beside the timeline.
const MEDIUM: &str = "(min-width: 700px)";

/// Whether the panels are beside the timeline.
pub(super) fn is_wide() -> bool {
    matches_media(WIDE)
}

/// Listens for windows that become wide or narrow: `on_wide` with whether the panels are beside the timeline now, and
/// `on_medium` with whether the rooms are.
pub(super) fn listeners(on_wide: Callback<bool>, on_medium: Callback<bool>) -> Vec<EventListener> {
    let listen = |(query, on_change): (&str, Callback<bool>)| {
        let listener = move |event: &web_sys::Event| {
            if let Some(event) = event.dyn_ref::<MediaQueryListEvent>() {
                on_change.emit(event.matches());
            }
        };
        media(query).map(|media| EventListener::new(&media, "change", listener))
    };
    [(WIDE, on_wide), (MEDIUM, on_medium)].into_iter().filter_map(listen).collect()
}
