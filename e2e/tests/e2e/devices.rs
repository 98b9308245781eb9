//! What the other tests rely on: a phone's screen, its input, the events that gestures cause, and that a page's errors are
//! seen in each browser.

use parlor_e2e::{Device, Page, TestEnvironment, Throttling, test_id, wait_for};
use serde_json::{Value, json};

on_each_device!(an_uncaught_error_and_a_logged_one_are_seen);

fn an_uncaught_error_and_a_logged_one_are_seen(device: Device) {
    let environment = TestEnvironment::on(device);
    let page = environment.signed_out();
    page.wait("name-field");
    page.browser.run("setTimeout(() => { throw new Error('planted') }); console.error('logged', 1)", &[]);
    let mut errors = Vec::new();
    wait_for("both errors", || {
        errors.extend(page.browser.console_errors());
        let has = |what: &str| errors.iter().any(|error| error.contains(what));
        (has("planted") && has("logged")).then_some(())
    });
    assert_eq!(errors.len(), 2, "{errors:?}");
}

/// The pointer, touch and mouse events since the last call, with the type of their pointer.
fn events(page: &Page) -> Vec<String> {
    let script = "const seen = window.seen; window.seen = [];
        if (!seen) {
            for (const type of ['pointerdown', 'pointerup', 'pointercancel', 'touchstart', 'touchend', 'contextmenu', 'click'])
                addEventListener(type, e => window.seen.push(e.pointerType ? `${type} ${e.pointerType}` : type), true);
        }
        return seen ?? []";
    let events = page.browser.run(script, &[]);
    events.as_array().into_iter().flatten().filter_map(|event| Some(event.as_str()?.to_owned())).collect()
}

/// A room with more messages than the screen has space for.
fn full_room() -> (TestEnvironment, Page) {
    let environment = TestEnvironment::on(Device::Phone);
    let texts: Vec<String> = (0..60).map(|number| format!("message {number}")).collect();
    let posts: Vec<_> = texts.iter().map(|text| ("Bo", text.as_str())).collect();
    environment.server.post_all("lobby", &posts);
    let page = environment.signed_in("Ann");
    page.wait_for_message("message 59");
    events(&page);
    (environment, page)
}

#[test]
fn a_phone_has_its_size_and_touch_and_no_pointer_that_hovers() {
    let environment = TestEnvironment::on(Device::Phone);
    let page = environment.signed_out();
    page.wait("name-field");
    let script = "const {clientWidth, clientHeight} = document.documentElement;
        return [clientWidth, clientHeight, navigator.maxTouchPoints, 'ontouchstart' in window,
        matchMedia('(hover: none) and (pointer: coarse)').matches, matchMedia('(any-hover: hover)').matches]";
    assert_eq!(page.browser.run(script, &[]), json!([390, 844, 5, true, true, false]));
    for (width, height) in [(320, 568), (448, 998)] {
        page.browser.resize(width, height);
        page.browser.reload();
        page.wait("name-field");
        assert_eq!(page.browser.run(script, &[]), json!([width, height, 5, true, true, false]));
    }
    page.browser.set_safe_area(47, 34);
    let script = "const probe = document.createElement('div');
        probe.style.padding = 'env(safe-area-inset-top) 0 env(safe-area-inset-bottom)';
        document.body.append(probe);
        const {paddingTop, paddingBottom} = getComputedStyle(probe);
        probe.remove();
        return [paddingTop, paddingBottom]";
    assert_eq!(page.browser.run(script, &[]), json!(["47px", "34px"]));
}

#[test]
fn a_tap_clicks_and_a_long_press_opens_a_context_menu_and_does_not_click() {
    let (_environment, page) = full_room();
    let message = format!("{}:last-of-type {}", test_id("message"), test_id("text"));
    page.browser.tap(&message);
    let tap = ["pointerdown touch", "touchstart", "pointerup touch", "touchend", "click touch"];
    assert_eq!(events(&page), tap);
    page.browser.long_press(&message);
    let press = ["pointerdown touch", "touchstart", "contextmenu touch", "pointerup touch", "touchend"];
    assert_eq!(events(&page), press);
}

#[test]
fn a_swipe_scrolls_and_clicks_nothing() {
    let (_environment, page) = full_room();
    let top = || {
        page.browser
            .run("return document.querySelector(arguments[0]).scrollTop", &[json!(test_id("timeline"))])
    };
    let before = top().as_f64().unwrap();
    page.browser.swipe(&test_id("timeline"), 0, 250);
    wait_for("the messages to follow the finger", || (top().as_f64()? < before - 150.0).then_some(()));
    assert_eq!(events(&page), ["pointerdown touch", "touchstart", "pointercancel touch", "touchend"]);
}

#[test]
fn the_keyboard_takes_its_space_from_the_page_and_leaves_the_composer_in_sight() {
    let (_environment, page) = full_room();
    page.to_composer();
    let heights = || page.browser.run("return [innerHeight, visualViewport.height]", &[]);
    page.browser.show_keyboard();
    assert_eq!(heights(), json!([508, 508]));
    let composer = "const r = document.querySelector(arguments[0]).getBoundingClientRect();
        return r.top >= 0 && r.bottom <= visualViewport.height && document.activeElement.matches(arguments[0])";
    wait_for("the composer above the keyboard", || {
        (page.browser.run(composer, &[json!(test_id("composer"))]) == Value::Bool(true)).then_some(())
    });
    page.browser.hide_keyboard();
    assert_eq!(heights(), json!([844, 844]));
}

#[test]
fn a_slow_network_delays_each_response_and_limits_how_fast_it_comes() {
    let environment = TestEnvironment::on(Device::Phone);
    let page = environment.signed_out();
    page.wait("name-field");
    page.browser.disable_cache();
    page.browser.throttle(Throttling::SLOW_4G);
    let script = "const done = arguments[0], start = performance.now();
        fetch('/').then(response => response.text()).then(() => done(performance.now() - start))";
    let small = page.browser.run_async(script, &[]).as_f64().expect("a time");
    assert!(small >= 150.0, "{small} ms");
    let script = "const done = arguments[0], start = performance.now();
        const module = performance.getEntriesByType('resource').find(({name}) => name.endsWith('.wasm'));
        fetch(module.name).then(response => response.arrayBuffer())
            .then(() => done([performance.now() - start, module.encodedBodySize]))";
    let module = page.browser.run_async(script, &[]);
    let (time, size) = (module[0].as_f64().expect("a time"), module[1].as_f64().expect("a size"));
    // Kilobits per second are bits per millisecond.
    let least = size * 8.0 / f64::from(Throttling::SLOW_4G.download);
    assert!(time >= least * 0.9, "{size} bytes in {time} ms, not in {least}");
}
