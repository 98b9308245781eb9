//! What all pages share: their names, the bar that links them, and the header of the tools' pages.

mod route;
mod texts;

pub use route::{Page, Route};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::{Callback, Html, MouseEvent, classes, html};

use crate::{
    Locale,
    browser::{document, is_plain_click},
};
use texts::texts;

/// The page's name in the user's language.
pub(crate) fn label(page: Page, locale: &Locale) -> &'static str {
    match page {
        Page::Rooms => locale.words().rooms,
        Page::Console => texts(locale.language).console,
        Page::Compare => texts(locale.language).compare,
        Page::Admin => texts(locale.language).admin,
        Page::Account => texts(locale.language).account,
        Page::RoomSettings => texts(locale.language).room_settings,
    }
}

/// The bar with a link to each page. The pages of the Admin module are in it only while they are shown.
pub(crate) fn page_bar(locale: &Locale, here: Page) -> Html {
    let link = |page: Page| page_link(locale, page, page == here);
    let more = matches!(here, Page::Admin | Page::Account).then_some(here);
    let pages = Page::ALL.into_iter().chain(more);
    html! {
        <nav class="page-bar" aria-label={texts(locale.language).pages}>{ for pages.map(link) }</nav>
    }
}

/// Handles a click on a link to a path of the app.
pub(crate) fn follow(path: impl Into<String>) -> Callback<MouseEvent> {
    let path = path.into();
    Callback::from(move |event: MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            Route::go(&path);
        }
    })
}

/// A link to a page.
pub(crate) fn page_link(locale: &Locale, page: Page, is_current: bool) -> Html {
    let onclick = follow(page.path());
    html! {
        <a
            key={page.path()} class={classes!("page-link", is_current.then_some("current"))} href={page.path()}
            aria-current={is_current.then_some("page")} {onclick} data-testid={format!("page-{}", page.path())}
        >
            { label(page, locale) }
        </a>
    }
}

/// Whether the focus is on a link of the bar.
pub(crate) fn is_on_link() -> bool {
    let active = document().active_element();
    active.is_some_and(|active| active.matches(".page-link").unwrap_or(false))
}

/// Focuses the bar's link to the current page.
pub(crate) fn focus_current_link(root: &Element) {
    let link = root.query_selector(".page-link.current").ok().flatten();
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
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
