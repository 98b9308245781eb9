//! The user's own account: what its end means, and what is kept of it.

use frontend::admin::Place;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Shown, asked};
use crate::fixtures::stored;

#[wasm_bindgen_test]
async fn the_question_before_the_end_says_what_becomes_of_the_name_and_the_messages() {
    let kept = Shown::new(Place::Account, "").await;
    kept.click("delete-account").await;
    let text = kept.text();
    assert!(
        text.contains("stays reserved")
            && text.contains("Your messages stay")
            && text.contains("cannot be undone")
    );
    asked();
    kept.click("confirm-cancel").await;
    assert!(asked().is_empty());
    drop(kept);
    let blanked = "'/api/me': {username: 'Ann', role: 'member', settings: {deleted_names: 'free', deleted_messages: 'blanked'}}";
    let blanked = Shown::new(Place::Account, blanked).await;
    let text = blanked.text();
    assert!(text.contains("becomes free") && text.contains("texts of your messages are deleted"), "{text}");
}

#[wasm_bindgen_test]
async fn signing_out_all_other_devices_keeps_this_browser_signed_in_by_a_new_token() {
    let done = "'/api/acts': {status: 201, body: {number: 9, token: 'NEW'}}";
    let shown = Shown::new(Place::Account, done).await;
    asked();
    shown.click("sign-out-everywhere").await;
    assert!(asked().is_empty());
    shown.click("confirm").await;
    assert_eq!(asked(), [r#"POST /api/acts {"act":"revoke_tokens","username":"Ann"} Bearer T0K"#]);
    assert_eq!(stored("parlor.token.Ann").as_deref(), Some("NEW"));
    assert_eq!(shown.text_of("signed-out"), "All your other devices are signed out.");
    shown.click("device-link").await;
    let link = asked();
    assert!(link[0].starts_with("POST /api/device-links ") && link[0].ends_with(" Bearer NEW"), "{link:?}");
}

#[wasm_bindgen_test]
async fn this_browser_forgets_a_name_only_after_a_question_and_asks_the_server_nothing() {
    let shown = Shown::new(Place::Account, "").await;
    asked();
    shown.click("sign-out-here").await;
    assert!(shown.text().contains("you cannot come back under it"));
    shown.click("leave-cancel").await;
    assert!(!shown.has("leave-now") && asked().is_empty());
    assert_eq!(stored("parlor.token.Ann").as_deref(), Some("T0K"));
}

#[wasm_bindgen_test]
async fn only_an_owner_is_told_that_the_last_owner_cannot_leave() {
    let owner = Shown::new(Place::Account, "").await;
    assert!(owner.text().contains("The last owner cannot leave"));
    drop(owner);
    let member =
        Shown::new(Place::Account, "'/api/me': {username: 'Ann', role: 'member', settings: {}}").await;
    assert!(!member.text().contains("The last owner cannot leave"));
}

#[wasm_bindgen_test]
async fn an_export_that_is_refused_says_why() {
    let refused =
        "'/api/me/messages': {status: 503, body: {error: {code: 'unavailable', reason: 'not now'}}}";
    let shown = Shown::new(Place::Account, refused).await;
    asked();
    shown.click("export").await;
    assert_eq!(asked(), ["GET /api/me/messages  Bearer T0K"]);
    assert!(shown.text().contains("Not now."));
}
