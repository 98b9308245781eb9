//! The whole app: the user's identity, the language, and the current page.

mod texts;

use gloo_events::EventListener;
use shared::{Connection, Credentials, Refusal, RefusalCode, RoomName, Seq, Token, Username};
use yew::{Callback, Component, Context, ContextProvider, Html, html};

use crate::{
    AppContext, Driver, Locale, Route,
    driver::Subscription,
    i18n::{Language, fill},
    layers::Layers,
    navigation::{self, Page},
    notifications::Notifier,
    rooms::RoomsPage,
    sign_in::SignIn,
    storage,
    theme::Theme,
    timeline::Jump,
    tools::ToolsModule,
};
use texts::texts;

/// The root component.
pub struct App {
    context: AppContext,
    page: Page,
    tools: ToolsModule,
    /// The route that is shown.
    route: Option<Route>,
    room: RoomName,
    jump: Option<Jump>,
    named: bool,
    refusal: Option<Refusal>,
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
    on_rename: Callback<()>,
}

/// Events of the app.
pub enum Msg {
    /// The client has changed.
    Changed,
    /// The user chose a name.
    Named(Username),
    /// The user wants another name.
    Rename,
    /// The user goes to a room, perhaps to one of its messages.
    Go(RoomName, Option<Seq>),
    /// The user leaves a room.
    Leave(RoomName),
    /// The address bar changed.
    Routed,
    /// Another tab has joined or left a room.
    RoomsChanged,
    /// The user chose a language.
    Speak(Language),
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
            on_rename: link.callback(|()| Msg::Rename),
        };
        for room in storage::rooms() {
            driver.dispatch(|client, _| client.join(&room));
        }
        let routed = ctx.link().callback(|()| Msg::Routed);
        let other_tab = ctx.link().callback(|()| Msg::RoomsChanged);
        let listeners = vec![
            EventListener::new(&crate::browser::window(), "popstate", move |_| routed.emit(())),
            EventListener::new(&crate::browser::window(), "storage", move |event| {
                let event: &web_sys::StorageEvent = wasm_bindgen::JsCast::unchecked_ref(event);
                if event.key().is_some_and(|key| storage::is_rooms_key(&key)) {
                    other_tab.emit(());
                }
            }),
        ];
        let notified = ctx.link().callback(|(room, at)| Msg::Go(room, at));
        let mut app = Self {
            context: AppContext { driver, locale, layers: Layers::default() },
            route: None,
            page: Page::Rooms,
            tools: ToolsModule::new(ctx.link().callback(|()| Msg::Changed)),
            room: lobby(),
            jump: None,
            named: false,
            refusal: None,
            notifier: Notifier::new(notified),
            callbacks,
            _listeners: listeners,
            _changes: changes,
        };
        app.follow_route();
        if let Some(name) = storage::name() {
            app.named = true;
            app.identify(name, storage::token());
        }
        app.update_title();
        app
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Changed => {
                self.update_title();
                let refusal = self.refusal();
                let is_news = refusal != self.refusal;
                self.refusal = refusal;
                return is_news;
            }
            Msg::Named(name) => {
                self.named = true;
                // A token of another name must not be sent.
                let token = storage::token().filter(|_| storage::name().as_ref() == Some(&name));
                let token = token.filter(|_| self.refusal().is_none());
                storage::set_token(token.as_ref());
                self.identify(name, token);
            }
            Msg::Rename => self.named = false,
            Msg::Go(room, at) => {
                Route::show(&room, at, true);
                self.route = Some(Route::current());
                self.enter(room, at);
            }
            Msg::Leave(room) => self.leave(&room),
            Msg::Routed => {
                self.follow_route();
                self.update_title();
            }
            Msg::RoomsChanged => {
                for room in storage::rooms() {
                    self.context.driver.dispatch(|client, _| client.join(&room));
                }
            }
            Msg::Speak(language) => {
                storage::set_language(Some(language.tag()));
                language.apply();
                self.context.locale = Locale::new(language);
            }
        }
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        if self.page != Page::Rooms {
            return self.tools.view(self.page, &self.context.locale);
        }
        let Callbacks { on_name, on_language, on_go, on_leave, on_rename } = &self.callbacks;
        let page = if !self.named || self.refusal.is_some() {
            let error = self.refusal.as_ref().map(|refusal| self.explain(refusal));
            html! { <SignIn name={storage::name()} {error} {on_name} {on_language} /> }
        } else {
            html! {
                <RoomsPage
                    room={self.room.clone()} jump={self.jump} {on_go} {on_leave} {on_language} {on_rename}
                />
            }
        };
        html! { <ContextProvider<AppContext> context={self.context.clone()}>{ page }</ContextProvider<AppContext>> }
    }
}

impl App {
    /// Updates the title and the notifications.
    fn update_title(&mut self) {
        let texts = texts(self.context.locale.language);
        let words = self.context.locale.words();
        let place = match self.page {
            Page::Rooms if !self.named => words.app.to_owned(),
            Page::Rooms => fill(texts.page_title, &[self.room.as_str()]),
            page => format!("{} · {}", navigation::label(page, &self.context.locale), words.app),
        };
        let arrivals = self.context.driver.take_arrivals();
        let locale = &self.context.locale;
        self.context.driver.read(|client| self.notifier.update(&arrivals, client, place, locale));
    }

    /// Signs in. A claim is sent with a secret that is already in the browser's storage, so that it can be repeated.
    fn identify(&self, username: Username, token: Option<Token>) {
        let secret = if token.is_none() { storage::claim_secret() } else { None };
        self.context.driver.identify(Credentials { username: Some(username), token, secret });
    }

    fn refusal(&self) -> Option<Refusal> {
        match self.context.driver.read(shared::Client::connection) {
            Connection::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    fn explain(&self, refusal: &Refusal) -> String {
        let texts = texts(self.context.locale.language);
        match refusal.code {
            RefusalCode::NameTaken => texts.name_taken.to_owned(),
            RefusalCode::BadToken => texts.bad_token.to_owned(),
            _ => fill(texts.refused_because, &[&refusal.reason]),
        }
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
                Route::show(&room, None, false);
                self.enter(room, None);
            }
            Route::Room { room, at } => self.enter(room, at),
            Route::Tool(page) => {
                self.page = page;
                self.tools.load();
            }
        }
    }

    fn enter(&mut self, room: RoomName, at: Option<Seq>) {
        self.page = Page::Rooms;
        storage::set_followed(&room, true);
        storage::set_last_room(&room);
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
            Route::show(&next, None, true);
            self.enter(next, None);
        }
    }
}
