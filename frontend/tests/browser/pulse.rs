//! Pulse with a server inside of the page: figures, refusals, failures, and what is said of them.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use frontend::{
    Locale,
    i18n::Language,
    pulse::{Pulse, PulsePage, PulseProps},
};
use gloo_timers::future::sleep;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::{AppHandle, Renderer};

use crate::{
    fake::Fake,
    fixtures::{all, clear_storage, document, one, settled, store, until},
};

/// A little more than the time from one reading to the next.
const READING: Duration = Duration::from_millis(2_300);

/// What the fake server tells.
#[derive(Clone)]
struct Server {
    status: u16,
    started: u32,
    posts: u32,
    /// How many posts there are more at each reading.
    each: u32,
    ready: u32,
    version: &'static str,
}

impl Default for Server {
    fn default() -> Self {
        Self { status: 200, started: 1_700_000_000, posts: 100, each: 0, ready: 1, version: "1.2.3" }
    }
}

impl Server {
    fn metrics(&self) -> String {
        let Self { started, posts, ready, version, .. } = self;
        format!(
            "# HELP parlor_posts_total Posts.\n# TYPE parlor_posts_total counter\n\
             parlor_posts_total{{via=\"http\"}} {posts}\nparlor_posts_total{{via=\"websocket\"}} 0\n\
             parlor_connections{{kind=\"versioned\"}} 7\nparlor_connections{{kind=\"plain\"}} 2\nparlor_rooms 3\n\
             parlor_commit_seconds_bucket{{le=\"0.001\"}} 0\nparlor_commit_seconds_bucket{{le=\"0.002\"}} {posts}\n\
             parlor_commit_seconds_bucket{{le=\"+Inf\"}} {posts}\n\
             parlor_ready {ready}\nparlor_info{{version=\"{version}\",access=\"open\"}} 1\n\
             process_resident_memory_bytes 47185920\nprocess_start_time_seconds {started}\n"
        )
    }
}

/// The page in a container, and its server.
struct Shown {
    page: Element,
    handle: Option<AppHandle<PulsePage>>,
    server: Rc<RefCell<Server>>,
    is_reachable: Rc<Cell<bool>>,
    fake: Fake,
    pulse: Pulse,
}

impl Shown {
    async fn new(server: Server) -> Self {
        Self::in_language(server, Language::English).await
    }

    async fn in_language(server: Server, language: Language) -> Self {
        clear_storage();
        store("parlor.name", "Ann");
        store("parlor.token.Ann", "T0K");
        let (server, is_reachable) = (Rc::new(RefCell::new(server)), Rc::new(Cell::new(true)));
        let fake = Fake::of_requests({
            let (server, is_reachable) = (Rc::clone(&server), Rc::clone(&is_reachable));
            move |path, _| {
                if path != "/metrics" || !is_reachable.get() {
                    return None;
                }
                let mut server = server.borrow_mut();
                server.posts += server.each;
                Some(format!("{} {}", server.status, server.metrics()))
            }
        });
        let page = document().create_element("div").expect("a place can be made");
        document().body().expect("a page has a body").append_child(&page).expect("it takes a place");
        let mut shown = Self { page, handle: None, server, is_reachable, fake, pulse: Pulse::default() };
        shown.show(language).await;
        shown
    }

    async fn show(&mut self, language: Language) {
        let props = PulseProps { locale: Locale::new(language), pulse: self.pulse.clone() };
        self.handle = Some(Renderer::<PulsePage>::with_root_and_props(self.page.clone(), props).render());
        settled().await;
    }

    /// Goes to another page.
    fn leave(&mut self) {
        if let Some(handle) = self.handle.take() {
            handle.destroy();
        }
    }

    fn set(&self, change: impl FnOnce(&mut Server)) {
        change(&mut self.server.borrow_mut());
    }

    fn asked(&self) -> usize {
        self.fake.requests().len()
    }

    fn text_of(&self, name: &str) -> String {
        one(&self.page, &format!("[data-testid={name}]")).text_content().unwrap_or_default()
    }

    /// The large figures of a tile.
    fn figures(&self, tile: &str) -> String {
        let values = all(&self.page, &format!("[data-testid=pulse-{tile}] .pulse-value"));
        let texts: Vec<String> = values.iter().filter_map(|element| element.text_content()).collect();
        texts.join(" ").replace('\u{a0}', " ")
    }

    /// What a tile says to whoever does not see it: the sentence and the line.
    fn said(&self, tile: &str) -> [String; 2] {
        let tile = one(&self.page, &format!("[data-testid=pulse-{tile}]"));
        let sentence = one(&tile, "figure > p:not([aria-hidden])").text_content().unwrap_or_default();
        let line = one(&tile, "svg[role=img]").get_attribute("aria-label").unwrap_or_default();
        [sentence, line].map(|text| text.replace('\u{a0}', " "))
    }

    fn tiles(&self) -> usize {
        all(&self.page, ".pulse-tile").len()
    }

    async fn click(&self, name: &str) {
        let element = one(&self.page, &format!("[data-testid={name}]"));
        element.dyn_into::<HtmlElement>().expect("html").click();
        settled().await;
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.leave();
        self.page.remove();
    }
}

#[wasm_bindgen_test]
async fn the_page_reads_the_metrics_with_the_users_token_and_shows_the_figures() {
    let shown = Shown::new(Server { each: 10, ..Server::default() }).await;
    assert_eq!(shown.fake.requests(), ["/metrics Bearer T0K "]);
    assert_eq!(shown.tiles(), 12);
    assert_eq!(shown.figures("connections"), "9");
    assert!(shown.text_of("pulse-connections").contains("7 versioned · 2 plain"));
    assert_eq!(shown.figures("memory"), "45 MiB");
    assert_eq!(shown.figures("posts"), "–", "a rate needs two readings");
    assert_eq!(shown.text_of("pulse-state"), "The server takes posts.");
    assert!(shown.text_of("pulse-server").starts_with("Parlor 1.2.3 · started "));
    until("a rate", || shown.figures("posts").ends_with("/s")).await;
    let rate: f64 = shown.figures("posts").trim_end_matches("/s").parse().expect("a number");
    assert!((3.5..=5.0).contains(&rate), "10 posts in two seconds: {rate}");
    assert_eq!(shown.figures("commit"), "p501.5 ms p992.0 ms");
    assert_eq!(shown.figures("fanout"), "p50– p99–", "this server does not tell it");
    assert_eq!(shown.asked(), 2);
}

#[wasm_bindgen_test]
async fn a_restart_of_the_server_leaves_a_gap_and_no_negative_rate() {
    let shown = Shown::new(Server { each: 10, ..Server::default() }).await;
    until("a rate", || shown.figures("posts").ends_with("/s")).await;
    shown.set(|server| *server = Server { started: 1_700_000_100, posts: 0, each: 4, ..Server::default() });
    until("the restart", || shown.figures("posts") == "–").await;
    assert_eq!(shown.figures("rooms"), "3");
    until("a rate again", || shown.figures("posts").ends_with("/s")).await;
    let line =
        one(&shown.page, "[data-testid=pulse-posts] .spark-line").get_attribute("d").unwrap_or_default();
    assert_eq!(line.matches('M').count(), 2, "{line}");
    assert!(!line.contains('-') && !shown.text_of("pulse-posts").contains('-'), "{line}");
}

#[wasm_bindgen_test]
async fn who_may_not_see_the_figures_is_told_so_and_nothing_more_is_asked_for() {
    let mut shown = Shown::new(Server { status: 403, ..Server::default() }).await;
    assert!(shown.text_of("pulse-state").starts_with("These figures are for the owners of this house."));
    assert_eq!(shown.text_of("pulse-out"), "To the rooms");
    assert!(all(&shown.page, ".pulse-about").is_empty(), "nothing is read every two seconds");
    assert_eq!((shown.tiles(), all(&shown.page, "[data-testid=pulse-pause]").len()), (0, 0));
    sleep(READING).await;
    assert_eq!(shown.asked(), 1);
    shown.leave();
    shown.set(|server| server.status = 401);
    shown.show(Language::English).await;
    assert_eq!(shown.text_of("pulse-out"), "Sign in");
}

#[wasm_bindgen_test]
async fn a_server_that_is_away_is_told_and_asked_again_while_the_last_figures_stay() {
    let shown = Shown::new(Server::default()).await;
    shown.is_reachable.set(false);
    until("that is told", || shown.text_of("pulse-state").starts_with("The server cannot be reached.")).await;
    assert!(shown.text_of("pulse-state").contains("The figures are of "));
    assert_eq!(shown.figures("rooms"), "3");
    shown.click("pulse-pause").await;
    assert!(shown.text_of("pulse-state").starts_with("Paused."), "nothing is tried again");
    shown.click("pulse-pause").await;
    shown.is_reachable.set(true);
    shown.set(|server| server.ready = 0);
    until("it is back", || shown.text_of("pulse-state") == "The server takes no posts now.").await;
    shown.set(|server| server.status = 502);
    until("a proxy speaks for it", || {
        shown.text_of("pulse-state").starts_with("The server cannot be reached.")
    })
    .await;
    shown.set(|server| server.status = 404);
    until("it has no figures", || {
        shown.text_of("pulse-state").starts_with("The server's answer has no figures")
    })
    .await;
}

#[wasm_bindgen_test]
async fn nothing_is_asked_for_while_the_page_is_paused_or_hidden() {
    let shown = Shown::new(Server::default()).await;
    shown.click("pulse-pause").await;
    assert!(shown.text_of("pulse-state").starts_with("Paused. The figures are of "));
    let paused = shown.asked();
    sleep(READING).await;
    assert_eq!(shown.asked(), paused);
    shown.click("pulse-pause").await;
    assert_eq!(shown.asked(), paused + 1, "it is asked at once");
    let hide = |hidden: bool| {
        let script = format!(
            "Object.defineProperty(document, 'hidden', {{value: {hidden}, configurable: true}});
            document.dispatchEvent(new Event('visibilitychange'))"
        );
        js_sys::eval(&script).expect("the script runs");
    };
    hide(true);
    let hidden = shown.asked();
    sleep(READING).await;
    assert_eq!(shown.asked(), hidden);
    hide(false);
    js_sys::eval("delete document.hidden").expect("the script runs");
    settled().await;
    assert_eq!(shown.asked(), hidden + 1);
}

#[wasm_bindgen_test]
async fn each_tile_is_a_figure_with_a_sentence_and_only_the_state_is_announced() {
    let shown = Shown::new(Server { each: 10, ..Server::default() }).await;
    let script = "globalThis.announced = 0;
        new MutationObserver(() => globalThis.announced++).observe(document.querySelector('[data-testid=pulse-state]'),
            {characterData: true, childList: true, subtree: true})";
    js_sys::eval(script).expect("the script runs");
    until("a rate", || shown.figures("posts").ends_with("/s")).await;
    for figure in all(&shown.page, "figure") {
        let label = one(&figure, "figcaption .label").text_content();
        let line = one(&figure, "svg[role=img]").get_attribute("aria-label");
        assert!([label, line].iter().all(|text| text.as_ref().is_some_and(|text| !text.is_empty())));
    }
    let [sentence, line] = shown.said("posts");
    assert!(sentence.starts_with("Now ") && sentence.contains(" per second."), "{sentence}");
    assert!(line.starts_with("In the last minute: between ") && line.contains(" per second and "), "{line}");
    assert_eq!(shown.said("commit")[0], "Half within 1.5 ms, 99 of 100 within 2.0 ms. ");
    assert_eq!(shown.said("fanout")[1], "No figures yet.");
    let regions = all(&shown.page, "[role=status], [role=alert], [aria-live]");
    assert_eq!(regions.len(), 1);
    assert_eq!(js_sys::eval("globalThis.announced").expect("a number"), 0, "it is not said again");
}

#[wasm_bindgen_test]
async fn the_figures_stay_while_another_page_is_shown_and_not_for_another_user() {
    let mut shown = Shown::new(Server::default()).await;
    shown.leave();
    settled().await;
    assert_eq!(shown.tiles(), 0);
    shown.is_reachable.set(false);
    shown.show(Language::English).await;
    assert_eq!(shown.figures("rooms"), "3");
    shown.leave();
    store("parlor.name", "Bo");
    shown.show(Language::English).await;
    assert_eq!(shown.tiles(), 0);
    assert_eq!(shown.fake.requests().last().map(String::as_str), Some("/metrics  "), "Bo has no token here");
}

#[wasm_bindgen_test]
async fn what_the_server_tells_is_text_and_the_page_speaks_three_languages() {
    let hostile = Server { version: "<b>1</b>", ..Server::default() };
    let mut labels = Vec::new();
    for (language, state) in [
        (Language::English, "The server takes posts."),
        (Language::Simplified, "服务器正常接收消息。"),
        (Language::Traditional, "伺服器正常接收訊息。"),
    ] {
        let shown = Shown::in_language(hostile.clone(), language).await;
        assert_eq!(shown.text_of("pulse-state"), state);
        assert!(shown.text_of("pulse-server").contains("Parlor <b>1</b> "));
        assert!(all(&shown.page, "b").is_empty());
        let texts = all(&shown.page, "figcaption .label")
            .iter()
            .filter_map(|element| element.text_content())
            .collect::<Vec<_>>();
        assert_eq!(texts.len(), 12);
        labels.push(texts);
    }
    assert!(labels[0] != labels[1] && labels[1] != labels[2]);
}
