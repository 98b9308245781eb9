//! Rooms that are not there, or not there any more, and rooms that are made.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    Driver,
    room_list::{ListProps, RoomList},
};
use shared::{FromServer, Refusal, RefusalCode, Role, RoomInfo, RoomName};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};
use yew::Callback;

use crate::{
    fake::Fake,
    fixtures::{
        all, clear_storage, click, driver_in, driver_with, hear, message, one, render, render_rooms, room,
        settled, text_of, type_into, until,
    },
    house::names,
};

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

#[wasm_bindgen_test]
async fn a_room_that_cannot_be_made_is_not_offered_and_an_owner_is_led_to_its_settings() {
    for (name, role, label, has_settings) in [
        ("plans.jaiukw7v", Role::Owner, "Retry", true),
        ("plans.jaiukw7v", Role::Member, "Retry", false),
        ("direct.jaiukw7v", Role::Owner, "Retry", false),
        ("plans", Role::Owner, "Create #plans", true),
    ] {
        clear_storage();
        let asked = room(name);
        let driver = driver_in(&room("lobby"), Vec::new(), false, role, RoomInfo::default());
        driver.dispatch(|client, _| {
            let _ = client.enter(&asked);
            Vec::new()
        });
        hear(&driver, &[FromServer::Refused(Refusal::no_room(&asked))]);
        let page = render_rooms(&driver, &asked).await;
        assert_eq!(text_of(&page, "[data-testid=retry-join]"), label, "{name}, {role}");
        let settings: Vec<_> = all(&page, "[data-testid=see-settings]");
        assert_eq!(settings.len(), usize::from(has_settings), "{name}, {role}");
        for link in settings {
            assert_eq!(link.get_attribute("href"), Some(format!("/rooms/{name}/settings")));
        }
    }
    // Why it was not made is said. The last page is that of the owner who may make it.
    let asked = room("plans");
    let taken = r#"409 {"error":{"code":"name_taken","reason":"there is such a room"}}"#;
    let _fake = Fake::of_requests(move |_, _| Some(taken.to_owned()));
    let driver = driver_in(&room("lobby"), Vec::new(), false, Role::Owner, RoomInfo::default());
    driver.dispatch(|client, _| {
        let _ = client.enter(&asked);
        Vec::new()
    });
    hear(&driver, &[FromServer::Refused(Refusal::no_room(&asked))]);
    let page = render_rooms(&driver, &asked).await;
    click(&page, "[data-testid=retry-join]");
    until("it is said", || !all(&page, "[data-testid=make-error]").is_empty()).await;
    assert!(text_of(&page, "[data-testid=make-error]").contains("there is such a room"));
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
async fn a_guest_makes_no_rooms_and_is_not_asked_for_one() {
    clear_storage();
    let driver = driver_in(&room("lobby"), Vec::new(), false, Role::Guest, RoomInfo::default());
    let props = ListProps { room: room("lobby"), on_go: Callback::noop() };
    let (list, _) = render::<RoomList>(&driver, props).await;
    assert_eq!(names(&list), ["lobby"]);
    assert!(all(&list, "[data-testid=add-room], [data-testid=room-field]").is_empty());
}
