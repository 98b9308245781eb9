//! A monotonic clock, and the wall clock.

use std::cell::Cell;

use shared::Timestamp;

/// A monotonic clock in milliseconds. On some machines the page's clock stops during sleep, and the wall clock may be
/// set back, so the elapsed time is the larger of the two differences.
pub(crate) struct Clock {
    last: Cell<(f64, f64)>,
    now: Cell<f64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { last: Cell::new(read()), now: Cell::new(1.0) }
    }

    pub(crate) fn now(&self) -> u64 {
        let (page, wall) = read();
        let (last_page, last_wall) = self.last.replace((page, wall));
        let passed = (page - last_page).max(wall - last_wall).max(0.0);
        self.now.set(self.now.get() + passed);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since the page was opened, never negative"
        )]
        let now = self.now.get() as u64;
        now
    }
}

fn read() -> (f64, f64) {
    let page = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |page| page.now());
    (page, js_sys::Date::now())
}

/// The wall clock.
pub fn wall_clock() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^53")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis(millis)
}
