//! The Admin page, a room's settings and the account, with a script in the place of the server.

mod account;
mod lists;
mod people;
mod room;

use frontend::{
    Locale,
    admin::{Gate, GateProps, Part, Place},
    i18n::Language,
    layers::Layers,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, EventInit, EventTarget, HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::{AppHandle, Renderer};

use crate::fixtures::{all, clear_storage, document, one, room, settled, store};

/// Answers requests: `answers` has the body for a path, a list of bodies for one after the other, or `{status, body}`. `asked` notes
/// the requests.
const SERVER: &str = "globalThis.asked = [];
    globalThis.realFetch ??= globalThis.fetch;
    globalThis.fetch = (path, init = {}) => {
        const method = init.method ?? 'GET', headers = new Headers(init.headers);
        globalThis.asked.push([method, path, init.body ?? '', headers.get('authorization') ?? ''].join(' ').trim());
        let answer = globalThis.answers[path] ?? {status: 404, body: {error: {code: 'not_found', reason: 'nothing at ' + path}}};
        if (Array.isArray(answer)) answer = answer.length > 1 ? answer.shift() : answer[0];
        const {status = 200, body = answer} = answer;
        return Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), {status}));
    };";

/// `/api/me` of an owner.
const OWNER: &str = r"{username: 'Ann', role: 'owner', makes_rooms: true, invites: true, settings: {name: 'Chess', members_make_rooms: true,
    members_invite: false, deleted_names: 'reserved', deleted_messages: 'kept'}}";

fn run(script: &str) -> wasm_bindgen::JsValue {
    js_sys::eval(script).expect("the script runs")
}

/// What was asked for since the last call: method, path, body and authorization.
fn asked() -> Vec<String> {
    let all: js_sys::Array = run("globalThis.asked.splice(0)").dyn_into().expect("it is a list");
    all.iter().filter_map(|request| request.as_string()).collect()
}

/// A page of the module, shown in a container.
struct Shown {
    page: Element,
    handle: Option<AppHandle<Gate>>,
}

impl Shown {
    /// Shows a page to Ann. `answers` are the fields of an object.
    async fn new(place: Place, answers: &str) -> Self {
        Self::in_language(place, answers, Language::English).await
    }

    async fn in_language(place: Place, answers: &str, language: Language) -> Self {
        clear_storage();
        store("parlor.name", "Ann");
        store("parlor.token.Ann", "T0K");
        run(SERVER);
        run(&format!("globalThis.answers = {{'/api/me': {OWNER}, {answers}}}"));
        let page = document().create_element("div").expect("a place can be made");
        document().body().expect("a page has a body").append_child(&page).expect("it takes a place");
        let props = GateProps {
            locale: Locale::new(language),
            layers: Layers::default(),
            place: std::rc::Rc::new(place),
        };
        let handle = Renderer::<Gate>::with_root_and_props(page.clone(), props).render();
        settled().await;
        Self { page, handle: Some(handle) }
    }

    fn text(&self) -> String {
        self.page.text_content().unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        self.page.query_selector(&hook(name)).expect("the selector is right").is_some()
    }

    fn text_of(&self, name: &str) -> String {
        one(&self.page, &hook(name)).text_content().unwrap_or_default()
    }

    fn texts_of(&self, selector: &str) -> Vec<String> {
        all(&self.page, selector).iter().filter_map(|element| element.text_content()).collect()
    }

    async fn click(&self, name: &str) {
        self.click_in(&self.page, name).await;
    }

    async fn click_in(&self, within: &Element, name: &str) {
        one(within, &hook(name)).dyn_into::<HtmlElement>().expect("html").click();
        settled().await;
    }

    async fn write(&self, name: &str, text: &str) {
        let field: HtmlInputElement = one(&self.page, &hook(name)).dyn_into().expect("a field");
        field.set_value(text);
        dispatch(&field, "input");
        settled().await;
    }

    async fn choose(&self, name: &str, value: &str) {
        let menu: HtmlSelectElement = one(&self.page, &hook(name)).dyn_into().expect("a menu");
        menu.set_value(value);
        assert_eq!(menu.value(), value, "it is offered");
        dispatch(&menu, "change");
        settled().await;
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        run("globalThis.fetch = globalThis.realFetch");
        if let Some(handle) = self.handle.take() {
            handle.destroy();
        }
        self.page.remove();
    }
}

fn hook(name: &str) -> String {
    format!("[data-testid={name}]")
}

fn dispatch(element: &EventTarget, name: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    let event = Event::new_with_event_init_dict(name, &init).expect("an event");
    element.dispatch_event(&event).expect("it is heard");
}

#[wasm_bindgen_test]
fn each_address_names_one_page() {
    for part in Part::ALL {
        assert_eq!(Place::parse(part.path()), Place::Part(part));
    }
    assert_eq!(Place::parse("/admin/"), Place::Overview);
    assert_eq!(Place::parse("/account"), Place::Account);
    assert_eq!(Place::parse("/rooms/a.b/settings/"), Place::Room(room("a.b")));
    assert_eq!(Place::parse("/admin/nothing"), Place::Unknown);
    assert_eq!(Place::parse("/rooms/A B/settings"), Place::Unknown);
}

#[wasm_bindgen_test]
async fn a_member_is_told_that_the_page_is_for_others_and_nothing_else_is_asked_for() {
    let member = "'/api/me': {username: 'Ann', role: 'member', settings: {}}";
    for place in
        [Place::Overview, Place::Part(Part::People), Place::Part(Part::Acts), Place::Part(Part::Invitations)]
    {
        let shown = Shown::new(place, member).await;
        assert!(shown.has("not-yours") && !shown.texts_of("[data-testid='go-/']").is_empty());
        assert_eq!(shown.texts_of("h2"), ["Admin"], "the title promises nothing");
        assert_eq!(asked(), ["GET /api/me  Bearer T0K"]);
    }
    // Who may invite sees their own invitations.
    let inviting = "'/api/me': {username: 'Ann', role: 'member', invites: true, settings: {}},
        '/api/invitations': {invitations: []}";
    let shown = Shown::new(Place::Part(Part::Invitations), inviting).await;
    assert!(!shown.has("not-yours") && shown.has("invite"));
    shown.click("invite").await;
    assert_eq!(shown.texts_of("[data-testid=invite-role] option"), ["Member", "Guest"]);
}

#[wasm_bindgen_test]
async fn without_a_token_the_page_says_where_to_sign_in_and_asks_the_server_nothing() {
    clear_storage();
    run(SERVER);
    let page = document().create_element("div").expect("a place can be made");
    let props = GateProps {
        locale: Locale::new(Language::English),
        layers: Layers::default(),
        place: std::rc::Rc::new(Place::Account),
    };
    let handle = Renderer::<Gate>::with_root_and_props(page.clone(), props).render();
    settled().await;
    assert!(
        one(&page, "[data-testid=failed]").text_content().is_some_and(|text| text.contains("not signed in"))
    );
    assert_eq!(one(&page, "[data-testid='go-/']").text_content().as_deref(), Some("Sign in"));
    assert!(all(&page, "[data-testid=retry]").is_empty(), "trying again cannot help");
    assert!(asked().is_empty());
    run("globalThis.fetch = globalThis.realFetch");
    handle.destroy();
}

#[wasm_bindgen_test]
async fn a_failure_is_shown_in_the_servers_words_as_a_sentence_and_can_be_tried_again() {
    let answers = "'/api/bars': [{status: 503, body: {error: {code: 'unavailable', reason: 'the store is not available'}}},
        {addresses: [{address: '192.0.2.7', at: '2026-11-21T09:30:00.000Z'}]}]";
    let shown = Shown::new(Place::Part(Part::Bars), answers).await;
    assert_eq!(shown.text_of("failed"), "The store is not available.");
    shown.click("retry").await;
    assert!(!shown.has("failed"));
    assert!(shown.text_of("bar-row").contains("192.0.2.7"));
}

#[wasm_bindgen_test]
async fn a_refusal_that_begins_with_a_name_keeps_its_case() {
    let refused = "{status: 409, body: {error: {code: 'forbidden', reason: 'eve is a bot'}}}";
    let answers = format!(
        "'/api/rooms/team/members': {{manages: true, kind: 'closed', members: []}}, '/api/acts': {refused}"
    );
    let shown = Shown::new(Place::Room(room("team")), &answers).await;
    shown.write("member-name", "eve").await;
    shown.click("add-member").await;
    assert_eq!(shown.text_of("field-error"), "eve is a bot.");
}
