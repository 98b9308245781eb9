//! The tools' pages, the Console and the comparison: a module of their own, with its own styles, that the browser loads when
//! the first of these pages is opened.
//!
//! It shares no memory with the rooms' module, which loads it ([`ToolsModule`]). Both read the address, and change it with an
//! event that both hear ([`Route::go`]); the language is in the browser's storage, the theme on the `<html>` element, and
//! the title belongs to the rooms' module.

mod loader;
mod texts;

use gloo_events::EventListener;
pub use loader::ToolsModule;
use web_sys::{CssStyleSheet, Element};
use yew::{Component, Context, Html, html};

use crate::{
    Locale, Route,
    browser::{document, window},
    compare::ComparePage,
    console::{Console, ConsolePage},
    i18n::Language,
    navigation::{self, Page},
};

/// The styles of these pages alone. The page's style sheets are loaded before.
const STYLES: &[&str] = &[
    include_str!("../console/console.css"),
    include_str!("../console/log.css"),
    include_str!("../compare/compare.css"),
];

/// The attribute of the module's element that asks for the focus: the user comes from a link, which is gone.
const FOCUS: &str = "data-focus";

/// Shows the tools' pages in the page's second element. The module's entry calls it.
pub fn run() {
    if let Some(root) = root() {
        yew::Renderer::<Tools>::with_root(root).render();
    }
}

fn root() -> Option<Element> {
    document().get_element_by_id("tools")
}

/// The module's root component: the page of the address, or nothing if that is not a tool's.
pub struct Tools {
    locale: Locale,
    page: Option<Page>,
    /// It keeps recording while another page is shown.
    console: Console,
    styles: Option<CssStyleSheet>,
    /// The page was entered by a link, and the same link of the new page gets the focus.
    focus: bool,
    _routed: EventListener,
}

/// The address has changed.
pub struct Routed {
    /// The focus was on a link of the page bar.
    from_link: bool,
}

impl Component for Tools {
    type Message = Routed;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link().clone();
        let routed = EventListener::new(&window(), "popstate", move |_| {
            link.send_message(Routed { from_link: navigation::is_on_link() });
        });
        let root = root();
        let focus = root.as_ref().is_some_and(|root| root.has_attribute(FOCUS));
        if let Some(root) = root {
            let _ = root.remove_attribute(FOCUS);
        }
        Self {
            locale: Locale::new(Language::preferred()),
            page: current_page(),
            console: Console::new(),
            styles: adopt_styles(),
            focus,
            _routed: routed,
        }
    }

    fn update(&mut self, _: &Context<Self>, Routed { from_link }: Routed) -> bool {
        let language = Language::preferred();
        if language != self.locale.language {
            self.locale = Locale::new(language);
        }
        let page = current_page();
        self.focus = from_link && page != self.page;
        self.page = page;
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let locale = self.locale.clone();
        let page = match self.page {
            Some(Page::Console) => html! { <ConsolePage console={self.console.clone()} {locale} /> },
            Some(Page::Compare) => html! { <ComparePage {locale} /> },
            Some(Page::Rooms) | None => Html::default(),
        };
        html! { <div hidden={self.page.is_none()}>{ page }</div> }
    }

    fn rendered(&mut self, _: &Context<Self>, _first: bool) {
        if let Some(styles) = &self.styles {
            styles.set_disabled(self.page.is_none());
        }
        if std::mem::take(&mut self.focus)
            && let Some(root) = root()
        {
            navigation::focus_current_link(&root);
        }
    }
}

fn current_page() -> Option<Page> {
    match Route::current() {
        Route::Tool(page) => Some(page),
        Route::Start | Route::Room { .. } => None,
    }
}

/// Adds the styles to the document. They apply while they are not disabled. The page's policy allows constructed style
/// sheets, not inline ones.
fn adopt_styles() -> Option<CssStyleSheet> {
    let sheet = CssStyleSheet::new().ok()?;
    sheet.replace_sync(&STYLES.concat()).ok()?;
    document().adopted_style_sheets().push(&sheet);
    Some(sheet)
}
