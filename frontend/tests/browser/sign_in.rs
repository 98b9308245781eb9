//! Who may come in: the first screen of open, invited and application houses, and the links that lead past it.

use std::{cell::Cell, rc::Rc};

use frontend::{App, storage};
use gloo_events::EventListener;
use shared::{FromClient, RefusalCode, Role};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event};
use yew::{AppHandle, Renderer};

use crate::{
    fake::{Fake, refused, welcome},
    fixtures::{
        all, clear_storage, click, container_of, one, settled, store, text_of, type_into, until, user,
    },
};

const LINK: &str = "https://parlor.example/#invitation=Jq0hZ3vS9eW1xk5Yb7aTgQ";

fn house(access: &str) -> String {
    format!("200 {{\"name\":\"\",\"access\":\"{access}\"}}")
}

/// The whole app in a place of its own, which ends with it.
struct Shown(Element, Option<AppHandle<App>>);

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(app) = self.1.take() {
            app.destroy();
        }
        let _ =
            web_sys::window().and_then(|window| window.session_storage().ok()?).map(|store| store.clear());
    }
}

async fn open_app(fragment: &str) -> Shown {
    let location = web_sys::window().expect("tests run in a page").location();
    location.set_hash(fragment).expect("it has a fragment");
    let container = container_of(600);
    let app = Renderer::<App>::with_root(container.clone()).render();
    settled().await;
    Shown(container, Some(app))
}

fn hellos(fake: &Fake) -> Vec<(Option<String>, Option<String>)> {
    let frames = fake.frames().into_iter().filter_map(|frame| FromClient::decode(&frame).ok());
    let hello = |frame| match frame {
        FromClient::Hello { username, token, .. } => {
            Some((username.map(|name| name.to_string()), token.map(|token| token.as_str().to_owned())))
        }
        _ => None,
    };
    frames.filter_map(hello).collect()
}

#[wasm_bindgen_test]
async fn an_open_house_asks_for_a_name() {
    clear_storage();
    let fake = Fake::new(|_, _| Some(house("open")), |_| Some(welcome("dora", Role::Member)));
    let shown = open_app("").await;
    type_into(&shown.0, "[data-testid=name-field]", "dora");
    click(&shown.0, "[data-testid=name-submit]");
    until("dora is in", || !all(&shown.0, "[data-testid=composer]").is_empty()).await;
    assert_eq!(hellos(&fake), [(Some("dora".to_owned()), None)]);
}

#[wasm_bindgen_test]
async fn the_other_modules_are_told_of_each_connection_but_the_first() {
    clear_storage();
    store("parlor.name", "dora");
    let answer = |frame: &str| frame.contains("\"hello\"").then(|| welcome("dora", Role::Member));
    let fake = Fake::new(|_, _| Some(house("open")), answer);
    let window = web_sys::window().expect("tests run in a page");
    let announced = Rc::new(Cell::new(0));
    let counter = Rc::clone(&announced);
    let _listener = EventListener::new(&window, "parlor:connected", move |_| counter.set(counter.get() + 1));
    let happens = |kind: &str| {
        let event = Event::new(kind).expect("an event can be made");
        window.dispatch_event(&event).expect("it can be heard");
    };
    let shown = open_app("").await;
    until("dora is in", || !all(&shown.0, "[data-testid=composer]").is_empty()).await;
    settled().await;
    assert_eq!(announced.get(), 0);
    for times in 1..=2 {
        happens("offline");
        settled().await;
        happens("online");
        until("it is told", || announced.get() == times).await;
        settled().await;
    }
    assert_eq!((announced.get(), fake.sockets()), (2, 3));
    happens("offline");
}

#[wasm_bindgen_test]
async fn an_invited_house_asks_for_a_link_which_can_be_pasted() {
    clear_storage();
    let fake = Fake::of_requests(|path, _| match path {
        "/api/house" => Some(house("invited")),
        _ => Some(r#"200 {"by":"bob","role":"member"}"#.to_owned()),
    });
    let shown = open_app("").await;
    until("it is known", || text_of(&shown.0, "[data-testid=sign-in-hint]").starts_with("You need")).await;
    assert!(all(&shown.0, "[data-testid=name-field]").is_empty());
    type_into(&shown.0, "[data-testid=link-field]", "https://parlor.example/");
    click(&shown.0, "[data-testid=name-submit]");
    settled().await;
    assert!(text_of(&shown.0, "[data-testid=name-error]").starts_with("This is no link"));
    type_into(&shown.0, "[data-testid=link-field]", LINK);
    click(&shown.0, "[data-testid=name-submit]");
    until("the invitation is shown", || !all(&shown.0, "[data-testid=invitation-offer]").is_empty()).await;
    assert!(fake.requests().last().is_some_and(|request| request.contains("Jq0hZ3vS9eW1xk5Yb7aTgQ")));
    let location = web_sys::window().expect("tests run in a page").location();
    assert_eq!(location.hash().as_deref(), Ok(""), "the secret is not in the address");
}

#[wasm_bindgen_test]
async fn a_house_of_an_application_has_no_field() {
    clear_storage();
    let _fake = Fake::of_requests(|_, _| Some(house("app")));
    let shown = open_app("").await;
    until("it is known", || text_of(&shown.0, "[data-testid=sign-in-hint]").starts_with("Sign in through"))
        .await;
    assert!(all(&shown.0, ".sign-in input").is_empty());
}

#[wasm_bindgen_test]
async fn a_name_without_an_invitation_leads_to_the_page_that_says_so_and_is_not_tried_again() {
    clear_storage();
    // The house was opened to everybody when the page was loaded.
    let fake = Fake::new(|_, _| Some(house("open")), |_| Some(refused(RefusalCode::InvitationNeeded)));
    storage::choose_name(&user("dora"));
    let shown = open_app("").await;
    until("a link is asked for", || !all(&shown.0, "[data-testid=link-field]").is_empty()).await;
    settled().await;
    assert_eq!(fake.sockets(), 1);
}

#[wasm_bindgen_test]
async fn who_is_barred_sees_that_and_a_button_and_is_not_connected_again_without_it() {
    clear_storage();
    let is_barred = Rc::new(Cell::new(true));
    let fake = Fake::new(|_, _| Some(house("open")), {
        let is_barred = Rc::clone(&is_barred);
        move |_| {
            Some(if is_barred.get() { refused(RefusalCode::Barred) } else { welcome("eve", Role::Member) })
        }
    });
    storage::choose_name(&user("eve"));
    let shown = open_app("").await;
    until("it is said", || !all(&shown.0, "[data-testid=barred]").is_empty()).await;
    assert!(all(&shown.0, "input, .room-list").is_empty());
    assert_eq!(text_of(&shown.0, "h1"), "You cannot come in");
    assert_eq!(fake.sockets(), 1);
    let asked = hellos(&fake).len();
    click(&shown.0, "[data-testid=barred-again]");
    until("it is asked again", || hellos(&fake).len() > asked).await;
    settled().await;
    one(&shown.0, "[data-testid=barred]");
    is_barred.set(false);
    click(&shown.0, "[data-testid=barred-again]");
    until("eve is in", || !all(&shown.0, "[data-testid=composer]").is_empty()).await;
    assert!(all(&shown.0, "[data-testid=barred]").is_empty());
    drop((shown, fake));

    // The same while the connection is live: the next one tells why.
    let was_barred = Cell::new(false);
    let fake = Fake::new(
        |_, _| Some(house("open")),
        move |frame| {
            Some(match (frame.contains("hello"), was_barred.get()) {
                (true, false) => welcome("eve", Role::Member),
                (true, true) => refused(RefusalCode::Barred),
                (false, _) => {
                    was_barred.set(true);
                    "4004".to_owned()
                }
            })
        },
    );
    let shown = open_app("").await;
    until("it is said on a live connection", || !all(&shown.0, "[data-testid=barred]").is_empty()).await;
    settled().await;
    assert_eq!(fake.sockets(), 2);
}

#[wasm_bindgen_test]
async fn a_stranger_at_a_barred_address_is_asked_for_nothing() {
    clear_storage();
    let is_barred = Rc::new(Cell::new(true));
    let _fake = Fake::of_requests({
        let is_barred = Rc::clone(&is_barred);
        move |_, _| {
            let barred = r#"403 {"error":{"code":"barred","reason":"this address is barred"}}"#;
            Some(if is_barred.get() { barred.to_owned() } else { house("invited") })
        }
    });
    let shown = open_app("").await;
    until("it is said", || !all(&shown.0, "[data-testid=barred]").is_empty()).await;
    assert!(all(&shown.0, "input").is_empty());
    is_barred.set(false);
    click(&shown.0, "[data-testid=barred-again]");
    until("a link is asked for", || !all(&shown.0, "[data-testid=link-field]").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_token_of_an_application_says_who_comes_in_and_is_stored_under_that_name() {
    clear_storage();
    storage::choose_name(&user("ann"));
    let fake = Fake::new(
        |_, _| Some(house("app")),
        |frame| {
            let has_token = frame.contains("hello") && frame.contains("header.claims.signature");
            has_token.then(|| welcome("王小明", Role::Member).replace(r#""token":"#, r#""none":"#))
        },
    );
    let shown = open_app("token=header.claims.signature").await;
    until("he is in", || !all(&shown.0, "[data-testid=composer]").is_empty()).await;
    assert_eq!(hellos(&fake), [(None, Some("header.claims.signature".to_owned()))]);
    let name = user("王小明");
    assert_eq!(storage::name().as_ref(), Some(&name));
    assert_eq!(storage::token(&name).expect("it is stored").as_str(), "header.claims.signature");
    assert_eq!(frontend::invitation::take_token(), None, "it is not tried at the next reload");
}

#[wasm_bindgen_test]
async fn a_token_that_is_refused_sends_back_to_the_application_and_the_old_name_can_go_on() {
    clear_storage();
    store("parlor.name", "ann");
    let fake = Fake::new(
        |_, _| Some(house("app")),
        |frame| {
            let code = if frame.contains("claims") { RefusalCode::BadToken } else { RefusalCode::NameTaken };
            frame.contains("hello").then(|| refused(code))
        },
    );
    let shown = open_app("token=header.claims.signature").await;
    until("it is refused", || !all(&shown.0, "[data-testid=token-refused]").is_empty()).await;
    assert!(text_of(&shown.0, "[data-testid=token-refused]").contains("Sign in again in your application"));
    assert_eq!(text_of(&shown.0, "[data-testid=token-reason]"), "for a reason");
    assert_eq!(fake.sockets(), 1);
    click(&shown.0, "[data-testid=token-go-on]");
    until("ann is tried", || hellos(&fake).len() == 2).await;
    assert_eq!(hellos(&fake)[1].0.as_deref(), Some("ann"));
    until("ann is refused", || !all(&shown.0, "[data-testid=name-error]").is_empty()).await;
}
