//! Lengths of time as an address says them: `100ms`, `1s`, `5m`, `1h`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// The shortest that may be asked for.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest that may be asked for.
const LONGEST: Duration = Duration::from_hours(1);

/// A length of time from 100 ms to 1 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(Duration);

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .ok_or_else(|| de::Error::custom("a time is a number with ms, s, m or h, from 100ms to 1h"))
    }
}

fn parse(text: &str) -> Option<Span> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let span = Duration::from_millis(number.checked_mul(unit)?);
    (SHORTEST..=LONGEST).contains(&span).then_some(Span(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_bounds() {
        assert_eq!(parse("100ms"), Some(Span(SHORTEST)));
        assert_eq!(parse("1s"), Some(Span(Duration::from_secs(1))));
        assert_eq!(parse("60m"), Some(Span(LONGEST)));
        for bad in ["", "1", "s", "99ms", "61m", "1 s", "-1s", "1.5s", "99999999999999999999s", "2h"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
