//! Each new message makes a notification while nobody looks; a click leads to it.

use std::{cell::RefCell, rc::Rc};

use frontend::{
    Locale,
    i18n::Language,
    notifications::{Level, MAX_EACH, Notifier},
    storage,
};
use js_sys::{Array, Function};
use shared::{FromServer, RoomName, Seq};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use yew::Callback;

use crate::fixtures::{driver_with, hear, message, room};

/// Replaces `Notification` by one that keeps what is shown, and lets nobody look at the page.
const FAKE: &str = "
    document.hasFocus = () => false;
    window.shown = [];
    window.Notification = class extends EventTarget {
        static permission = 'granted';
        static requestPermission() { return Promise.resolve('granted'); }
        constructor(title, options) {
            super();
            if (window.refuses) throw new TypeError('Illegal constructor');
            Object.assign(this, { title, tag: options.tag, body: options.body });
            window.shown = window.shown.filter(other => other.tag !== this.tag).concat(this);
        }
        close() { window.shown = window.shown.filter(other => other !== this); }
    };";

fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::NULL).expect("the script runs")
}

/// The titles and texts of what is shown.
fn shown() -> Vec<String> {
    let shown: Array = run("return shown.map(one => `${one.title}: ${one.body}`)").unchecked_into();
    shown.iter().filter_map(|one| one.as_string()).collect()
}

/// A room, and a message in it.
type Place = (RoomName, Option<Seq>);

struct Stage {
    driver: frontend::Driver,
    notifier: Notifier,
    room: RoomName,
    seq: u64,
    opened: Rc<RefCell<Vec<Place>>>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        run("delete document.hasFocus");
    }
}

impl Stage {
    fn new(name: &str) -> Self {
        run(FAKE);
        storage::set_notify(true);
        let room = room(name);
        let driver = driver_with(&room, vec![message(&room, 1, "bob", "before")], false);
        let opened = Rc::<RefCell<Vec<_>>>::default();
        let notifier = Notifier::new({
            let opened = Rc::clone(&opened);
            Callback::from(move |place| opened.borrow_mut().push(place))
        });
        Self { driver, notifier, room, seq: 1, opened }
    }

    /// Bob posts these texts, and the notifier hears of them at once.
    fn hear(&mut self, texts: &[&str]) {
        for text in texts {
            self.seq += 1;
            hear(&self.driver, &[FromServer::Message(message(&self.room, self.seq, "bob", text))]);
        }
        self.update();
    }

    fn update(&mut self) {
        let arrivals = self.driver.take_arrivals();
        let locale = Locale::new(Language::English);
        let notifier = &mut self.notifier;
        self.driver.read(|client| notifier.update(&arrivals, client, "place".to_owned(), &locale));
    }

    fn title() -> String {
        run("return document.title").as_string().unwrap_or_default()
    }
}

#[wasm_bindgen_test]
fn each_message_makes_one_and_a_click_leads_to_it() {
    let mut stage = Stage::new("each");
    stage.hear(&["first **bold**", "second"]);
    assert_eq!(shown(), ["bob · #each: first bold", "bob · #each: second"]);
    run("shown[0].dispatchEvent(new Event('click'))");
    assert_eq!(*stage.opened.borrow(), [(room("each"), Some(Seq(2)))]);
}

#[wasm_bindgen_test]
fn a_burst_becomes_one_summary_that_leads_to_its_first_message() {
    let mut stage = Stage::new("burst");
    let texts: Vec<String> = (0..MAX_EACH + 3).map(|n| format!("text {n}")).collect();
    stage.hear(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(shown(), ["7 new messages · #burst: bob: text 6"]);
    run("shown[0].dispatchEvent(new Event('click'))");
    assert_eq!(*stage.opened.borrow(), [(room("burst"), Some(Seq(2)))]);
    stage.hear(&["one more"]);
    assert_eq!(shown(), ["8 new messages · #burst: bob: one more"]);
}

#[wasm_bindgen_test]
fn what_is_read_here_or_elsewhere_disappears() {
    let mut stage = Stage::new("read");
    stage.hear(&["first", "second"]);
    hear(&stage.driver, &[FromServer::Seen { room: stage.room.clone(), seq: Seq(2) }]);
    stage.update();
    assert_eq!(shown(), ["bob · #read: second"]);
    let room = stage.room.clone();
    stage.driver.dispatch(|client, now| client.seen(&room, Seq(3), now));
    stage.update();
    assert!(shown().is_empty());
}

#[wasm_bindgen_test]
fn a_room_is_muted_or_notifies_of_mentions_only() {
    let mut stage = Stage::new("muted");
    storage::set_notify_level_of(&stage.room, Some(Level::Mentions.word()));
    stage.hear(&["to everybody", "to @ann"]);
    assert_eq!(shown(), ["bob · #muted: to @ann"]);
    assert_eq!(Stage::title(), "(1) place");
    storage::set_notify_level_of(&stage.room, Some(Level::Nothing.word()));
    stage.hear(&["again to @ann"]);
    assert_eq!(shown().len(), 1);
    assert_eq!(Stage::title(), "place");
    storage::set_notify_level_of(&stage.room, None);
    storage::set_notify_level(Some(Level::Mentions.word()));
    stage.hear(&["to nobody"]);
    assert_eq!(shown().len(), 1);
    storage::set_notify_level(None);
}

#[wasm_bindgen_test]
fn nothing_is_shown_while_somebody_looks_and_a_refusal_is_quiet() {
    let mut stage = Stage::new("looked-at");
    run("document.hasFocus = () => true");
    stage.hear(&["seen at once"]);
    assert!(shown().is_empty());
    run("document.hasFocus = () => false; window.refuses = true");
    stage.hear(&["refused"]);
    assert!(shown().is_empty());
    run("window.refuses = false");
}
