//! The handshake (RFC 6455 §4.1), as text that can be shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::WireArgs;
use crate::Address;

/// A request, and what a right answer to it says.
pub(super) struct Request {
    pub(super) text: String,
    key: String,
}

/// A server's answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status line and the headers, without line ends.
    pub(super) lines: Vec<String>,
    /// What came behind them.
    pub(super) rest: Vec<u8>,
}

impl Request {
    pub(super) fn new(address: &Address, args: &WireArgs) -> Self {
        let nonce =
            [(); 2].map(|()| getrandom::u64().expect("the system has a source of randomness").to_be_bytes());
        let key = BASE64_STANDARD.encode(nonce.concat());
        let mut lines = vec![
            format!("GET {} HTTP/1.1", address.target),
            format!("Host: {}", address.authority()),
            "Upgrade: websocket".to_owned(),
            "Connection: Upgrade".to_owned(),
            format!("Sec-WebSocket-Key: {key}"),
            "Sec-WebSocket-Version: 13".to_owned(),
        ];
        if !args.subprotocol.is_empty() {
            lines.push(format!("Sec-WebSocket-Protocol: {}", args.subprotocol.join(", ")));
        }
        lines.extend(args.origin.as_ref().map(|origin| format!("Origin: {origin}")));
        lines.extend(args.header.iter().cloned());
        Self { text: lines.join("\r\n") + "\r\n\r\n", key }
    }

    /// Why an answer does not open a WebSocket, if it does not.
    pub(super) fn fault(&self, answer: &Answer) -> Option<String> {
        let status = answer.lines.first().map_or("", String::as_str);
        if status.split(' ').nth(1) != Some("101") {
            let body = String::from_utf8_lossy(&answer.rest);
            let body = super::super::shown::one_line(body.get(..500).unwrap_or(&body));
            let body = if body.is_empty() { String::new() } else { format!(": {body}") };
            return Some(format!("the server refused the handshake with {:?}{body}", status.trim()));
        }
        let accept = derive_accept_key(self.key.as_bytes());
        let upgrade = answer.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
        match answer.header("sec-websocket-accept") {
            _ if !upgrade => Some("the answer does not upgrade to websocket".into()),
            Some(value) if value == accept => None,
            Some(value) => Some(format!("Sec-WebSocket-Accept is {value:?} instead of {accept:?}")),
            None => Some("the answer has no Sec-WebSocket-Accept".into()),
        }
    }
}

impl Answer {
    /// Reads an answer's head from what has come, if it is there whole.
    pub(super) fn take(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let lines = head.split("\r\n").map(str::to_owned).collect();
        Some(Self { lines, rest: bytes[end + 4..].to_vec() })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A header as `--header` takes it.
pub(super) fn header(text: &str) -> Result<String, String> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    match text.split_once(':') {
        Some((name, value))
            if !name.is_empty() && name.bytes().all(is_name) && !value.contains(char::is_control) =>
        {
            Ok(format!("{name}: {}", value.trim()))
        }
        _ => Err("a header is a name, a colon and a value, as 'Authorization: Bearer …'".into()),
    }
}

/// A value that stands on a header's line.
pub(super) fn value(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err("it goes into a header, and must be one line that is not empty".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_right_only_with_the_key_of_the_request() {
        let request = Request { text: String::new(), key: "dGhlIHNhbXBsZSBub25jZQ==".into() };
        let answer = |text: &str| Answer::take(text.as_bytes()).unwrap();
        let right = "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nSec-WebSocket-Accept: \
                     s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\u{1}";
        assert_eq!(request.fault(&answer(right)), None);
        assert_eq!(answer(right).rest, [1]);
        assert!(request.fault(&answer(&right.replace("s3p", "xxx"))).unwrap().contains("instead of"));
        let refused = request.fault(&answer("HTTP/1.1 403 Forbidden\r\n\r\nOrigin not allowed")).unwrap();
        assert!(refused.contains("403 Forbidden") && refused.contains("Origin not allowed"), "{refused}");
        assert!(Answer::take(b"HTTP/1.1 101 Switching Protocols\r\n").is_none());
    }

    #[test]
    fn a_header_cannot_smuggle_in_another_one() {
        assert_eq!(header("X-A:b"), Ok("X-A: b".into()));
        for bad in ["", "x", ": y", "a b: c", "a: b\r\nc: d"] {
            assert!(header(bad).is_err(), "{bad:?}");
        }
    }
}
