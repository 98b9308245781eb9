//! What the pages share: the bar that leads from one to another, and what the tools' pages have in common.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::{Html, MouseEvent, classes, html};

use crate::{Route, Ui, dom, rooms::is_plain};

/// A page of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The rooms.
    Rooms,
    /// A WebSocket client.
    Console,
    /// Pull against push.
    Compare,
}

impl Page {
    /// All of them, as they stand in the bar.
    pub const ALL: [Self; 3] = [Self::Rooms, Self::Console, Self::Compare];

    /// Its address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Rooms => "/",
            Self::Console => "/console",
            Self::Compare => "/compare",
        }
    }

    /// Its name.
    pub fn label(self, ui: &Ui) -> &'static str {
        match self {
            Self::Rooms => ui.texts().rooms,
            Self::Console => crate::console::title(ui.language),
            Self::Compare => crate::compare::title(ui.language),
        }
    }
}

/// The bar that leads to the pages.
pub(crate) fn page_bar(ui: &Ui, here: Page) -> Html {
    let link = |page: Page| {
        let onclick = move |event: MouseEvent| {
            if is_plain(&event) {
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
                { page.label(ui) }
            </a>
        }
    };
    html! {
        <nav class="page-bar" aria-label={crate::console::pages_label(ui.language)}>{ for Page::ALL.into_iter().map(link) }</nav>
    }
}

/// The head of a tool's page.
pub(crate) fn page_head(ui: &Ui, page: Page) -> Html {
    html! {
        <header class="bar tool-head">
            <h1 class="unseen">{ page.label(ui) }</h1>
            <span class="brand">{ ui.texts().app }</span>
            { page_bar(ui, page) }
        </header>
    }
}

/// Offers a text as a file.
pub(crate) fn download(name: &str, kind: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&text.into());
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let anchor =
        dom::document().create_element("a").ok().and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser reads the blob after this turn.
    gloo_timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}
