//! Pull against push: the same stream of events by four transports, side by side.

use yew::{Html, Properties, function_component, html};

use crate::{Ui, i18n::Language};

/// The page's name.
pub(crate) const fn title(_: Language) -> &'static str {
    "Pull against push"
}

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// The language.
    pub ui: Ui,
}

/// See the module's page.
#[function_component]
pub fn ComparePage(_props: &CompareProps) -> Html {
    html! { <div></div> }
}
