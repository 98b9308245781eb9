//! The entries of layers in the browser's history. The state of an entry is the number of layers that are open there.

use wasm_bindgen::JsValue;

use crate::browser::window;

/// The number of layers that are open at the current entry.
pub(crate) fn depth() -> u32 {
    let state = window().history().and_then(|history| history.state()).ok().and_then(|state| state.as_f64());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "written by `enter`")]
    state.map_or(0, |depth| depth as u32)
}

/// Adds an entry for a layer.
pub(super) fn enter(depth: u32) {
    if let Ok(history) = window().history() {
        let _ = history.push_state(&JsValue::from_f64(f64::from(depth)), "");
    }
}

/// Leaves the entry of a layer that was closed, unless Back has left it or navigation has replaced it.
pub(super) fn leave(closed: u32) {
    if depth() >= closed
        && let Ok(history) = window().history()
    {
        let _ = history.back();
    }
}

/// The layers of an earlier page are gone.
pub(super) fn forget() {
    if depth() > 0
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state(&JsValue::NULL, "");
    }
}
