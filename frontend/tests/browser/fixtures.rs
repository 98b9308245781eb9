//! Containers for components, and data to show in them.

use std::{cell::Cell, marker::PhantomData, rc::Rc, time::Duration};

use frontend::{
    AppContext, Driver, Locale,
    i18n::Language,
    layers::Layers,
    rooms::{PageProps, RoomsPage},
};
use gloo_timers::future::sleep;
use shared::{
    Authorship, Credentials, Epoch, Event, FromServer, Limits, Members, Message, MessageId, Role, RoomInfo,
    RoomName, RoomSummary, Seq, Timestamp, Token, Username, house::Access,
};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, EventInit, HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::{
    AppHandle, Callback, Component, Context, ContextProvider, Html, Properties, Renderer, html,
    html::BaseComponent,
    virtual_dom::{VComp, VNode},
};

const STYLES: [&str; 11] = [
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../src/author/author.css"),
    include_str!("../../src/composer/composer.css"),
    include_str!("../../src/dialog/dialog.css"),
    include_str!("../../src/message/message.css"),
    include_str!("../../src/message/reactions.css"),
    include_str!("../../src/message/sheet.css"),
    include_str!("../../src/message/text.css"),
    include_str!("../../src/rooms/rooms.css"),
    include_str!("../../src/timeline/timeline.css"),
];

pub(crate) fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("tests run in a page")
}

/// Gives a container another height, in pixels.
pub(crate) fn set_height(container: &Element, height: u32) {
    let style = container.dyn_ref::<HtmlElement>().expect("it is of HTML").style();
    style.set_property("height", &format!("{height}px")).expect("it has a size");
}

/// An empty container with the app's styles, 800 pixels wide.
pub(crate) fn container_of(height: u32) -> Element {
    let document = document();
    if document.get_element_by_id("styles").is_none() {
        let style = document.create_element("style").expect("a style can be made");
        style.set_id("styles");
        // The page fills its container instead of the window.
        style.set_text_content(Some(&(STYLES.concat() + ".app { height: 100%; }")));
        document.body().expect("a page has a body").append_child(&style).expect("it takes the styles");
    }
    let container = document.create_element("div").expect("a place can be made");
    let style = container.dyn_ref::<HtmlElement>().expect("it is of HTML").style();
    for (name, value) in [("width", "800px"), ("display", "flex"), ("flex-direction", "column")] {
        style.set_property(name, value).expect("it has a size");
    }
    set_height(&container, height);
    document.body().expect("a page has a body").append_child(&container).expect("it takes a place");
    container
}

/// Waits until a condition is true; fails after five seconds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..250 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain: {what}");
}

/// Waits for the browser's next frame.
pub(crate) async fn next_frame() {
    let frame = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("tests run in a page");
        window.request_animation_frame(&resolve).expect("there are frames");
    });
    js_sys::futures::JsFuture::from(frame).await.expect("a frame comes");
}

/// Waits until everything is rendered and measured.
pub(crate) async fn settled() {
    sleep(Duration::from_millis(150)).await;
}

pub(crate) fn all(container: &Element, selector: &str) -> Vec<Element> {
    let found = container.query_selector_all(selector).expect("the selector is right");
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

pub(crate) fn one(container: &Element, selector: &str) -> Element {
    container
        .query_selector(selector)
        .expect("the selector is right")
        .unwrap_or_else(|| panic!("no {selector}"))
}

/// Renders one component as the app does, with the app's context.
pub(crate) async fn render<C: BaseComponent>(
    driver: &Driver,
    props: C::Properties,
) -> (Element, AppHandle<InApp<C>>) {
    render_in(container_of(600), driver, props).await
}

/// Renders one component into a container.
async fn render_in<C: BaseComponent>(
    container: Element,
    driver: &Driver,
    props: C::Properties,
) -> (Element, AppHandle<InApp<C>>) {
    let context = AppContext {
        driver: driver.clone(),
        locale: Locale::new(Language::English),
        layers: Layers::default(),
    };
    let props = InAppProps { context, props: Rc::new(props) };
    let shown = Renderer::<InApp<C>>::with_root_and_props(container.clone(), props).render();
    settled().await;
    (container, shown)
}

thread_local! {
    static PAGE: Cell<Option<AppHandle<InApp<RoomsPage>>>> = const { Cell::new(None) };
}

/// Renders the page with the rooms.
pub(crate) async fn render_rooms(driver: &Driver, room: &RoomName) -> Element {
    // All tests share a document: the page of the test before must not hear its keys.
    if let Some(before) = PAGE.take() {
        before.destroy();
    }
    let (container, shown) = render_page(driver, room, 600).await;
    PAGE.set(Some(shown));
    container
}

/// Renders the page with the rooms in a container of this height.
pub(crate) async fn render_page(
    driver: &Driver,
    room: &RoomName,
    height: u32,
) -> (Element, AppHandle<InApp<RoomsPage>>) {
    let props = PageProps {
        room: room.clone(),
        jump: None,
        on_go: Callback::noop(),
        on_leave: Callback::noop(),
        on_language: Callback::noop(),
    };
    render_in::<RoomsPage>(container_of(height), driver, props).await
}

/// Chooses another language for a component.
pub(crate) fn speak<C: BaseComponent>(
    shown: &mut AppHandle<InApp<C>>,
    driver: &Driver,
    props: C::Properties,
    language: Language,
) {
    let context =
        AppContext { driver: driver.clone(), locale: Locale::new(language), layers: Layers::default() };
    shown.update(InAppProps { context, props: Rc::new(props) });
}

/// A component within the app's context.
pub(crate) struct InApp<C>(PhantomData<C>);

#[derive(Properties)]
pub(crate) struct InAppProps<P: PartialEq> {
    context: AppContext,
    props: Rc<P>,
}

impl<P: PartialEq> PartialEq for InAppProps<P> {
    fn eq(&self, other: &Self) -> bool {
        self.context == other.context && self.props == other.props
    }
}

impl<C: BaseComponent> Component for InApp<C> {
    type Message = ();
    type Properties = InAppProps<C::Properties>;

    fn create(_: &Context<Self>) -> Self {
        Self(PhantomData)
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let InAppProps { context, props } = ctx.props();
        let component = VNode::from(VComp::new::<C>(Rc::clone(props), None));
        html! { <ContextProvider<AppContext> context={context.clone()}>{ component }</ContextProvider<AppContext>> }
    }
}

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("it is a room's name")
}

pub(crate) fn user(name: &str) -> Username {
    Username::parse(name).expect("it is a user's name")
}

pub(crate) fn message(room: &RoomName, seq: u64, username: &str, text: &str) -> Message {
    Message {
        room: room.clone(),
        seq: Seq(seq),
        id: MessageId::parse(&format!("id-{seq}")).expect("it is an id"),
        username: user(username),
        text: text.to_owned(),
        sent_at: Timestamp::from_millis(
            1_760_000_000_000 + i64::try_from(seq).expect("a small number") * 60_000,
        ),
        about: None,
        authorship: Authorship::Proven,
    }
}

/// A driver without a server. It is signed in as `ann`, a member, and has joined an open room with these messages.
pub(crate) fn driver_with(room: &RoomName, messages: Vec<Message>, more: bool) -> Driver {
    driver_in(room, messages, more, Role::Member, RoomInfo::default())
}

/// A driver without a server. It is signed in as `ann` with this role and has joined a room with these messages.
pub(crate) fn driver_in(
    room: &RoomName,
    messages: Vec<Message>,
    more: bool,
    role: Role,
    info: RoomInfo,
) -> Driver {
    let driver = Driver::new("ws://127.0.0.1:9/ws");
    driver.dispatch(|client, now| {
        // The actions of the link are dropped, so it believes that it is connected.
        let _ = client.enter(room);
        let _ = client.identify(Credentials::named(user("ann")), now);
        let _ = client.handle(&Event::Opened, now);
        Vec::new()
    });
    hear(
        &driver,
        &[
            welcome_to(Access::Open, role, Vec::new()),
            FromServer::Joined {
                room: room.clone(),
                epoch: Epoch::parse("e").expect("it is an epoch"),
                head: messages.last().map_or(Seq::ZERO, |last| last.seq),
                resumed: false,
                messages,
                context: Vec::new(),
                more,
                members: Members { count: 3, names: vec![user("ann"), user("bob"), user("王小明")] },
                seen: None,
                info,
            },
        ],
    );
    driver
}

/// The `welcome` of `ann`, in a role, into a house.
pub(crate) fn welcome_to(access: Access, role: Role, rooms: Vec<RoomSummary>) -> FromServer {
    FromServer::Welcome {
        username: user("ann"),
        token: Token::parse("t").ok(),
        session: "s".to_owned(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms,
        role,
        access,
    }
}

/// Feeds frames of the server to a driver.
pub(crate) fn hear(driver: &Driver, frames: &[FromServer]) {
    driver.dispatch(|client, now| {
        for frame in frames {
            // Actions of the link are dropped.
            let _ = client.handle(&Event::Frame(&frame.encode()), now);
        }
        Vec::new()
    });
}

/// Sets the text of a field, as a user's input does.
pub(crate) fn input(field: &Element, text: &str) {
    field.dyn_ref::<HtmlTextAreaElement>().expect("it is a field").set_value(text);
    let init = EventInit::new();
    init.set_bubbles(true);
    let input = web_sys::Event::new_with_event_init_dict("input", &init).expect("an event can be made");
    field.dispatch_event(&input).expect("it can be heard");
}

/// Clicks on the only element of a selector.
pub(crate) fn click(container: &Element, selector: &str) {
    one(container, selector).dyn_ref::<HtmlElement>().expect("it is of HTML").click();
}

/// Sets the text of an input, as a user's input does.
pub(crate) fn type_into(container: &Element, selector: &str, text: &str) {
    let field = one(container, selector);
    field.dyn_ref::<HtmlInputElement>().expect("it is an input").set_value(text);
    let init = EventInit::new();
    init.set_bubbles(true);
    let input = web_sys::Event::new_with_event_init_dict("input", &init).expect("an event can be made");
    field.dispatch_event(&input).expect("it can be heard");
}

/// The text of the only element of a selector.
pub(crate) fn text_of(container: &Element, selector: &str) -> String {
    one(container, selector).text_content().unwrap_or_default()
}

/// A value in the browser's storage.
pub(crate) fn stored(key: &str) -> Option<String> {
    local_storage().get_item(key).expect("the storage can be read")
}

/// Sets a value in the browser's storage.
pub(crate) fn store(key: &str, value: &str) {
    local_storage().set_item(key, value).expect("the storage can be written");
}

fn local_storage() -> web_sys::Storage {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten()).expect("there is a storage")
}

/// Deletes what earlier tests have stored: every page adopts the outboxes of closed pages.
pub(crate) fn clear_storage() {
    local_storage().clear().expect("the storage can be cleared");
}
