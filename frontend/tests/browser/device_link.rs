//! A device link leaves no code in the page's address, and survives a reload.

use frontend::device_link::{forget_code, take_code};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_code_leaves_the_address_and_is_kept_until_it_is_forgotten() {
    let window = web_sys::window().expect("tests run in a page");
    let location = window.location();
    let address = || location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let before = address();
    location.set_hash("device=Jq0hZ3vS9eW1xk5Yb7aTgQ").expect("it has a fragment");
    let code = take_code().expect("it is a code");
    assert_eq!(code.as_str(), "Jq0hZ3vS9eW1xk5Yb7aTgQ");
    assert_eq!((address(), location.hash().unwrap_or_default()), (before, String::new()));
    let again = take_code().expect("a reload keeps it");
    assert_eq!(again, code);
    forget_code();
    assert_eq!(take_code(), None);
    location.set_hash("other").expect("it has a fragment");
    assert_eq!(take_code(), None);
    assert_eq!(location.hash().as_deref(), Ok("#other"), "other fragments stay");
}
