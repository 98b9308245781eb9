//! The log for other programs: JSON lines, and HAR 1.2 with Chromium's `_webSocketMessages`.

use serde_json::{Map, Value, json};
use shared::{CloseCode, Timestamp};

use super::{Body, Direction, Entry, Event, Frame, Line, Log};
use crate::console::compose::bytes;

/// A moment as exports write it.
pub(crate) fn timestamp(at: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds; decimals are cut off on purpose")]
    Timestamp::from_millis(at as i64)
}

/// One line as a JSON object.
pub(crate) fn json_line(line: &Line) -> String {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("number", line.number.into());
    put("connection", line.connection.into());
    put("at", timestamp(line.at).to_string().into());
    match &line.entry {
        Entry::Frame(frame) => {
            put("direction", word(frame.direction).into());
            put("size", frame.size.into());
            match &frame.body {
                Body::Text(text) => put("text", text.as_ref().into()),
                Body::Binary(bytes) => put("base64", bytes::base64(bytes).into()),
            };
            if frame.size > frame.body.bytes().len() {
                put("kept", frame.body.bytes().len().into());
            }
            if let Some(gap) = frame.gap {
                put("gap_ms", rounded(gap).into());
            }
            if let Some(round_trip) = frame.round_trip {
                put("round_trip_ms", rounded(round_trip).into());
            }
        }
        Entry::Event(event) => {
            let (name, detail) = told(event);
            put("event", name.into());
            if let Value::Object(detail) = detail {
                for (name, value) in detail {
                    put(&name, value);
                }
            }
        }
    }
    Value::Object(object).to_string()
}

fn told(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Opening { url, protocols } => ("opening", json!({ "url": url, "subprotocols": protocols })),
        Event::Opened { protocol, extensions, took } => (
            "opened",
            json!({ "subprotocol": protocol, "extensions": extensions, "took_ms": rounded(*took) }),
        ),
        Event::Closed { code, reason, clean, opened, .. } => {
            ("closed", json!({ "code": code.0, "reason": reason, "clean": clean, "was_open": opened }))
        }
        Event::Refused(why) => ("refused", json!({ "why": why })),
        Event::Waiting { ms, tries } => ("waiting", json!({ "ms": rounded(*ms), "tries": tries })),
        Event::Stays => ("stays_closed", Value::Null),
    }
}

/// The whole log, an object a line.
pub(crate) fn json_lines(log: &Log) -> String {
    log.lines().fold(String::new(), |mut all, line| {
        all.push_str(&json_line(line));
        all.push('\n');
        all
    })
}

/// The whole log as an HTTP archive: an entry for each connection. Browsers tell nothing of the handshake's headers, and
/// where the beginning of the log was dropped, a connection's address is unknown.
pub(crate) fn har(log: &Log) -> String {
    let mut entries: Vec<Connection> = Vec::new();
    for line in log.lines() {
        if entries.last().is_none_or(|last| last.number != line.connection) {
            entries.push(Connection { number: line.connection, began: line.at, ..Connection::default() });
        }
        let Some(connection) = entries.last_mut() else { continue };
        connection.ended = line.at;
        match &line.entry {
            Entry::Frame(frame) => connection.messages.push(message(line.at, frame)),
            Entry::Event(Event::Opening { url, .. }) => connection.url.clone_from(url),
            Entry::Event(Event::Opened { protocol, took, .. }) => {
                (connection.protocol, connection.took) = (protocol.clone(), Some(*took));
            }
            Entry::Event(Event::Closed { code, reason, .. }) => {
                connection.closed = Some((*code, reason.clone()));
            }
            Entry::Event(_) => {}
        }
    }
    let mut log_object = json!({
        "version": "1.2",
        "creator": { "name": "Parlor", "version": env!("CARGO_PKG_VERSION") },
        "entries": entries.into_iter().map(Connection::entry).collect::<Vec<_>>(),
    });
    let dropped = log.totals().dropped;
    if dropped > 0 {
        log_object["comment"] = format!("{dropped} older lines were dropped").into();
    }
    json!({ "log": log_object }).to_string()
}

#[derive(Default)]
struct Connection {
    number: u32,
    url: String,
    protocol: String,
    began: f64,
    ended: f64,
    took: Option<f64>,
    closed: Option<(CloseCode, String)>,
    messages: Vec<Value>,
}

impl Connection {
    fn entry(self) -> Value {
        let query = self.url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(""));
        let query: Vec<Value> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let opened = self.took.is_some() || !self.messages.is_empty();
        let (status, words) = if opened { (101, "Switching Protocols") } else { (0, "") };
        let protocol = if self.protocol.is_empty() {
            vec![]
        } else {
            vec![json!({ "name": "Sec-WebSocket-Protocol", "value": self.protocol })]
        };
        let mut entry = json!({
            "startedDateTime": timestamp(self.began).to_string(),
            "time": rounded(self.ended - self.began),
            "request": {
                "method": "GET", "url": self.url, "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
                "queryString": query, "headersSize": -1, "bodySize": 0,
            },
            "response": {
                "status": status, "statusText": words, "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": protocol, "content": { "size": 0, "mimeType": "x-unknown" }, "redirectURL": "",
                "headersSize": -1, "bodySize": -1,
            },
            "cache": {},
            "timings": { "send": 0, "wait": rounded(self.took.unwrap_or_default()), "receive": 0 },
            "_resourceType": "websocket",
            "_webSocketMessages": self.messages,
        });
        if let Some((code, reason)) = self.closed {
            entry["comment"] = format!("closed with {code} {reason}").trim_end().into();
        }
        entry
    }
}

fn message(at: f64, frame: &Frame) -> Value {
    let (opcode, data) = match &frame.body {
        Body::Text(text) => (1, text.to_string()),
        Body::Binary(bytes) => (2, bytes::base64(bytes)),
    };
    let kind = if frame.direction == Direction::Sent { "send" } else { "receive" };
    json!({ "type": kind, "time": rounded(at) / 1000.0, "opcode": opcode, "data": data })
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

/// Browsers measure no finer than microseconds.
fn rounded(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn log() -> Log {
        let mut log = Log::default();
        let url = "ws://127.0.0.1:8080/lab/echo?a=1&b".to_owned();
        log.tell(1_000.0, Event::Opening { url, protocols: vec!["chat".into()] });
        log.tell(1_002.5, Event::Opened { protocol: "chat".into(), extensions: String::new(), took: 2.5 });
        log.record(1_010.0, Direction::Sent, Body::Text("</script>\n你好".into()));
        log.record(1_011.25, Direction::Received, Body::Binary(Box::from([0, 255])));
        let (code, reason) = (CloseCode(1000), "bye".to_owned());
        log.tell(1_020.0, Event::Closed { code, reason, clean: true, opened: true, asked: false });
        log.tell(2_000.0, Event::Opening { url: "ws://nowhere".into(), protocols: vec![] });
        log
    }

    #[test]
    fn json_lines_tell_everything_an_object_a_line() {
        let lines = json_lines(&log());
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0]["subprotocols"], json!(["chat"]));
        assert_eq!(lines[2]["text"], "</script>\n你好");
        assert_eq!((&lines[2]["size"], &lines[2]["direction"]), (&json!(16), &json!("sent")));
        assert_eq!((&lines[3]["base64"], &lines[3]["gap_ms"]), (&json!("AP8="), &json!(1.25)));
        assert_eq!(lines[3]["at"], "1970-01-01T00:00:01.011Z");
        assert_eq!((&lines[4]["event"], &lines[4]["code"]), (&json!("closed"), &json!(1000)));
    }

    #[test]
    fn an_archive_has_an_entry_for_each_connection_with_its_messages() {
        let har: Value = serde_json::from_str(&har(&log())).unwrap();
        assert_eq!(har["log"]["version"], "1.2");
        let entries = har["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0]["_resourceType"], "websocket");
        assert_eq!(entries[0]["response"]["status"], 101);
        assert_eq!(
            entries[0]["request"]["queryString"],
            json!([{ "name": "a", "value": "1" }, { "name": "b", "value": "" }])
        );
        assert_eq!(
            entries[0]["_webSocketMessages"],
            json!([
                { "type": "send", "time": 1.01, "opcode": 1, "data": "</script>\n你好" },
                { "type": "receive", "time": 1.01125, "opcode": 2, "data": "AP8=" },
            ])
        );
        assert_eq!(entries[1]["response"]["status"], 0);
    }
}
