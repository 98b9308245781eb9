//! What all pages share: their names, the bar that links them, and the header of the tools' pages.

mod part;
mod route;
mod texts;

pub use part::Part;
pub use route::{Page, Route};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::{
    Callback, Html, MouseEvent, Properties, classes, function_component, html, use_effect_with, use_node_ref,
};

use crate::{
    Locale,
    browser::{document, is_plain_click, window},
};
use texts::texts;

/// What the window is called while it shows the page at the current address: a part of the Admin page comes before it.
pub(crate) fn label(page: Page, locale: &Locale) -> &'static str {
    let path = window().location().pathname().unwrap_or_default();
    let path = path.trim_end_matches('/');
    let part = Part::ALL.into_iter().find(|part| page == Page::Admin && part.path() == path);
    part.map_or_else(|| name(page, locale), |part| texts(locale.language).admin_parts[part as usize])
}

/// The page's name in the user's language.
fn name(page: Page, locale: &Locale) -> &'static str {
    match page {
        Page::Rooms => locale.words().rooms,
        Page::Console => texts(locale.language).console,
        Page::Compare => texts(locale.language).compare,
        Page::Pulse => texts(locale.language).pulse,
        Page::Admin => texts(locale.language).admin,
        Page::Account => texts(locale.language).account,
        Page::RoomSettings => texts(locale.language).room_settings,
    }
}

/// The bar with a link to each page. The pages of the Admin module are in it only while they are shown.
pub(crate) fn page_bar(locale: &Locale, here: Page) -> Html {
    html! { <PageBar locale={locale.clone()} {here} /> }
}

/// What the bar needs.
#[derive(Properties, PartialEq)]
struct PageBarProps {
    locale: Locale,
    here: Page,
}

#[function_component]
fn PageBar(props: &PageBarProps) -> Html {
    let PageBarProps { locale, here } = props;
    let bar = use_node_ref();
    // In a narrow window the bar scrolls, and the link to the page that is shown may be outside.
    use_effect_with((*here, locale.language), {
        let bar = bar.clone();
        move |_| {
            if let Some(bar) = bar.cast::<HtmlElement>() {
                show_current(&bar);
            }
        }
    });
    let link = |page: Page| page_link(locale, page, page == *here);
    let more = matches!(here, Page::Admin | Page::Account).then_some(*here);
    let pages = Page::ALL.into_iter().chain(more);
    html! {
        <nav ref={bar} class="page-bar" aria-label={texts(locale.language).pages}>{ for pages.map(link) }</nav>
    }
}

/// Scrolls the bar, and nothing else, so that the link to the current page is in its middle.
fn show_current(bar: &HtmlElement) {
    if let Some(link) = current_link(bar) {
        let left = link.offset_left() + link.offset_width() / 2 - bar.client_width() / 2;
        bar.set_scroll_left(left);
    }
}

fn current_link(within: &Element) -> Option<HtmlElement> {
    within.query_selector(".page-link.current").ok().flatten()?.dyn_into().ok()
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
            { name(page, locale) }
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
    if let Some(link) = current_link(root) {
        let _ = link.focus();
    }
}

/// The header of a tool's page.
pub(crate) fn page_head(locale: &Locale, page: Page) -> Html {
    html! {
        <header class="bar tool-head">
            <h1 class="visually-hidden">{ name(page, locale) }</h1>
            <span class="brand">{ locale.words().app }</span>
            { page_bar(locale, page) }
        </header>
    }
}
