//! The screen, the colour scheme, the on-screen keyboard, and the speed of network and processor.

use serde_json::json;
use thirtyfour::error::WebDriverResult;

use super::{Browser, Device, expect};
use crate::client::block_on;

const DESKTOP_SIZE: (u32, u32) = (1280, 800);
const PHONE_SIZE: (u32, u32) = (390, 844);
/// The height of a phone's on-screen keyboard with its row of suggestions, in CSS pixels.
const KEYBOARD_HEIGHT: u32 = 336;

/// A slow connection and a slow processor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttling {
    /// The time that each request waits for its response, in milliseconds.
    pub latency: u32,
    /// The download rate, in kbit/s.
    pub download: u32,
    /// The upload rate, in kbit/s.
    pub upload: u32,
    /// By how much the processor is slower.
    pub cpu_slowdown: u32,
}

impl Throttling {
    /// Slow 4G and a processor of a quarter of the speed, with the figures of Lighthouse's mobile preset.
    pub const SLOW_4G: Self = Self { latency: 150, download: 1_638, upload: 750, cpu_slowdown: 4 };
}

impl Browser {
    /// Gives the page the device's screen and input.
    #[track_caller]
    pub(super) fn emulate_device(&self) {
        if self.device() == Device::Phone {
            self.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true, "maxTouchPoints": 5 }));
        }
        let (width, height) = self.default_size();
        self.resize(width, height);
    }

    /// Sets the size of the page, in CSS pixels. A phone stays one at any size.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let is_phone = match self.device() {
            Device::Firefox => return expect("the window's size", self.resize_window(width, height)),
            Device::Desktop => false,
            Device::Phone => true,
        };
        let scale = if is_phone { 2 } else { 1 };
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone });
        self.cdp("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Makes the window so large that the page in it gets this size.
    fn resize_window(&self, width: u32, height: u32) -> WebDriverResult<()> {
        block_on(async {
            let session = self.session();
            let script = "return [outerWidth - innerWidth, outerHeight - innerHeight]";
            let (beside, above): (u32, u32) = session.execute(script, []).await?.convert()?;
            session.set_window_rect(0, 0, width + beside, height + above).await
        })
    }

    /// Shrinks the page as an on-screen keyboard does with `interactive-widget=resizes-content`: layout and visual viewport
    /// together. Headless Chromium has no such keyboard. It has no command that shrinks the visual viewport alone, which is
    /// what phones do without that setting.
    #[track_caller]
    pub fn show_keyboard(&self) {
        let (width, height) = self.page_size();
        self.resize(width, height - KEYBOARD_HEIGHT);
    }

    /// Gives the page the keyboard's space back.
    #[track_caller]
    pub fn hide_keyboard(&self) {
        let (width, height) = self.page_size();
        self.resize(width, height + KEYBOARD_HEIGHT);
    }

    #[track_caller]
    fn page_size(&self) -> (u32, u32) {
        let size = self.run("return [innerWidth, innerHeight]", &[]);
        serde_json::from_value(size).expect("a page has a size")
    }

    fn default_size(&self) -> (u32, u32) {
        if self.device() == Device::Phone { PHONE_SIZE } else { DESKTOP_SIZE }
    }

    /// Sets the parts of the screen that a phone's edges cover, in CSS pixels: `env(safe-area-inset-top)` and `-bottom`.
    #[track_caller]
    pub fn set_safe_area(&self, top: u32, bottom: u32) {
        let insets = json!({ "top": top, "bottom": bottom });
        self.cdp("Emulation.setSafeAreaInsetsOverride", &json!({ "insets": insets }));
    }

    /// Sets the preferred colour scheme: `dark` or `light`.
    #[track_caller]
    pub fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Makes network and processor slow.
    #[track_caller]
    pub fn throttle(&self, throttling: Throttling) {
        let bytes_per_second = |kbits: u32| kbits * 1000 / 8;
        self.cdp("Network.enable", &json!({}));
        let conditions = json!({
            "offline": false,
            "latency": throttling.latency,
            "downloadThroughput": bytes_per_second(throttling.download),
            "uploadThroughput": bytes_per_second(throttling.upload),
        });
        self.cdp("Network.emulateNetworkConditions", &conditions);
        self.cdp("Emulation.setCPUThrottlingRate", &json!({ "rate": throttling.cpu_slowdown }));
    }

    /// Makes every navigation fetch everything, as on the first visit.
    #[track_caller]
    pub fn disable_cache(&self) {
        self.cdp("Network.enable", &json!({}));
        self.cdp("Network.setCacheDisabled", &json!({ "cacheDisabled": true }));
    }
}
