//! What can be done about people and their messages, by whom.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    Driver,
    acts::SmallAct,
    members::{Members, MembersProps},
    person::{Person, PersonProps},
};
use shared::{Act, Authorship, FromServer, Message, Role, RoomInfo, RoomKind, RoomName, Topic};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use yew::{Callback, NodeRef};

use crate::{
    fake::Fake,
    fixtures::{
        all, clear_storage, click, driver_in, hear, message, one, render, render_rooms, room, settled,
        text_of, until, user,
    },
};

fn ann_as(role: Role, messages: Vec<Message>) -> (Driver, RoomName) {
    clear_storage();
    let lobby = room("lobby");
    (driver_in(&lobby, messages, false, role, RoomInfo::default()), lobby)
}

/// The rooms that were gone to, and how often it was closed.
type Ended = Rc<RefCell<(Vec<RoomName>, u32)>>;

async fn open_bob(driver: &Driver, room: &RoomName) -> (Element, Ended) {
    let ended = Ended::default();
    let (on_go, on_close) = {
        let (gone, closed) = (Rc::clone(&ended), Rc::clone(&ended));
        (
            Callback::from(move |room| gone.borrow_mut().0.push(room)),
            Callback::from(move |()| closed.borrow_mut().1 += 1),
        )
    };
    let props = PersonProps { room: room.clone(), username: user("bob"), on_go, on_close };
    let (container, _) = render::<Person>(driver, props).await;
    (container, ended)
}

#[wasm_bindgen_test]
fn the_small_acts_are_acts_of_the_protocol() {
    let (lobby, bob) = (room("lobby"), user("bob"));
    let topic = Topic::parse("All about \"tests\"").expect("it is a topic");
    let acts = [
        (
            SmallAct::make_room(lobby.clone(), RoomKind::Closed, Some(topic.clone())),
            Act::MakeRoom { room: lobby.clone(), kind: RoomKind::Closed, topic: Some(topic) },
        ),
        (
            SmallAct::make_room(lobby.clone(), RoomKind::Open, None),
            Act::MakeRoom { room: lobby.clone(), kind: RoomKind::Open, topic: None },
        ),
        (SmallAct::open_direct(bob.clone()), Act::OpenDirect { people: vec![bob.clone()] }),
        (
            SmallAct::remove_member(lobby.clone(), bob.clone()),
            Act::RemoveMember { room: lobby, username: bob.clone() },
        ),
        (SmallAct::bar(bob.clone()), Act::Bar { username: bob }),
    ];
    for (small, act) in acts {
        let json = serde_json::to_string(&small).expect("it is written");
        assert_eq!(serde_json::from_str::<Act>(&json).expect("it is an act"), act);
    }
}

#[wasm_bindgen_test]
async fn a_direct_message_leads_to_the_room_that_the_server_opens() {
    let fake = Fake::of_requests(|_, _| Some(r#"201 {"number":7,"room":"direct.x7f3"}"#.to_owned()));
    let (driver, lobby) = ann_as(Role::Member, Vec::new());
    let (bob, ended) = open_bob(&driver, &lobby).await;
    assert!(all(&bob, "[data-testid=remove], [data-testid=bar]").is_empty(), "a member keeps no order");
    click(&bob, "[data-testid=direct]");
    until("the room is entered", || !ended.borrow().0.is_empty()).await;
    assert_eq!(ended.borrow().0, [room("direct.x7f3")]);
    assert_eq!(fake.requests(), [r#"/api/acts Bearer t {"act":"open_direct","people":["bob"]}"#]);
}

#[wasm_bindgen_test]
async fn a_moderator_removes_and_bars_after_a_confirmation() {
    let fake = Fake::of_requests(|_, _| Some(r#"201 {"number":7}"#.to_owned()));
    let (driver, lobby) = ann_as(Role::Moderator, Vec::new());
    for (button, body) in [
        ("remove", r#"{"act":"remove_member","room":"lobby","username":"bob"}"#),
        ("bar", r#"{"act":"bar","username":"bob"}"#),
    ] {
        let (bob, ended) = open_bob(&driver, &lobby).await;
        let before = fake.requests().len();
        click(&bob, &format!("[data-testid={button}]"));
        settled().await;
        assert_eq!(fake.requests().len(), before, "it asks first");
        click(&bob, "[data-testid=person-confirm]");
        until("it is done", || ended.borrow().1 == 1).await;
        assert_eq!(fake.requests()[before], format!("/api/acts Bearer t {body}"));
    }
}

#[wasm_bindgen_test]
async fn what_the_server_refuses_is_said() {
    let refusal = r#"403 {"error":{"code":"forbidden","reason":"bob stands above you"}}"#;
    let _fake = Fake::of_requests(move |_, _| Some(refusal.to_owned()));
    let (driver, lobby) = ann_as(Role::Moderator, Vec::new());
    let (bob, ended) = open_bob(&driver, &lobby).await;
    click(&bob, "[data-testid=bar]");
    settled().await;
    click(&bob, "[data-testid=person-confirm]");
    until("it is said", || !all(&bob, "[data-testid=person-error]").is_empty()).await;
    assert!(text_of(&bob, "[data-testid=person-error]").contains("bob stands above you"));
    assert_eq!(ended.borrow().1, 0);
}

#[wasm_bindgen_test]
async fn names_in_the_list_of_members_open_it_except_for_guests() {
    for (role, expected) in [(Role::Member, 2), (Role::Guest, 0)] {
        let (driver, lobby) = ann_as(role, Vec::new());
        let props = MembersProps {
            room: lobby,
            node: NodeRef::default(),
            on_person: Callback::noop(),
            on_close: Callback::noop(),
        };
        let (members, _) = render::<Members>(&driver, props).await;
        // All but ann herself.
        assert_eq!(all(&members, "[data-testid=member-name]").len(), expected, "{role}");
        assert_eq!(all(&members, "[data-testid=member]").len(), 3);
    }
}

#[wasm_bindgen_test]
async fn who_moderates_deletes_messages_of_others() {
    for (role, expected) in [(Role::Owner, 1), (Role::Moderator, 1), (Role::Member, 0)] {
        let messages = vec![message(&room("lobby"), 1, "bob", "spam")];
        let (driver, lobby) = ann_as(role, messages);
        let page = render_rooms(&driver, &lobby).await;
        click(&page, "[data-testid=message] [data-testid=menu]");
        settled().await;
        assert_eq!(all(&page, "[data-testid=sheet] [data-testid=delete]").len(), expected, "{role}");
        assert!(all(&page, "[data-testid=sheet] [data-testid=edit]").is_empty());
        one(&page, "[data-testid=sheet] [data-testid=person]");
        if expected == 1 {
            click(&page, "[data-testid=sheet] [data-testid=delete]");
            settled().await;
            click(&page, "[data-testid=delete-confirm]");
            until("it is posted", || {
                driver.read(|client| {
                    client.link().outbox().posts().iter().any(|post| post.post.text.is_empty())
                })
            })
            .await;
        }
    }
}

#[wasm_bindgen_test]
async fn the_author_of_a_message_is_acted_on_from_its_menu() {
    let (driver, lobby) = ann_as(Role::Member, vec![message(&room("lobby"), 1, "bob", "hello")]);
    let page = render_rooms(&driver, &lobby).await;
    click(&page, "[data-testid=message] [data-testid=menu]");
    settled().await;
    click(&page, "[data-testid=sheet] [data-testid=person]");
    until("it says what can be done", || !all(&page, "[data-testid=direct]").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_deleted_account_is_nobody() {
    let lobby = room("lobby");
    let gone = Message { authorship: Authorship::Deleted, ..message(&lobby, 1, "deleted", "I was here") };
    let (driver, lobby) = ann_as(Role::Owner, vec![gone, message(&lobby, 20, "bob", "me too")]);
    let page = render_rooms(&driver, &lobby).await;
    let row = one(&page, "[data-seq='1']");
    assert_eq!(text_of(&row, ".name"), "Deleted account");
    assert_eq!(text_of(&row, ".badge"), "");
    assert!(!one(&row, ".name").class_name().contains("hue"));
    assert!(row.get_attribute("aria-label").is_some_and(|label| label.starts_with("Deleted account, ")));
    click(&row, "[data-testid=menu]");
    settled().await;
    assert!(all(&page, "[data-testid=sheet] [data-testid=person]").is_empty());

    hear(&driver, &[FromServer::AccountDeleted { username: user("bob"), blanked: false }]);
    until("bob is gone, too", || text_of(&page, "[data-seq='20'] .name") == "Deleted account").await;
}

#[wasm_bindgen_test]
async fn a_long_message_ends_in_an_ellipsis_and_leaves_its_sheet_as_wide_as_it_is() {
    let lobby = room("lobby");
    let (driver, _) = ann_as(Role::Moderator, vec![message(&lobby, 1, "bob", &"many words ".repeat(14))]);
    let page = render_rooms(&driver, &lobby).await;
    click(&page, "[data-testid=menu]");
    until("the sheet", || !all(&page, ".sheet").is_empty()).await;
    let (sheet, text) = (one(&page, ".sheet"), one(&page, ".sheet .quoted-text"));
    assert!(sheet.scroll_width() <= sheet.client_width(), "{} px in it", sheet.scroll_width());
    assert!(text.scroll_width() > text.client_width(), "it is cut");
    let edge = sheet.get_bounding_client_rect().right();
    for action in all(&sheet, "[data-testid=sheet] button") {
        assert!(action.get_bounding_client_rect().right() <= edge, "{}", action.outer_html());
    }
}
