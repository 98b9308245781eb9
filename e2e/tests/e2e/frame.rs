//! What the page shows before its module runs.

use parlor_e2e::TestEnvironment;
use serde_json::json;

/// The shape of the page, its ground, the width of its sidebar, and the colour for the browser's own bar.
const SHOWN: &str = "const side = document.querySelector('.frame-side').getBoundingClientRect();
    const metas = [...document.querySelectorAll('meta[name=theme-color]')];
    return [document.documentElement.dataset.frame, getComputedStyle(document.body).backgroundColor, side.width,
        metas.filter(meta => matchMedia(meta.media).matches).map(meta => meta.content).join()]";

#[test]
fn the_empty_shape_of_the_page_that_comes_is_painted_in_the_stored_theme() {
    let environment = TestEnvironment::new();
    let page = environment.signed_in("Ann");
    let address = page.browser.run("return location.origin", &[]);
    let origin = address.as_str().expect("the page has an origin");
    assert_eq!(page.count(".frame"), 0, "the app has replaced it");

    page.browser.cdp("Network.enable", &json!({}));
    page.browser.cdp("Network.setBlockedURLs", &json!({ "urls": ["*.wasm"] }));
    page.browser.run("localStorage.setItem('parlor.theme', 'dark')", &[]);
    page.browser.reload();
    let (light, dark) = ("rgb(255, 255, 255)", "rgb(25, 26, 31)");
    assert_eq!(page.browser.run(SHOWN, &[]), json!(["rooms", dark, 240, "#191a1f"]));
    page.browser.run("localStorage.setItem('parlor.theme', 'light')", &[]);
    page.browser.go(&format!("{origin}/console"));
    assert_eq!(page.browser.run(SHOWN, &[]), json!(["tool", light, 0, "#ffffff"]));
    page.browser.run("localStorage.clear()", &[]);
    page.browser.go(origin);
    assert_eq!(page.browser.run(SHOWN, &[]), json!(["sign-in", light, 0, "#ffffff"]));
    let card =
        "const {x, y, width, height} = document.querySelector('.sign-in-card').getBoundingClientRect();
        return [x, y, width, height]";
    let card = || -> Vec<f64> {
        let sides = page.browser.run(card, &[]);
        sides.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect()
    };
    let empty_card = card();
    // The module that was not loaded.
    page.browser.console_errors();

    page.browser.cdp("Network.setBlockedURLs", &json!({ "urls": [] }));
    page.browser.reload();
    page.wait("name-field");
    assert_eq!(page.count(".frame"), 0);
    // The height depends on the fonts.
    let filled_card = card();
    let is_same = |(a, b): (&f64, &f64)| (a - b).abs() < 16.0;
    assert!(
        empty_card.len() == 4 && empty_card.iter().zip(&filled_card).all(is_same),
        "the form fills the card that was painted: {empty_card:?}, {filled_card:?}"
    );
}
