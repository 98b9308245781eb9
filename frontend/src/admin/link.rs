//! Links to pages of the app.

use yew::{Classes, Html, html};

use crate::navigation::follow;

/// A link to a page of the app.
pub(super) fn link(path: String, class: impl Into<Classes>, current: bool, content: Html) -> Html {
    let onclick = follow(path.clone());
    let testid = format!("go-{}", path.split('?').next().unwrap_or_default());
    html! {
        <a
            key={path.clone()} class={class.into()} href={path} aria-current={current.then_some("page")} {onclick}
            data-testid={testid}
        >
            { content }
        </a>
    }
}
