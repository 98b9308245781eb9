//! Device links: how a second device gets the name of the first one, over HTTP.
//!
//! The first device asks for a [`DeviceLink`] and shows it as a link or a QR code. The page that the link opens finds the
//! code behind [`FRAGMENT`] and redeems it for a token. Browsers do not send the fragment of an address, so the code is in
//! no log of a server or proxy.

use serde::{Deserialize, Serialize};

use crate::{
    json::{FromJson, Json},
    names::{DeviceCode, Token, Username},
};

/// What a link has between the address of the page and the code.
pub const FRAGMENT: &str = "#device=";

/// The body of a request for a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDeviceLink {
    /// The address of the app's page that the link opens: `http` or `https`, without a fragment, at most
    /// [`crate::limits::DEVICE_PAGE_BYTES`].
    pub page: String,
}

/// A link that gives another device the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLink {
    /// The code. It can be redeemed once.
    pub code: DeviceCode,
    /// The page's address with the code in its fragment.
    pub link: String,
    /// The code is valid for this long, in milliseconds.
    pub expires_in_ms: u64,
    /// The link as a QR code.
    pub qr: QrCode,
}

/// A QR code, to be drawn as an SVG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrCode {
    /// The width and height in modules, the light border of 4 modules included: the SVG's `viewBox` is `0 0 size size`.
    pub size: u16,
    /// The dark modules, as the `d` of an SVG path. Their background must be light, also in a dark theme.
    pub path: String,
}

/// The body of a request that redeems a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemDeviceCode {
    /// The code from the link.
    pub code: DeviceCode,
}

/// What a code is redeemed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemedDeviceCode {
    /// The account's name.
    pub username: Username,
    /// A token of the account, as good as the first device's.
    pub token: Token,
}

impl FromJson for DeviceLink {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self {
            code: from.required("code").ok()?,
            link: from.required("link").ok()?,
            expires_in_ms: from.required("expires_in_ms").ok()?,
            qr: from.required("qr").ok()?,
        })
    }
}

impl FromJson for QrCode {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        let size: u32 = from.required("size").ok()?;
        Some(Self { size: size.try_into().ok()?, path: from.required("path").ok()? })
    }
}

impl FromJson for RedeemedDeviceCode {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self { username: from.required("username").ok()?, token: from.required("token").ok()? })
    }
}
