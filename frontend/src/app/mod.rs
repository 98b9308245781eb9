//! The whole app: the user's identity, the language, and the current page.

use gloo_events::EventListener;
use shared::{Connection, Credentials, Refusal, RefusalCode, RoomName, Seq, Token, Username};
use yew::{Component, Context, Html, html};

use crate::{
    Driver, Locale, Route,
    i18n::{Language, fill},
    navigation::{self, Page},
    notifications::Notifier,
    rooms::RoomsPage,
    sign_in::NameForm,
    storage,
    theme::Theme,
    timeline::Jump,
    tools::ToolsModule,
};

/// The root component.
pub struct App {
    driver: Driver,
    locale: Locale,
    /// Increases with every render that the driver requests.
    version: u64,
    page: Page,
    tools: ToolsModule,
    room: RoomName,
    jump: Option<Jump>,
    named: bool,
    notifier: Notifier,
    _listeners: Vec<EventListener>,
}

/// Events of the app.
pub enum Msg {
    /// There is something new to render.
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
        driver.on_change(ctx.link().callback(|()| Msg::Changed));
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
        let mut app = Self {
            driver,
            locale,
            version: 0,
            page: Page::Rooms,
            tools: ToolsModule::new(ctx.link().callback(|()| Msg::Changed)),
            room: lobby(),
            jump: None,
            named: false,
            notifier: Notifier::default(),
            _listeners: listeners,
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
                self.version += 1;
                self.update_title();
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
                self.enter(room, at);
            }
            Msg::Leave(room) => self.leave(&room),
            Msg::Routed => {
                self.follow_route();
                self.update_title();
            }
            Msg::RoomsChanged => {
                for room in storage::rooms() {
                    self.driver.dispatch(|client, _| client.join(&room));
                }
            }
            Msg::Speak(language) => {
                storage::set_language(Some(language.tag()));
                language.apply();
                self.locale = Locale::new(language);
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        if self.page != Page::Rooms {
            return self.tools.view(self.page, &self.locale);
        }
        let refusal = self.refusal();
        if !self.named || refusal.is_some() {
            let error = refusal.map(|refusal| self.explain(&refusal));
            return html! {
                <NameForm
                    locale={self.locale.clone()}
                    name={storage::name()}
                    {error}
                    on_name={link.callback(Msg::Named)}
                    on_language={link.callback(Msg::Speak)}
                />
            };
        }
        html! {
            <RoomsPage
                driver={self.driver.clone()}
                locale={self.locale.clone()}
                version={self.version}
                room={self.room.clone()}
                jump={self.jump}
                on_go={link.callback(|(room, at)| Msg::Go(room, at))}
                on_leave={link.callback(Msg::Leave)}
                on_language={link.callback(Msg::Speak)}
                on_rename={link.callback(|()| Msg::Rename)}
            />
        }
    }
}

impl App {
    /// Updates the title and the notifications.
    fn update_title(&mut self) {
        let texts = self.locale.texts();
        let place = match self.page {
            Page::Rooms if !self.named => texts.app.to_owned(),
            Page::Rooms => fill(texts.page_title, &[self.room.as_str()]),
            page => format!("{} · {}", navigation::label(page, &self.locale), texts.app),
        };
        self.driver.read(|client| self.notifier.update(client, place));
    }

    /// Signs in. A claim is sent with a secret that is already in the browser's storage, so that it can be repeated.
    fn identify(&self, username: Username, token: Option<Token>) {
        let secret = if token.is_none() { storage::claim_secret() } else { None };
        self.driver.identify(Credentials { username: Some(username), token, secret });
    }

    fn refusal(&self) -> Option<Refusal> {
        match self.driver.read(shared::Client::connection) {
            Connection::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    fn explain(&self, refusal: &Refusal) -> String {
        let texts = self.locale.texts();
        match refusal.code {
            RefusalCode::NameTaken => texts.name_taken.to_owned(),
            RefusalCode::BadToken => texts.bad_token.to_owned(),
            _ => fill(texts.refused_because, &[&refusal.reason]),
        }
    }

    fn follow_route(&mut self) {
        match Route::current() {
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
        let new = self.room != room || self.driver.read(|client| client.view().room(&room).is_none());
        if new {
            self.driver.dispatch(|client, _| client.enter(&room));
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
        self.driver.dispatch(|client, _| client.leave(room));
        if self.room == *room {
            let next = storage::rooms().into_iter().next().unwrap_or_else(lobby);
            Route::show(&next, None, true);
            self.enter(next, None);
        }
    }
}
