//! The long press: a finger that rests on a message opens the sheet with its actions.
//!
//! The pointer of each event decides, not the device: a laptop can have both a mouse and a touch screen. The listeners
//! are on the document, so that a row costs nothing.

use std::{cell::RefCell, rc::Rc};

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use shared::Seq;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent};
use yew::Callback;

use crate::browser::{document, root};

/// How long a finger rests, in milliseconds.
const LONG_MS: u32 = 500;
/// How long after a long press a click belongs to the same touch, in milliseconds.
const CLICK_MS: u32 = 300;
/// How far it may move, in CSS pixels.
const MAX_MOVE: i32 = 10;
/// The attribute of the root while the last pointer was a finger. Then no text is selected by resting on it.
const TOUCH: &str = "data-touch";

/// Listens for long presses until it is dropped.
pub(crate) struct LongPress {
    _listeners: Vec<EventListener>,
}

#[derive(Default)]
struct State {
    resting: Option<Resting>,
    /// The finger has opened the sheet. The click that may follow when it is lifted is ignored.
    recognized: bool,
    /// Ends that.
    lifted: Option<Timeout>,
}

/// A finger rests on a message.
struct Resting {
    seq: Seq,
    at: (i32, i32),
    _timer: Timeout,
}

impl LongPress {
    /// Emits the message of each long press.
    pub(crate) fn new(on_press: &Callback<Seq>) -> Self {
        let state = Rc::new(RefCell::new(State::default()));
        let on = |kind: &'static str, handle: fn(&Rc<RefCell<State>>, &Callback<Seq>, &Event)| {
            let (state, on_press) = (Rc::clone(&state), on_press.clone());
            let options =
                EventListenerOptions { passive: false, ..EventListenerOptions::run_in_capture_phase() };
            EventListener::new_with_options(&document(), kind, options, move |event| {
                handle(&state, &on_press, event);
            })
        };
        Self {
            _listeners: vec![
                on("pointerdown", begin),
                on("pointermove", |state, _, event| {
                    if is_away(state, event) {
                        state.borrow_mut().resting = None;
                    }
                }),
                on("pointerup", |state, _, _| end(state)),
                // The browser scrolls.
                on("pointercancel", |state, _, _| end(state)),
                on("contextmenu", |state, on_press, event| {
                    let is_touch = root().is_some_and(|root| root.has_attribute(TOUCH));
                    if is_touch && message_of(event).is_some() {
                        event.prevent_default();
                        recognize(state, on_press);
                    }
                }),
                on("click", |state, _, event| {
                    if std::mem::take(&mut state.borrow_mut().recognized) {
                        event.prevent_default();
                        event.stop_propagation();
                    }
                }),
            ],
        }
    }
}

fn begin(state: &Rc<RefCell<State>>, on_press: &Callback<Seq>, event: &Event) {
    let Some(pointer) = event.dyn_ref::<PointerEvent>() else { return };
    let is_touch = pointer.pointer_type() == "touch";
    if let Some(root) = root() {
        let _ = root.toggle_attribute_with_force(TOUCH, is_touch);
    }
    // A second finger ends the press.
    let seq = if is_touch && pointer.is_primary() { message_of(event) } else { None };
    let resting = seq.map(|seq| {
        let (state, on_press) = (Rc::clone(state), on_press.clone());
        let timer = Timeout::new(LONG_MS, move || recognize(&state, &on_press));
        Resting { seq, at: (pointer.client_x(), pointer.client_y()), _timer: timer }
    });
    *state.borrow_mut() = State { resting, recognized: false, lifted: None };
}

fn end(state: &Rc<RefCell<State>>) {
    let of_timer = Rc::clone(state);
    let mut state = state.borrow_mut();
    state.resting = None;
    if state.recognized {
        state.lifted = Some(Timeout::new(CLICK_MS, move || of_timer.borrow_mut().recognized = false));
    }
}

/// The browser's own timer may be earlier than this module's: the first one counts.
fn recognize(state: &Rc<RefCell<State>>, on_press: &Callback<Seq>) {
    let resting = state.borrow_mut().resting.take();
    if let Some(resting) = resting {
        state.borrow_mut().recognized = true;
        on_press.emit(resting.seq);
    }
}

fn is_away(state: &Rc<RefCell<State>>, event: &Event) -> bool {
    let state = state.borrow();
    let (Some(resting), Some(pointer)) = (&state.resting, event.dyn_ref::<PointerEvent>()) else {
        return false;
    };
    let (x, y) = resting.at;
    (pointer.client_x() - x).abs().max((pointer.client_y() - y).abs()) > MAX_MOVE
}

/// The message under the pointer. For a link, the browser has a menu of its own.
fn message_of(event: &Event) -> Option<Seq> {
    let target: Element = event.target()?.dyn_into().ok()?;
    if target.closest(".text a").ok()?.is_some() {
        return None;
    }
    target.closest(".message[data-seq]").ok()??.get_attribute("data-seq")?.parse().ok().map(Seq)
}
