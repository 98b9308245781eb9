//! What all pages share: their names, the bar that links them, and the header of the tools' pages.

use yew::{Html, MouseEvent, classes, html};

use crate::{Route, Ui, dom::is_plain_click, route::Page};

/// The page's name in the user's language.
pub(crate) fn label(page: Page, ui: &Ui) -> &'static str {
    match page {
        Page::Rooms => ui.texts().rooms,
        Page::Console => ui.texts().console,
        Page::Compare => ui.texts().compare,
    }
}

/// The bar with a link to each page.
pub(crate) fn page_bar(ui: &Ui, here: Page) -> Html {
    let link = |page: Page| {
        let onclick = move |event: MouseEvent| {
            if is_plain_click(&event) {
                event.prevent_default();
                Route::go(page.path());
            }
        };
        let current = page == here;
        html! {
            <a
                key={page.path()} class={classes!("page-link", current.then_some("current"))} href={page.path()}
                aria-current={current.then_some("page")} {onclick} data-testid={format!("page-{}", page.path())}
            >
                { label(page, ui) }
            </a>
        }
    };
    html! {
        <nav class="page-bar" aria-label={ui.texts().pages}>{ for Page::ALL.into_iter().map(link) }</nav>
    }
}

/// The header of a tool's page.
pub(crate) fn page_head(ui: &Ui, page: Page) -> Html {
    html! {
        <header class="bar tool-head">
            <h1 class="visually-hidden">{ label(page, ui) }</h1>
            <span class="brand">{ ui.texts().app }</span>
            { page_bar(ui, page) }
        </header>
    }
}
