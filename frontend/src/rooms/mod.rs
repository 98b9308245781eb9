//! The Rooms page: rooms, timeline and composer, members or search.

use std::rc::Rc;

use gloo_events::EventListener;

use shared::{About, AboutKind, RoomName, Seq, Username};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, MediaQueryListEvent};
use yew::{Callback, Component, Context, Html, NodeRef, Properties, classes, html};

use crate::{
    Driver, Locale,
    composer::{Composer, Mode},
    i18n::{Language, fill},
    icon::{self, icon},
    members::member_list,
    message::MessageAction,
    navigation::{Page, page_bar},
    room_bar::{Bar, Panel, bar},
    room_list::RoomList,
    search::SearchPanel,
    settings::Settings,
    shortcuts::{Key, key_help},
    storage,
    switcher::Switcher,
    timeline::{Jump, Timeline},
};

/// The media query for windows with space for the members beside the timeline.
const WIDE: &str = "(min-width: 1000px)";

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct PageProps {
    /// The source of all data.
    pub driver: Driver,
    /// The language.
    pub locale: Locale,
    /// Increases with every change.
    pub version: u64,
    /// The room that is shown.
    pub room: RoomName,
    /// The message to show, if the user has jumped to one.
    pub jump: Option<Jump>,
    /// The user goes to a room.
    pub on_go: Callback<(RoomName, Option<Seq>)>,
    /// The user leaves a room.
    pub on_leave: Callback<RoomName>,
    /// The user chose a language.
    pub on_language: Callback<Language>,
    /// The user wants another name.
    pub on_rename: Callback<()>,
}

/// An open dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Switcher,
    Keys,
    Settings,
}

/// The page with the rooms.
pub struct RoomsPage {
    panel: Panel,
    drawer: bool,
    open: Option<Open>,
    mode: Mode,
    to_end: u32,
    names: Rc<Vec<Username>>,
    /// The drawer, the button that closes it, and the button that opens it.
    drawer_node: NodeRef,
    drawer_button: NodeRef,
    rooms_button: NodeRef,
    /// The drawer was opened or closed, and the focus must follow.
    drawer_moved: bool,
    _keys: EventListener,
    _width: Option<EventListener>,
}

/// Events of the page.
pub enum Msg {
    /// A panel is opened or closed.
    Panel(Panel),
    /// The drawer of rooms is opened or closed.
    Drawer(bool),
    /// The window has become wide or narrow.
    Wide(bool),
    /// Whatever covers the timeline is closed.
    CloseOverlay,
    /// A dialog is closed.
    Close,
    /// The settings are opened.
    Settings,
    /// A reply or an edit starts or ends.
    Mode(Mode),
    /// Something was posted.
    Posted,
    /// The user does something with a message.
    Action(MessageAction),
    /// A shortcut was pressed.
    Key(Key),
    /// The user goes to a room.
    Go(RoomName, Option<Seq>),
}

impl Component for RoomsPage {
    type Message = Msg;
    type Properties = PageProps;

    fn create(ctx: &Context<Self>) -> Self {
        let wide = crate::browser::matches_media(WIDE);
        let on_width = ctx.link().callback(Msg::Wide);
        let width = crate::browser::media(WIDE).map(|media| {
            EventListener::new(&media, "change", move |event| {
                if let Some(event) = event.dyn_ref::<MediaQueryListEvent>() {
                    on_width.emit(event.matches());
                }
            })
        });
        let on_key = ctx.link().callback(Msg::Key);
        let keys = EventListener::new_with_options(
            &crate::browser::document(),
            "keydown",
            gloo_events::EventListenerOptions::enable_prevent_default(),
            move |event| {
                if let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>()
                    && let Some(key) = Key::of(event)
                {
                    if key != Key::Escape {
                        event.prevent_default();
                    }
                    on_key.emit(key);
                }
            },
        );
        Self {
            panel: if wide && !storage::members_closed() { Panel::Members } else { Panel::None },
            drawer: false,
            open: None,
            mode: Mode::Write,
            to_end: 0,
            names: names(ctx.props()),
            drawer_node: NodeRef::default(),
            drawer_button: NodeRef::default(),
            rooms_button: NodeRef::default(),
            drawer_moved: false,
            _keys: keys,
            _width: width,
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &PageProps) -> bool {
        if ctx.props().room != old.room {
            self.mode = Mode::Write;
        }
        let names = names(ctx.props());
        if names != self.names {
            self.names = names;
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        let drawer = self.drawer;
        match msg {
            Msg::Panel(panel) => {
                // In a narrow window, the panel covers the room and is not a setting.
                if panel != Panel::Search && crate::browser::matches_media(WIDE) {
                    storage::set_members_closed(panel != Panel::Members);
                }
                self.panel = panel;
            }
            Msg::Drawer(drawer) => self.drawer = drawer,
            // In a narrow window the members would cover the room.
            Msg::Wide(false) if self.panel == Panel::Members => self.panel = Panel::None,
            Msg::Wide(true) if self.panel == Panel::None && !storage::members_closed() => {
                self.panel = Panel::Members;
            }
            Msg::Wide(_) => {}
            Msg::CloseOverlay => (self.drawer, self.panel) = (false, Panel::None),
            Msg::Close => self.open = None,
            Msg::Settings => self.open = Some(Open::Settings),
            Msg::Mode(mode) => self.mode = mode,
            Msg::Posted => self.to_end += 1,
            Msg::Action(act) => self.act(props, act),
            Msg::Key(key) => self.key(props, key),
            Msg::Go(room, at) => {
                (self.drawer, self.open) = (false, None);
                if at.is_some() && !crate::browser::matches_media(WIDE) {
                    self.panel = Panel::None;
                }
                props.on_go.emit((room, at));
            }
        }
        self.drawer_moved |= self.drawer != drawer;
        true
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        if std::mem::take(&mut self.drawer_moved) {
            self.focus_follows_drawer();
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let texts = props.locale.texts();
        let on_go = link.callback(|(room, at)| Msg::Go(room, at));
        let top = Bar {
            driver: props.driver.clone(),
            locale: props.locale.clone(),
            version: props.version,
            room: props.room.clone(),
            panel: self.panel,
            on_panel: link.callback(Msg::Panel),
            on_rooms: link.callback(|_| Msg::Drawer(true)),
            rooms_button: self.rooms_button.clone(),
            on_leave: props.on_leave.clone(),
            on_settings: link.callback(|_| Msg::Settings),
        };
        html! {
            <div class={classes!("app", self.drawer.then_some("drawer-open"), self.panel.class())}>
                <div ref={self.drawer_node.clone()} class="drawer">
                    <header class="drawer-head">
                        <span class="brand">{ texts.app }</span>
                        <button
                            ref={self.drawer_button.clone()} type="button" class="icon-button only-narrow"
                            aria-label={texts.close} onclick={link.callback(|_| Msg::Drawer(false))}
                        >
                            { icon(icon::CLOSE) }
                        </button>
                    </header>
                    { page_bar(&props.locale, Page::Rooms) }
                    <RoomList
                        driver={props.driver.clone()} locale={props.locale.clone()} version={props.version}
                        room={props.room.clone()} on_go={on_go.clone()}
                    />
                </div>
                <div class="backdrop" onclick={link.callback(|_| Msg::CloseOverlay)}></div>
                <main class="room">
                    { bar(&top) }
                    <Timeline
                        driver={props.driver.clone()} locale={props.locale.clone()} version={props.version}
                        room={props.room.clone()} jump={props.jump} to_end={self.to_end}
                        on_action={link.callback(Msg::Action)}
                    />
                    <p class="typing" aria-live="off">{ typing(props) }</p>
                    <Composer
                        driver={props.driver.clone()} locale={props.locale.clone()} room={props.room.clone()}
                        mode={self.mode.clone()} names={Rc::clone(&self.names)}
                        on_mode={link.callback(Msg::Mode)} on_posted={link.callback(|()| Msg::Posted)}
                    />
                </main>
                if self.panel == Panel::Members {
                    { member_list(
                        &props.driver,
                        &props.locale,
                        &props.room,
                        link.callback(|_| Msg::Panel(Panel::None)),
                    ) }
                }
                if self.panel == Panel::Search {
                    <SearchPanel
                        locale={props.locale.clone()} room={props.room.clone()} {on_go}
                        on_close={link.callback(|()| Msg::Panel(Panel::None))}
                    />
                }
                { self.dialog(ctx) }
            </div>
        }
    }
}

impl RoomsPage {
    /// Moves the focus into the drawer when it opens, and back when it closes, unless the focus is elsewhere.
    fn focus_follows_drawer(&self) {
        let active = crate::browser::document().active_element();
        let is_free = active.is_none_or(|active| {
            active.tag_name() == "BODY"
                || self.drawer_node.get().is_some_and(|drawer| drawer.contains(Some(&active)))
        });
        let button = if self.drawer { &self.drawer_button } else { &self.rooms_button };
        if (self.drawer || is_free)
            && let Some(button) = button.cast::<HtmlElement>()
        {
            let _ = button.focus();
        }
    }

    fn dialog(&self, ctx: &Context<Self>) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let on_close = link.callback(|()| Msg::Close);
        match self.open {
            None => Html::default(),
            Some(Open::Keys) => key_help(&props.locale, on_close),
            Some(Open::Switcher) => html! {
                <Switcher
                    driver={props.driver.clone()} locale={props.locale.clone()} {on_close}
                    on_go={link.callback(|room| Msg::Go(room, None))}
                />
            },
            Some(Open::Settings) => html! {
                <Settings
                    locale={props.locale.clone()} me={props.driver.read(|client| client.view().me().cloned())}
                    on_language={props.on_language.clone()} on_rename={props.on_rename.clone()} {on_close}
                />
            },
        }
    }

    fn act(&mut self, props: &PageProps, act: MessageAction) {
        match act {
            MessageAction::Reply(entry) => self.mode = Mode::Reply(entry),
            MessageAction::Edit(entry) => self.mode = Mode::Edit(entry),
            MessageAction::Delete(entry) => {
                let about = About { seq: entry.message.seq, kind: AboutKind::Retraction };
                props.driver.post(&props.room, "", Some(about));
            }
            MessageAction::React(entry, emoji) => {
                let me = props.driver.read(|client| client.view().me().cloned());
                let own = entry.reactions.iter().filter(|reaction| reaction.emoji == emoji);
                let own =
                    own.flat_map(|reaction| &reaction.by).find(|(username, _)| Some(username) == me.as_ref());
                let (text, about) = match own {
                    Some((_, seq)) => ("", About { seq: *seq, kind: AboutKind::Retraction }),
                    None => (emoji.as_str(), About { seq: entry.message.seq, kind: AboutKind::Reaction }),
                };
                props.driver.post(&props.room, text, Some(about));
            }
            MessageAction::Open(seq) => props.on_go.emit((props.room.clone(), Some(seq))),
        }
    }

    fn key(&mut self, props: &PageProps, key: Key) {
        match key {
            Key::Switcher => self.open = Some(Open::Switcher),
            Key::Help => self.open = Some(Open::Keys),
            Key::Search => self.panel = Panel::Search,
            Key::Escape if self.drawer => self.drawer = false,
            Key::Escape => {
                if self.panel == Panel::Search {
                    self.panel = Panel::None;
                }
            }
            Key::Room(step) => {
                let rooms: Vec<RoomName> =
                    props.driver.read(|client| client.view().rooms().map(|(room, _)| room.clone()).collect());
                let at = rooms.iter().position(|room| *room == props.room).unwrap_or(0);
                let next = (at + rooms.len()).saturating_add_signed(step) % rooms.len().max(1);
                if let Some(room) = rooms.get(next) {
                    props.on_go.emit((room.clone(), None));
                }
            }
        }
    }
}

/// The names that can be mentioned here, without the user's own.
fn names(props: &PageProps) -> Rc<Vec<Username>> {
    props.driver.read(|client| {
        let me = client.view().me();
        let room = client.view().room(&props.room);
        let mut names: Vec<_> = room.map(|room| room.members().names.clone()).unwrap_or_default();
        names.retain(|name| Some(name) != me);
        names.sort_by_cached_key(|name| name.as_str().to_lowercase());
        Rc::new(names)
    })
}

/// The users who are typing, in words.
fn typing(props: &PageProps) -> Html {
    let texts = props.locale.texts();
    let words = props.driver.read(|client| {
        let names: Vec<_> = client.view().room(&props.room)?.typing().map(Username::as_str).collect();
        Some(match names[..] {
            [] => return None,
            [one] => fill(texts.typing_one, &[one]),
            [one, two] => fill(texts.typing_two, &[one, two]),
            _ => texts.typing_many.to_owned(),
        })
    });
    html! { <bdi data-testid="typing">{ words.unwrap_or_default() }</bdi> }
}
