//! How long the messages of a room are kept.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    json::{FromJson, Json},
    time::Timestamp,
};

/// How long messages are kept: the oldest go first. On the wire it is a text, as `90d`, `10GB` or `forever`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Keep {
    /// All messages are kept.
    #[default]
    Forever,
    /// Messages go when they are so many seconds old.
    Seconds(u64),
    /// The oldest messages go when all together take more than so many bytes.
    Bytes(u64),
}

/// The units of time, in seconds; the largest first.
const TIMES: [(&str, u64); 6] =
    [("y", 365 * 86_400), ("w", 7 * 86_400), ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
/// The units of size, in bytes; the largest first.
const SIZES: [(&str, u64); 4] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
/// The longest time, in seconds: 1,000 years.
const MOST_SECONDS: u64 = 1_000 * 365 * 86_400;
/// The smallest and the largest size, in bytes. A store without messages takes some 200 KB.
const LEAST_BYTES: u64 = 1_000_000;
const MOST_BYTES: u64 = 1_000_000_000_000_000;

/// Why a text does not say how long messages are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKeep(&'static str);

impl fmt::Display for BadKeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadKeep {}

impl Keep {
    /// Reads a text, as `12h`, `90d`, `4w`, `2y`, `500MB`, `10GB` or `forever`. Upper and lower case mean the same.
    pub fn parse(text: &str) -> Result<Self, BadKeep> {
        match Self::read(text.trim()) {
            Some(Self::Seconds(seconds)) if !(1..=MOST_SECONDS).contains(&seconds) => {
                Err(BadKeep("messages are kept for 1s to 1000y, or forever"))
            }
            Some(Self::Bytes(bytes)) if !(LEAST_BYTES..=MOST_BYTES).contains(&bytes) => {
                Err(BadKeep("messages are kept up to a size of 1MB to 1000TB, or forever"))
            }
            Some(keep) => Ok(keep),
            None => Err(BadKeep(
                "messages are kept for a time (a whole number with s, min, h, d, w or y, as 12h or 90d), up to a size (with KB, MB, \
                 GB or TB, as 10GB), or forever",
            )),
        }
    }

    /// Reads what the server says, which has checked the bounds. The sentences above are not in what the browser downloads first.
    fn read(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("forever") {
            return Some(Self::Forever);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let (number, unit): (u64, _) = (number.parse().ok()?, unit.trim_start());
        let find = |units: &[(&str, u64)]| {
            let found = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
            found.map(|(_, size)| number.saturating_mul(*size))
        };
        find(&TIMES).map(Self::Seconds).or_else(|| find(&SIZES).map(Self::Bytes))
    }

    /// The time before which messages go at `now`. `None`: none go because of their age.
    pub fn cutoff(self, now: Timestamp) -> Option<Timestamp> {
        let Self::Seconds(seconds) = self else { return None };
        let millis = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        Some(Timestamp::from_millis(now.millis().saturating_sub(millis)))
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, units): (u64, &[(&str, u64)]) = match self {
            Self::Forever => return f.write_str("forever"),
            Self::Seconds(seconds) => (*seconds, &TIMES),
            Self::Bytes(bytes) => (*bytes, &SIZES),
        };
        // Some unit fits: the smallest one always does, because nothing smaller can be said.
        let fits = |(_, size): &&(&str, u64)| number % size == 0;
        match units.iter().find(fits) {
            Some((name, size)) => write!(f, "{}{name}", number / size),
            None => write!(f, "{number}"),
        }
    }
}

impl FromStr for Keep {
    type Err = BadKeep;

    fn from_str(text: &str) -> Result<Self, BadKeep> {
        Self::parse(text)
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl FromJson for Keep {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Self::read(&json.text()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_and_said_in_the_largest_unit() {
        for (text, keep, said) in [
            ("forever", Keep::Forever, "forever"),
            ("90d", Keep::Seconds(90 * 86_400), "90d"),
            ("12h", Keep::Seconds(12 * 3_600), "12h"),
            ("48h", Keep::Seconds(2 * 86_400), "2d"),
            (" 4 W ", Keep::Seconds(28 * 86_400), "4w"),
            ("2y", Keep::Seconds(730 * 86_400), "2y"),
            ("90min", Keep::Seconds(5_400), "90min"),
            ("10GB", Keep::Bytes(10_000_000_000), "10GB"),
            ("1500mb", Keep::Bytes(1_500_000_000), "1500MB"),
        ] {
            assert_eq!(Keep::parse(text), Ok(keep), "{text}");
            assert_eq!(keep.to_string(), said);
            assert_eq!(Keep::parse(said), Ok(keep));
            assert_eq!(serde_json::to_string(&keep).unwrap(), format!("\"{said}\""));
        }
    }

    #[test]
    fn a_bad_text_is_answered_with_what_is_allowed() {
        for (text, says) in [
            ("", "as 12h or 90d"),
            ("90", "as 12h or 90d"),
            ("d", "as 12h or 90d"),
            ("-1d", "as 12h or 90d"),
            ("1.5d", "as 12h or 90d"),
            ("3months", "as 12h or 90d"),
            ("0d", "1s to 1000y"),
            ("99999999999999y", "1s to 1000y"),
            ("10KB", "1MB to 1000TB"),
            ("9999999999999999TB", "1MB to 1000TB"),
        ] {
            let error = Keep::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_older_than_the_time_goes() {
        let now = Timestamp::from_millis(10_000);
        assert_eq!(Keep::Seconds(3).cutoff(now), Some(Timestamp::from_millis(7_000)));
        assert_eq!((Keep::Forever.cutoff(now), Keep::Bytes(5).cutoff(now)), (None, None));
    }
}
