//! The timeline shows texts as text, and a bounded part of a long room.

use frontend::{
    Driver,
    timeline::{MAX_ROWS, Timeline, TimelineProps},
};
use shared::{Authorship, FromServer, Message, Role, RoomInfo, RoomName, Seq, frames::Side};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use yew::{AppHandle, Callback};

use crate::fixtures::{InApp, all, driver_in, driver_with, hear, message, one, render, room, settled};

async fn show(driver: &Driver, room: &RoomName) -> (Element, AppHandle<InApp<Timeline>>) {
    let props = TimelineProps { room: room.clone(), jump: None, to_end: 0, on_action: Callback::noop() };
    render::<Timeline>(driver, props).await
}

fn rows(container: &Element) -> Vec<Element> {
    all(container, "[data-testid=message]")
}

fn seqs(container: &Element) -> Vec<u64> {
    rows(container).iter().filter_map(|row| row.get_attribute("data-seq")?.parse().ok()).collect()
}

/// Whether rows fill the viewport.
fn is_filled(container: &Element) -> bool {
    let visible = one(container, "[data-testid=timeline]").get_bounding_client_rect();
    let rows = all(container, ".row");
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return false };
    first.get_bounding_client_rect().top() <= visible.top() + 1.0
        && last.get_bounding_client_rect().bottom() >= visible.bottom() - 20.0
}

#[wasm_bindgen_test]
async fn a_hostile_message_is_text() {
    let lobby = room("lobby");
    let hostile = "<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3) https://example.org/?a=<b>";
    let line = "W".repeat(60 * 1024);
    let messages = vec![
        message(&lobby, 1, "bob", hostile),
        message(&lobby, 2, "bob", "\u{202e}drawkcab \u{2066}isolated"),
        message(&lobby, 3, "bob", &line),
    ];
    let (container, _shown) = show(&driver_with(&lobby, messages, false), &lobby).await;

    assert!(all(&container, "img, script, iframe, style").is_empty(), "{}", container.inner_html());
    let texts = all(&container, "[data-testid=text]");
    assert_eq!(texts[0].text_content().as_deref(), Some(hostile));
    assert_eq!(texts[2].text_content().map(|text| text.len()), Some(line.len()));
    let links = all(&container, ".message-body a");
    assert_eq!(links.len(), 1);
    assert!(links[0].get_attribute("href").is_some_and(|href| href.starts_with("https://example.org/")));
    assert_eq!(links[0].get_attribute("rel").as_deref(), Some("noopener noreferrer"));
    let scroller = one(&container, "[data-testid=timeline]");
    assert!(scroller.scroll_width() <= scroller.client_width(), "a long word must wrap");
}

#[wasm_bindgen_test]
async fn a_name_that_no_token_proved_has_a_mark_for_screen_readers_too() {
    let lobby = room("lobby");
    let by = |seq, authorship| Message { authorship, ..message(&lobby, seq, "bob", "hello") };
    let messages = vec![by(1, Authorship::Proven), by(2, Authorship::Unproven), by(3, Authorship::Imported)];
    let (container, _shown) = show(&driver_with(&lobby, messages, false), &lobby).await;

    let marks: Vec<Vec<Element>> =
        rows(&container).iter().map(|row| all(row, "[data-testid=authorship]")).collect();
    assert_eq!(marks.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 1], "each has a header of its own");
    for (mark, said) in marks.iter().flatten().zip(["name not proven", "imported"]) {
        assert_eq!(one(mark, ".visually-hidden").text_content().as_deref(), Some(said));
        assert!(mark.get_attribute("title").is_some_and(|title| title.len() > 20));
    }
}

#[wasm_bindgen_test]
async fn a_bounded_window_of_twenty_thousand_messages_is_rendered() {
    let busy = room("busy");
    let text =
        |seq: u64| format!("message {seq} {}", "and more ".repeat(usize::try_from(seq % 40).unwrap_or(0)));
    let messages: Vec<_> = (1..=20_000).map(|seq| message(&busy, seq, "bob", &text(seq))).collect();
    let driver = driver_with(&busy, messages, false);
    let (container, _shown) = show(&driver, &busy).await;

    assert!((1..=MAX_ROWS).contains(&rows(&container).len()), "{}", rows(&container).len());
    assert_eq!(seqs(&container).last(), Some(&20_000));
    assert!(is_filled(&container));

    let scroller = one(&container, "[data-testid=timeline]");
    for part in [2, 4, 3] {
        scroller.set_scroll_top(scroller.scroll_height() / part);
        settled().await;
        assert!((1..=MAX_ROWS).contains(&rows(&container).len()));
        assert!(is_filled(&container), "at 1/{part}");
    }
    for _ in 0..5 {
        scroller.set_scroll_top(0);
        settled().await;
    }
    assert_eq!(seqs(&container).first(), Some(&1));
}

#[wasm_bindgen_test]
async fn nothing_moves_when_older_messages_are_inserted_above() {
    let long = room("long");
    let newer: Vec<_> =
        (501..=560).map(|seq| message(&long, seq, "bob", &format!("message {seq}"))).collect();
    let driver = driver_with(&long, newer, true);
    let (container, _shown) = show(&driver, &long).await;
    let scroller = one(&container, "[data-testid=timeline]");
    scroller.set_scroll_top(scroller.scroll_height() / 2);
    settled().await;
    let top_of = |seq: &str| one(&container, &format!("[data-seq='{seq}']")).get_bounding_client_rect().top();
    let seq = seqs(&container)[seqs(&container).len() / 2].to_string();
    let before = top_of(&seq);

    let older = (301..=500).map(|seq| {
        message(&long, seq, "bob", &"older words ".repeat(usize::try_from(seq).unwrap_or(1) % 30 + 1))
    });
    let page = FromServer::Page {
        room: long.clone(),
        side: Side::Before(Seq(501)),
        messages: older.collect(),
        context: Vec::new(),
        more: true,
        floor: Seq::ZERO,
    };
    hear(&driver, &[page]);
    settled().await;

    assert!((top_of(&seq) - before).abs() < 1.5, "{} {before}", top_of(&seq));
    scroller.set_scroll_top(scroller.scroll_top() - 900);
    settled().await;
    assert!(is_filled(&container));
}

#[wasm_bindgen_test]
async fn the_beginning_says_that_older_messages_are_not_kept() {
    for (floor, says) in [(0, "This is where #short begins."), (7, "Older messages are not kept.")] {
        let short = room("short");
        let info = RoomInfo { floor: Seq(floor), ..RoomInfo::default() };
        let driver = driver_in(&short, vec![message(&short, 9, "bob", "hello")], false, Role::Member, info);
        let (container, _shown) = show(&driver, &short).await;
        let text = one(&container, ".beginning").text_content().unwrap_or_default();
        assert_eq!(text, says);
    }
}

#[wasm_bindgen_test]
async fn the_newest_end_is_followed_until_the_reader_scrolls_up() {
    let live = room("live");
    let first: Vec<_> = (1..=60).map(|seq| message(&live, seq, "bob", "hello")).collect();
    let driver = driver_with(&live, first, false);
    let (container, _shown) = show(&driver, &live).await;
    let more = |from: u64| -> Vec<_> {
        (from..from + 200)
            .map(|seq| FromServer::Message(message(&live, seq, "bob", "again and again")))
            .collect()
    };
    hear(&driver, &more(61));
    settled().await;
    assert_eq!(seqs(&container).last(), Some(&260));
    assert!(all(&container, "[data-testid=jump-latest]").is_empty());

    let scroller = one(&container, "[data-testid=timeline]");
    scroller.set_scroll_top(scroller.scroll_top() - 2_000);
    settled().await;
    let seen = seqs(&container);
    hear(&driver, &more(261));
    settled().await;
    assert_eq!(seqs(&container), seen);
    one(&container, "[data-testid=jump-latest]");
}
