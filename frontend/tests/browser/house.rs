//! Rooms of all kinds: what they are called, what is known of them, and how they come and go.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    Driver,
    i18n::Language,
    room_label::RoomLabel,
    room_list::{ListProps, RoomList},
};
use shared::{
    FromServer, Refusal, RefusalCode, Role, RoomInfo, RoomKind, RoomName, RoomSummary, Topic,
    house::LeftReason,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};
use yew::Callback;

use crate::{
    fake::Fake,
    fixtures::{
        all, clear_storage, click, driver_in, driver_with, hear, message, one, render, render_rooms, room,
        settled, text_of, type_into, until, user,
    },
};

const LIST: &str = "[data-testid=room-item]";

fn of_kind(kind: RoomKind) -> RoomInfo {
    let people = match kind {
        RoomKind::Direct => vec![user("ann"), user("bob"), user("王小明")],
        _ => Vec::new(),
    };
    RoomInfo { kind, people, ..RoomInfo::default() }
}

fn summary(name: &str, info: RoomInfo) -> RoomSummary {
    RoomSummary { info, ..RoomSummary::empty(room(name)) }
}

fn names(page: &Element) -> Vec<String> {
    all(page, LIST).iter().map(|item| text_of(item, ".room-name")).collect()
}

#[wasm_bindgen_test]
async fn a_direct_room_is_called_after_the_others_everywhere() {
    clear_storage();
    let direct = room("direct.x7f3k2");
    let messages = vec![message(&direct, 1, "bob", "hello")];
    let driver = driver_in(&direct, messages, false, Role::Member, of_kind(RoomKind::Direct));
    let page = render_rooms(&driver, &direct).await;
    assert_eq!(names(&page), ["bob, 王小明"]);
    one(&page, ".room-list [data-testid=direct-room]");
    assert!(text_of(&page, ".bar-room").starts_with("bob, 王小明"));
    assert!(all(&page, "[data-testid=leave]").is_empty(), "nobody leaves a direct room");
    let label = |selector: &str, name: &str| one(&page, selector).get_attribute(name).unwrap_or_default();
    assert_eq!(label("[data-testid=composer]", "aria-label"), "Message bob, 王小明");
    assert_eq!(label("[data-testid=timeline]", "aria-label"), "Messages in bob, 王小明");
    assert!(!page.text_content().unwrap_or_default().contains("x7f3k2"));
    assert_eq!(text_of(&page, ".beginning"), "This is where your messages with bob, 王小明 begin.");
    let full = driver.read(|client| RoomLabel::of(client.view(), &direct, Language::English).full());
    assert_eq!(full, "bob, 王小明");
}

#[wasm_bindgen_test]
async fn a_closed_room_has_a_lock_and_an_open_one_does_not() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, Vec::new(), false);
    let page = render_rooms(&driver, &lobby).await;
    assert!(all(&page, "[data-testid=closed-room]").is_empty());
    hear(&driver, &[FromServer::Room(summary("lobby", of_kind(RoomKind::Closed)))]);
    until("the list and the bar show it", || all(&page, "[data-testid=closed-room]").len() == 2).await;
    assert!(text_of(&page, ".bar-room").contains("Closed room"), "for screen readers");
}

#[wasm_bindgen_test]
async fn a_room_that_changes_changes_the_bar_and_one_that_is_new_is_listed() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, Vec::new(), false);
    let page = render_rooms(&driver, &lobby).await;
    assert!(all(&page, "[data-testid=topic]").is_empty());
    let info = RoomInfo { topic: Topic::parse("Tea & talk").ok(), ..RoomInfo::default() };
    hear(
        &driver,
        &[
            FromServer::Room(summary("lobby", info)),
            FromServer::Room(summary("garden", of_kind(RoomKind::Open))),
        ],
    );
    until("the topic is shown", || !all(&page, "[data-testid=topic]").is_empty()).await;
    assert_eq!(text_of(&page, "[data-testid=topic]"), "Tea & talk");
    assert_eq!(names(&page), ["lobby", "garden"]);
    let settings = one(&page, "[data-testid=room-settings]");
    assert_eq!(settings.get_attribute("href").as_deref(), Some("/rooms/lobby/settings"));
}

#[wasm_bindgen_test]
async fn an_archived_room_has_a_sentence_for_a_composer_and_a_slow_one_says_how_slow() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, vec![message(&lobby, 1, "bob", "hello")], false);
    let page = render_rooms(&driver, &lobby).await;
    assert!(all(&page, "[data-testid=slow], [data-testid=archived]").is_empty());
    let slow = RoomInfo { slow_seconds: 30, ..RoomInfo::default() };
    hear(&driver, &[FromServer::Room(summary("lobby", slow))]);
    until("it is slow", || !all(&page, "[data-testid=slow]").is_empty()).await;
    assert!(text_of(&page, "[data-testid=slow]").contains("30 seconds"));
    one(&page, "[data-testid=composer]");
    let archived = RoomInfo { archived: true, ..RoomInfo::default() };
    hear(&driver, &[FromServer::Room(summary("lobby", archived))]);
    until("it is archived", || !all(&page, "[data-testid=archived]").is_empty()).await;
    assert!(all(&page, "[data-testid=composer]").is_empty());
    one(&page, "[data-testid=message]");
}

#[wasm_bindgen_test]
async fn a_room_that_was_left_says_so_and_is_gone_from_the_list() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, vec![message(&lobby, 1, "bob", "a secret")], false);
    let page = render_rooms(&driver, &lobby).await;
    assert_eq!(names(&page), ["lobby"]);
    hear(&driver, &[FromServer::Left { room: lobby.clone(), reason: LeftReason::Removed }]);
    until("it is said", || !all(&page, "[data-testid=left-room]").is_empty()).await;
    assert!(names(&page).is_empty());
    assert!(all(&page, "[data-testid=composer], [data-testid=message]").is_empty());
}

#[wasm_bindgen_test]
async fn a_right_that_ended_during_a_lost_connection_is_seen_after_it() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_with(&lobby, vec![message(&lobby, 1, "bob", "a secret")], false);
    let page = render_rooms(&driver, &lobby).await;
    let refusal = Refusal { room: Some(lobby.clone()), ..Refusal::new(RefusalCode::NoRoom, "no") };
    hear(&driver, &[FromServer::Refused(refusal)]);
    until("it is said", || !all(&page, "[data-testid=left-room]").is_empty()).await;
    assert!(all(&page, "[data-testid=message]").is_empty());
    assert!(!driver.read(|client| client.link().is_joined(&lobby)));
}

#[wasm_bindgen_test]
async fn a_room_that_does_not_exist_says_no_more_than_that() {
    clear_storage();
    let (lobby, attic) = (room("lobby"), room("attic"));
    let driver = driver_with(&lobby, Vec::new(), false);
    driver.dispatch(|client, _| {
        let _ = client.enter(&attic);
        Vec::new()
    });
    let refusal = Refusal { room: Some(attic.clone()), ..Refusal::new(RefusalCode::NoRoom, "no") };
    hear(&driver, &[FromServer::Refused(refusal)]);
    let page = render_rooms(&driver, &attic).await;
    assert!(
        text_of(&page, "[data-testid=cannot-join]")
            .starts_with("There is no such room, or it is not open to you.")
    );
    assert_eq!(names(&page), ["lobby"]);
    assert!(all(&page, "[data-testid=composer]").is_empty());
}

#[wasm_bindgen_test]
async fn a_room_that_does_not_exist_can_be_made_but_not_by_a_guest() {
    clear_storage();
    let attic = room("attic");
    let refusal = Refusal { room: Some(attic.clone()), ..Refusal::new(RefusalCode::NoRoom, "no") };
    for (role, label, requests) in [(Role::Member, "Create #attic", 1), (Role::Guest, "Retry", 0)] {
        let fake = Fake::of_requests(|_, _| Some(r#"201 {"number":7,"room":"attic"}"#.to_owned()));
        let driver = driver_in(&room("lobby"), Vec::new(), false, role, RoomInfo::default());
        driver.dispatch(|client, _| {
            let _ = client.enter(&attic);
            Vec::new()
        });
        hear(&driver, &[FromServer::Refused(refusal.clone())]);
        let page = render_rooms(&driver, &attic).await;
        assert_eq!(text_of(&page, "[data-testid=retry-join]"), label);
        click(&page, "[data-testid=retry-join]");
        until("it is joined again", || all(&page, "[data-testid=cannot-join]").is_empty()).await;
        assert_eq!(fake.requests().len(), requests);
    }
}

/// The list with the form for a new room open, and the rooms that were gone to.
async fn form(driver: &Driver) -> (Element, Rc<RefCell<Vec<RoomName>>>) {
    let gone = Rc::<RefCell<Vec<RoomName>>>::default();
    let on_go = Callback::from({
        let gone = Rc::clone(&gone);
        move |(room, _)| gone.borrow_mut().push(room)
    });
    let (list, _) = render::<RoomList>(driver, ListProps { room: room("lobby"), on_go }).await;
    click(&list, "[data-testid=add-room]");
    settled().await;
    (list, gone)
}

#[wasm_bindgen_test]
async fn a_closed_room_is_made_with_its_topic_and_entered_by_the_name_that_it_got() {
    clear_storage();
    let fake = Fake::of_requests(|_, _| Some(r#"201 {"number":7,"room":"plans.k2f8x0qa1"}"#.to_owned()));
    let driver = driver_with(&room("lobby"), Vec::new(), false);
    let (list, gone) = form(&driver).await;
    type_into(&list, "[data-testid=room-field]", "Plans");
    type_into(&list, "[data-testid=room-topic]", "Next year");
    one(&list, "[data-testid=room-closed]").dyn_ref::<HtmlInputElement>().expect("a box").set_checked(true);
    click(&list, "[data-testid=room-submit]");
    until("it is entered", || !gone.borrow().is_empty()).await;
    assert_eq!(*gone.borrow(), [room("plans.k2f8x0qa1")]);
    let body = r#"{"act":"make_room","room":"plans","kind":"closed","topic":"Next year"}"#;
    assert_eq!(fake.requests(), [format!("/api/acts Bearer t {body}")]);
}

#[wasm_bindgen_test]
async fn a_refusal_is_said_in_the_form_and_a_name_alone_is_joined_all_the_same() {
    clear_storage();
    let refusal = r#"403 {"error":{"code":"forbidden","reason":"members make no rooms here"}}"#;
    let fake = Fake::of_requests(move |_, _| Some(refusal.to_owned()));
    let driver = driver_with(&room("lobby"), Vec::new(), false);
    let (list, gone) = form(&driver).await;
    type_into(&list, "[data-testid=room-field]", "plans");
    type_into(&list, "[data-testid=room-topic]", "Next year");
    click(&list, "[data-testid=room-submit]");
    until("it is said", || !all(&list, "[data-testid=room-error]").is_empty()).await;
    assert!(text_of(&list, "[data-testid=room-error]").contains("members make no rooms here"));
    assert!(gone.borrow().is_empty());
    type_into(&list, "[data-testid=room-topic]", "");
    click(&list, "[data-testid=room-submit]");
    until("it is entered", || *gone.borrow() == [room("plans")]).await;
    // A room that is known needs no act.
    let asked = fake.requests().len();
    click(&list, "[data-testid=add-room]");
    settled().await;
    type_into(&list, "[data-testid=room-field]", "lobby");
    click(&list, "[data-testid=room-submit]");
    until("it is entered", || gone.borrow().len() == 2).await;
    assert_eq!(fake.requests().len(), asked);
}

#[wasm_bindgen_test]
async fn a_guest_makes_no_rooms() {
    clear_storage();
    let driver = driver_in(&room("lobby"), Vec::new(), false, Role::Guest, RoomInfo::default());
    let (list, _) = form(&driver).await;
    one(&list, "[data-testid=room-field]");
    assert!(all(&list, "[data-testid=room-topic], [data-testid=room-closed]").is_empty());
}
