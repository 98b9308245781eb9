//! An invitation's link opens a page that says who invites to what, and lets somebody in under a new name or an old one.

use std::{cell::RefCell, ops::Deref, rc::Rc};

use frontend::{
    Driver,
    invitation::{InvitationPage, InvitationProps, forget_invitation, take_invitation, take_token},
    storage,
};
use shared::{FromClient, RefusalCode, Role, RoomName, Token};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};
use yew::Callback;

use crate::{
    fake::{Fake, refused, welcome},
    fixtures::{all, clear_storage, click, one, render, text_of, type_into, until, user},
};

const SECRET: &str = "Jq0hZ3vS9eW1xk5Yb7aTgQ";
const OFFER: &str = r#"200 {"house":"Book club","by":"bob","role":"guest","rooms":["novels","poems"]}"#;

/// How the page has ended.
type Done = Rc<RefCell<Option<Option<RoomName>>>>;

async fn open(driver: &Driver, secret: &str) -> (Element, Done) {
    let done = Done::default();
    let on_done = Callback::from({
        let done = Rc::clone(&done);
        move |room| {
            done.replace(Some(room));
        }
    });
    let (page, _) =
        render::<InvitationPage>(driver, InvitationProps { secret: secret.to_owned().into(), on_done }).await;
    (page, done)
}

/// A driver that connects no more when the test has ended: it would say hello to the servers of other tests.
struct Stopped(Driver);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Deref for Stopped {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

fn driver() -> Stopped {
    clear_storage();
    Stopped(Driver::new("ws://fake.invalid/ws"))
}

/// The first `hello` of a name: with a token, with a secret, and the invitation.
fn hello_of(fake: &Fake, name: &str) -> (bool, bool, Option<String>) {
    let mut frames = fake.frames().into_iter().filter_map(|frame| FromClient::decode(&frame).ok());
    let found = frames.find_map(|frame| match frame {
        FromClient::Hello { username, token, secret, invitation } if username == Some(user(name)) => Some((
            token.is_some(),
            secret.is_some(),
            invitation.map(|invitation| invitation.as_str().to_owned()),
        )),
        _ => None,
    });
    found.expect("a hello came")
}

#[wasm_bindgen_test]
fn the_secret_leaves_the_address_and_is_kept_until_it_is_forgotten() {
    let location = web_sys::window().expect("tests run in a page").location();
    location.set_hash(&format!("invitation={SECRET}")).expect("it has a fragment");
    assert_eq!(take_invitation().as_deref(), Some(SECRET));
    assert_eq!(location.hash().as_deref(), Ok(""));
    assert_eq!(take_invitation().as_deref(), Some(SECRET), "a reload keeps it");
    assert_eq!(take_token(), None);
    forget_invitation();
    assert_eq!(take_invitation(), None);
}

#[wasm_bindgen_test]
async fn it_says_who_invites_to_what_and_a_new_name_comes_in() {
    let fake = Fake::new(|_, _| Some(OFFER.to_owned()), |_| Some(welcome("dora", Role::Guest)));
    let driver = driver();
    let (page, done) = open(&driver, SECRET).await;
    assert_eq!(fake.requests(), [format!("/api/invitations/look  {{\"invitation\":\"{SECRET}\"}}")]);
    assert_eq!(text_of(&page, "h1"), "You are invited");
    let said = text_of(&page, "[data-testid=invitation-offer]");
    assert_eq!(said, "bob invites you to Book club. You will be in #novels, #poems. You come as a guest.");
    type_into(&page, "[data-testid=name-field]", "dora");
    click(&page, "[data-testid=invitation-enter]");
    until("dora is in", || done.borrow().is_some()).await;
    assert_eq!(done.take(), Some(RoomName::parse("novels").ok()));
    assert_eq!(hello_of(&fake, "dora"), (false, true, Some(SECRET.to_owned())));
    assert_eq!(storage::name(), Some(user("dora")));
    assert!(storage::token(&user("dora")).is_some());
}

#[wasm_bindgen_test]
async fn a_reserved_name_cannot_be_changed() {
    let offer = r#"200 {"by":"bob","role":"member","username":"王小明"}"#;
    let _fake = Fake::of_requests(move |_, _| Some(offer.to_owned()));
    let driver = driver();
    // Another account of this browser is not whom it is for.
    storage::choose_name(&user("ann"));
    let (page, _) = open(&driver, SECRET).await;
    let field = one(&page, "[data-testid=name-field]");
    let field = field.dyn_ref::<HtmlInputElement>().expect("it is an input");
    assert_eq!(field.value(), "王小明");
    assert!(field.has_attribute("readonly"));
    assert!(all(&page, "[data-testid=invitation-accept], [data-testid=invitation-new-name]").is_empty());
}

#[wasm_bindgen_test]
async fn the_account_of_the_browser_accepts_it_or_a_new_name_does() {
    let fake = Fake::new(|_, _| Some(OFFER.to_owned()), |_| Some(welcome("ann", Role::Member)));
    let driver = driver();
    storage::choose_name(&user("ann"));
    storage::set_token(&user("ann"), &Token::parse("anns").expect("it is a token"));
    let (page, done) = open(&driver, SECRET).await;
    assert!(all(&page, "[data-testid=name-field]").is_empty());
    assert_eq!(text_of(&page, "[data-testid=invitation-accept]"), "Accept as ann");
    click(&page, "[data-testid=invitation-accept]");
    until("ann is in", || done.borrow().is_some()).await;
    assert_eq!(hello_of(&fake, "ann"), (true, false, Some(SECRET.to_owned())));
    driver.stop();

    let (page, _) = open(&driver, SECRET).await;
    click(&page, "[data-testid=invitation-new-name]");
    until("a name is asked for", || !all(&page, "[data-testid=name-field]").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_taken_name_leaves_the_old_one_in_use_and_another_one_can_be_tried() {
    let _fake = Fake::new(|_, _| Some(OFFER.to_owned()), |_| Some(refused(RefusalCode::NameTaken)));
    let driver = driver();
    let (page, done) = open(&driver, SECRET).await;
    type_into(&page, "[data-testid=name-field]", "bob");
    click(&page, "[data-testid=invitation-enter]");
    until("it is refused", || text_of(&page, "[data-testid=name-error]").starts_with("Somebody else")).await;
    assert_eq!((storage::name(), done.take()), (None, None));
    one(&page, "[data-testid=name-field]");
}

#[wasm_bindgen_test]
async fn an_invitation_that_is_not_valid_says_what_to_do() {
    let gone = r#"404 {"error":{"code":"bad_invitation","reason":"it was used"}}"#;
    let fake = Fake::of_requests(move |_, _| Some(gone.to_owned()));
    let driver = driver();
    let location = web_sys::window().expect("tests run in a page").location();
    location.set_hash(&format!("invitation={SECRET}")).expect("it has a fragment");
    assert_eq!(take_invitation().as_deref(), Some(SECRET));
    let (page, done) = open(&driver, SECRET).await;
    assert_eq!(text_of(&page, "h1"), "This link does not work");
    assert_eq!(take_invitation(), None, "a reload says nothing of it");
    assert!(text_of(&page, "[data-testid=invitation-bad]").contains("Ask whoever sent it for a new one"));
    click(&page, "[data-testid=invitation-leave]");
    assert_eq!(done.take(), Some(None));
    // Half of a link is not worth a question.
    let asked = fake.requests().len();
    let (page, _) = open(&driver, "Jq0h").await;
    one(&page, "[data-testid=invitation-bad]");
    assert_eq!(fake.requests().len(), asked);
}

#[wasm_bindgen_test]
async fn an_invitation_that_was_used_meanwhile_is_not_valid_any_more() {
    let _fake = Fake::new(|_, _| Some(OFFER.to_owned()), |_| Some(refused(RefusalCode::BadInvitation)));
    let driver = driver();
    let (page, _) = open(&driver, SECRET).await;
    type_into(&page, "[data-testid=name-field]", "dora");
    click(&page, "[data-testid=invitation-enter]");
    until("it is refused", || !all(&page, "[data-testid=invitation-bad]").is_empty()).await;
    assert_eq!(storage::name(), None);
}
