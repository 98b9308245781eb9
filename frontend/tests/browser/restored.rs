//! A page that stays open while the server is restored from a backup, deletes old messages, or is left and shown again.

use frontend::{
    Driver,
    timeline::{Jump, Timeline, TimelineProps},
};
use shared::{
    About, AboutKind, Connection, Epoch, FromServer, Members, Message, Refusal, RefusalCode, RoomInfo,
    RoomName, Seq, Side,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use yew::Callback;

use crate::fixtures::{
    all, click, driver_with, hear, input, message, one, render, render_rooms, room, settled, text_of,
};

const NOT_FOUND: &str = "The message you looked for is not here.";

/// What a join is answered after a restore.
fn restored(room: &RoomName, messages: Vec<Message>) -> FromServer {
    FromServer::Joined {
        room: room.clone(),
        epoch: Epoch::parse("restored").expect("it is an epoch"),
        head: messages.last().map_or(Seq::ZERO, |last| last.seq),
        resumed: false,
        messages,
        context: Vec::new(),
        more: false,
        members: Members::default(),
        seen: None,
        info: RoomInfo::default(),
    }
}

async fn press(field: &Element, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let key =
        KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key can be pressed");
    field.dispatch_event(&key).expect("it can be heard");
    settled().await;
}

fn written(page: &Element) -> String {
    one(page, "[data-testid=composer]").dyn_into::<HtmlTextAreaElement>().expect("it is a field").value()
}

fn posted(driver: &Driver, room: &RoomName) -> Vec<(String, Option<About>)> {
    let post = |outgoing: &shared::link::Outgoing| (outgoing.post.text.clone(), outgoing.post.about);
    driver.read(|client| client.pending(room).map(post).collect())
}

fn seqs(page: &Element) -> Vec<String> {
    all(page, "[data-testid=message]").iter().filter_map(|row| row.get_attribute("data-seq")).collect()
}

#[wasm_bindgen_test]
async fn an_edit_begun_before_a_restore_overwrites_nothing_and_keeps_its_text() {
    let room = room("restored-edit");
    let driver = driver_with(&room, vec![message(&room, 1, "ann", "mine")], false);
    let page = render_rooms(&driver, &room).await;
    let field = one(&page, "[data-testid=composer]");
    press(&field, "ArrowUp").await;
    assert_eq!(written(&page), "mine");
    input(&field, "mine, put better");
    // Without a frame between: what is submitted now is about the other message.
    hear(&driver, &[restored(&room, vec![message(&room, 1, "ann", "another one")])]);
    press(&field, "Enter").await;
    assert_eq!(posted(&driver, &room), [], "nothing is said about another message");
    assert!(all(&page, "[data-testid=composer-about]").is_empty(), "the edit has ended");
    assert_eq!(written(&page), "mine, put better");
    press(&field, "Enter").await;
    assert_eq!(posted(&driver, &room), [("mine, put better".to_owned(), None)]);
}

#[wasm_bindgen_test]
async fn a_reply_begun_before_a_restore_becomes_a_message() {
    let room = room("restored-reply");
    let driver = driver_with(&room, vec![message(&room, 1, "bob", "his")], false);
    let page = render_rooms(&driver, &room).await;
    click(&page, "[data-testid=menu]");
    settled().await;
    click(&page, "[data-testid=reply]");
    settled().await;
    input(&one(&page, "[data-testid=composer]"), "my answer");
    one(&page, "[data-testid=composer-about]");
    hear(&driver, &[restored(&room, vec![message(&room, 1, "cy", "hers")])]);
    settled().await;
    assert!(all(&page, "[data-testid=composer-about]").is_empty(), "it would answer another message");
    assert_eq!(written(&page), "my answer");
    press(&one(&page, "[data-testid=composer]"), "Enter").await;
    assert_eq!(posted(&driver, &room), [("my answer".to_owned(), None)]);
}

#[wasm_bindgen_test]
async fn what_is_open_about_a_message_closes_when_its_number_means_another_one() {
    let room = room("restored-menu");
    let driver = driver_with(&room, vec![message(&room, 1, "ann", "mine")], false);
    let page = render_rooms(&driver, &room).await;
    one(&page, "[data-seq='1']").set_attribute("data-marked", "").expect("it can be marked");
    click(&page, "[data-testid=menu]");
    settled().await;
    click(&page, "[data-testid=delete]");
    settled().await;
    one(&page, "[data-testid=delete-confirm]");
    hear(&driver, &[restored(&room, vec![message(&room, 1, "ann", "another one")])]);
    settled().await;
    assert!(all(&page, "[data-testid=sheet]").is_empty(), "the question was about a message that is gone");
    assert!(all(&page, "[data-marked]").is_empty(), "the row shares nothing with the one before");
}

#[wasm_bindgen_test]
async fn a_room_says_why_it_begins_anew_also_if_it_is_empty() {
    let room = room("restored-empty");
    let driver = driver_with(&room, vec![message(&room, 1, "bob", "old")], false);
    let page = render_rooms(&driver, &room).await;
    hear(&driver, &[restored(&room, Vec::new())]);
    settled().await;
    let says = "The room starts afresh here. Messages you saw may be gone.";
    assert_eq!(
        (text_of(&page, "[data-testid=gap]").as_str(), all(&page, "[data-testid=empty]").len()),
        (says, 1)
    );
    let news = [7, 8].map(|seq| FromServer::Message(message(&room, seq, "bob", "new")));
    hear(&driver, &news);
    settled().await;
    assert_eq!(text_of(&page, "[data-testid=gap]"), says, "it is said once, above the first one");
    assert_eq!(seqs(&page), ["7", "8"]);
}

#[wasm_bindgen_test]
async fn an_open_page_drops_what_is_deleted() {
    let room = room("expiring");
    let messages = (1..=6).map(|seq| message(&room, seq, "bob", "text")).collect();
    let driver = driver_with(&room, messages, false);
    let page = render_rooms(&driver, &room).await;
    hear(&driver, &[FromServer::Expired { room: room.clone(), floor: Seq(4) }]);
    settled().await;
    assert_eq!(seqs(&page), ["5", "6"]);
    one(&page, "[data-testid=not-kept]");
    hear(&driver, &[FromServer::Expired { room: room.clone(), floor: Seq(6) }]);
    settled().await;
    assert_eq!(seqs(&page), [] as [String; 0]);
    one(&page, "[data-testid=not-kept]");
}

#[wasm_bindgen_test]
async fn a_link_to_a_message_that_is_gone_says_so_where_it_was() {
    let room = room("gone");
    let messages = [1, 2, 8, 9].map(|seq| message(&room, seq, "bob", "text")).to_vec();
    let driver = driver_with(&room, messages, false);
    for (seq, beside) in [(5, Some("8")), (12, Some("9")), (2, None)] {
        let jump = Some(Jump { seq: Seq(seq), number: 0 });
        let props = TimelineProps { room: room.clone(), jump, to_end: 0, on_action: Callback::noop() };
        let (page, shown) = render::<Timeline>(&driver, props).await;
        settled().await;
        let notes = all(&page, "[data-testid=gap]");
        let texts: Vec<_> = notes.iter().filter_map(|note| note.text_content()).collect();
        let row = notes.first().and_then(Element::next_element_sibling);
        assert_eq!(row.and_then(|row| row.get_attribute("data-seq")).as_deref(), beside);
        assert_eq!(texts.len(), usize::from(beside.is_some()));
        assert!(texts.iter().all(|text| text == NOT_FOUND));
        shown.destroy();
    }
}

#[wasm_bindgen_test]
async fn a_link_into_an_empty_room_says_so_until_a_message_comes() {
    let never = room("gone-empty");
    let deleted = room("gone-expired");
    for (room, messages, floor) in
        [(never, Vec::new(), 0), (deleted.clone(), vec![message(&deleted, 6, "bob", "text")], 6)]
    {
        let driver = driver_with(&room, messages, false);
        hear(&driver, &[FromServer::Expired { room: room.clone(), floor: Seq(floor) }]);
        let jump = Some(Jump { seq: Seq(5), number: 0 });
        let props = TimelineProps { room: room.clone(), jump, to_end: 0, on_action: Callback::noop() };
        let (page, shown) = render::<Timeline>(&driver, props).await;
        settled().await;
        assert!(all(&page, "[data-testid=gap]").is_empty(), "it may still come");
        let nothing = |side| FromServer::Page {
            room: room.clone(),
            side,
            messages: Vec::new(),
            context: Vec::new(),
            more: false,
            floor: Seq(floor),
        };
        hear(&driver, &[Side::Before(Seq(floor + 1)), Side::After(Seq(floor))].map(nothing));
        settled().await;
        assert_eq!(text_of(&page, "[data-testid=gap]"), NOT_FOUND);
        let news = [7, 8].map(|seq| FromServer::Message(message(&room, seq, "bob", "new")));
        hear(&driver, &news);
        settled().await;
        assert_eq!(seqs(&page), ["7", "8"]);
        let notes = all(&page, "[data-testid=gap]");
        assert!(notes.iter().all(|note| note.text_content().as_deref() != Some(NOT_FOUND)));
        shown.destroy();
    }
}

#[wasm_bindgen_test]
async fn what_can_never_be_accepted_can_only_be_deleted_and_a_reply_goes_without_what_it_answers() {
    let room = room("retried");
    let driver = driver_with(&room, vec![message(&room, 1, "ann", "mine")], false);
    let page = render_rooms(&driver, &room).await;
    for kind in [AboutKind::Edit, AboutKind::Reply] {
        let id = driver.post(&room, "my words", Some(About { seq: Seq(1), kind }));
        let refusal = Refusal::new(RefusalCode::BadAbout, "message 1 is not kept any more");
        hear(
            &driver,
            &[FromServer::Refused(Refusal { id: Some(id.clone()), room: Some(room.clone()), ..refusal })],
        );
        settled().await;
        let row = one(&page, "[data-testid=pending]");
        one(&row, "[data-testid=discard]");
        if kind == AboutKind::Edit {
            assert!(all(&row, "[data-testid=retry]").is_empty(), "it would be refused again");
            driver.retry(&id);
            assert_eq!(posted(&driver, &room).len(), 1, "and nothing is lost by trying");
            click(&row, "[data-testid=discard]");
        } else {
            click(&row, "[data-testid=retry]");
        }
        settled().await;
    }
    assert_eq!(posted(&driver, &room), [("my words".to_owned(), None)]);
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_closes_its_connection_and_opens_one_when_it_is_shown_again() {
    let room = room("left-page");
    let driver = driver_with(&room, Vec::new(), false);
    let connection = || driver.read(shared::Client::connection);
    let happens = |kind: &str| {
        let event = Event::new(kind).expect("an event can be made");
        web_sys::window().expect("a window").dispatch_event(&event).expect("it can be heard");
    };
    assert_eq!(connection(), Connection::Live);
    happens("pagehide");
    assert!(matches!(connection(), Connection::Waiting { .. }), "{:?}", connection());
    happens("pageshow");
    assert_eq!(connection(), Connection::Connecting);
    driver.stop();
}
