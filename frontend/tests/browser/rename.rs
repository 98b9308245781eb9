//! Another name is claimed beside the connection, and the old one stays until it is proven.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    Driver,
    driver::{Claim, ClaimOutcome},
    settings::{Settings, SettingsProps},
    storage,
};
use shared::{Connection, Credentials, RefusalCode, Role, Username, house::Access};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::Callback;

use crate::{
    fixtures::{all, clear_storage, driver_with, hear, one, render, room, store, until, user, welcome_to},
    server::{fresh, is_live, server},
};

type Outcome = Rc<RefCell<Option<ClaimOutcome>>>;

fn rename(driver: &Driver, name: &Username) -> (Claim, Outcome) {
    let outcome = Outcome::default();
    let on_outcome = Callback::from({
        let outcome = Rc::clone(&outcome);
        move |found| {
            assert!(outcome.replace(Some(found)).is_none(), "there is one outcome");
        }
    });
    (driver.rename(name, None, on_outcome), outcome)
}

async fn outcome_of(driver: &Driver, name: &Username) -> ClaimOutcome {
    let (_claim, outcome) = rename(driver, name);
    until("the claim to end", || outcome.borrow().is_some()).await;
    outcome.take().expect("it has ended")
}

fn is(driver: &Driver, name: &Username) -> bool {
    is_live(driver) && driver.read(|client| client.link().username() == Some(name))
}

#[wasm_bindgen_test]
async fn a_taken_name_leaves_the_old_one_and_a_free_one_replaces_it_and_the_way_back_is_open() {
    let Some(url) = server() else { return };
    clear_storage();
    let [ann, bob, free] = ["ann", "bob", "free"].map(|name| user(&fresh(name)));
    let somebody = Driver::new(url.as_str());
    somebody.identify(Credentials::named(bob.clone()));
    until("bob is somebody else", || is_live(&somebody)).await;
    somebody.stop();
    // Somebody else has another browser.
    clear_storage();

    let driver = Driver::new(url.as_str());
    driver.sign_in(&ann);
    until("ann is connected", || is(&driver, &ann)).await;
    let ClaimOutcome::Refused(refusal) = outcome_of(&driver, &bob).await else { panic!("bob is taken") };
    assert_eq!(refusal.code, RefusalCode::NameTaken);
    assert!(is(&driver, &ann), "she has never left");
    assert_eq!(storage::name(), Some(ann.clone()));

    assert_eq!(outcome_of(&driver, &free).await, ClaimOutcome::Proven(free.clone()));
    until("the new name is used", || is(&driver, &free)).await;
    assert_eq!(storage::name(), Some(free.clone()));
    driver.stop();

    // As after a reload. The token alone leads back: the secret is another one.
    store("parlor.secret", "0123456789abcdef0123456789abcdef");
    let driver = Driver::new(url.as_str());
    driver.follow_name();
    until("the new name is there after a reload", || is(&driver, &free)).await;
    assert_eq!(outcome_of(&driver, &ann).await, ClaimOutcome::Proven(ann.clone()));
    until("the old name is back", || is(&driver, &ann)).await;
    driver.stop();
}

#[wasm_bindgen_test]
async fn without_a_server_a_name_stays_as_it_is() {
    clear_storage();
    let driver = Driver::new("ws://127.0.0.1:9/ws?v=1");
    driver.sign_in(&user("ann"));
    assert_eq!(outcome_of(&driver, &user("bea")).await, ClaimOutcome::Unreachable);
    assert_eq!(storage::name(), Some(user("ann")));
    assert_eq!(driver.read(|client| client.link().username().cloned()), Some(user("ann")));
    driver.stop();
}

#[wasm_bindgen_test]
async fn a_cancelled_claim_changes_nothing() {
    let Some(url) = server() else { return };
    clear_storage();
    let (ann, bea) = (user(&fresh("ann")), user(&fresh("bea")));
    let driver = Driver::new(url.as_str());
    driver.sign_in(&ann);
    let (claim, outcome) = rename(&driver, &bea);
    drop(claim);
    until("ann is connected", || is(&driver, &ann)).await;
    assert!(outcome.borrow().is_none());
    assert_eq!(storage::name(), Some(ann));
    driver.stop();
}

#[wasm_bindgen_test]
async fn another_tab_follows_the_choice_and_its_late_welcome_does_not_undo_it() {
    let Some(url) = server() else { return };
    clear_storage();
    let (ann, bea) = (user(&fresh("ann")), user(&fresh("bea")));
    let (first, second) = (Driver::new(url.as_str()), Driver::new(url.as_str()));
    first.sign_in(&ann);
    until("the first tab is connected", || is(&first, &ann)).await;
    second.follow_name();
    assert_eq!(outcome_of(&first, &bea).await, ClaimOutcome::Proven(bea.clone()));
    // The welcome of the second tab is for the old name, and changes nothing.
    until("the second tab is connected", || is_live(&second)).await;
    assert_eq!(storage::name(), Some(bea.clone()));
    second.follow_name();
    until("both tabs have the new name", || is(&first, &bea) && is(&second, &bea)).await;
    second.read(|client| assert_eq!(client.connection(), Connection::Live));
    first.stop();
    second.stop();
}

#[wasm_bindgen_test]
async fn another_name_is_offered_only_where_names_can_be_claimed() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, Vec::new(), false);
    let props = SettingsProps { room: lobby, on_language: Callback::noop(), on_close: Callback::noop() };
    let (page, shown) = render::<Settings>(&driver, props).await;
    one(&page, "[data-testid=rename]");
    hear(&driver, &[welcome_to(Access::Invited, Role::Member, Vec::new())]);
    until("it is not offered", || all(&page, "[data-testid=rename]").is_empty()).await;
    shown.destroy();
}
