//! The wall clock, read in one place.

use std::time::{Duration, SystemTime};

use shared::Timestamp;

/// The time since 1970 began; zero for a clock that is set to before.
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The present time.
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX))
}

/// The present time as names of files have it, in UTC: `20261122T031500123Z`.
pub fn now_in_file_name() -> String {
    now().to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}
