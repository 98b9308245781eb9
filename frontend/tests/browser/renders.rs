//! Each row is rendered once for what has changed in it, and not for what has changed elsewhere.

use std::future::Future;

use frontend::{Driver, i18n::Language, message as row, rooms::PageProps, timeline::MAX_ROWS};
use shared::{About, AboutKind, FromServer, Message, Seq};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::{AppHandle, Callback};

use crate::fixtures::{
    InApp, all, driver_with, hear, input, message, one, render_page, room, settled, speak, user,
};

/// The page with a room whose newest 120 messages are on the screen.
struct Screen {
    driver: Driver,
    container: Element,
    shown: AppHandle<InApp<frontend::rooms::RoomsPage>>,
}

fn props() -> PageProps {
    PageProps {
        room: room("lobby"),
        jump: None,
        on_go: Callback::noop(),
        on_leave: Callback::noop(),
        on_language: Callback::noop(),
    }
}

impl Screen {
    async fn new() -> Self {
        let lobby = room("lobby");
        let text = |seq: u64| if seq.is_multiple_of(2) { "hello @bob" } else { "hello" };
        let messages = (1..=300).map(|seq| message(&lobby, seq, "bob", text(seq))).collect();
        let driver = driver_with(&lobby, messages, false);
        let (container, shown) = render_page(&driver, &lobby, 3_200).await;
        settled().await;
        let screen = Self { driver, container, shown };
        assert_eq!(screen.rows().len(), MAX_ROWS);
        screen
    }

    fn rows(&self) -> Vec<Element> {
        all(&self.container, "[data-testid=message]")
    }

    fn click(&self, selector: &str) {
        one(&self.container, selector).dyn_into::<HtmlElement>().expect("a button").click();
    }

    /// How many rows are rendered for an event.
    async fn renders_for(&self, event: impl FnOnce(&Self)) -> u64 {
        settled().await;
        let before = row::rendered();
        event(self);
        settled().await;
        settled().await;
        row::rendered() - before
    }

    async fn renders_for_frame(&self, frame: FromServer) -> u64 {
        self.renders_for(|screen| hear(&screen.driver, &[frame])).await
    }
}

fn about(seq: u64, kind: AboutKind, text: &str) -> FromServer {
    let about = Some(About { seq: Seq(290), kind });
    FromServer::Message(Message { about, ..message(&room("lobby"), seq, "bob", text) })
}

/// Ends the component after the test, so that it does not count in the next one.
async fn with_screen<T: Future<Output = Screen>>(test: impl FnOnce(Screen) -> T) {
    let screen = test(Screen::new().await).await;
    screen.shown.destroy();
    screen.container.remove();
}

#[wasm_bindgen_test]
async fn a_message_renders_one_row_and_so_does_each_change_of_one() {
    with_screen(|screen| async move {
        let lobby = room("lobby");
        let new = FromServer::Message(message(&lobby, 301, "bob", "one more"));
        assert_eq!(screen.renders_for_frame(new).await, 1, "a message");
        assert_eq!(screen.rows().len(), MAX_ROWS);
        assert_eq!(screen.renders_for_frame(about(302, AboutKind::Reaction, "👍")).await, 1, "a reaction");
        assert_eq!(screen.renders_for_frame(about(303, AboutKind::Edit, "edited")).await, 1, "an edit");
        assert_eq!(screen.renders_for_frame(about(304, AboutKind::Retraction, "")).await, 1, "a retraction");
        screen
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_happens_elsewhere_renders_no_row() {
    with_screen(|screen| async move {
        let lobby = room("lobby");
        let typing = FromServer::Typing { room: lobby.clone(), username: user("bob") };
        assert_eq!(screen.renders_for_frame(typing).await, 0, "somebody types");
        assert_eq!(screen.renders_for_frame(FromServer::Heartbeat {}).await, 0, "a heartbeat");
        let presence = FromServer::Presence {
            room: lobby.clone(),
            count: 3,
            arrived: vec![user("dora")],
            departed: vec![user("王小明")],
            names: None,
        };
        assert_eq!(screen.renders_for_frame(presence).await, 0, "presence");
        let seen = FromServer::Seen { room: lobby.clone(), seq: Seq(300) };
        assert_eq!(screen.renders_for_frame(seen).await, 0, "the read mark");
        let other = FromServer::Message(message(&room("other"), 301, "bob", "hello"));
        assert_eq!(screen.renders_for_frame(other).await, 0, "another room");
        screen
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_the_user_does_elsewhere_renders_no_row() {
    with_screen(|screen| async move {
        for text in ["h", "he", "hey", "hey\nyou", "h"] {
            let field = one(&screen.container, "[data-testid=composer]");
            assert_eq!(screen.renders_for(|_| input(&field, text)).await, 0, "a keystroke");
        }
        let scroller = one(&screen.container, "[data-testid=timeline]");
        let scroll = |_: &Screen| scroller.set_scroll_top(scroller.scroll_top() - 5);
        assert_eq!(screen.renders_for(scroll).await, 0, "scrolling a bit");
        for button in ["toggle-search", "toggle-search", "settings"] {
            let click = |screen: &Screen| screen.click(&format!("[data-testid={button}]"));
            assert_eq!(screen.renders_for(click).await, 0, "{button}");
        }
        screen
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_mention_appears_when_somebody_with_that_name_comes() {
    with_screen(|screen| async move {
        let lobby = room("lobby");
        hear(&screen.driver, &[FromServer::Message(message(&lobby, 301, "bob", "hello @dora"))]);
        settled().await;
        let presence = |arrived| FromServer::Presence {
            room: lobby.clone(),
            count: 4,
            arrived,
            departed: Vec::new(),
            names: None,
        };
        let mentions = || all(&screen.rows()[MAX_ROWS - 1], ".mention").len();
        assert_eq!(mentions(), 0);
        assert_eq!(screen.renders_for_frame(presence(vec![user("dora")])).await, 1);
        assert_eq!(mentions(), 1);
        screen
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_post_is_rendered_once_as_pending_and_once_as_a_message() {
    with_screen(|screen| async move {
        let lobby = room("lobby");
        let post = |screen: &Screen| drop(screen.driver.post(&lobby, "my own", None));
        assert_eq!(screen.renders_for(post).await, 1);
        let id = screen.driver.read(|client| client.pending(&lobby).next().map(|post| post.post.id.clone()));
        let id = id.expect("it is pending");
        let stored = FromServer::Message(Message { id, ..message(&lobby, 301, "ann", "my own") });
        assert_eq!(screen.renders_for_frame(stored).await, 1);
        assert_eq!(all(&screen.container, "[data-testid=pending]").len(), 0);
        screen
    })
    .await;
}

#[wasm_bindgen_test]
async fn another_language_renders_each_row_once() {
    with_screen(|mut screen| async move {
        let before = row::rendered();
        speak(&mut screen.shown, &screen.driver, props(), Language::Simplified);
        settled().await;
        assert_eq!(row::rendered() - before, MAX_ROWS as u64);
        screen
    })
    .await;
}
