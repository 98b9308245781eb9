//! The tools' pages, the Console, the comparison and Pulse: a module of their own, with its own styles, that the browser loads when
//! the first of these pages is opened.
//!
//! What it and the rooms' module know of each other is in `on_demand`.

use gloo_events::EventListener;
use web_sys::CssStyleSheet;
use yew::{Component, Context, Html, html};

use crate::{
    Locale, Route,
    browser::window,
    compare::ComparePage,
    console::{Console, ConsolePage},
    i18n::Language,
    navigation::{self, Page},
    on_demand::{Module, adopt_styles},
    pulse::{Pulse, PulsePage},
};

/// The styles of these pages alone. The page's style sheets are loaded before.
const STYLES: &[&str] = &[
    include_str!("../console/console.css"),
    include_str!("../console/log.css"),
    include_str!("../compare/compare.css"),
    include_str!("../pulse/pulse.css"),
];

/// Shows the tools' pages in the page's second element. The module's entry calls it.
pub fn run() {
    if let Some(root) = Module::Tools.root() {
        yew::Renderer::<Tools>::with_root(root).render();
    }
}

/// The module's root component: the page of the address, or nothing if that is not a tool's.
pub struct Tools {
    locale: Locale,
    page: Option<Page>,
    /// It keeps recording while another page is shown.
    console: Console,
    /// It keeps its figures while another page is shown.
    pulse: Pulse,
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
        Self {
            locale: Locale::new(Language::preferred()),
            page: current_page(),
            console: Console::new(),
            pulse: Pulse::default(),
            styles: adopt_styles(STYLES),
            focus: Module::Tools.take_focus(),
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
            Some(Page::Pulse) => html! { <PulsePage pulse={self.pulse.clone()} {locale} /> },
            _ => Html::default(),
        };
        html! { <div hidden={self.page.is_none()}>{ page }</div> }
    }

    fn rendered(&mut self, _: &Context<Self>, _first: bool) {
        if let Some(styles) = &self.styles {
            styles.set_disabled(self.page.is_none());
        }
        if std::mem::take(&mut self.focus)
            && let Some(root) = Module::Tools.root()
        {
            navigation::focus_current_link(&root);
        }
    }
}

fn current_page() -> Option<Page> {
    match Route::current() {
        Route::Tool(page) if page.module() == Some(Module::Tools) => Some(page),
        _ => None,
    }
}
