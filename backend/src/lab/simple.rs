//! The echo, the clock and the number.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use shared::Timestamp;
use tokio::time::Instant;

use super::line::{Happening, Line};
use crate::close_reason::CloseReason;

/// Every message comes back as it was; nothing else is ever sent.
pub async fn echo(mut line: Line) -> (Line, CloseReason) {
    loop {
        match line.next(true, None).await {
            Ok(Happening::Text(text)) => line.text(&text),
            Ok(Happening::Binary(bytes)) => line.binary(&bytes),
            Ok(Happening::Time | Happening::Moved) => {}
            Err(reason) => return (line, reason),
        }
    }
}

/// Each message is answered with the server's time; `every` so often it is told without being asked.
pub async fn clock(mut line: Line, every: Option<Duration>) -> (Line, CloseReason) {
    let mut due = every.map(|every| Instant::now() + every);
    loop {
        match line.next(true, due).await {
            Ok(Happening::Text(_) | Happening::Binary(_)) => line.text(&now().to_string()),
            Ok(Happening::Time) => {
                if line.has_room() {
                    line.text(&now().to_string());
                }
                due = due.zip(every).map(|(due, every)| (due + every).max(Instant::now()));
            }
            Ok(Happening::Moved) => {}
            Err(reason) => return (line, reason),
        }
    }
}

/// The time by the server's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The object that the number server understands and answers with.
#[derive(Serialize)]
struct Number {
    #[serde(rename = "Num")]
    num: serde_json::Number,
}

#[derive(Serialize)]
struct Wrong {
    error: String,
}

/// `{"Num": 7}` comes back; what is no such object is answered with what was expected.
pub async fn number(mut line: Line) -> (Line, CloseReason) {
    loop {
        let answer = match line.next(true, None).await {
            Ok(Happening::Text(text)) => numbered(text.as_bytes()),
            Ok(Happening::Binary(bytes)) => numbered(&bytes),
            Ok(Happening::Time | Happening::Moved) => continue,
            Err(reason) => return (line, reason),
        };
        line.text(&answer);
    }
}

fn numbered(message: &[u8]) -> String {
    let answer = match read(message) {
        Ok(num) => serde_json::to_string(&Number { num }),
        Err(reason) => serde_json::to_string(&Wrong { error: format!("expected {{\"Num\": 7}}: {reason}") }),
    };
    answer.expect("numbers and texts are JSON")
}

/// Go's decoder, for which many such clients were written, does not mind the case of a field.
fn read(message: &[u8]) -> Result<serde_json::Number, String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(message).map_err(|error| error.to_string())?;
    match object.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("num")) {
        Some((_, serde_json::Value::Number(number))) => Ok(number),
        Some((_, other)) => Err(format!("Num is {other}, and no number")),
        None => Err("there is no Num".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_and_what_is_none_is_explained() {
        assert_eq!(numbered(br#"{"Num": 7}"#), r#"{"Num":7}"#);
        assert_eq!(numbered(br#"{"Num": -1.5, "more": 1}"#), r#"{"Num":-1.5}"#);
        for bad in ["7", "", "{}", r#"{"Num": "7"}"#, "[1]", "\u{0}"] {
            let answer = numbered(bad.as_bytes());
            assert!(answer.starts_with(r#"{"error":"expected {\"Num\": 7}: "#), "{bad}: {answer}");
        }
    }
}
