//! The Admin page, a room's settings, and the user's own account: a module of its own, with its own styles, that the browser
//! loads when the first of these pages is opened.
//!
//! It knows what the server's HTTP API tells it, and changes everything by acts ([`shared::Act`]). What may be done is decided by
//! the server alone: these pages leave out what it would refuse, and show its refusals as they are. What the module and the
//! rooms' module know of each other is in `on_demand`.

mod account;
mod acting;
mod acts;
mod api;
mod bars;
mod bots;
mod confirm;
mod context;
mod export;
mod fields;
mod frame;
mod gate;
mod house;
mod invitations;
mod known;
mod link;
mod loaded;
mod once;
mod people;
mod place;
mod room;
mod rooms;
mod words;

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::CssStyleSheet;
use yew::{Component, Context, Html, html};

pub use gate::{Gate, GateProps};
pub use place::Place;

pub use crate::navigation::Part;
use crate::{
    Locale,
    browser::window,
    i18n::Language,
    layers::Layers,
    navigation,
    on_demand::{Module, adopt_styles},
    storage,
};

/// The styles of these pages alone. The page's style sheets are loaded before.
const STYLES: &[&str] = &[
    include_str!("../admin/frame/frame.css"),
    include_str!("../admin/frame/lists.css"),
    include_str!("../admin/bots/bots.css"),
    include_str!("../admin/once/once.css"),
];

/// Shows the module's pages in the page's third element. The module's entry calls it.
pub fn run() {
    if let Some(root) = Module::Admin.root() {
        yew::Renderer::<Admin>::with_root(root).render();
    }
}

/// The module's root component: the page of the address, or nothing if that is not one of these.
pub struct Admin {
    locale: Locale,
    layers: Layers,
    place: Option<Place>,
    /// Counts the changes of who the user is, each of which loads everything anew.
    identity: u32,
    styles: Option<CssStyleSheet>,
    /// The page was entered by a link, and the same link of the new page gets the focus.
    focus: bool,
    _listeners: [EventListener; 2],
}

/// Events of the module.
pub enum Msg {
    /// The address has changed.
    Routed {
        /// The focus was on a link of the page bar.
        from_link: bool,
    },
    /// Another tab has changed a stored value.
    Stored(String),
}

impl Component for Admin {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let (routed, stored) = (ctx.link().clone(), ctx.link().callback(Msg::Stored));
        let routed = EventListener::new(&window(), "popstate", move |_| {
            routed.send_message(Msg::Routed { from_link: navigation::is_on_link() });
        });
        Self {
            locale: Locale::new(Language::preferred()),
            layers: Layers::default(),
            place: Place::current(),
            identity: 0,
            styles: adopt_styles(STYLES),
            focus: Module::Admin.take_focus(),
            _listeners: [routed, storage::listen(move |key| stored.emit(key))],
        }
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Routed { from_link } => {
                let language = Language::preferred();
                if language != self.locale.language {
                    self.locale = Locale::new(language);
                }
                let place = Place::current();
                self.focus = from_link && place != self.place;
                // The user may have changed the name on the Rooms page.
                self.identity += u32::from(self.place.is_none());
                self.place = place;
            }
            Msg::Stored(key) if storage::is_identity_key(&key) => self.identity += 1,
            Msg::Stored(_) => return false,
        }
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let Some(place) = &self.place else { return html! { <div hidden=true></div> } };
        html! {
            <div>
                <Gate
                    key={self.identity} locale={self.locale.clone()} layers={self.layers.clone()}
                    place={Rc::new(place.clone())}
                />
            </div>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, _first: bool) {
        if let Some(styles) = &self.styles {
            styles.set_disabled(self.place.is_none());
        }
        if std::mem::take(&mut self.focus)
            && let Some(root) = Module::Admin.root()
        {
            navigation::focus_current_link(&root);
        }
    }
}
