//! Durations in arguments, and moments in local time.

use std::time::Duration;

use client::Timestamp;
use jiff::{Timestamp as Moment, Zoned, tz::TimeZone};

/// Parses a duration with its unit: `100ms`, `1s`, `1.5s`, `2m`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || "a time is a number with its unit: 100ms, 1s, 1.5s, 2m or 1h".to_owned();
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| bad())?;
    let seconds = match unit {
        "ms" => number / 1_000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3_600.0,
        _ => return Err(bad()),
    };
    if !(0.001..=1e6).contains(&seconds) {
        return Err("a time is at least 1ms, and at most eleven days".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// A moment in the time zone of this machine.
pub(crate) fn local(moment: Timestamp) -> Zoned {
    let moment = Moment::from_millisecond(moment.millis()).unwrap_or_default();
    moment.to_zoned(TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, millis) in
            [("100ms", 100), ("1s", 1_000), ("1.5s", 1_500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "1", "s", "0s", "-1s", "1 s", "1d", "1.2.3s", "1e9h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
