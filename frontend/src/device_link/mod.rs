//! How a second device gets the user's name: the offer on the page about the account, and the page that the link opens.

mod offer;
mod offer_texts;
mod redeem;
mod request;
mod texts;

pub(crate) use offer::qr_code;
pub use offer::{Offer, OfferProps};
pub use redeem::{Redeem, RedeemProps};
use shared::{DeviceCode, device_link::FRAGMENT};

use crate::browser::fragment::Fragment;

/// The code of a link.
const CODE: Fragment = Fragment { prefix: FRAGMENT, key: "parlor.device-code" };

/// The code of the link that this tab was opened with, also after a reload, until [`forget_code`].
pub fn take_code() -> Option<DeviceCode> {
    DeviceCode::parse(&CODE.take(|code| DeviceCode::parse(code).is_ok())?).ok()
}

/// The link was used, or is not wanted.
pub fn forget_code() {
    CODE.forget();
}
