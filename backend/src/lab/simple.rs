//! The echo, the fragments, the clock and the number.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::connection::{Event, LabConnection};
use crate::{clock, close_reason::CloseReason, wire::Kind};

/// Every message comes back as it was.
pub async fn echo(mut connection: LabConnection) -> (LabConnection, CloseReason) {
    loop {
        match connection.next(true, None).await {
            Ok(Event::Text(text)) => connection.send(Kind::Text, text.into_bytes()),
            Ok(Event::Binary(bytes)) => connection.send(Kind::Binary, bytes),
            Ok(Event::Time | Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}

/// Every message comes back in frames of at most `size` bytes.
pub async fn fragments(mut connection: LabConnection, size: usize) -> (LabConnection, CloseReason) {
    loop {
        match connection.next(true, None).await {
            Ok(Event::Text(text)) => connection.fragments(Kind::Text, text.as_bytes(), size),
            Ok(Event::Binary(bytes)) => connection.fragments(Kind::Binary, &bytes, size),
            Ok(Event::Time | Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}

/// Each message is answered with the server's time. With `every`, the time is also sent that often without being asked.
pub async fn clock(mut connection: LabConnection, every: Option<Duration>) -> (LabConnection, CloseReason) {
    let mut due = every.map(|every| Instant::now() + every);
    loop {
        match connection.next(true, due).await {
            Ok(Event::Text(_) | Event::Binary(_)) => connection.text(&clock::now().to_string()),
            Ok(Event::Time) => {
                if connection.has_room() {
                    connection.text(&clock::now().to_string());
                }
                due = due.zip(every).map(|(due, every)| (due + every).max(Instant::now()));
            }
            Ok(Event::Written) => {}
            Err(reason) => return (connection, reason),
        }
    }
}

/// What `/lab/number` understands and answers with.
#[derive(Serialize)]
struct Number {
    #[serde(rename = "Num")]
    num: serde_json::Number,
}

#[derive(Serialize)]
struct Wrong {
    error: String,
}

/// `{"Num": 7}` comes back. Anything else is answered with what was expected.
pub async fn number(mut connection: LabConnection) -> (LabConnection, CloseReason) {
    loop {
        let answer = match connection.next(true, None).await {
            Ok(Event::Text(text)) => numbered(text.as_bytes()),
            Ok(Event::Binary(bytes)) => numbered(&bytes),
            Ok(Event::Time | Event::Written) => continue,
            Err(reason) => return (connection, reason),
        };
        connection.text(&answer);
    }
}

fn numbered(message: &[u8]) -> String {
    let answer = match read(message) {
        Ok(num) => serde_json::to_string(&Number { num }),
        Err(reason) => serde_json::to_string(&Wrong { error: format!("expected {{\"Num\": 7}}: {reason}") }),
    };
    answer.expect("numbers and texts are JSON")
}

/// Many such clients were written for Go's decoder, which ignores the case of a field's name.
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
