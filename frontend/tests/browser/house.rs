//! Rooms of all kinds: what they are called, what is known of them, and how they come and go.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    i18n::Language,
    room_label::RoomLabel,
    rooms::{PageProps, RoomsPage},
};
use shared::{
    FromServer, MessageId, Post, Refusal, RefusalCode, Role, RoomInfo, RoomKind, RoomName, RoomSummary,
    Timestamp, Topic,
    house::{Access, LeftReason},
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use yew::Callback;

use crate::{
    fake::Fake,
    fixtures::{
        all, clear_storage, click, driver_in, driver_with, hear, message, one, render, render_rooms, room,
        text_of, until, user, welcome_to,
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

pub fn names(page: &Element) -> Vec<String> {
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
    let said = text_of(&page, "[data-testid=left-room]");
    assert_eq!(said, "You are no longer in this room, or it was deleted.You are in no room now.");
    assert!(names(&page).is_empty());
    assert!(all(&page, "[data-testid=composer], [data-testid=message]").is_empty());
}

#[wasm_bindgen_test]
async fn a_closed_room_that_is_gone_keeps_its_name_and_leads_to_another_one_from_the_middle_of_the_pane() {
    clear_storage();
    let plans = room("plans.jaiukw7v");
    let driver = driver_in(&plans, Vec::new(), false, Role::Member, of_kind(RoomKind::Closed));
    hear(&driver, &[FromServer::Room(summary("garden", of_kind(RoomKind::Open)))]);
    let page = render_rooms(&driver, &plans).await;
    assert!(text_of(&page, ".bar-room").ends_with("plans"));
    hear(&driver, &[FromServer::Left { room: plans.clone(), reason: LeftReason::Removed }]);
    until("it is said", || !all(&page, "[data-testid=left-room]").is_empty()).await;
    assert!(text_of(&page, ".bar-room").ends_with("plans"));
    assert_eq!(text_of(&page, "[data-testid=other-room]"), "Go to #garden");
    let middle = |selector: &str| {
        let shown = one(&page, selector).get_bounding_client_rect();
        f64::midpoint(shown.top(), shown.bottom())
    };
    let off = middle("[data-testid=left-room]") - middle("[data-testid=timeline]");
    assert!(off.abs() < 20.0, "{off} px from the middle");
}

#[wasm_bindgen_test]
async fn a_guest_who_is_in_no_room_is_told_that_and_no_more() {
    clear_storage();
    let lobby = room("lobby");
    let driver = driver_in(&room("poems"), Vec::new(), false, Role::Guest, RoomInfo::default());
    driver.dispatch(|client, _| {
        let _ = client.enter(&lobby);
        Vec::new()
    });
    hear(
        &driver,
        &[
            FromServer::Left { room: room("poems"), reason: LeftReason::Removed },
            FromServer::Refused(Refusal::no_room(&lobby)),
        ],
    );
    let page = render_rooms(&driver, &lobby).await;
    assert_eq!(text_of(&page, "[data-testid=no-rooms]"), "You are in no room now.");
    assert!(all(&page, "[data-testid=retry-join], [data-testid=cannot-join]").is_empty());
}

#[wasm_bindgen_test]
async fn a_direct_room_whose_people_are_gone_says_so_and_has_no_composer() {
    clear_storage();
    let direct = room("direct.x7f3k2ab");
    let info = RoomInfo { people: vec![user("ann"), user("bob")], ..of_kind(RoomKind::Direct) };
    let messages = vec![message(&direct, 1, "bob", "hello")];
    let driver = driver_in(&direct, messages, false, Role::Member, info);
    let page = render_rooms(&driver, &direct).await;
    one(&page, "[data-testid=composer]");
    hear(&driver, &[FromServer::AccountDeleted { username: user("bob"), blanked: false }]);
    until("it is said", || !all(&page, "[data-testid=deserted]").is_empty()).await;
    assert!(all(&page, "[data-testid=composer]").is_empty());
    assert_eq!(names(&page), ["Deleted account"]);
    assert_eq!(text_of(&page, ".bar-room"), "Deleted account");
}

#[wasm_bindgen_test]
async fn an_empty_room_offers_what_can_be_done_in_its_house_by_this_role() {
    let lobby = room("lobby");
    for (access, role, copied, link) in [
        (Access::Open, Role::Guest, 2, false),
        (Access::Invited, Role::Owner, 1, true),
        (Access::Invited, Role::Moderator, 0, true),
        (Access::Invited, Role::Member, 0, false),
    ] {
        clear_storage();
        let driver = driver_in(&lobby, Vec::new(), false, role, RoomInfo::default());
        hear(&driver, &[welcome_to(access, role, Vec::new())]);
        let page = render_rooms(&driver, &lobby).await;
        assert_eq!(all(&page, ".to-copy").len(), copied, "{access:?}, {role}");
        let links: Vec<_> = all(&page, "[data-testid=empty-link]");
        assert_eq!(links.len(), usize::from(link), "{access:?}, {role}");
        for link in links {
            assert_eq!(link.get_attribute("href").as_deref(), Some("/admin/invitations?new"));
        }
    }
}

#[wasm_bindgen_test]
async fn a_closed_room_is_said_to_be_empty_of_people_only_if_nobody_else_is_there() {
    clear_storage();
    let plans = room("plans.jaiukw7v");
    let driver = driver_in(&plans, Vec::new(), false, Role::Member, of_kind(RoomKind::Closed));
    let page = render_rooms(&driver, &plans).await;
    assert!(text_of(&page, "[data-testid=empty]").ends_with("Only the people who were added see this room."));
    let alone = FromServer::Presence {
        room: plans.clone(),
        count: 1,
        arrived: Vec::new(),
        departed: vec![user("bob"), user("王小明")],
        names: None,
    };
    hear(&driver, &[alone]);
    until("the way to add people", || !all(&page, "[data-testid=empty-link]").is_empty()).await;
    let link = one(&page, "[data-testid=empty-link]");
    assert_eq!(link.get_attribute("href").as_deref(), Some("/rooms/plans.jaiukw7v/settings"));
}

#[wasm_bindgen_test]
async fn leaving_a_closed_room_ends_the_membership_after_a_question_and_an_open_one_is_left_at_once() {
    clear_storage();
    let plans = room("plans.jaiukw7v");
    let answers = Rc::new(RefCell::new(vec![
        r#"200 {"number":8}"#,
        r#"403 {"error":{"code":"forbidden","reason":"not now"}}"#,
    ]));
    let fake = Fake::of_requests(move |_, _| answers.borrow_mut().pop().map(ToOwned::to_owned));
    let driver = driver_in(&plans, Vec::new(), false, Role::Member, of_kind(RoomKind::Closed));
    let left = Rc::<RefCell<Vec<RoomName>>>::default();
    let on_leave = Callback::from({
        let left = Rc::clone(&left);
        move |room| left.borrow_mut().push(room)
    });
    let props = |shown: &RoomName| PageProps {
        room: shown.clone(),
        jump: None,
        on_go: Callback::noop(),
        on_leave: on_leave.clone(),
        on_language: Callback::noop(),
    };
    let (page, shown) = render::<RoomsPage>(&driver, props(&plans)).await;
    click(&page, "[data-testid=leave]");
    until("it is asked", || !all(&page, "[data-testid=leave-confirm]").is_empty()).await;
    assert!(text_of(&page, "dialog").contains("only if somebody adds you"));
    assert!(fake.requests().is_empty());
    click(&page, "[data-testid=leave-confirm]");
    until("it is refused", || !all(&page, "[data-testid=leave-error]").is_empty()).await;
    assert!(text_of(&page, "[data-testid=leave-error]").contains("not now"));
    assert!(left.borrow().is_empty());
    click(&page, "[data-testid=leave-confirm]");
    until("it is left", || *left.borrow() == [plans.clone()]).await;
    let body = r#"{"act":"remove_member","room":"plans.jaiukw7v","username":"ann"}"#;
    assert_eq!(fake.requests().pop(), Some(format!("/api/acts Bearer t {body}")));
    shown.destroy();

    let driver = driver_with(&room("lobby"), Vec::new(), false);
    let (page, shown) = render::<RoomsPage>(&driver, props(&room("lobby"))).await;
    click(&page, "[data-testid=leave]");
    until("it is left", || left.borrow().len() == 2).await;
    assert_eq!(fake.requests().len(), 2, "that is no act");
    shown.destroy();
}

#[wasm_bindgen_test]
async fn a_message_that_waits_in_a_slow_room_says_until_when_and_the_composer_too() {
    clear_storage();
    let lobby = room("lobby");
    let slow = RoomInfo { slow_seconds: 86_400, ..RoomInfo::default() };
    let driver = driver_in(&lobby, vec![message(&lobby, 1, "bob", "hello")], false, Role::Member, slow);
    let page = render_rooms(&driver, &lobby).await;
    assert_eq!(text_of(&page, "[data-testid=slow]"), "Slow mode: one message a day.");
    driver.dispatch(|client, now| {
        let id = MessageId::parse("p1").expect("it is an id");
        let post = Post { room: lobby.clone(), id, text: "again".to_owned(), about: None };
        let _ = client.post(post, Timestamp::default(), now);
        Vec::new()
    });
    let refusal = Refusal {
        id: MessageId::parse("p1").ok(),
        room: Some(lobby.clone()),
        retry_after_ms: Some(3_600_000),
        ..Refusal::new(RefusalCode::TooFast, "too fast")
    };
    hear(&driver, &[FromServer::Refused(refusal)]);
    until("it waits", || !all(&page, "[data-testid=waits-until]").is_empty()).await;
    let until_when = text_of(&page, "[data-testid=waits-until]");
    let time = until_when.strip_prefix("Waits until ").expect("it says until when");
    assert_eq!(time.split(':').filter(|part| part.len() == 2).count(), 3, "{time}");
    assert!(text_of(&page, "[data-testid=slow]").contains("Yours is sent at "));
    let info = RoomInfo { slow_seconds: 120, ..RoomInfo::default() };
    hear(&driver, &[FromServer::Room(summary("lobby", info))]);
    until("it is tried again", || all(&page, "[data-testid=waits-until]").is_empty()).await;
    assert_eq!(text_of(&page, "[data-testid=slow]"), "Slow mode: one message in 2 minutes.");
}
