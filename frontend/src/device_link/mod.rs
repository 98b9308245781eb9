//! How a second device gets the user's name: the offer in the settings, and the page that the link opens.

mod offer;
mod redeem;
mod request;
mod texts;

pub use offer::Offer;
pub use redeem::{Redeem, RedeemProps};
use shared::{DeviceCode, device_link::FRAGMENT};

use crate::browser::window;

/// The code in the page's address, which is removed from there and from the browser's history at once.
pub fn take_code() -> Option<DeviceCode> {
    let location = window().location();
    let code = DeviceCode::parse(location.hash().ok()?.strip_prefix(FRAGMENT)?);
    let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
    code.ok()
}
