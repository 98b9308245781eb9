//! Invitations, bots, rooms, acts, settings: what is shown, and what is asked for.

use frontend::{
    admin::{Part, Place},
    i18n::Language,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

use super::{Shown, asked};
use crate::fixtures::{one, settled};

#[wasm_bindgen_test]
async fn an_invitation_is_made_from_the_form_and_its_link_is_shown_with_a_qr_code() {
    let answers = "'/api/invitations': {invitations: []}, '/api/acts': {status: 201, body: {number: 9,
        link: 'http://house/#invitation=abc', qr: {size: 29, path: 'M4 4h7v1h-7z'}}}";
    let shown = Shown::new(Place::Part(Part::Invitations), answers).await;
    shown.click("invite").await;
    asked();
    shown.write("invite-days", "0").await;
    shown.click("invite-now").await;
    assert_eq!(shown.text_of("field-error"), "An invitation is valid for 1 to 3650 days.");
    shown.write("invite-days", "3").await;
    shown.write("invite-rooms", "lobby, Team").await;
    shown.click("invite-now").await;
    assert!(shown.text_of("field-error").starts_with("Team is not a room's name"));
    assert!(asked().is_empty(), "nothing wrong is sent");
    shown.write("invite-rooms", "#lobby, team").await;
    shown.write("invite-name", " Frida ").await;
    shown.choose("invite-role", "guest").await;
    shown.click("invite-now").await;
    let act =
        r#"{"act":"invite","username":"Frida","role":"guest","rooms":["lobby","team"],"days":3,"uses":1}"#;
    assert_eq!(asked()[0], format!("POST /api/acts {act} Bearer T0K"));
    assert_eq!(shown.text_of("to-copy"), "http://house/#invitation=abc");
    assert_eq!(one(&shown.page, ".qr-code path").get_attribute("d").as_deref(), Some("M4 4h7v1h-7z"));
    assert_eq!(shown.texts_of("dialog h2"), ["Invitation no. 9"]);
    shown.click("invitation-done").await;
    assert!(!shown.has("to-copy"), "the secret is gone");
}

#[wasm_bindgen_test]
async fn a_valid_invitation_is_revoked_after_a_question_and_those_that_have_ended_are_shown_on_demand() {
    let answers = "'/api/invitations': {invitations: [
            {number: 9, by: 'Ann', role: 'member', rooms: ['lobby'], expires_at: '2026-11-28T09:30:00.000Z', uses: 5, used: 2, state: 'valid'},
            {number: 3, role: 'owner', expires_at: '2026-11-22T09:30:00.000Z', uses: 1, used: 1, state: 'used'}]},
        '/api/acts': {status: 201, body: {number: 10}}";
    let shown = Shown::new(Place::Part(Part::Invitations), answers).await;
    assert_eq!(shown.texts_of("[data-testid=invitation]").len(), 1);
    assert!(shown.text_of("invitation").contains("2 of 5 used"));
    shown.click("show-ended").await;
    let rows = shown.texts_of("[data-testid=invitation]");
    assert!(rows.len() == 2 && rows[1].contains("Used up") && rows[1].contains("the operator"));
    asked();
    shown.click("revoke").await;
    assert!(asked().is_empty());
    shown.click("confirm").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"revoke_invitation","invitation":9} Bearer T0K"#);
}

#[wasm_bindgen_test]
async fn acts_are_sentences_in_the_language_of_the_interface_and_older_ones_are_loaded_on_demand() {
    let answers = "'/api/acts': {more: true, acts: [
            {number: 8, at: '2026-11-21T09:30:00.000Z', by: 'Ann', act: 'slow_down', room: 'lobby', seconds: 60},
            {number: 7, at: '2026-11-21T09:29:00.000Z', act: 'switch_webhook', webhook: 4, on: false}]},
        '/api/acts?before=7': {acts: [{number: 2, at: '2026-11-20T09:30:00.000Z', act: 'invite', role: 'owner'}]}";
    let plain = |shown: &Shown| {
        let texts = shown.texts_of(".act-text");
        texts.into_iter().map(|text| text.replace(['\u{2068}', '\u{2069}'], "")).collect::<Vec<_>>()
    };
    let shown = Shown::new(Place::Part(Part::Acts), answers).await;
    let english =
        ["Ann slowed #lobby down: one post in 60 seconds.", "The server switched the webhook no. 4 off."];
    assert_eq!(plain(&shown), english);
    shown.click("more").await;
    assert_eq!(plain(&shown)[2..], ["The operator made the invitation no. 2, for the role “Owner”."]);
    assert!(!shown.has("more"));
    drop(shown);
    let shown = Shown::in_language(Place::Part(Part::Acts), answers, Language::Simplified).await;
    assert_eq!(plain(&shown), ["Ann 让 #lobby 慢下来：每 60 秒一条。", "服务器 关闭了第 4 号 Webhook。"]);
    drop(shown);
    let shown = Shown::in_language(Place::Part(Part::Acts), answers, Language::Traditional).await;
    assert_eq!(plain(&shown)[0], "Ann 讓 #lobby 慢下來：每 60 秒一則。");
}

#[wasm_bindgen_test]
async fn a_bots_token_is_told_once_with_a_line_that_posts() {
    let answers = "'/api/bots': {bots: []}, '/api/acts': {status: 201, body: {number: 9, token: 'SECRET'}}";
    let shown = Shown::new(Place::Part(Part::Bots), answers).await;
    shown.click("add-bot").await;
    shown.write("bot-name", "deploy").await;
    shown.write("bot-rooms", "alerts").await;
    asked();
    shown.click("add-bot-now").await;
    assert_eq!(
        asked()[0],
        r#"POST /api/acts {"act":"add_bot","username":"deploy","rooms":["alerts"]} Bearer T0K"#
    );
    let told = shown.texts_of("[data-testid=to-copy]");
    assert_eq!(told[0], "SECRET");
    assert!(
        told[1].contains("authorization: Bearer SECRET") && told[1].ends_with("/api/rooms/alerts/messages")
    );
}

#[wasm_bindgen_test]
async fn a_webhook_shows_its_state_and_its_error_and_is_switched() {
    let answers = "'/api/bots': {bots: [{username: 'deploy', rooms: ['alerts'], webhooks: [{number: 4, room: 'alerts', when: 'message',
            url: 'https://example.org/in', state: 'off', error: 'no route to host'}]}]},
        '/api/acts': {status: 201, body: {number: 9, webhook_secret: 'whsec_x'}}";
    let shown = Shown::new(Place::Part(Part::Bots), answers).await;
    let row = shown.text_of("webhook");
    assert!(row.contains("Off") && row.contains("Last error: no route to host"), "{row}");
    asked();
    shown.click("switch-hook").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"switch_webhook","webhook":4,"on":true} Bearer T0K"#);
    shown.click("add-hook").await;
    shown.write("hook-url", "ftp://example.org").await;
    shown.click("add-hook-now").await;
    assert!(shown.text_of("field-error").contains("https:// or http://"));
    assert!(asked().is_empty());
    shown.write("hook-url", "https://example.org/two").await;
    shown.click("add-hook-now").await;
    let act = r#"{"act":"add_webhook","username":"deploy","room":"alerts","when":"mention","url":"https://example.org/two"}"#;
    assert_eq!(asked()[0], format!("POST /api/acts {act} Bearer T0K"));
    assert_eq!(shown.text_of("to-copy"), "whsec_x");
}

#[wasm_bindgen_test]
async fn an_owner_sees_closed_and_archived_rooms_and_finds_them_by_topic() {
    let answers = "'/api/rooms?all=true': {rooms: [{room: 'lobby', head: 3}, {room: 'board-x', head: 1, kind: 'closed'},
        {room: 'old', head: 9, archived: true, topic: 'The Tournament'}]}";
    let shown = Shown::new(Place::Part(Part::Rooms), answers).await;
    let rows = shown.texts_of("[data-testid=room-row]");
    assert!(rows[1].contains("Closed") && rows[2].contains("Archived"), "{rows:?}");
    shown.write("rooms-search", "tourn").await;
    assert_eq!(shown.texts_of("[data-testid=room-row]").len(), 1);
}

#[wasm_bindgen_test]
async fn saving_changes_only_the_settings_that_were_changed_here() {
    // Meanwhile another owner has kept members from making rooms.
    let answers = "'/api/me': [{username: 'Ann', role: 'owner', settings: {name: 'Chess'}},
            {username: 'Ann', role: 'owner', settings: {name: 'Chess', members_make_rooms: false}}],
        '/api/house': {name: 'Chess', access: 'invited'}, '/api/acts': {status: 201, body: {number: 9}}";
    let shown = Shown::new(Place::Part(Part::House), answers).await;
    asked();
    shown.write("house-name", "Chess Club").await;
    shown.click("members-invite").await;
    shown.choose("deleted-messages", "blanked").await;
    shown.click("save").await;
    let settings = r#"{"name":"Chess Club","members_make_rooms":false,"members_invite":true,"deleted_names":"reserved","deleted_messages":"blanked"}"#;
    assert_eq!(
        asked()[1],
        format!(r#"POST /api/acts {{"act":"change_settings","settings":{settings}}} Bearer T0K"#)
    );
    assert!(shown.text_of("saved").contains("Somebody else has changed other settings"));
    let rooms: HtmlInputElement =
        one(&shown.page, "[data-testid=members-make-rooms]").dyn_into().expect("a box");
    assert!(!rooms.checked(), "it shows what the other owner has set");
}

#[wasm_bindgen_test]
async fn a_link_that_was_not_copied_is_closed_only_after_a_warning() {
    let answers = "'/api/invitations': {invitations: []}, '/api/acts': {status: 201, body: {number: 9, link: 'http://house/#invitation=abc'}}";
    let shown = Shown::new(Place::Part(Part::Invitations), answers).await;
    shown.click("invite").await;
    shown.click("invite-now").await;
    let close = || one(&shown.page, "dialog .panel-head button").dyn_into::<HtmlElement>().expect("a button");
    assert_eq!(shown.text_of("not-copied"), "");
    close().click();
    settled().await;
    assert!(shown.has("to-copy") && shown.text_of("not-copied").contains("not shown again"));
    close().click();
    settled().await;
    assert!(!shown.has("to-copy"));
}

#[wasm_bindgen_test]
async fn what_is_no_address_is_not_asked_about() {
    let shown = Shown::new(Place::Part(Part::Bars), "'/api/bars': {addresses: []}").await;
    asked();
    shown.write("address", "garbage").await;
    shown.click("bar-address").await;
    assert!(!shown.has("confirm") && asked().is_empty());
    assert_eq!(shown.text_of("field-error"), "Write an IPv4 or IPv6 address.");
    shown.write("address", "192.0.2.7").await;
    shown.click("bar-address").await;
    assert!(shown.text().contains("Bar 192.0.2.7?"));
}

#[wasm_bindgen_test]
async fn a_room_without_a_name_is_not_sent() {
    let shown = Shown::new(Place::Part(Part::Rooms), "'/api/rooms?all=true': {rooms: []}").await;
    shown.click("make-room").await;
    asked();
    shown.click("make-room-now").await;
    assert_eq!(shown.text_of("field-error"), "Write a name.");
    assert!(asked().is_empty());
}

#[wasm_bindgen_test]
async fn the_record_says_what_the_settings_are_and_keeps_the_query_of_an_address_to_itself() {
    let answers = "'/api/rooms?all=true': {rooms: [{room: 'plans.jaiukw7v', head: 1, kind: 'closed'}, {room: 'app.releases', head: 1}]},
        '/api/acts': {acts: [
            {number: 8, at: '2026-11-21T09:30:00.000Z', by: 'Ann', act: 'change_settings', settings: {name: 'Chess', members_make_rooms: false}},
            {number: 7, at: '2026-11-21T09:30:00.000Z', by: 'Ann', act: 'add_webhook', username: 'bot', room: 'plans.jaiukw7v', url: 'https://example.org/in?key=secret'},
            {number: 6, at: '2026-11-21T09:30:00.000Z', by: 'Ann', act: 'delete_room', room: 'app.releases'}]}";
    let shown = Shown::new(Place::Part(Part::Acts), answers).await;
    let texts = shown.texts_of(".act-text");
    let texts: Vec<_> = texts.iter().map(|text| text.replace(['\u{2068}', '\u{2069}'], "")).collect();
    assert!(texts[0].contains("it is called “Chess”; members may not make rooms; "), "{texts:?}");
    assert_eq!(texts[1], "Ann added a webhook of bot in #plans: https://example.org/in");
    assert_eq!(texts[2], "Ann deleted #app.releases with its messages.", "an open room has no suffix");
}

#[wasm_bindgen_test]
async fn a_closed_room_is_known_by_its_short_name() {
    let answers = "'/api/rooms?all=true': {rooms: [{room: 'plans.jaiukw7v', head: 1, kind: 'closed'}]},
        '/api/bots': {bots: [{username: 'deploy', rooms: [], webhooks: []}]}, '/api/acts': {status: 201, body: {number: 9}}";
    let shown = Shown::new(Place::Part(Part::Bots), answers).await;
    assert_eq!(
        one(&shown.page, "datalist option").get_attribute("value").as_deref(),
        Some("plans"),
        "it is offered"
    );
    asked();
    shown.write("bot-room", "#plans").await;
    shown.click("bot-add-room").await;
    assert_eq!(
        asked()[0],
        r#"POST /api/acts {"act":"add_member","room":"plans.jaiukw7v","username":"deploy"} Bearer T0K"#
    );
}
