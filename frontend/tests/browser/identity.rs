//! Claims of names: what is stored, and when.

use frontend::{Driver, storage};
use shared::{Connection, Credentials, Event, Username};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    fixtures::{until, user},
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

#[wasm_bindgen_test]
fn a_welcome_without_a_token_leaves_the_stored_one() {
    let driver = Driver::new("ws://127.0.0.1:9/ws");
    let token = shared::Token::parse("kept").expect("it is a token");
    driver.identify(Credentials { token: Some(token.clone()), ..Credentials::named(user("kim")) });
    let welcome =
        r#"{"type":"welcome","username":"kim","session":"s","heartbeat_ms":25000,"limits":{},"rooms":[]}"#;
    driver.dispatch(|client, now| {
        let _ = client.handle(&Event::Opened, now);
        let _ = client.handle(&Event::Frame(welcome), now);
        Vec::new()
    });
    assert!(is_live(&driver));
    assert_eq!((storage::token(), storage::name()), (Some(token), Some(user("kim"))));
    storage::set_token(None);
    driver.stop();
}
