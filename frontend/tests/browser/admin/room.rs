//! A room's settings: for who manages it, and for its members to look at.

use frontend::admin::Place;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlSelectElement;

use super::{Shown, asked, run};
use crate::fixtures::{one, room};

const DONE: &str = "'/api/acts': {status: 201, body: {number: 9}}";

async fn settings(members: &str) -> Shown {
    let answers = format!("'/api/rooms/team/members': {members}, {DONE}");
    let shown = Shown::new(Place::Room(room("team")), &answers).await;
    asked();
    shown
}

#[wasm_bindgen_test]
async fn a_manager_changes_the_topic_and_the_pace() {
    let shown = settings("{manages: true, topic: 'old', slow_seconds: 60, members: []}").await;
    shown.write("topic", "new").await;
    shown.click("save-topic").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"set_topic","room":"team","topic":"new"} Bearer T0K"#);
    shown.write("topic", " ").await;
    shown.click("save-topic").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"set_topic","room":"team"} Bearer T0K"#);
    shown.choose("slow", "0").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"slow_down","room":"team","seconds":0} Bearer T0K"#);
}

#[wasm_bindgen_test]
async fn who_may_say_how_long_messages_are_kept_is_told_first_how_many_go() {
    let answers = format!(
        "'/api/rooms/team/members': {{manages: true, sets_keep: true, keep: '3d', members: []}}, {DONE},
        '/api/rooms/team/expiring?keep=30d': {{keep: '30d', messages: 17}},
        '/api/rooms/team/expiring?keep=forever': {{keep: 'forever', messages: 0}},
        '/api/rooms/team/expiring': {{keep: '10GB'}}"
    );
    let shown = Shown::new(Place::Room(room("team")), &answers).await;
    asked();
    let menu = || -> HtmlSelectElement { one(&shown.page, "[data-testid=keep]").dyn_into().expect("a menu") };
    assert_eq!(menu().value(), "other", "the room has three days");
    assert_eq!(shown.texts_of("[data-testid=keep] option:checked"), ["3 days"]);
    shown.choose("keep", "30d").await;
    assert_eq!(asked(), ["GET /api/rooms/team/expiring?keep=30d  Bearer T0K"], "nothing is done yet");
    assert!(shown.text().contains("17 messages of this room are deleted now"), "{}", shown.text());
    shown.click("confirm-cancel").await;
    assert_eq!((asked().len(), menu().value()), (0, "other".to_owned()));
    shown.choose("keep", "30d").await;
    asked();
    shown.click("confirm").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"set_keep","room":"team","keep":"30d"} Bearer T0K"#);
    shown.choose("keep", "house").await;
    assert!(shown.text().contains("whenever all rooms together are larger"));
    shown.click("confirm-cancel").await;
    asked();
    shown.choose("keep", "forever").await;
    assert_eq!(asked()[1], r#"POST /api/acts {"act":"set_keep","room":"team","keep":"forever"} Bearer T0K"#);
    drop(shown);
    let shown = settings("{manages: true, keep: '30d', members: []}").await;
    assert!(!shown.has("keep") && shown.text_of("kept") == "Messages are kept: 30 days.");
    drop(shown);
    for (keep, said) in
        [("1s", "1 second"), ("90min", "90 minutes"), ("2y", "2 years"), ("1500MB", "Up to 1500 MB")]
    {
        let shown = settings(&format!("{{manages: true, keep: '{keep}', members: []}}")).await;
        assert_eq!(shown.text_of("kept"), format!("Messages are kept: {said}."));
    }
}

#[wasm_bindgen_test]
async fn closing_archiving_and_deleting_ask_first() {
    let shown = settings("{manages: true, members: []}").await;
    let steps = [
        ("change-kind", r#"{"act":"set_kind","room":"team","kind":"closed"}"#),
        ("archive", r#"{"act":"archive","room":"team","archived":true}"#),
    ];
    for (button, act) in steps {
        shown.click(button).await;
        assert!(asked().is_empty(), "{button} asks");
        shown.click("confirm").await;
        assert_eq!(asked()[0], format!("POST /api/acts {act} Bearer T0K"));
    }
    shown.click("delete-room").await;
    assert!(asked().is_empty() && shown.text().contains("Delete #team for good?"));
}

#[wasm_bindgen_test]
async fn members_are_added_and_removed_and_let_back_in() {
    let shown = settings("{manages: true, kind: 'closed', members: ['Ann', 'bob'], removed: ['eve']}").await;
    assert_eq!(shown.texts_of("[data-testid=remove-member]").len(), 1, "Ann does not remove herself here");
    shown.write("member-name", " ").await;
    shown.click("add-member").await;
    assert!(asked().is_empty() && shown.text().contains("A name has 1 to 32 characters."));
    shown.write("member-name", "王小明").await;
    shown.click("add-member").await;
    assert_eq!(
        asked()[0],
        r#"POST /api/acts {"act":"add_member","room":"team","username":"王小明"} Bearer T0K"#
    );
    shown.click("remove-member").await;
    assert!(asked().is_empty());
    shown.click("confirm").await;
    assert_eq!(
        asked()[0],
        r#"POST /api/acts {"act":"remove_member","room":"team","username":"bob"} Bearer T0K"#
    );
    shown.click("let-back").await;
    assert_eq!(
        asked()[0],
        r#"POST /api/acts {"act":"add_member","room":"team","username":"eve"} Bearer T0K"#
    );
}

#[wasm_bindgen_test]
async fn who_does_not_manage_a_room_can_only_look_and_in_a_closed_one_add_others() {
    let shown = settings("{topic: 'tea', members: []}").await;
    assert!(shown.text().contains("tea"));
    for control in ["topic", "change-kind", "slow", "archive", "delete-room", "add-member"] {
        assert!(!shown.has(control), "{control}");
    }
    drop(shown);
    let shown = settings("{kind: 'closed', members: ['Ann', 'bob']}").await;
    assert!(shown.has("add-member") && !shown.has("remove-member") && !shown.has("delete-room"));
    drop(shown);
    let shown = settings("{kind: 'direct', members: ['Ann', 'bob']}").await;
    assert!(!shown.has("add-member") && shown.text().contains("bob"));
}

#[wasm_bindgen_test]
async fn a_pace_that_was_refused_is_not_shown_and_can_be_chosen_again() {
    let answers = "'/api/rooms/team/members': {manages: true, slow_seconds: 7, members: []},
        '/api/acts': {status: 503, body: {error: {code: 'unavailable', reason: 'not now'}}}";
    let shown = Shown::new(Place::Room(room("team")), answers).await;
    asked();
    for _ in 0..2 {
        shown.choose("slow", "60").await;
        assert_eq!(asked().len(), 1);
        let menu: HtmlSelectElement = one(&shown.page, "[data-testid=slow]").dyn_into().expect("a menu");
        assert_eq!(menu.value(), "other", "the room has seven seconds");
        assert_eq!(shown.text_of("field-error"), "Not now.");
    }
}

#[wasm_bindgen_test]
async fn an_archived_room_is_brought_back_without_a_question() {
    let shown = settings("{manages: true, archived: true, members: []}").await;
    shown.click("archive").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"archive","room":"team","archived":false} Bearer T0K"#);
}

#[wasm_bindgen_test]
async fn a_closed_rooms_suffix_is_only_in_its_name_for_commands() {
    let answers =
        "'/api/rooms/plans.jaiukw7v/members': {manages: true, kind: 'closed', members: ['Ann', 'bob']}";
    let shown = Shown::new(Place::Room(room("plans.jaiukw7v")), answers).await;
    assert_eq!(shown.texts_of("h2"), ["Settings of Closedplans"], "the lock is read as a word");
    assert_eq!(shown.text_of("full-name"), "Its name for commands: plans.jaiukw7v");
    shown.click("remove-member").await;
    assert!(shown.text().contains("Remove bob from #plans?"));
    assert_eq!(shown.text().matches("jaiukw7v").count(), 1);
}

#[wasm_bindgen_test]
async fn nobody_is_removed_from_an_open_room_whom_the_house_does_not_know() {
    let answers = "'/api/rooms/team/members': {manages: true, members: []},
        '/api/people': {people: [{username: 'Ann', role: 'owner'}, {username: 'bob', role: 'member'}]}";
    let shown = Shown::new(Place::Room(room("team")), answers).await;
    shown.click("remove-somebody").await;
    shown.write("remove-name", "bib").await;
    shown.click("remove-named").await;
    assert!(!shown.has("confirm") && shown.text_of("field-error").starts_with("Nobody here is called"));
    shown.write("remove-name", "bob").await;
    shown.click("remove-named").await;
    assert!(shown.has("confirm") && !shown.has("field-error"));
}

#[wasm_bindgen_test]
async fn who_deletes_a_room_comes_back_to_the_list_of_rooms() {
    let before = run("location.href");
    let shown = settings("{manages: true, members: []}").await;
    shown.click("delete-room").await;
    assert!(shown.text().contains("for everybody, for good"));
    shown.click("confirm").await;
    let here = run("location.pathname").as_string();
    run(&format!("history.replaceState(null, '', '{}')", before.as_string().unwrap_or_default()));
    assert_eq!(here.as_deref(), Some("/admin/rooms"));
}
