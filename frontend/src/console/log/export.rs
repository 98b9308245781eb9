//! Exports the log: JSON lines, and HAR 1.2 with Chromium's `_webSocketMessages`.

use shared::Timestamp;

use super::{
    Body, Direction, Entry, Event, Frame, Line, Log,
    json::{Object, array, quoted},
};
use crate::console::compose::bytes;

/// A time in an export.
pub(crate) fn timestamp(at: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds; decimals are cut off on purpose")]
    Timestamp::from_millis(at as i64)
}

/// A line of the log as a JSON object.
pub(crate) fn json_line(line: &Line) -> String {
    let object = Object::new()
        .count("number", line.number)
        .count("connection", line.connection)
        .text("at", &timestamp(line.at).to_string());
    match &line.entry {
        Entry::Event(event) => describe(object, event),
        Entry::Frame(frame) => {
            let kept = frame.body.bytes().len();
            let object = object.text("direction", word(frame.direction)).count("size", frame.size as u64);
            let object = match &frame.body {
                Body::Text(text) => object.text("text", text),
                Body::Binary(bytes) => object.text("base64", &bytes::base64(bytes)),
            };
            object
                .with((frame.size > kept).then_some(kept as u64), |object, kept| object.count("kept", kept))
                .with(frame.gap, |object, gap| object.number("gap_ms", gap))
                .with(frame.round_trip, |object, trip| object.number("round_trip_ms", trip))
        }
    }
    .end()
}

fn describe(object: Object, event: &Event) -> Object {
    match event {
        Event::Opening { url, protocols } => {
            let protocols: Vec<_> = protocols.iter().map(|protocol| quoted(protocol)).collect();
            object.text("event", "opening").text("url", url).raw("subprotocols", &array(&protocols))
        }
        Event::Opened { protocol, extensions, took } => object
            .text("event", "opened")
            .text("subprotocol", protocol)
            .text("extensions", extensions)
            .number("took_ms", *took),
        Event::Closed { code, reason, clean, opened, .. } => object
            .text("event", "closed")
            .count("code", code.0)
            .text("reason", reason)
            .boolean("clean", *clean)
            .boolean("was_open", *opened),
        Event::Refused(why) => object.text("event", "refused").text("why", why),
        Event::Waiting { ms, tries } => {
            object.text("event", "waiting").number("ms", *ms).count("tries", *tries)
        }
        Event::Stays => object.text("event", "stays_closed"),
    }
}

/// The whole log, one object a line.
pub(crate) fn json_lines(log: &Log) -> String {
    log.lines().fold(String::new(), |mut all, line| {
        all.push_str(&json_line(line));
        all.push('\n');
        all
    })
}

/// The whole log as an HTTP archive: an entry for each connection. Browsers do not expose the headers of the handshake. If
/// the start of the log was dropped, a connection's URL is unknown.
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
                connection.closed = Some(format!("closed with {code} {reason}"));
            }
            Entry::Event(_) => {}
        }
    }
    let entries: Vec<_> = entries.into_iter().map(Connection::entry).collect();
    let creator = Object::new().text("name", "Parlor").text("version", env!("CARGO_PKG_VERSION")).end();
    let dropped = Some(log.totals().dropped).filter(|dropped| *dropped > 0);
    let archive = Object::new()
        .text("version", "1.2")
        .raw("creator", &creator)
        .raw("entries", &array(&entries))
        .with(dropped, |log, dropped| log.text("comment", &format!("{dropped} older lines were dropped")));
    Object::new().raw("log", &archive.end()).end()
}

#[derive(Default)]
struct Connection {
    number: u32,
    url: String,
    protocol: String,
    began: f64,
    ended: f64,
    took: Option<f64>,
    closed: Option<String>,
    messages: Vec<String>,
}

impl Connection {
    fn entry(self) -> String {
        let pair = |name: &str, value: &str| Object::new().text("name", name).text("value", value).end();
        let query = self.url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(""));
        let query: Vec<_> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| pair(name, value))
            .collect();
        let request = Object::new()
            .text("method", "GET")
            .text("url", &self.url)
            .text("httpVersion", "HTTP/1.1")
            .raw("cookies", "[]")
            .raw("headers", "[]")
            .raw("queryString", &array(&query))
            .raw("headersSize", "-1")
            .raw("bodySize", "0");
        let opened = self.took.is_some() || !self.messages.is_empty();
        let (status, words) = if opened { ("101", "Switching Protocols") } else { ("0", "") };
        let headers: &[String] =
            if self.protocol.is_empty() { &[] } else { &[pair("Sec-WebSocket-Protocol", &self.protocol)] };
        let response = Object::new()
            .raw("status", status)
            .text("statusText", words)
            .text("httpVersion", "HTTP/1.1")
            .raw("cookies", "[]")
            .raw("headers", &array(headers))
            .raw("content", r#"{"size":0,"mimeType":"x-unknown"}"#)
            .text("redirectURL", "")
            .raw("headersSize", "-1")
            .raw("bodySize", "-1");
        let timings =
            Object::new().raw("send", "0").number("wait", self.took.unwrap_or_default()).raw("receive", "0");
        Object::new()
            .text("startedDateTime", &timestamp(self.began).to_string())
            .number("time", self.ended - self.began)
            .raw("request", &request.end())
            .raw("response", &response.end())
            .raw("cache", "{}")
            .raw("timings", &timings.end())
            .text("_resourceType", "websocket")
            .raw("_webSocketMessages", &array(&self.messages))
            .with(self.closed, |entry, closed| entry.text("comment", closed.trim_end()))
            .end()
    }
}

fn message(at: f64, frame: &Frame) -> String {
    let kind = if frame.direction == Direction::Sent { "send" } else { "receive" };
    // Seconds, as in Chromium.
    let seconds = crate::console::format::fixed(at / 1000.0, 6);
    let object = Object::new().text("type", kind).raw("time", &seconds);
    match &frame.body {
        Body::Text(text) => object.raw("opcode", "1").text("data", text),
        Body::Binary(bytes) => object.raw("opcode", "2").text("data", &bytes::base64(bytes)),
    }
    .end()
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::CloseCode;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn log() -> Log {
        let mut log = Log::default();
        let url = "ws://127.0.0.1:8080/lab/echo?a=1&b".to_owned();
        log.record_event(1_000.0, Event::Opening { url, protocols: vec!["chat".into()] });
        log.record_event(
            1_002.5,
            Event::Opened { protocol: "chat".into(), extensions: String::new(), took: 2.5 },
        );
        log.record(1_010.0, Direction::Sent, Body::Text("</script>\n你好".into()));
        log.record(1_011.25, Direction::Received, Body::Binary(Box::from([0, 255])));
        let (code, reason) = (CloseCode(1000), "bye".to_owned());
        log.record_event(
            1_020.0,
            Event::Closed { code, reason, clean: true, opened: true, requested: false, to_rooms: false },
        );
        log.record_event(2_000.0, Event::Opening { url: "ws://nowhere".into(), protocols: vec![] });
        log
    }

    #[test]
    fn json_lines_have_an_object_for_each_line_of_the_log() {
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
