//! The phone: every screen fits, a tap does nothing by accident, a long press opens the actions, the keyboard stays
//! open and covers nothing, and Back closes what lies on top.

use parlor_e2e::{Device, Key, Page, TestEnvironment, test_id, wait_for};
use serde_json::{Value, json};

/// Widths of phones, and one that lies on its side, in CSS pixels.
const SCREENS: [(u32, u32); 5] = [(320, 568), (360, 740), (390, 844), (448, 998), (844, 390)];

/// A room with more messages than the screen has space for. Ann is in it; the last message is hers.
fn room_of_ann() -> (TestEnvironment, Page) {
    let environment = TestEnvironment::on(Device::Phone);
    let texts: Vec<String> = (0..30).map(|number| format!("message {number}")).collect();
    let posts: Vec<_> = texts.iter().map(|text| ("Bo", text.as_str())).collect();
    environment.server.post_all("lobby", &posts);
    let page = environment.signed_in("Ann");
    page.wait_for_message("message 29");
    page.post("my own");
    page.wait_for_message("my own");
    (environment, page)
}

/// The text of a message.
fn text_of(page: &Page, text: &str) -> String {
    let seq = page.wait_for_message(text).seq;
    format!("{}[data-seq='{seq}'] {}", test_id("message"), test_id("text"))
}

fn in_sheet(name: &str) -> String {
    format!("{} {}", test_id("sheet"), test_id(name))
}

fn is_true(page: &Page, script: &str) -> bool {
    page.browser.run(script, &[]) == Value::Bool(true)
}

/// The test id of the focused element.
fn focused(page: &Page) -> Value {
    page.browser.run("return document.activeElement?.dataset.testid ?? null", &[])
}

fn back(page: &Page) {
    page.browser.run("history.back()", &[]);
}

fn address(page: &Page) -> Value {
    page.browser.run("return location.pathname + location.search", &[])
}

/// Controls that are smaller than a finger, or that stick out of the screen.
fn misfits(page: &Page, screen: &str) -> Vec<String> {
    let settled = "const done = arguments[0];
        Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))
            .then(() => requestAnimationFrame(() => done(true)))";
    page.browser.run_async(settled, &[]);
    let script = "const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=option], [role=switch]';
        const faults = [];
        const scrolls = e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible';
        for (const e of [document.documentElement, ...document.querySelectorAll('body, main, aside, .timeline, .sign-in, .rooms, .hits, dialog, .tool-page, .tool-page *:not(pre)')]) {
            if (e.scrollWidth > e.clientWidth + 1 && e.matches('html, body') || scrolls(e) && !e.closest('.table-scroll, pre, .frames, .page-bar, .visually-hidden, input, select, textarea'))
                faults.push(`${e.tagName}.${e.className} scrolls sideways: ${e.scrollWidth} > ${e.clientWidth}`);
        }
        for (const e of document.querySelectorAll(controls)) {
            const box = e.type === 'checkbox' || e.type === 'radio' ? e.closest('label') ?? e : e;
            const style = getComputedStyle(box);
            // Links in a text are inline; what the pointer passes through is no target.
            if (e.closest('.text') || style.pointerEvents === 'none' || e.closest('[inert]')) continue;
            if (document.querySelector('dialog[open]') && !e.closest('dialog')) continue;
            if (!box.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
            const r = box.getBoundingClientRect();
            // Shown when focused, for screen readers.
            if (r.width <= 1 && r.height <= 1) continue;
            const name = `${e.tagName}.${e.className} ${e.dataset.testid ?? e.textContent}`.slice(0, 80);
            if (r.width < 43.5 || r.height < 43.5) faults.push(`${name}: ${r.width} × ${r.height}`);
            if (r.left < -0.5 || r.right > innerWidth + 0.5) faults.push(`${name} is outside: ${r.left} to ${r.right}`);
        }
        return faults";
    let faults = page.browser.run(script, &[]);
    faults
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| format!("{screen}: {}", fault.as_str().unwrap_or_default()))
        .collect()
}

#[test]
fn the_first_screen_fits_every_phone_in_every_language_and_with_the_keyboard() {
    let environment = TestEnvironment::on(Device::Phone);
    let page = environment.signed_out();
    let reachable = "return ['name-field', 'name-submit', 'language'].every(name => {
        const e = document.querySelector(`[data-testid='${name}']`);
        e.scrollIntoView({block: 'nearest'});
        const r = e.getBoundingClientRect();
        return r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight + 0.5
            && e.contains(document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)) })";
    for language in ["en", "zh-Hans", "zh-Hant"] {
        page.wait("name-field");
        page.browser.run("localStorage.setItem('parlor.language', arguments[0])", &[json!(language)]);
        page.browser.reload();
        page.wait("name-field");
        // The last two have the keyboard open.
        for (width, height) in SCREENS.into_iter().chain([(320, 280), (844, 190)]) {
            page.browser.resize(width, height);
            assert!(is_true(&page, reachable), "{language}, {width} × {height}");
            assert_eq!(misfits(&page, language), [""; 0]);
        }
    }
}

#[test]
fn every_control_is_as_large_as_a_finger_and_nothing_scrolls_sideways() {
    let environment = TestEnvironment::on(Device::Phone);
    let server = &environment.server;
    server.post("a-room-with-a-rather-long-name-indeed", "Bo", "hello");
    let seq = server.post("lobby", "Bo", "see https://example.org/ and @Ann, `code` and more").seq;
    server.post_about("lobby", "Cy", "👍", seq, "reaction");
    server.post_about("lobby", "Cy", "indeed", seq, "reply");
    server.post("lobby", "ANameOfThirtyTwoLettersInOneWord", &"endless".repeat(40));
    server.post("lobby", "Bo", &"long\n".repeat(60));
    let page = environment.signed_in("Ann");
    page.post("my own");
    // Its preview in the sheet of its actions is one line.
    let words = ["many words"; 14].join(" ");
    page.post(&words);
    let (own, long) = (text_of(&page, "my own"), text_of(&page, &words));
    let mut faults = Vec::new();
    for (width, height) in [(320, 568), (390, 844), (844, 390)] {
        page.browser.resize(width, height);
        let mut look = |screen: &str| faults.extend(misfits(&page, &format!("{screen}, {width} px")));
        look("room");
        if width < 700 {
            page.click("open-rooms");
            // It stays open when the drawer is closed.
            if page.has("add-room") {
                page.click("add-room");
            }
            page.wait("room-field");
            look("rooms");
            back(&page);
            wait_for("the drawer to close", || {
                is_true(&page, "return !document.querySelector('main').inert").then_some(())
            });
        }
        for (button, shown) in
            [("toggle-members", "member"), ("toggle-search", "search-field"), ("settings", "theme")]
        {
            page.click(button);
            page.wait(shown);
            look(button);
            back(&page);
            page.wait_without(shown);
        }
        page.browser.long_press(&long);
        page.wait("sheet");
        look("sheet of a long message");
        back(&page);
        page.wait_without("sheet");
        page.browser.long_press(&own);
        page.wait("sheet");
        look("sheet");
        page.browser.click(&in_sheet("more-emoji"));
        page.wait("picker");
        look("emoji");
        back(&page);
        page.wait_without("sheet");
    }
    for (tool, shown) in [("/console", ".console"), ("/compare", ".compare"), ("/pulse", ".pulse-tiles")] {
        page.go(tool);
        wait_for(tool, || (page.count(shown) == 1 && page.count(".tool-wait") == 0).then_some(()));
        for width in [320, 390] {
            page.browser.resize(width, 700);
            faults.extend(misfits(&page, &format!("{tool}, {width} px")));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_tap_on_a_message_presses_nothing() {
    let (_environment, page) = room_of_ann();
    let before = address(&page);
    let tools = format!("{} .actions", test_id("message"));
    for text in ["my own", "message 29", "my own"] {
        page.browser.tap(&text_of(&page, text));
        assert_eq!(page.count(&tools), 0, "no tools come up under the finger");
        assert_eq!(page.count("dialog"), 0);
    }
    page.browser.tap(&format!("{}:last-of-type .badge, .message-head .name", test_id("message")));
    assert_eq!(address(&page), before);
    assert_eq!(page.browser.run("return getSelection().toString()", &[]), "");
}

#[test]
fn a_long_press_opens_the_actions_and_they_act() {
    let (environment, page) = room_of_ann();
    let own = text_of(&page, "my own");
    let press = |text: &str| {
        page.browser.long_press(text);
        page.wait("sheet");
    };
    let before = address(&page);
    press(&own);
    assert!(is_true(&page, "return document.querySelector('dialog[open]').contains(document.activeElement)"));
    assert_eq!(page.count(&in_sheet("quick-emoji")), 6);
    back(&page);
    page.wait_without("sheet");
    assert_eq!(address(&page), before, "Back has closed the sheet and nothing else");
    press(&own);
    page.browser.press(&[Key::Escape]);
    page.wait_without("sheet");
    press(&own);
    let tap_backdrop = "const dialog = document.querySelector('dialog[open]');
        dialog.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
        dialog.click()";
    page.browser.run(tap_backdrop, &[]);
    page.wait_without("sheet");

    press(&own);
    page.browser.tap(&in_sheet("quick-emoji"));
    page.wait_without("sheet");
    wait_for("the reaction", || (page.count(&test_id("reaction")) == 1).then_some(()));
    press(&own);
    assert!(is_true(
        &page,
        "return document.querySelector(\"[data-testid='quick-emoji']\").ariaPressed === 'true'"
    ));
    page.browser.tap(&in_sheet("more-emoji"));
    page.browser.tap(&in_sheet("picker").replace("'picker'", "'emoji'"));
    wait_for("the reaction to go", || (page.count(&test_id("reaction")) == 0).then_some(()));

    press(&text_of(&page, "message 29"));
    assert_eq!(page.count(&in_sheet("delete")) + page.count(&in_sheet("edit")), 0, "it is not hers");
    page.browser.tap(&in_sheet("reply"));
    page.wait("composer-about");
    wait_for("the focus", || (focused(&page) == "composer").then_some(()));
    page.browser.insert("an answer");
    page.send();
    page.wait_for_message("an answer");

    press(&own);
    page.browser.tap(&in_sheet("edit"));
    wait_for("its text", || (page.draft() == "my own").then_some(()));
    page.browser.insert(", edited");
    page.send();
    let edited = page.wait_for_message("my own, edited");

    press(&own);
    page.browser.tap(&in_sheet("select-text"));
    let select = "const t = document.querySelector('.sheet-text'); getSelection().selectAllChildren(t);
        return getSelection().toString()";
    assert_eq!(page.browser.run(select, &[]), "my own, edited");
    back(&page);
    page.wait_without("sheet");

    press(&own);
    page.browser.tap(&in_sheet("delete"));
    page.browser.tap(&in_sheet("delete-confirm"));
    page.wait_without("sheet");
    wait_for("it to be deleted", || page.texts().iter().all(|text| *text != edited.text).then_some(()));
    press(&text_of(&page, "an answer"));
    environment.server.post("lobby", "Bo", "in between");
    page.wait_for_message("in between");
    assert!(page.has("sheet"), "a new message leaves the sheet open");
}

#[test]
fn a_swipe_opens_no_actions() {
    let (_environment, page) = room_of_ann();
    page.browser.swipe(&test_id("timeline"), 0, 250);
    page.browser.swipe(&test_id("timeline"), 0, -250);
    assert_eq!(page.count("dialog, .actions"), 0);
}

#[test]
fn sending_keeps_the_keyboard_open_and_the_newest_message_above_it() {
    let (_environment, page) = room_of_ann();
    page.click("composer");
    page.browser.show_keyboard();
    let at_end = "const t = document.querySelector(\"[data-testid='timeline']\");
        const c = document.querySelector('.composer').getBoundingClientRect();
        return t.scrollHeight - t.scrollTop - t.clientHeight <= 3 && c.bottom <= innerHeight && scrollY === 0";
    wait_for("the newest message and the composer", || is_true(&page, at_end).then_some(()));
    for text in ["one", "two"] {
        page.browser.insert(text);
        page.browser.press(&[Key::Enter]);
        page.browser.insert("more");
        let text = format!("{text}\nmore");
        assert_eq!(page.draft(), text, "Enter breaks the line");
        page.click("send");
        wait_for("the message", || page.texts().pop().filter(|last| last.starts_with(&text[..3])));
        assert_eq!(focused(&page), "composer");
        wait_for("the newest message", || is_true(&page, at_end).then_some(()));
    }
    page.browser.run("document.querySelector(\"[data-testid='timeline']\").scrollTop = 0", &[]);
    page.wait("jump-latest");
    page.click("jump-latest");
    page.wait_without("jump-latest");
    assert_eq!(focused(&page), "composer");
    page.browser.hide_keyboard();
    wait_for("the newest message", || is_true(&page, at_end).then_some(()));
}

/// Safari covers the page with its keyboard and tells the visual viewport.
#[test]
fn the_page_shrinks_with_the_visual_viewport() {
    let (_environment, page) = room_of_ann();
    let cover = "const [height, scale] = arguments;
        Object.defineProperty(visualViewport, 'height', {value: height, configurable: true});
        Object.defineProperty(visualViewport, 'scale', {value: scale, configurable: true});
        visualViewport.dispatchEvent(new Event('resize'));
        return Math.round(document.querySelector('.composer').getBoundingClientRect().bottom)";
    assert_eq!(page.browser.run(cover, &[json!(500), json!(1)]), 500);
    let at_end = "const t = document.querySelector(\"[data-testid='timeline']\");
        return t.scrollHeight - t.scrollTop - t.clientHeight <= 3";
    wait_for("the newest message", || is_true(&page, at_end).then_some(()));
    assert_eq!(page.browser.run(cover, &[json!(422), json!(2)]), 844, "a pinch is no keyboard");
    assert_eq!(page.browser.run(cover, &[json!(844), json!(1)]), 844);
    let sizes = "return [...document.querySelectorAll('input, textarea, select')].every(e => parseFloat(getComputedStyle(e).fontSize) >= 16)";
    assert!(is_true(&page, sizes), "Safari zooms into fields with smaller text");
}

#[test]
fn a_drawer_or_sheet_takes_the_focus_and_what_is_beneath_is_inert() {
    let (_environment, page) = room_of_ann();
    let before = address(&page);
    for (button, panel) in
        [("open-rooms", ".drawer"), ("toggle-members", ".members"), ("toggle-search", ".search")]
    {
        for close in ["back", "escape", "backdrop", "button"] {
            page.click(button);
            let entered = format!(
                "return document.querySelector('main').inert && !!document.activeElement.closest('{panel}')"
            );
            wait_for(&format!("the focus in {panel}"), || is_true(&page, &entered).then_some(()));
            match close {
                "back" => back(&page),
                "escape" => page.browser.press(&[Key::Escape]),
                "backdrop" => drop(page.browser.run("document.querySelector('.backdrop').click()", &[])),
                _ => page.browser.click(&format!("{panel} header button")),
            }
            let left = "return !document.querySelector('main').inert";
            wait_for(&format!("{panel} to close by {close}"), || is_true(&page, left).then_some(()));
            wait_for(&format!("the focus on {button}"), || (focused(&page) == button).then_some(()));
        }
    }
    assert_eq!(address(&page), before);
    page.click("open-rooms");
    wait_for("the drawer", || is_true(&page, "return document.querySelector('main').inert").then_some(()));
    page.browser.resize(844, 390);
    wait_for("a room without a drawer", || {
        is_true(&page, "return !document.querySelector('main').inert").then_some(())
    });
}

#[test]
fn panes_keep_clear_of_the_edges_of_the_screen() {
    let (_environment, page) = room_of_ann();
    page.browser.set_safe_area(47, 34);
    let edges = "const box = selector => document.querySelector(selector).getBoundingClientRect();
        return [Math.round(box('.bar').top), Math.round(innerHeight - box('.composer-row').bottom)]";
    wait_for("the safe areas", || (page.browser.run(edges, &[]) == json!([47, 34])).then_some(()));
    page.browser.long_press(&text_of(&page, "my own"));
    page.wait("sheet");
    let below = "return Math.round(innerHeight - document.querySelector(\"[data-testid='sheet']\").getBoundingClientRect().bottom)";
    wait_for("the sheet", || (page.browser.run(below, &[]).as_i64()? >= 34).then_some(()));
}
