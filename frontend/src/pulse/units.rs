//! Numbers with their units, as people read them.

use js_sys::Number;

use super::texts::texts;
use crate::{
    console::fixed,
    i18n::{Language, fill},
};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Events for each second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Shares of one.
    Share,
}

impl Unit {
    /// The number and the sign of its unit, which may begin with a space.
    pub(super) fn parts(self, value: f64, language: Language) -> (String, &'static str) {
        match self {
            Self::Count => (grouped(value, language), ""),
            Self::PerSecond => (short(value, language), "/s"),
            Self::Share => (short(value * 100.0, language), "\u{a0}%"),
            Self::Bytes => bytes(value, language),
            Self::Seconds if value < 0.000_999_5 => (fixed(value * 1e6, 0), "\u{a0}µs"),
            Self::Seconds if value < 0.999_5 => (short(value * 1e3, language), "\u{a0}ms"),
            Self::Seconds => (short(value, language), "\u{a0}s"),
        }
    }

    /// The number with its unit.
    pub(super) fn text(self, value: f64, language: Language) -> String {
        let (amount, unit) = self.parts(value, language);
        amount + unit
    }

    /// The same, to be said.
    pub(super) fn spoken(self, value: f64, language: Language) -> String {
        let (amount, unit) = self.parts(value, language);
        match self {
            Self::PerSecond => fill(texts(language).per_second, &[&amount]),
            _ => amount + unit,
        }
    }
}

/// One decimal below 10, and none above or where it would be 0.
fn short(value: f64, language: Language) -> String {
    if value < 9.95 && fixed(value, 1) != "0.0" && value.fract() != 0.0 {
        fixed(value, 1)
    } else if value > 0.0 && value < 0.05 {
        "<\u{a0}0.1".to_owned()
    } else {
        grouped(value.round(), language)
    }
}

/// A whole number in groups of three digits, as the language writes them.
fn grouped(value: f64, language: Language) -> String {
    Number::from(value.round()).to_locale_string(language.tag()).into()
}

fn bytes(value: f64, language: Language) -> (String, &'static str) {
    let units = ["\u{a0}B", "\u{a0}KiB", "\u{a0}MiB", "\u{a0}GiB", "\u{a0}TiB"];
    let mut amount = value;
    let mut at = 0;
    while amount >= 999.5 && at + 1 < units.len() {
        amount /= 1024.0;
        at += 1;
    }
    (short(amount, language), units[at])
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn numbers_are_short_and_have_a_unit() {
        let cases = [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 12_345.0, "12,345"),
            (Unit::PerSecond, 0.0, "0/s"),
            (Unit::PerSecond, 0.5, "0.5/s"),
            (Unit::PerSecond, 4.0, "4/s"),
            (Unit::PerSecond, 0.01, "<\u{a0}0.1/s"),
            (Unit::PerSecond, 9.96, "10/s"),
            (Unit::PerSecond, 5_900_000.4, "5,900,000/s"),
            (Unit::Seconds, 0.000_042, "42\u{a0}µs"),
            (Unit::Seconds, 0.000_999_9, "1.0\u{a0}ms"),
            (Unit::Seconds, 0.001_25, "1.3\u{a0}ms"),
            (Unit::Seconds, 0.042, "42\u{a0}ms"),
            (Unit::Seconds, 0.999_9, "1.0\u{a0}s"),
            (Unit::Seconds, 12.0, "12\u{a0}s"),
            (Unit::Bytes, 0.0, "0\u{a0}B"),
            (Unit::Bytes, 1000.0, "1.0\u{a0}KiB"),
            (Unit::Bytes, 45_613_056.0, "44\u{a0}MiB"),
            (Unit::Bytes, 5_368_709_120.0, "5\u{a0}GiB"),
            (Unit::Bytes, 1e18, "909,495\u{a0}TiB"),
            (Unit::Share, 0.034, "3.4\u{a0}%"),
            (Unit::Share, 1.5, "150\u{a0}%"),
        ];
        for (unit, value, text) in cases {
            assert_eq!(unit.text(value, Language::English), text, "{value}");
        }
    }

    #[test]
    fn a_rate_is_said_in_words() {
        assert_eq!(Unit::PerSecond.spoken(40.0, Language::English), "40 per second");
        assert_eq!(Unit::PerSecond.spoken(40.0, Language::Simplified), "每秒 40");
        assert_eq!(Unit::Bytes.spoken(2048.0, Language::English), "2\u{a0}KiB");
    }
}
