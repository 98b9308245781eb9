//! Dates and times in the user's language and time zone.

use std::rc::Rc;

use js_sys::{
    Array, Date, Function, Intl,
    wasm_bindgen::{JsCast, JsValue},
};
use shared::Timestamp;

use super::Language;

/// Formats timestamps. Cheap to clone.
#[derive(Clone)]
pub struct Dates {
    language: Language,
    formats: Rc<Formats>,
}

struct Formats {
    time: Function,
    clock: Function,
    day: Function,
    full: Function,
    short: Function,
}

impl PartialEq for Dates {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

impl Dates {
    /// The formats of a language.
    pub fn new(language: Language) -> Self {
        let format = |options: &[(&str, &str)]| {
            let object = js_sys::Object::new();
            for (name, value) in options {
                let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
            }
            let locales = Array::of1(&JsValue::from_str(language.tag()));
            Intl::DateTimeFormat::new(&locales, &object).format()
        };
        let formats = Formats {
            time: format(&[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]),
            clock: format(&[("timeStyle", "medium"), ("hourCycle", "h23")]),
            day: format(&[("weekday", "long"), ("year", "numeric"), ("month", "long"), ("day", "numeric")]),
            short: format(&[("dateStyle", "medium"), ("timeStyle", "short")]),
            full: format(&[("dateStyle", "full"), ("timeStyle", "medium")]),
        };
        Self { language, formats: Rc::new(formats) }
    }

    /// The time of day.
    pub fn time(&self, at: Timestamp) -> String {
        apply(&self.formats.time, at)
    }

    /// The time of day with the seconds.
    pub fn clock(&self, at: Timestamp) -> String {
        apply(&self.formats.clock, at)
    }

    /// The day, for the divider between messages.
    pub fn day(&self, at: Timestamp) -> String {
        let today = local_day(crate::browser::clock::wall_clock());
        match today - local_day(at) {
            0 => self.language.words().today.to_owned(),
            1 => self.language.words().yesterday.to_owned(),
            _ => apply(&self.formats.day, at),
        }
    }

    /// Day and time, short.
    pub fn short(&self, at: Timestamp) -> String {
        apply(&self.formats.short, at)
    }

    /// Day and time, complete.
    pub fn full(&self, at: Timestamp) -> String {
        apply(&self.formats.full, at)
    }
}

fn apply(format: &Function, at: Timestamp) -> String {
    let text = format.call1(&JsValue::UNDEFINED, date(at).unchecked_ref::<JsValue>());
    text.ok().and_then(|text| text.as_string()).unwrap_or_else(|| at.to_string())
}

fn date(at: Timestamp) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds up to the year 9999 are below 2^53")]
    Date::new(&JsValue::from_f64(at.millis() as f64))
}

/// The day's number in the user's time zone.
pub(crate) fn local_day(at: Timestamp) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "an offset is less than a day")]
    let offset_minutes = date(at).get_timezone_offset() as i64;
    (at.millis() - offset_minutes * 60_000).div_euclid(86_400_000)
}
