//! One lands at the first unread message, however many there are, and only what was on the screen counts as read. With a
//! real server.

use std::{cell::Cell, rc::Rc};

use frontend::Driver;
use gloo_events::EventListener;
use shared::{RoomName, RoomView};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, KeyboardEvent, KeyboardEventInit, WebSocket};

use crate::{
    fixtures::{all, next_frame, one, render_page, room, settled, until, user},
    server::{connect, fresh, is_live, server},
};

fn of<T>(driver: &Driver, room: &RoomName, read: impl FnOnce(&RoomView) -> T) -> Option<T> {
    driver.read(|client| client.view().room(room).map(read))
}

/// Another device of the same user.
fn device(url: &str, of: &Driver, room: &RoomName) -> Driver {
    let driver = Driver::new(url);
    driver.dispatch(|client, _| client.enter(room));
    driver.identify(of.read(|client| client.link().credentials().clone()));
    driver
}

/// Bob, who posts over a plain WebSocket and is sent his own messages.
struct Bob {
    socket: WebSocket,
    received: Rc<Cell<usize>>,
    _listener: EventListener,
}

impl Bob {
    async fn connect(url: &str, room: &RoomName) -> Self {
        let server = url.split('?').next().unwrap_or_default();
        let address = format!("{server}?room={room}&username={}", fresh("bob"));
        let socket = WebSocket::new(&address).expect("the address is right");
        let received = Rc::new(Cell::new(0));
        let count = Rc::clone(&received);
        let listener = EventListener::new(&socket, "message", move |_| count.set(count.get() + 1));
        until("bob is there", || socket.ready_state() == WebSocket::OPEN).await;
        Self { socket, received, _listener: listener }
    }

    async fn post(&self, count: usize) {
        let before = self.received.get();
        for number in 0..count {
            self.socket.send_with_str(&format!("new {number}")).expect("the socket is open");
            if number % 200 == 199 {
                until("the posts are stored", || self.received.get() - before > number).await;
            }
        }
        until("all are stored", || self.received.get() - before == count).await;
    }
}

/// A user who has read one message of a room that has got `count` new ones since then. The user has two devices.
async fn with_unread(url: &str, count: usize) -> (RoomName, Driver, Driver) {
    let room = room(&fresh("unread"));
    let bob = Bob::connect(url, &room).await;
    bob.post(1).await;
    let before = connect(url, &user(&fresh("ann")), &room);
    until("ann has read the first", || {
        of(&before, &room, |room| room.is_joined() && room.seen() == Some(room.head())) == Some(true)
    })
    .await;
    bob.post(count).await;
    bob.socket.close().expect("it is open");
    before.stop();
    let (one, other) = (device(url, &before, &room), device(url, &before, &room));
    until("both are live", || is_live(&one) && is_live(&other)).await;
    (room, one, other)
}

fn timeline(page: &Element) -> Element {
    one(page, "[data-testid=timeline]")
}

/// The texts of the messages whose ends are in the viewport.
fn visible(page: &Element) -> Vec<String> {
    let view = timeline(page).get_bounding_client_rect();
    let is_visible = |row: &Element| {
        let bottom = row.get_bounding_client_rect().bottom();
        bottom > view.top() && bottom <= view.bottom() + 1.0
    };
    let rows = all(page, "[data-testid=message]").into_iter().filter(is_visible);
    rows.filter_map(|row| one(&row, "[data-testid=text]").text_content()).collect()
}

fn is_marked(page: &Element) -> bool {
    !all(page, "[data-testid=new-marker]").is_empty()
}

async fn press(page: &Element, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key");
    timeline(page).dispatch_event(&event).expect("it can be heard");
    settled().await;
}

/// For the message of a failed assertion.
fn describe(page: &Element, driver: &Driver, room: &RoomName) -> String {
    let scroller = timeline(page);
    let rows = all(page, ".row");
    let tops = |row: Option<&Element>| row.map(|row| row.get_bounding_client_rect().top());
    format!(
        "{} rows from {:?} to {:?}, scrolled by {} of {}, viewport from {} with {}, {:?}",
        rows.len(),
        tops(rows.first()),
        tops(rows.last()),
        scroller.scroll_top(),
        scroller.scroll_height(),
        scroller.get_bounding_client_rect().top(),
        scroller.client_height(),
        of(driver, room, |room| (room.is_landing(), room.timeline().entries().len(), room.unread())),
    )
}

async fn lands(count: usize) {
    let Some(url) = server() else { return };
    let (room, ann, other) = with_unread(&url, count).await;
    let (page, shown) = render_page(&ann, &room, 600).await;
    until("the first new message is marked", || is_marked(&page)).await;
    settled().await;

    let (view, marker) = (timeline(&page).get_bounding_client_rect(), one(&page, "[data-testid=new-marker]"));
    let first = marker.next_element_sibling().expect("a message");
    assert_eq!(one(&first, "[data-testid=text]").text_content().as_deref(), Some("new 0"));
    let at = (marker.get_bounding_client_rect().top() - view.top()) / view.height();
    assert!((0.0..0.35).contains(&at), "{at}");
    let seen = visible(&page).len() - 1;
    assert!((1..40).contains(&seen), "{:?}", visible(&page));

    // On a slow machine rows may be measured late, and one more come into the viewport.
    let below = || u32::try_from(count.min(1_000) - (visible(&page).len() - 1)).ok();
    until("what is below is unread, on the other device, too", || {
        let unread = of(&ann, &room, RoomView::unread);
        unread == below() && of(&other, &room, RoomView::unread) == unread
    })
    .await;
    let unread = below().expect("a number");
    let label = one(&page, "[data-testid=jump-latest]").text_content().unwrap_or_default();
    let plus = if count >= 1_000 { "+" } else { "" };
    assert_eq!(label, format!("{unread}{plus} new · jump to latest"));

    // Reading on, a part of a screen at a time: nothing jumps, and nothing is left out.
    let mut read = visible(&page);
    let last = format!("new {}", count - 1);
    let steps = if count > 1_000 { 10 } else { 1_000 };
    for _ in 0..steps {
        if visible(&page).last() == Some(&last) {
            break;
        }
        let scroller = timeline(&page);
        let before = scroller.scroll_top();
        scroller.set_scroll_top(before + scroller.client_height() * 3 / 4);
        until("there is more", || scroller.scroll_top() > before || visible(&page).last() == Some(&last))
            .await;
        // The browser reports the scrolling with its next frame, as it does while a person scrolls.
        next_frame().await;
        next_frame().await;
        let now = visible(&page);
        let common = now.iter().position(|text| !read.contains(text)).unwrap_or(now.len());
        assert!(common > 0, "{now:?} does not continue {:?}: {}", read.last(), describe(&page, &ann, &room));
        read.extend_from_slice(&now[common..]);
    }
    let numbers: Vec<String> = (0..read.len() - 1).map(|number| format!("new {number}")).collect();
    assert_eq!(read[1..], numbers);
    if count > 1_000 {
        let left = of(&ann, &room, RoomView::unread).unwrap_or_default();
        let counted = u32::try_from(1_000 - numbers.len()).expect("a number");
        assert_eq!(left, counted);
        let label = one(&page, "[data-testid=jump-latest]");
        label.dyn_into::<web_sys::HtmlElement>().expect("a button").click();
    }
    until("everything is read", || of(&ann, &room, RoomView::unread) == Some(0)).await;
    assert_eq!(visible(&page).last(), Some(&last));
    until("on the other device too", || of(&other, &room, RoomView::unread) == Some(0)).await;
    ann.stop();
    other.stop();
    shown.destroy();
    page.remove();
}

#[wasm_bindgen_test]
async fn forty_nine_unread_messages_are_read_from_the_first() {
    lands(49).await;
}

#[wasm_bindgen_test]
async fn fifty_unread_messages_are_read_from_the_first() {
    lands(50).await;
}

#[wasm_bindgen_test]
async fn five_hundred_unread_messages_are_read_from_the_first() {
    lands(500).await;
}

#[wasm_bindgen_test]
async fn five_thousand_unread_messages_are_read_from_the_first() {
    lands(5_000).await;
}

#[wasm_bindgen_test]
async fn who_comes_for_the_first_time_starts_at_the_end() {
    let Some(url) = server() else { return };
    let room = room(&fresh("newcomer"));
    let bob = Bob::connect(&url, &room).await;
    bob.post(80).await;
    let ann = connect(&url, &user(&fresh("ann")), &room);
    let (page, shown) = render_page(&ann, &room, 600).await;
    until("the newest is shown", || visible(&page).last().is_some_and(|text| text == "new 79")).await;
    assert!(!is_marked(&page) && of(&ann, &room, RoomView::unread) == Some(0));
    bob.socket.close().expect("it is open");
    ann.stop();
    shown.destroy();
    page.remove();
}

#[wasm_bindgen_test]
async fn a_message_longer_than_the_screen_is_read_at_its_end() {
    let Some(url) = server() else { return };
    let (room, ann, other) = with_unread(&url, 1).await;
    let bob = connect(&url, &user(&fresh("bob")), &room);
    until("bob is there", || is_live(&bob)).await;
    // Short enough not to be folded, and higher than the viewport.
    let long = (0..28).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    bob.post(&room, &long, None);
    until("it is there", || of(&ann, &room, RoomView::unread) == Some(2)).await;
    let (page, shown) = render_page(&ann, &room, 400).await;
    until("the short one is read", || of(&ann, &room, RoomView::unread) == Some(1)).await;
    settled().await;
    assert_eq!(of(&ann, &room, RoomView::unread), Some(1), "its end is not visible");
    let scroller = timeline(&page);
    scroller.set_scroll_top(scroller.scroll_height());
    until("it is read", || of(&ann, &room, RoomView::unread) == Some(0)).await;
    for driver in [&ann, &other, &bob] {
        driver.stop();
    }
    shown.destroy();
    page.remove();
}

#[wasm_bindgen_test]
async fn home_and_end_reach_the_ends_of_the_log() {
    let Some(url) = server() else { return };
    let room = room(&fresh("ends"));
    Bob::connect(&url, &room).await.post(600).await;
    let ann = connect(&url, &user(&fresh("ann")), &room);
    let (page, shown) = render_page(&ann, &room, 600).await;
    let is_visible = |text: &str| visible(&page).iter().any(|visible| visible == text);
    for _ in 0..2 {
        until("the newest is shown", || is_visible("new 599")).await;
        press(&page, "Home").await;
        until("the oldest is shown", || is_visible("new 0") && timeline(&page).scroll_top() == 0).await;
        press(&page, "End").await;
    }
    until("the newest is shown again", || is_visible("new 599")).await;
    assert!(all(&page, "[data-testid=jump-latest]").is_empty());
    ann.stop();
    shown.destroy();
    page.remove();
}
