//! Claims of names: what is stored, and when.

use frontend::{Driver, storage};
use shared::{Connection, Credentials, Event, Token, Username};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    fixtures::{clear_storage, store, stored, until, user},
    server::{fresh, is_live, server},
};

fn claim(name: &Username) -> Credentials {
    Credentials { secret: storage::claim_secret(), ..Credentials::named(name.clone()) }
}

#[wasm_bindgen_test]
fn the_secret_of_a_claim_is_stored_before_it_can_be_sent_and_used_again_after_a_reload() {
    let first = storage::claim_secret().expect("browsers have random bits");
    let store = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    let stored = store.and_then(|store| store.get_item("parlor.secret").ok().flatten());
    assert_eq!(stored.as_deref(), Some(first.as_str()));
    assert_eq!(storage::claim_secret(), Some(first));
}

#[wasm_bindgen_test]
async fn a_claim_whose_welcome_was_lost_can_be_repeated_by_this_browser_only() {
    let Some(url) = server() else { return };
    let name = user(&fresh("claimed"));
    let first = Driver::new(url.as_str());
    first.identify(claim(&name));
    until("the name is claimed", || is_live(&first)).await;
    first.stop();
    // After a lost welcome there is no token: the next page has the secret only.
    let again = Driver::new(url.as_str());
    again.identify(claim(&name));
    until("the claim is repeated", || is_live(&again)).await;
    again.stop();
    let stranger = Driver::new(url.as_str());
    stranger.identify(Credentials::named(name));
    until("a stranger is refused", || {
        stranger.read(|client| matches!(client.connection(), Connection::Refused(_)))
    })
    .await;
    stranger.stop();
}

fn hear_welcome(driver: &Driver, welcome: &str) {
    driver.dispatch(|client, now| {
        let _ = client.handle(&Event::Opened, now);
        let _ = client.handle(&Event::Frame(welcome), now);
        Vec::new()
    });
    assert!(is_live(driver));
}

#[wasm_bindgen_test]
fn a_welcome_without_a_token_leaves_the_stored_one() {
    clear_storage();
    let driver = Driver::new("ws://127.0.0.1:9/ws");
    let (kim, token) = (user("kim"), Token::parse("kept").expect("it is a token"));
    storage::set_token(&kim, &token);
    driver.sign_in(&kim);
    hear_welcome(
        &driver,
        r#"{"type":"welcome","username":"kim","session":"s","heartbeat_ms":25000,"limits":{},"rooms":[]}"#,
    );
    assert_eq!((storage::token(&kim), storage::name()), (Some(token), Some(kim)));
    driver.stop();
}

#[wasm_bindgen_test]
fn a_welcome_stores_its_token_under_its_name_and_leaves_a_newer_choice_of_a_name() {
    clear_storage();
    let driver = Driver::new("ws://127.0.0.1:9/ws");
    driver.sign_in(&user("kim"));
    // Another tab is faster.
    storage::choose_name(&user("lee"));
    hear_welcome(
        &driver,
        r#"{"type":"welcome","username":"kim","token":"of-kim","session":"s","heartbeat_ms":25000,"limits":{},"rooms":[]}"#,
    );
    assert_eq!(storage::name(), Some(user("lee")));
    assert_eq!(storage::token(&user("kim")), Token::parse("of-kim").ok());
    assert_eq!(storage::token(&user("lee")), None);
    driver.stop();
}

#[wasm_bindgen_test]
fn the_name_is_kept_as_the_server_writes_it() {
    clear_storage();
    let driver = Driver::new("ws://127.0.0.1:9/ws");
    driver.sign_in(&user("Zoe\u{308}"));
    hear_welcome(
        &driver,
        r#"{"type":"welcome","username":"Zo\u00eb","token":"t","session":"s","heartbeat_ms":25000,"limits":{},"rooms":[]}"#,
    );
    assert_eq!(storage::name(), Some(user("Zo\u{eb}")));
    driver.stop();
}

#[wasm_bindgen_test]
fn the_token_of_an_earlier_version_belongs_to_the_name_in_use() {
    clear_storage();
    store("parlor.name", "ann");
    store("parlor.token", "earlier");
    assert_eq!(storage::token(&user("bob")), None);
    assert_eq!(storage::token(&user("ann")), Token::parse("earlier").ok());
    assert_eq!(stored("parlor.token"), None, "it is moved");
    storage::choose_name(&user("bob"));
    assert_eq!(storage::token(&user("ann")), Token::parse("earlier").ok());
}

#[wasm_bindgen_test]
async fn a_refused_token_is_replaced_by_repeating_the_claim() {
    let Some(url) = server() else { return };
    clear_storage();
    let name = user(&fresh("wiped"));
    let first = Driver::new(url.as_str());
    first.sign_in(&name);
    until("the name is claimed", || is_live(&first)).await;
    first.stop();
    storage::set_token(&name, &Token::parse("not.a.token").expect("it is one in form"));
    let again = Driver::new(url.as_str());
    again.follow_name();
    until("the claim is repeated", || is_live(&again)).await;
    assert!(!again.has_lost_token());
    assert!(
        storage::token(&name).is_some_and(|token| token.as_str() != "not.a.token"),
        "the new one is stored"
    );
    again.stop();
}

#[wasm_bindgen_test]
async fn a_name_that_was_lost_to_somebody_else_is_said_to_be_lost() {
    let Some(url) = server() else { return };
    clear_storage();
    let name = user(&fresh("lost"));
    let other = Driver::new(url.as_str());
    other.identify(Credentials::named(name.clone()));
    until("somebody else has it", || is_live(&other)).await;
    other.stop();
    storage::set_token(&name, &Token::parse("not.a.token").expect("it is one in form"));
    let mine = Driver::new(url.as_str());
    mine.sign_in(&name);
    until("it is refused", || mine.read(|client| matches!(client.connection(), Connection::Refused(_))))
        .await;
    assert!(mine.has_lost_token());
    mine.stop();
}
