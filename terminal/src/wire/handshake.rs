//! The opening handshake (RFC 6455 §4.1), as text that can be shown.

use client::Address;
use data_encoding::BASE64;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::args::WireArgs;
use crate::display::one_line;

pub(super) struct Request {
    pub(super) text: String,
    key: String,
}

/// A server's answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status line and the headers, without line ends.
    pub(super) lines: Vec<String>,
    /// The bytes that came after them.
    pub(super) rest: Vec<u8>,
}

impl Request {
    pub(super) fn new(address: &Address, args: &WireArgs) -> Self {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).expect("the system has a source of randomness");
        let key = BASE64.encode(&nonce);
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

    /// Why an answer does not open the WebSocket, if it does not.
    pub(super) fn fault(&self, answer: &Answer) -> Option<String> {
        let status = answer.lines.first().map_or("", String::as_str);
        if status.split(' ').nth(1) != Some("101") {
            let body = String::from_utf8_lossy(&answer.rest);
            let body = one_line(&body[..body.floor_char_boundary(500)]);
            let body = if body.is_empty() { String::new() } else { format!(": {body}") };
            return Some(format!("the server refused the handshake with {:?}{body}", status.trim()));
        }
        let accept = derive_accept_key(self.key.as_bytes());
        let upgrade = answer.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
        match answer.header("sec-websocket-accept") {
            _ if !upgrade => Some("the answer does not upgrade to websocket".into()),
            Some(value) if value == accept => self.foreign_choice(answer),
            Some(value) => Some(format!("Sec-WebSocket-Accept is {value:?} instead of {accept:?}")),
            None => Some("the answer has no Sec-WebSocket-Accept".into()),
        }
    }

    /// A subprotocol or extension that the answer selects and the request does not offer. RFC 6455 §4.1 says to fail the
    /// connection then.
    fn foreign_choice(&self, answer: &Answer) -> Option<String> {
        let request: Vec<_> = self.text.split("\r\n").map(str::to_owned).collect();
        for (header, kind) in
            [("Sec-WebSocket-Protocol", "subprotocol"), ("Sec-WebSocket-Extensions", "extension")]
        {
            let offered = list(&request, header);
            let selected = list(&answer.lines, header);
            if let Some(foreign) = selected.iter().find(|name| !offered.contains(name)) {
                return Some(format!("the server selected the {kind} {foreign:?}, which was not offered"));
            }
            if kind == "subprotocol" && selected.len() > 1 {
                return Some(format!("the server selected {} subprotocols instead of one", selected.len()));
            }
        }
        None
    }
}

/// The values of a header that is a list, without their parameters. The first line is not a header.
fn list(lines: &[String], name: &str) -> Vec<String> {
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let values = headers.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    values
        .flat_map(|(_, value)| value.split(','))
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect()
}

impl Answer {
    /// Reads the head of an answer, if it is complete.
    pub(super) fn take(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let lines = head.split("\r\n").map(str::to_owned).collect();
        Some(Self { lines, rest: bytes[end + 4..].to_vec() })
    }

    /// Whether the connection has an extension.
    pub(super) fn has_extension(&self) -> bool {
        !list(&self.lines, "Sec-WebSocket-Extensions").is_empty()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
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
    fn what_the_server_selects_must_have_been_offered() {
        let request = Request {
            text:
                "GET / HTTP/1.1\r\nSec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: x; y=1\r\n\r\n"
                    .into(),
            key: String::new(),
        };
        let choice = |headers: &str| {
            let answer = Answer::take(format!("HTTP/1.1 101 OK\r\n{headers}\r\n\r\n").as_bytes()).unwrap();
            request.foreign_choice(&answer)
        };
        assert_eq!(choice("Sec-WebSocket-Protocol: b\r\nsec-websocket-extensions: x; z"), None);
        assert!(choice("Sec-WebSocket-Protocol: c").unwrap().contains("subprotocol \"c\""));
        assert!(choice("Sec-WebSocket-Protocol: a, b").unwrap().contains("2 subprotocols"));
        assert!(choice("Sec-WebSocket-Extensions: permessage-deflate").unwrap().contains("not offered"));
    }
}
