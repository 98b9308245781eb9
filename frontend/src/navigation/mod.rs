//! What all pages share: their names, the bar that links them, and the header of the tools' pages.

mod route;
mod texts;

pub use route::{Page, Route};
use yew::{Html, MouseEvent, classes, html};

use crate::{Locale, browser::is_plain_click};
use texts::texts;

/// The page's name in the user's language.
pub(crate) fn label(page: Page, locale: &Locale) -> &'static str {
    match page {
        Page::Rooms => locale.words().rooms,
        Page::Console => texts(locale.language).console,
        Page::Compare => texts(locale.language).compare,
    }
}

/// The bar with a link to each page.
pub(crate) fn page_bar(locale: &Locale, here: Page) -> Html {
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
                { label(page, locale) }
            </a>
        }
    };
    html! {
        <nav class="page-bar" aria-label={texts(locale.language).pages}>{ for Page::ALL.into_iter().map(link) }</nav>
    }
}

/// The header of a tool's page.
pub(crate) fn page_head(locale: &Locale, page: Page) -> Html {
    html! {
        <header class="bar tool-head">
            <h1 class="visually-hidden">{ label(page, locale) }</h1>
            <span class="brand">{ locale.words().app }</span>
            { page_bar(locale, page) }
        </header>
    }
}
