//! The Rooms page: rooms, timeline and composer, members or search.

mod actions;
mod breakpoints;
mod dialogs;
mod leave;
mod panels;
mod texts;

use gloo_events::EventListener;

use shared::{RoomName, Seq, Username};
use wasm_bindgen::JsCast;
use yew::{
    Callback, Component, Context, ContextHandle, Html, MouseEvent, NodeRef, Properties, classes, html,
};

use crate::{
    AppContext,
    acts::enter_or_make,
    composer::{Mode, WriteHere},
    i18n::Language,
    icon::{self, icon},
    layers::{Layer, ReturnFocus, focus_into, focus_out_of, is_lost},
    members::Members,
    message::{ActionSheet, LongPress, MessageAction},
    navigation::{Page, page_bar},
    person::Person,
    room_bar::{Panel, RoomBar},
    room_list::RoomList,
    search::SearchPanel,
    shortcuts::Key,
    storage,
    storage_notice::StorageNotice,
    timeline::{Jump, Timeline},
    typing::Typing,
};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct PageProps {
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
}

/// An open dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Switcher,
    Keys,
    Settings,
    /// The question before the end of the membership in the closed room that is shown.
    Leave,
}

/// Whether the focus moves to the composer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    /// It stays where it is.
    Stay,
    /// Unless the device is used by touch.
    Home,
    /// On every device: the user wants to write.
    Write,
}

/// The page with the rooms.
pub struct RoomsPage {
    app: AppContext,
    _context: ContextHandle<AppContext>,
    callbacks: Callbacks,
    /// Whether the panels are beside the timeline.
    wide: bool,
    /// In a wide window: whether the members are open. The search covers them.
    members: bool,
    searching: Option<ReturnFocus>,
    /// In a narrow window, the panel is a layer.
    sheet: Option<(Panel, Layer)>,
    drawer: Option<Layer>,
    open: Option<Open>,
    /// The message whose actions are open, with the generation of its seq.
    menu: Option<(Seq, u32)>,
    /// Whom what can be done about is open.
    person: Option<Username>,
    mode: Mode,
    to_end: u32,
    drawer_node: NodeRef,
    panel_node: NodeRef,
    /// The layer whose content must get the focus when it is rendered.
    opened: Option<NodeRef>,
    /// Whether the focus moves to the composer when the page is rendered.
    focus: Focus,
    _keys: EventListener,
    _widths: Vec<EventListener>,
    _presses: LongPress,
}

/// Made once: a new callback would render its component anew.
struct Callbacks {
    on_go: Callback<(RoomName, Option<Seq>)>,
    on_switch: Callback<RoomName>,
    on_room: Callback<RoomName>,
    on_leave: Callback<RoomName>,
    on_left: Callback<RoomName>,
    on_panel: Callback<Panel>,
    on_search_close: Callback<()>,
    on_members_close: Callback<MouseEvent>,
    on_rooms: Callback<MouseEvent>,
    on_rooms_close: Callback<MouseEvent>,
    on_backdrop: Callback<MouseEvent>,
    on_settings: Callback<MouseEvent>,
    on_dialog_close: Callback<()>,
    on_menu_close: Callback<()>,
    on_person: Callback<Username>,
    on_person_close: Callback<()>,
    on_action: Callback<MessageAction>,
    on_mode: Callback<Mode>,
    on_posted: Callback<()>,
}

/// Events of the page.
pub enum Msg {
    /// Another language was chosen.
    Context(AppContext),
    /// A panel is opened or closed.
    Panel(Panel),
    /// The drawer of rooms is opened or closed.
    Drawer(bool),
    /// The window has become wide or narrow.
    Wide(bool),
    /// The layer on top is closed.
    CloseTop,
    /// A dialog is closed.
    Close,
    /// The actions on a message are opened.
    Menu(Seq),
    /// They are closed.
    CloseMenu,
    /// What can be done about somebody is opened, or closed.
    Person(Option<Username>),
    /// The user chose a room in the switcher, or the name of a new one.
    Switch(RoomName),
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
    /// The user wants to leave a room.
    Leave(RoomName),
    /// The user leaves a room.
    Left(RoomName),
}

impl Component for RoomsPage {
    type Message = Msg;
    type Properties = PageProps;

    fn create(ctx: &Context<Self>) -> Self {
        let widths = breakpoints::listeners(
            ctx.link().callback(Msg::Wide),
            // The rooms are a drawer no more, or are one that is closed.
            ctx.link().callback(|_| Msg::Drawer(false)),
        );
        let (app, context) =
            ctx.link().context(ctx.link().callback(Msg::Context)).expect("the app provides its context");
        let on_key = ctx.link().callback(Msg::Key);
        let layers = app.layers.clone();
        let keys = EventListener::new_with_options(
            &crate::browser::document(),
            "keydown",
            gloo_events::EventListenerOptions::enable_prevent_default(),
            move |event| {
                if let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>()
                    && let Some(key) = Key::of(event)
                    // What lies beneath a layer is out of reach.
                    && (key == Key::Escape || !layers.is_open())
                {
                    if key == Key::Text {
                        // The browser types the character into what has the focus after this event.
                        layers.focus_home_to_write();
                    } else {
                        event.prevent_default();
                        on_key.emit(key);
                    }
                }
            },
        );
        let link = ctx.link();
        let callbacks = Callbacks {
            on_go: link.callback(|(room, at)| Msg::Go(room, at)),
            on_switch: link.callback(Msg::Switch),
            on_leave: link.callback(Msg::Leave),
            on_left: link.callback(Msg::Left),
            on_panel: link.callback(Msg::Panel),
            on_search_close: link.callback(|()| Msg::Panel(Panel::None)),
            on_members_close: link.callback(|_| Msg::Panel(Panel::None)),
            on_rooms: link.callback(|_| Msg::Drawer(true)),
            on_rooms_close: link.callback(|_| Msg::Drawer(false)),
            on_backdrop: link.callback(|_| Msg::CloseTop),
            on_settings: link.callback(|_| Msg::Settings),
            on_dialog_close: link.callback(|()| Msg::Close),
            on_menu_close: link.callback(|()| Msg::CloseMenu),
            on_person: link.callback(|person| Msg::Person(Some(person))),
            on_person_close: link.callback(|()| Msg::Person(None)),
            on_room: link.callback(|room| Msg::Go(room, None)),
            on_action: link.callback(Msg::Action),
            on_mode: link.callback(Msg::Mode),
            on_posted: link.callback(|()| Msg::Posted),
        };
        Self {
            app,
            _context: context,
            callbacks,
            wide: breakpoints::is_wide(),
            members: !storage::members_closed(),
            searching: None,
            sheet: None,
            drawer: None,
            open: None,
            menu: None,
            person: None,
            mode: Mode::Write,
            to_end: 0,
            drawer_node: NodeRef::default(),
            panel_node: NodeRef::default(),
            opened: None,
            focus: Focus::Stay,
            _keys: keys,
            _widths: widths,
            _presses: LongPress::new(&ctx.link().callback(Msg::Menu)),
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &PageProps) -> bool {
        let props = ctx.props();
        if props.room != old.room {
            self.mode = Mode::Write;
            if is_lost() && self.focus == Focus::Stay {
                self.focus = Focus::Home;
            }
        }
        if (&props.room, props.jump) != (&old.room, old.jump) {
            self.close_layers();
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        match msg {
            Msg::Context(app) => self.app = app,
            Msg::Panel(panel) => self.open_panel(ctx, panel),
            Msg::Drawer(open) => {
                focus_out_of(&self.drawer_node);
                self.drawer = open.then(|| self.layer(ctx, Msg::Drawer, false));
                self.opened = open.then(|| self.drawer_node.clone());
            }
            Msg::Wide(wide) => {
                let panel = self.panel();
                self.sheet = None;
                self.wide = wide;
                self.searching = (wide && panel == Panel::Search).then(|| self.app.layers.return_focus());
            }
            Msg::CloseTop => {
                self.app.layers.close_top();
            }
            Msg::Close => self.open = None,
            Msg::Menu(seq) => self.open_menu(props, seq),
            Msg::CloseMenu => self.menu = None,
            Msg::Person(person) => self.person = person,
            Msg::Switch(room) => {
                self.close_layers();
                enter_or_make(&self.app.driver, room, self.callbacks.on_room.clone());
            }
            Msg::Settings => self.open = Some(Open::Settings),
            Msg::Mode(mode) => self.mode = mode,
            Msg::Posted => self.to_end += 1,
            Msg::Action(act) => self.act(props, act),
            Msg::Key(key) => self.key(ctx, key),
            Msg::Go(room, at) => {
                self.close_layers();
                // The timeline moves the focus to the message of a jump.
                if at.is_none() {
                    self.focus = Focus::Home;
                }
                props.on_go.emit((room, at));
            }
            Msg::Leave(room) if self.is_closed(&room) => self.open = Some(Open::Leave),
            Msg::Leave(room) | Msg::Left(room) => {
                self.open = None;
                self.focus = Focus::Home;
                props.on_leave.emit(room);
            }
        }
        true
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        if let Some(node) = self.opened.take() {
            focus_into(&node);
        }
        match std::mem::replace(&mut self.focus, Focus::Stay) {
            Focus::Stay => {}
            Focus::Home => self.app.layers.focus_home(),
            Focus::Write => self.app.layers.focus_home_to_write(),
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (props, on) = (ctx.props(), &self.callbacks);
        let words = self.app.locale.words();
        let panel = self.panel();
        // What lies beneath them is inert.
        let (under_drawer, under_sheet) = (self.drawer.is_some(), self.sheet.is_some());
        html! {
            <div class={classes!("app", self.drawer.is_some().then_some("drawer-open"), panel.class())}>
                <div ref={self.drawer_node.clone()} class="drawer" tabindex="-1" inert={under_sheet}>
                    <header class="panel-head">
                        <span class="brand">{ words.app }</span>
                        <button
                            type="button" class="icon-button only-narrow" aria-label={words.close} onclick={&on.on_rooms_close}
                        >
                            { icon(icon::CLOSE) }
                        </button>
                    </header>
                    { page_bar(&self.app.locale, Page::Rooms) }
                    <RoomList room={props.room.clone()} on_go={&on.on_go} />
                </div>
                <div class="backdrop" onclick={&on.on_backdrop}></div>
                <main class="room" inert={under_drawer || under_sheet}>
                    <RoomBar
                        room={props.room.clone()} {panel} on_panel={&on.on_panel} on_rooms={&on.on_rooms}
                        on_leave={&on.on_leave}
                        on_settings={&on.on_settings}
                    />
                    <Timeline
                        room={props.room.clone()} jump={props.jump} to_end={self.to_end} on_action={&on.on_action}
                    />
                    <Typing room={props.room.clone()} />
                    <StorageNotice />
                    <WriteHere
                        room={props.room.clone()} mode={self.mode.clone()} on_mode={&on.on_mode}
                        on_posted={&on.on_posted}
                    />
                </main>
                if panel == Panel::Members {
                    <Members
                        node={self.panel_node.clone()} room={props.room.clone()} on_person={&on.on_person}
                        on_close={&on.on_members_close}
                    />
                }
                if panel == Panel::Search {
                    <SearchPanel
                        node={self.panel_node.clone()} room={props.room.clone()} on_go={&on.on_go}
                        on_close={&on.on_search_close}
                    />
                }
                { self.dialog(ctx) }
                if let Some(person) = &self.person {
                    <Person
                        room={props.room.clone()} username={person.clone()} on_go={&on.on_room}
                        on_close={&on.on_person_close}
                    />
                }
                if let Some((seq, generation)) = self.menu {
                    <ActionSheet
                        room={props.room.clone()} {seq} {generation} on_action={&on.on_action} on_close={&on.on_menu_close}
                    />
                }
            </div>
        }
    }
}
