//! What is read stays in place while the sizes around it change.

use shared::{FromServer, Refusal, RefusalCode, RoomName};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

use crate::fixtures::{all, driver_with, hear, input, message, one, render_rooms, room, set_height, settled};

fn timeline(page: &Element) -> Element {
    one(page, "[data-testid=timeline]")
}

/// How far the newest message's end is above the end of the viewport; negative if it is hidden.
fn space_below_newest(page: &Element) -> f64 {
    let newest = all(page, "[data-testid=message]").pop().expect("there are messages");
    timeline(page).get_bounding_client_rect().bottom() - newest.get_bounding_client_rect().bottom()
}

fn assert_follows(page: &Element, when: &str) {
    let space = space_below_newest(page);
    assert!((0.0..40.0).contains(&space), "{when}: the newest message ends {space} px above the end");
    assert!(all(page, "[data-testid=jump-latest]").is_empty(), "{when}");
}

/// The position of a message below the top of the timeline.
fn top_of(page: &Element, seq: u64) -> f64 {
    let row = one(page, &format!("[data-seq='{seq}']"));
    row.get_bounding_client_rect().top() - timeline(page).get_bounding_client_rect().top()
}

async fn page(room: &RoomName) -> (frontend::Driver, Element) {
    let messages = (1..=90).map(|seq| message(room, seq, "bob", &format!("message {seq}"))).collect();
    let driver = driver_with(room, messages, false);
    let page = render_rooms(&driver, room).await;
    (driver, page)
}

async fn write(page: &Element, text: &str) {
    input(&one(page, "[data-testid=composer]"), text);
    settled().await;
}

const EIGHT_LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8";

#[wasm_bindgen_test]
async fn the_newest_messages_stay_visible_while_the_composer_grows_and_shrinks() {
    let lobby = room("grows");
    let (driver, page) = page(&lobby).await;
    let composer = one(&page, "[data-testid=composer]");
    assert_follows(&page, "at first");
    let before = composer.client_height();
    for lines in 1..=8 {
        write(&page, &EIGHT_LINES[..lines * 2 - 1]).await;
        assert_follows(&page, &format!("with {lines} lines"));
    }
    assert!(composer.client_height() > before + 100, "{} {before}", composer.client_height());
    for text in ["1\n2\n3\n4\n5\n6\n7\n8 and more", "1\n2\n3", ""] {
        write(&page, text).await;
        assert_follows(&page, &format!("with {text:?}"));
    }
    assert_eq!(composer.client_height(), before);
    write(&page, EIGHT_LINES).await;
    hear(&driver, &[FromServer::Message(message(&lobby, 91, "bob", "news"))]);
    settled().await;
    assert_follows(&page, "after news");
}

#[wasm_bindgen_test]
async fn a_long_word_and_a_long_line_make_the_composer_as_high_as_they_need() {
    let (_driver, page) = page(&room("wraps")).await;
    let composer = one(&page, "[data-testid=composer]");
    let window = web_sys::window().expect("a window");
    let style = window.get_computed_style(&composer).ok().flatten().expect("it has a style");
    let highest = style.get_property_value("max-height").expect("a height");
    let highest: f64 = highest.trim_end_matches("px").parse().expect("pixels");
    for text in ["W".repeat(300), "some words ".repeat(30), "你好".repeat(120), "three\n\n".to_owned()] {
        write(&page, &text).await;
        let (needed, given) = (composer.scroll_height(), composer.client_height());
        assert!(needed == given || (f64::from(given) - highest).abs() < 1.0, "{needed} {given}: {text}");
        assert_follows(&page, &text);
    }
}

#[wasm_bindgen_test]
async fn what_is_read_stays_in_place_while_the_composer_and_the_window_change() {
    let (_driver, page) = page(&room("above")).await;
    let scroller = timeline(&page);
    scroller.set_scroll_top(scroller.scroll_height() / 2);
    settled().await;
    let rows = all(&page, "[data-testid=message]");
    let is_visible =
        |row: &&Element| row.get_bounding_client_rect().top() > scroller.get_bounding_client_rect().top();
    let first = rows.iter().find(is_visible).and_then(|row| row.get_attribute("data-seq")?.parse().ok());
    let seq: u64 = first.expect("a message is visible");
    let middle = top_of(&page, seq);
    for text in [EIGHT_LINES, "1\n2", EIGHT_LINES, ""] {
        write(&page, text).await;
        assert!((top_of(&page, seq) - middle).abs() < 1.5, "{} {middle}", top_of(&page, seq));
    }
    for height in [400, 700, 300, 600] {
        set_height(&page, height);
        settled().await;
        assert!((top_of(&page, seq) - middle).abs() < 1.5, "{} {middle}", top_of(&page, seq));
    }
}

#[wasm_bindgen_test]
async fn the_newest_messages_stay_visible_while_the_window_and_a_reply_take_space() {
    let (_driver, page) = page(&room("window")).await;
    for height in [400, 700, 300, 600] {
        set_height(&page, height);
        settled().await;
        assert_follows(&page, &format!("{height} px"));
    }
    for width in ["390px", "800px"] {
        page.dyn_ref::<HtmlElement>().expect("html").style().set_property("width", width).expect("a width");
        settled().await;
        assert_follows(&page, width);
    }
    let newest = all(&page, "[data-testid=message]").pop().expect("there are messages");
    newest
        .dispatch_event(&web_sys::PointerEvent::new("pointerenter").expect("an event"))
        .expect("it is heard");
    settled().await;
    one(&newest, "[data-testid=reply]").dyn_into::<HtmlElement>().expect("a button").click();
    settled().await;
    one(&page, "[data-testid=composer-about]");
    assert_follows(&page, "with a reply");
}

#[wasm_bindgen_test]
async fn scrolling_up_by_a_few_lines_still_leaves_the_end() {
    let lobby = room("leaves");
    let (driver, page) = page(&lobby).await;
    write(&page, EIGHT_LINES).await;
    let scroller = timeline(&page);
    scroller.set_scroll_top(scroller.scroll_top() - 60);
    settled().await;
    let before = top_of(&page, 88);
    hear(&driver, &[FromServer::Message(message(&lobby, 91, "bob", "news"))]);
    settled().await;
    assert!((top_of(&page, 88) - before).abs() < 1.5);
}

#[wasm_bindgen_test]
async fn a_room_that_cannot_be_joined_says_why_and_how_to_go_on() {
    let (first, full) = (room("first"), room("one-too-many"));
    let driver = driver_with(&first, Vec::new(), false);
    for room in [&first, &full] {
        frontend::storage::set_followed(room, true);
    }
    driver.dispatch(|client, _| client.enter(&full).into_iter().take(0).collect());
    let refused = |code, reason: &str| {
        FromServer::Refused(Refusal { room: Some(full.clone()), ..Refusal::new(code, reason) })
    };
    hear(&driver, &[refused(RefusalCode::Other, "the moon is full")]);
    let page = render_rooms(&driver, &full).await;
    let text = || one(&page, "[data-testid=cannot-join]").text_content().unwrap_or_default();
    assert!(text().contains("the moon is full") && text().contains("Retry"), "{}", text());

    hear(&driver, &[refused(RefusalCode::TooManyRooms, "no")]);
    settled().await;
    assert!(text().contains("100 rooms") && text().contains("Leave #first"), "{}", text());
    one(&page, "[data-testid=retry-join]").dyn_into::<HtmlElement>().expect("a button").click();
    settled().await;
    assert!(all(&page, "[data-testid=cannot-join]").is_empty());
    assert!(driver.read(|client| client.view().room(&first).is_none()), "that room was left");
    assert!(!frontend::storage::rooms().contains(&first));
}
