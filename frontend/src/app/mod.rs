//! The whole app: the user's identity, the language, and the current page.

mod membership;
mod texts;

use gloo_events::EventListener;
use shared::{Connection, DeviceCode, Refusal, RefusalCode, RoomName, Seq, Token, Username};
use yew::{AttrValue, Callback, Component, Context, ContextProvider, Html, MouseEvent, html};

use crate::{
    AppContext, Driver, Locale, Route, browser,
    device_link::{Redeem, forget_code, take_code},
    driver::Subscription,
    i18n::{Language, fill},
    invitation::{InvitationPage, forget_invitation, forget_token, take_invitation, take_token},
    layers::Layers,
    navigation::{self, Page},
    notifications::Notifier,
    on_demand::{CONNECTED, Module, ModuleOnDemand},
    rooms::RoomsPage,
    sign_in::{SignIn, barred_page, token_page},
    storage,
    theme::Theme,
    timeline::Jump,
};
use membership::Membership;
use texts::texts;

/// The root component.
pub struct App {
    context: AppContext,
    page: Page,
    tools: ModuleOnDemand,
    admin: ModuleOnDemand,
    /// The route that is shown.
    route: Option<Route>,
    room: RoomName,
    jump: Option<Jump>,
    /// The name that is used or requested.
    name: Option<Username>,
    refusal: Option<Refusal>,
    /// The code of a device link that was opened.
    device_code: Option<DeviceCode>,
    /// What an invitation's link has brought.
    invitation: Option<AttrValue>,
    /// A token of the operator's application is being tried, or was refused.
    link_token: Option<Token>,
    /// Whether the connection is there. `None`: it never was.
    is_live: Option<bool>,
    membership: Membership,
    notifier: Notifier,
    callbacks: Callbacks,
    _listeners: Vec<EventListener>,
    _changes: Subscription,
}

/// Made once: a new callback would render its component anew.
struct Callbacks {
    on_name: Callback<Username>,
    on_language: Callback<Language>,
    on_go: Callback<(RoomName, Option<Seq>)>,
    on_leave: Callback<RoomName>,
    on_redeemed: Callback<()>,
    on_invited: Callback<Option<RoomName>>,
    on_retry: Callback<MouseEvent>,
}

/// Events of the app.
pub enum Msg {
    /// The client has changed.
    Changed,
    /// A module on demand is loading, running or not available.
    ModuleChanged,
    /// The user chose a name.
    Named(Username),
    /// The user has used a device link, or does not want it.
    Redeemed,
    /// The user has accepted an invitation that leads to this room, or does not want it.
    Invited(Option<RoomName>),
    /// The user goes to a room, perhaps to one of its messages.
    Go(RoomName, Option<Seq>),
    /// The user leaves a room.
    Leave(RoomName),
    /// The address bar changed.
    Routed,
    /// Another tab has changed a stored value.
    Stored(String),
    /// The user chose a language.
    Speak(Language),
    /// Somebody who was barred tries to come in again.
    Retry,
}

/// The default room.
fn lobby() -> RoomName {
    RoomName::parse("lobby").expect("it is a valid name")
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let locale = Locale::new(Language::preferred());
        locale.language.apply();
        Theme::stored().apply();
        let driver = Driver::of_this_page();
        let link = ctx.link();
        let changes = driver.subscribe(link.callback(|()| Msg::Changed));
        let callbacks = Callbacks {
            on_name: link.callback(Msg::Named),
            on_language: link.callback(Msg::Speak),
            on_go: link.callback(|(room, at)| Msg::Go(room, at)),
            on_leave: link.callback(Msg::Leave),
            on_redeemed: link.callback(|()| Msg::Redeemed),
            on_invited: link.callback(Msg::Invited),
            on_retry: link.callback(|_| Msg::Retry),
        };
        for room in storage::rooms() {
            driver.dispatch(|client, _| client.join(&room));
        }
        let routed = ctx.link().callback(|()| Msg::Routed);
        let other_tab = ctx.link().callback(Msg::Stored);
        let mut listeners = vec![
            EventListener::new(&crate::browser::window(), "popstate", move |_| routed.emit(())),
            storage::listen(move |key| other_tab.emit(key)),
        ];
        listeners.extend(browser::keyboard::listeners());
        let notified = ctx.link().callback(|(room, at)| Msg::Go(room, at));
        let module_changed = ctx.link().callback(|()| Msg::ModuleChanged);
        let mut app = Self {
            context: AppContext { driver, locale, layers: Layers::default() },
            route: None,
            page: Page::Rooms,
            tools: ModuleOnDemand::new(Module::Tools, module_changed.clone()),
            admin: ModuleOnDemand::new(Module::Admin, module_changed),
            room: lobby(),
            jump: None,
            name: None,
            refusal: None,
            device_code: take_code(),
            invitation: take_invitation().map(AttrValue::from),
            link_token: None,
            is_live: None,
            membership: Membership::default(),
            notifier: Notifier::new(notified),
            callbacks,
            _listeners: listeners,
            _changes: changes,
        };
        // Following the route may change the address, which has the token.
        let token = take_token();
        app.follow_route();
        match token {
            Some(token) => app.try_token(token),
            None => app.context.driver.follow_name(),
        }
        app.note_identity();
        app.update_title();
        app
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Changed => {
                let moved = self.follow_membership();
                self.update_title();
                return self.note_identity() || moved;
            }
            Msg::ModuleChanged => {}
            Msg::Named(name) => {
                self.forget_token();
                self.context.driver.sign_in(&name);
                self.note_identity();
            }
            Msg::Redeemed => {
                forget_code();
                self.device_code = None;
            }
            Msg::Invited(room) => {
                forget_invitation();
                self.invitation = None;
                if let Some(room) = room {
                    Route::show(&room, None, false);
                    self.route = Some(Route::current());
                    self.enter(room, None);
                }
                self.note_identity();
            }
            // The other modules hear of it too.
            Msg::Go(room, at) if self.page != Page::Rooms => Route::go(&Route::path(&room, at)),
            Msg::Go(room, at) => {
                Route::show(&room, at, true);
                self.route = Some(Route::current());
                self.enter(room, at);
                self.update_title();
            }
            Msg::Leave(room) => self.leave(&room),
            Msg::Routed => {
                self.device_code = take_code().or(self.device_code.take());
                self.invitation = take_invitation().map(AttrValue::from);
                // It is kept until the `welcome`, and what opens or closes a layer comes here, too.
                if let Some(token) = take_token().filter(|token| self.link_token.as_ref() != Some(token)) {
                    self.try_token(token);
                }
                self.follow_route();
                self.update_title();
            }
            Msg::Stored(key) => {
                if storage::is_identity_key(&key) {
                    self.context.driver.follow_name();
                    return self.note_identity();
                }
                if storage::is_rooms_key(&key) {
                    for room in storage::rooms() {
                        self.context.driver.dispatch(|client, _| client.join(&room));
                    }
                }
                return false;
            }
            Msg::Retry => {
                let same = self.context.driver.read(|client| client.link().credentials().clone());
                self.context.driver.identify(same);
                return self.note_identity();
            }
            Msg::Speak(language) => {
                storage::set_language(Some(language.tag()));
                language.apply();
                self.context.locale = Locale::new(language);
            }
        }
        true
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.context.driver.stop();
    }

    fn view(&self, _: &Context<Self>) -> Html {
        if let Some(module) = self.module(self.page) {
            return module.view(self.page, &self.context.locale);
        }
        let Callbacks { on_name, on_language, on_go, on_leave, on_redeemed, on_invited, on_retry } =
            &self.callbacks;
        let locale = &self.context.locale;
        let page = if let Some(code) = &self.device_code {
            html! { <Redeem key={code.as_str()} code={code.clone()} on_done={on_redeemed} /> }
        } else if let Some(secret) = &self.invitation {
            html! { <InvitationPage key={secret.as_str()} {secret} on_done={on_invited} /> }
        } else if self.refusal.as_ref().is_some_and(|refusal| refusal.code == RefusalCode::Barred) {
            barred_page(locale, on_retry.clone())
        } else if self.link_token.is_some() {
            token_page(locale, self.refusal.as_ref(), storage::name().as_ref(), on_name)
        } else if self.name.is_none() || self.refusal.is_some() {
            let error = self.refusal.as_ref().and_then(|refusal| self.explain(refusal));
            html! {
                <SignIn
                    name={storage::name()} refusal={self.refusal.as_ref().map(|refusal| refusal.code)} {error}
                    lost_token={self.context.driver.has_lost_token()} {on_name} {on_language}
                />
            }
        } else {
            html! {
                <RoomsPage room={self.room.clone()} jump={self.jump} {on_go} {on_leave} {on_language} />
            }
        };
        html! { <ContextProvider<AppContext> context={self.context.clone()}>{ page }</ContextProvider<AppContext>> }
    }
}

impl App {
    /// The module that shows a page, unless this one does.
    fn module(&self, page: Page) -> Option<&ModuleOnDemand> {
        page.module().map(|module| match module {
            Module::Tools => &self.tools,
            Module::Admin => &self.admin,
        })
    }

    /// Updates the title and the notifications.
    fn update_title(&mut self) {
        let texts = texts(self.context.locale.language);
        let words = self.context.locale.words();
        let place = match self.page {
            Page::Rooms if self.name.is_none() => words.app.to_owned(),
            Page::Rooms => fill(texts.page_title, &[&self.context.room_label(&self.room).full()]),
            page => format!("{} · {}", navigation::label(page, &self.context.locale), words.app),
        };
        let arrivals = self.context.driver.take_arrivals();
        let locale = &self.context.locale;
        self.context.driver.read(|client| self.notifier.update(&arrivals, client, place, locale));
    }

    /// Notes who the user is, and whether the server refuses that. Returns whether it has changed.
    fn note_identity(&mut self) -> bool {
        let name = self.context.driver.read(|client| client.link().username().cloned());
        let refusal = self.refusal();
        let is_news = (&name, &refusal) != (&self.name, &self.refusal);
        (self.name, self.refusal) = (name, refusal);
        let is_live = self.context.driver.read(shared::Client::connection) == Connection::Live;
        if is_live && self.is_live == Some(false) {
            browser::announce(CONNECTED);
        }
        self.is_live = (is_live || self.is_live.is_some()).then_some(is_live);
        if is_live {
            self.forget_token();
        }
        is_news
    }

    fn refusal(&self) -> Option<Refusal> {
        match self.context.driver.read(shared::Client::connection) {
            Connection::Refused(refusal) => Some(refusal),
            Connection::Live => None,
            // Whoever is barred sees nothing else before the server lets them in.
            _ => self.refusal.clone().filter(|refusal| refusal.code == RefusalCode::Barred),
        }
    }

    /// Signs in by a token of the operator's application.
    fn try_token(&mut self, token: Token) {
        self.link_token = Some(token.clone());
        self.context.driver.sign_in_by_token(token);
        self.note_identity();
    }

    /// The token is stored under the name that it proves, or is not wanted.
    fn forget_token(&mut self) {
        if self.link_token.take().is_some() {
            forget_token();
        }
    }

    /// Why another name is needed. `None`: the first screen says what is needed.
    fn explain(&self, refusal: &Refusal) -> Option<String> {
        let texts = texts(self.context.locale.language);
        let words = self.context.locale.words();
        Some(match refusal.code {
            RefusalCode::NameTaken if self.context.driver.has_lost_token() => {
                fill(texts.name_lost, &[self.name.as_ref().map_or("", Username::as_str)])
            }
            RefusalCode::NameTaken => words.name_taken.to_owned(),
            RefusalCode::BadToken | RefusalCode::InvitationNeeded => return None,
            _ => fill(texts.refused_because, &[&refusal.reason]),
        })
    }

    fn follow_route(&mut self) {
        let route = Route::current();
        // Opening and closing a layer changes the history, but not the route.
        if self.route.as_ref() == Some(&route) {
            return;
        }
        self.route = Some(route.clone());
        match route {
            Route::Start => {
                let room = storage::last_room().unwrap_or_else(lobby);
                self.membership.nobody_asked_for(&room);
                Route::show(&room, None, false);
                self.enter(room, None);
            }
            Route::Room { room, at } => self.enter(room, at),
            Route::Tool(page) => {
                self.page = page;
                if let Some(module) = self.module(page) {
                    module.load();
                }
            }
        }
    }

    fn enter(&mut self, room: RoomName, at: Option<Seq>) {
        self.page = Page::Rooms;
        storage::set_followed(&room, true);
        storage::set_last_room(&room);
        membership::leave_lost(&self.context.driver, &self.room, &room);
        let new = self.room != room || self.context.driver.read(|client| client.view().room(&room).is_none());
        if new {
            self.context.driver.dispatch(|client, _| client.enter(&room));
        }
        let number = self.jump.map_or(0, |jump| jump.number + 1);
        self.jump = match at {
            Some(seq) => Some(Jump { seq, number }),
            None if new => None,
            None => self.jump,
        };
        self.room = room;
    }

    fn leave(&mut self, room: &RoomName) {
        storage::set_followed(room, false);
        self.context.driver.dispatch(|client, _| client.leave(room));
        if self.room == *room {
            let next = storage::rooms().into_iter().next().unwrap_or_else(lobby);
            self.membership.nobody_asked_for(&next);
            Route::show(&next, None, true);
            self.enter(next, None);
        }
    }
}
