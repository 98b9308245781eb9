//! How a second device gets the user's name: the offer in the settings, and the page that the link opens.

mod offer;
mod redeem;
mod request;
mod texts;

pub use offer::Offer;
pub(crate) use offer::qr_code;
pub use redeem::{Redeem, RedeemProps};
use shared::{DeviceCode, device_link::FRAGMENT};

use crate::browser::window;

/// Where a code is kept for reloads of the page. Other tabs do not see it.
const KEY: &str = "parlor.device-code";

/// The code of the link that this tab was opened with, also after a reload, until [`forget_code`].
pub fn take_code() -> Option<DeviceCode> {
    let store = window().session_storage().ok().flatten();
    if let Some(code) = code_of_address() {
        let _ = store.map(|store| store.set_item(KEY, code.as_str()));
        return Some(code);
    }
    DeviceCode::parse(&store?.get_item(KEY).ok()??).ok()
}

/// The link was used, or is not wanted.
pub fn forget_code() {
    if let Some(store) = window().session_storage().ok().flatten() {
        let _ = store.remove_item(KEY);
    }
}

/// The code in the page's address, which is removed from there and from the browser's history at once.
fn code_of_address() -> Option<DeviceCode> {
    let location = window().location();
    let code = DeviceCode::parse(location.hash().ok()?.strip_prefix(FRAGMENT)?);
    let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
    code.ok()
}
