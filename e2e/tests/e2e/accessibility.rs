//! Accessibility: axe-core finds no serious fault on any screen, in both themes, wide and
//! narrow.

use parlor_e2e::{Device, Key, Page, TestEnvironment, axe, wait_for};
use serde_json::{Value, json};

const WIDTHS: [u32; 2] = [1280, 390];
const THEMES: [&str; 2] = ["light", "dark"];

/// Checks a screen in each theme, and adds the faults.
fn look(page: &Page, source: &str, screen: &str, faults: &mut Vec<String>) {
    if page.browser.run("return !!window.axe", &[]) != true {
        // The page's Content-Security-Policy forbids other scripts, but does not apply to the driver's own functions.
        page.browser.run(&format!("{source}; window.axe = axe"), &[]);
    }
    for theme in THEMES {
        page.browser.prefer(theme);
        let settled = "const done = arguments[0];
            Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))
                .then(() => requestAnimationFrame(() => done(true)))";
        page.browser.run_async(settled, &[]);
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations), e => done(String(e)))";
        let found = page.browser.run_async(script, &[]);
        let found = found.as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
        for fault in found.iter().filter(|fault| is_serious(fault)) {
            for node in fault["nodes"].as_array().into_iter().flatten() {
                let (rule, html) = (&fault["id"], node["html"].as_str().unwrap_or_default());
                let summary = node["failureSummary"].as_str().unwrap_or_default().replace('\n', " ");
                faults.push(format!("{screen}, {theme}: {rule}: {html}: {summary}"));
            }
        }
    }
    page.browser.prefer("light");
}

fn is_serious(fault: &Value) -> bool {
    fault["impact"] == "serious" || fault["impact"] == "critical"
}

#[test]
fn axe_finds_no_serious_fault_on_any_screen() {
    let Some(source) = axe() else { return };
    let environment = TestEnvironment::new();
    let mut faults = Vec::new();
    let page = environment.signed_out();
    page.wait("name-field");
    page.browser
        .run("document.body.append(Object.assign(document.createElement('button'), {id: 'planted'}))", &[]);
    look(&page, source, "a planted fault", &mut faults);
    assert_eq!(faults.len(), 2, "axe-core finds what is planted, in both themes: {faults:?}");
    faults.clear();
    page.browser.run("document.querySelector('#planted').remove()", &[]);
    for width in WIDTHS {
        page.browser.resize(width, 800);
        look(&page, source, &format!("name, {width} px"), &mut faults);
    }
    page.browser.resize(1280, 800);
    page.sign_in_as("Ann");
    page.wait_until_live();
    page.wait("empty");
    look(&page, source, "empty lobby", &mut faults);

    let reply = talk(&environment);
    page.post("an answer of my own, with `code` and https://example.org/");
    page.wait_for_message("😀");
    page.browser.hover(&format!("[data-testid='message'][data-seq='{reply}']"));
    page.wait("reply");
    for width in WIDTHS {
        page.browser.resize(width, 800);
        if width < 700 && page.has("members") {
            page.browser.press(&[Key::Escape]);
            page.browser.click("[data-testid='members'] button");
        }
        look(&page, source, &format!("lobby, {width} px"), &mut faults);
        page.click("toggle-search");
        page.wait("search-field");
        page.click("search-field");
        page.browser.type_keys("hello\n");
        page.wait("search-hit");
        look(&page, source, &format!("search, {width} px"), &mut faults);
        page.browser.click(".search .panel-head button");
        page.wait_without("search-field");
        page.click("settings");
        page.wait("theme");
        look(&page, source, &format!("settings, {width} px"), &mut faults);
        page.browser.press(&[Key::Escape]);
        page.wait_without("theme");
        page.browser.press(&[Key::Control, Key::Char('k')]);
        page.wait("switcher");
        look(&page, source, &format!("switcher, {width} px"), &mut faults);
        page.browser.press(&[Key::Escape]);
        page.wait_without("switcher");
        page.click("timeline");
        page.browser.press(&[Key::Shift, Key::Char('?')]);
        page.wait("keys");
        look(&page, source, &format!("help, {width} px"), &mut faults);
        page.browser.press(&[Key::Escape]);
        page.wait_without("keys");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn axe_finds_no_serious_fault_on_the_pages_of_an_owner() {
    let Some(source) = axe() else { return };
    let environment = TestEnvironment::invited(Device::Desktop);
    let mut faults = Vec::new();
    let stranger = environment.signed_out();
    stranger.wait("sign-in-hint");
    look(&stranger, source, "no invitation", &mut faults);
    let page = environment.with_invitation(environment.server.owner_link());
    page.wait("name-field");
    look(&page, source, "invitation", &mut faults);
    page.click("name-field");
    page.browser.type_keys("Ann");
    page.click("invitation-enter");
    page.wait_until_live();
    environment.server.command(&["invite", "bo"]);
    environment.server.command(&["bot", "add", "robo", "--rooms", "lobby"]);
    environment.server.command(&["address", "bar", "192.0.2.1"]);
    page.go("/pulse");
    page.wait("pulse-posts");
    for width in WIDTHS {
        page.browser.resize(width, 800);
        look(&page, source, &format!("/pulse, {width} px"), &mut faults);
    }
    page.browser.resize(1280, 800);
    let pages = ["people", "rooms", "invitations", "bots", "bars", "acts", "house"];
    let pages = pages.iter().map(|page| format!("/admin/{page}"));
    for path in pages.chain(["/admin", "/account", "/rooms/lobby/settings"].map(str::to_owned)) {
        page.go(&path);
        page.wait("admin");
        wait_for("the page", || (!page.has("loading")).then_some(()));
        for width in WIDTHS {
            page.browser.resize(width, 800);
            look(&page, source, &format!("{path}, {width} px"), &mut faults);
        }
        page.browser.resize(1280, 800);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A room with one message of each kind. Returns the seq of the reply.
fn talk(environment: &TestEnvironment) -> u64 {
    let server = &environment.server;
    let first = server.post("lobby", "Bo", "hello everybody, **welcome** to the _lobby_");
    let reply = server.post_about("lobby", "小明", "你好！", first.seq, "reply");
    server.post_about("lobby", "小明", "👍", first.seq, "reaction");
    server.post("lobby", "Bo", "> quoted\n```\nlet code = 1;\n```\n@Ann what do you think?");
    let regretted = server.post("lobby", "Bo", "regretted");
    server.post_about("lobby", "Bo", "", regretted.seq, "retraction");
    let wrong = server.post("lobby", "Bo", "wrogn");
    server.post_about("lobby", "Bo", "wrong", wrong.seq, "edit");
    server.post("kitchen", "cook", "hello from the kitchen");
    for name in 0..12 {
        // Twelve names, with different hues.
        server.post_unproven("lobby", &format!("guest {name}"), "/me waves");
    }
    server.post("lobby", "Bo", "😀");
    reply.seq
}

#[test]
fn everything_can_be_reached_with_tab_and_the_log_is_a_polite_live_region() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("Ann");
    environment.server.post("lobby", "Bo", "hello");
    page.wait_for_message("hello");
    let log = "const t = document.querySelector(\"[data-testid='timeline']\");
        return [t.getAttribute('role'), t.getAttribute('aria-live'), t.getAttribute('aria-label')]";
    wait_for("a polite log", || {
        (page.browser.run(log, &[]) == json!(["log", "polite", "Messages in #lobby"])).then_some(())
    });
    page.browser.run("document.activeElement.blur(); getSelection().removeAllRanges()", &[]);
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..40 {
        page.browser.press(&[Key::Tab]);
        let focused = page.browser.run("return document.activeElement?.dataset.testid ?? ''", &[]);
        reached.insert(focused.as_str().unwrap().to_owned());
    }
    for name in [
        "room-item",
        "add-room",
        "toggle-members",
        "toggle-search",
        "settings",
        "timeline",
        "composer",
        "send",
    ] {
        assert!(reached.contains(name), "{name} is not reached: {reached:?}");
    }
    let nameless = "return [...document.querySelectorAll('button, a, input, textarea, select')].filter(e =>
        e.checkVisibility() && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)";
    assert_eq!(page.browser.run(nameless, &[]), json!([]), "every control has a name");
}
