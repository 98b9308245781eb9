//! Gestures on a touch screen. They are real touch points, from which Chromium makes the same events as on a phone:
//! `pointerdown`, `touchstart`, scrolling, `click`. Only the `contextmenu` of a long press is not Chromium's own.

use serde_json::{Value, json};

use super::{Browser, Device, expect};
use crate::wait_for;

/// How long a finger rests for a long press, and when Chromium takes it for one, in milliseconds.
const LONG: u32 = 800;
const LONG_PRESS_TIMEOUT: u32 = 500;
/// The time of a tap, in milliseconds.
const SHORT: u32 = 40;
/// The number of movements in a swipe, and the time between them in milliseconds.
const STEPS: i32 = 12;
const STEP_TIME: u32 = 16;

impl Browser {
    /// Taps the middle of the first element that matches a selector, as soon as it exists, rests, and nothing covers it.
    #[track_caller]
    pub fn tap(&self, selector: &str) {
        let (x, y) = self.place_to_touch(selector);
        self.touch(&[move_to(x, y), down(), pause(SHORT), up()]);
    }

    /// Rests a finger on an element. As on Android, `contextmenu` comes while the finger rests, and no `click` afterwards.
    ///
    /// WebDriver's touches are never taken for a long press: a click follows them. A gesture of the `DevTools` Protocol
    /// is, but Chromium for Linux sends no `contextmenu` for it. So the event is dispatched by a script.
    #[track_caller]
    pub fn long_press(&self, selector: &str) {
        let (x, y) = self.place_to_touch(selector);
        let script = "const [x, y, wait] = arguments;
            addEventListener('pointerdown', down => setTimeout(() => {
                const {pointerId, pointerType} = down;
                const init = {bubbles: true, cancelable: true, composed: true, view: window,
                    clientX: x, clientY: y, pointerId, pointerType};
                document.elementFromPoint(x, y)?.dispatchEvent(new PointerEvent('contextmenu', init));
            }, wait), {capture: true, once: true})";
        self.run(script, &[json!(x), json!(y), json!(LONG_PRESS_TIMEOUT)]);
        let press = json!({ "x": x, "y": y, "duration": LONG, "gestureSourceType": "touch" });
        self.cdp("Input.synthesizeTapGesture", &press);
    }

    /// Moves a finger from the middle of an element by a distance in CSS pixels. Negative is to the left, or up. What
    /// lies there scrolls with the finger, and may go on afterwards.
    #[track_caller]
    pub fn swipe(&self, selector: &str, right: i32, down_by: i32) {
        let (x, y) = self.place_to_touch(selector);
        let mut actions = vec![move_to(x, y), down()];
        for step in 1..=STEPS {
            actions.push(move_to(x + right * step / STEPS, y + down_by * step / STEPS));
            actions.push(pause(STEP_TIME));
        }
        actions.push(up());
        self.touch(&actions);
    }

    #[track_caller]
    fn touch(&self, actions: &[Value]) {
        assert!(self.device() == Device::Phone, "only a phone has touch");
        let parameters = json!({ "pointerType": "touch" });
        let finger =
            json!({ "type": "pointer", "id": "finger", "parameters": parameters, "actions": actions });
        expect("the touch", self.perform(json!([finger])));
    }

    /// The middle of an element, in the viewport. WebDriver's touches, unlike its clicks, don't check what they hit, so
    /// this does: the element must be in sight, must not move, and must be the topmost one.
    #[track_caller]
    fn place_to_touch(&self, selector: &str) -> (i32, i32) {
        let script = "const [selector, done] = arguments, element = document.querySelector(selector);
            if (!element) return done(null);
            const middle = () => {
                const r = element.getBoundingClientRect();
                return [Math.round(r.left + r.width / 2), Math.round(r.top + r.height / 2)];
            };
            const [x, y] = middle();
            if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) {
                element.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});
            }
            const before = middle();
            requestAnimationFrame(() => requestAnimationFrame(() => {
                const [x, y] = middle(), top = document.elementFromPoint(x, y);
                const label = top?.closest('label')?.control;
                const hit = top && (element.contains(top) || label === element);
                done(hit && x === before[0] && y === before[1] ? [x, y] : null);
            }))";
        wait_for(&format!("a place to touch {selector}"), || {
            let place = self.run_async(script, &[json!(selector)]);
            let at = |index: usize| place[index].as_i64().and_then(|value| i32::try_from(value).ok());
            Some((at(0)?, at(1)?))
        })
    }
}

fn move_to(x: i32, y: i32) -> Value {
    json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport" })
}

fn down() -> Value {
    json!({ "type": "pointerDown", "button": 0 })
}

fn up() -> Value {
    json!({ "type": "pointerUp", "button": 0 })
}

fn pause(milliseconds: u32) -> Value {
    json!({ "type": "pause", "duration": milliseconds })
}
