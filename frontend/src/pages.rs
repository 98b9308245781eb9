//! What the pages share: the bar that leads from one to another, and what the tools' pages have in common.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::{AttrValue, Html, MouseEvent, Properties, classes, function_component, html, use_state};

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

/// What the bar needs.
#[derive(Properties, PartialEq)]
pub struct PageProps {
    /// The language.
    pub ui: Ui,
    /// The page that is shown.
    pub page: Page,
}

/// The bar that leads to the pages.
#[function_component]
pub fn PageBar(props: &PageProps) -> Html {
    let link = |page: Page| {
        let onclick = move |event: MouseEvent| {
            if is_plain(&event) {
                event.prevent_default();
                Route::go(page.path());
            }
        };
        let current = page == props.page;
        html! {
            <a
                key={page.path()} class={classes!("page-link", current.then_some("current"))} href={page.path()}
                aria-current={current.then_some("page")} {onclick} data-testid={format!("page-{}", page.path())}
            >
                { page.label(&props.ui) }
            </a>
        }
    };
    html! {
        <nav class="page-bar" aria-label={crate::console::pages_label(props.ui.language)}>{ for Page::ALL.into_iter().map(link) }</nav>
    }
}

/// The head of a tool's page.
#[function_component]
pub fn PageHead(props: &PageProps) -> Html {
    html! {
        <header class="bar tool-head">
            <h1 class="unseen">{ props.page.label(&props.ui) }</h1>
            <span class="brand">{ props.ui.texts().app }</span>
            <PageBar ui={props.ui.clone()} page={props.page} />
        </header>
    }
}

/// What a line to copy needs.
#[derive(Properties, PartialEq)]
pub struct CopyProps {
    /// The language.
    pub ui: Ui,
    /// What is copied.
    pub text: AttrValue,
}

/// A line of code with a button that copies it.
#[function_component]
pub fn CopyLine(props: &CopyProps) -> Html {
    let copied = use_state(|| None::<AttrValue>);
    let texts = props.ui.texts();
    let is_copied = copied.as_ref() == Some(&props.text);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        move |_: MouseEvent| {
            dom::copy(&text);
            copied.set(Some(text.clone()));
        }
    };
    html! {
        <div class="copy-line">
            <code>{ props.text.clone() }</code>
            <button class="button" type="button" {onclick}>
                { if is_copied { texts.copied } else { texts.copy } }
            </button>
        </div>
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
