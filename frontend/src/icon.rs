//! The icons: strokes in a square of 24, in the text's colour.

use yew::{Html, html};

pub(crate) const LOCK: &str = "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3";
pub(crate) const PERSON: &str = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M5 20.5a7 7 0 0 1 14 0";
pub(crate) const MENU: &str = "M4 6h16M4 12h16M4 18h16";
pub(crate) const MEMBERS: &str = "M16 20v-1.5a3.5 3.5 0 0 0-3.5-3.5h-5A3.5 3.5 0 0 0 4 18.5V20M10 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M20 20v-1.5a3.5 3.5 0 0 0-2.6-3.4M15.5 4.7a3.5 3.5 0 0 1 0 6.6";
pub(crate) const SEARCH: &str = "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4";
pub(crate) const SETTINGS: &str = "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5";
pub(crate) const PLUS: &str = "M12 5v14M5 12h14";
pub(crate) const CLOSE: &str = "M6 6l12 12M18 6L6 18";
pub(crate) const LEAVE: &str = "M14 4H6v16h8M10 12h10M17 9l3 3-3 3";
pub(crate) const SMILE: &str = "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M8.5 14.2s1.2 1.8 3.5 1.8 3.5-1.8 3.5-1.8M9 9.5v.01M15 9.5v.01";
pub(crate) const REPLY: &str = "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6v1";
pub(crate) const EDIT: &str = "M4 20l1-4.5L16.5 4 20 7.5 8.5 19 4 20M14 6.5l3.5 3.5";
pub(crate) const DELETE: &str = "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5";
pub(crate) const LINK: &str =
    "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1";
pub(crate) const COPY: &str = "M9 9h11v11H9zM15 9V4H4v11h5";
pub(crate) const SELECT: &str = "M9 4h6M9 20h6M12 4v16M7 8H3v8h4M17 8h4v8h-4";
pub(crate) const MORE: &str = "M5 12v.01M12 12v.01M19 12v.01";
pub(crate) const SEND: &str = "M12 19V5M6 11l6-6 6 6";
pub(crate) const DOWN: &str = "M12 5v14M6 13l6 6 6-6";

/// An icon. It is hidden from screen readers: its button has a label.
pub(crate) fn icon(path: &'static str) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={path} /></svg>
    }
}
