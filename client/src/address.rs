//! Where a server is.

use std::{fmt, str::FromStr};

use shared::limits;
use tokio_tungstenite::tungstenite::http::Uri;

/// The address of a WebSocket server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the connection is a TLS one: `wss` or `https`.
    pub secure: bool,
    /// The host's name, or its IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path with its query, beginning with a slash.
    pub target: String,
}

/// A text that is no address. The sentence says what an address is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    /// Reads `ws://`, `wss://`, `http://` or `https://`; without a scheme it is `ws://`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bad =
            || AddressError(format!("{text:?} is no address: write it as ws://HOST:PORT or wss://HOST"));
        let whole = if text.contains("://") { text.to_owned() } else { format!("ws://{text}") };
        let uri: Uri = whole.parse().map_err(|_| bad())?;
        let secure = match uri.scheme_str() {
            Some("ws" | "http") => false,
            Some("wss" | "https") => true,
            _ => return Err(bad()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(bad)?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(AddressError("a name or password in an address is not sent: leave it out".into()));
        }
        // A port that is too large is no port to the parser.
        if uri.port_u16().is_none() && uri.authority().is_some_and(|authority| authority.as_str() != host) {
            return Err(bad());
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Self {
            secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
        })
    }
}

impl Address {
    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    /// Where the server at this address takes the versioned protocol: at `/ws` if there is no path.
    pub(crate) fn versioned(&self) -> Self {
        let path = if self.path() == "/" { "/ws" } else { self.path() };
        Self { target: format!("{path}?v={}", limits::VERSION), ..self.clone() }
    }

    /// The target of another resource of this server. What is before `/ws` in the address, a proxy's prefix, is kept.
    pub(crate) fn with_path(&self, target: &str) -> String {
        let path = self.path();
        let prefix = path.strip_suffix("/ws").unwrap_or(path).trim_end_matches('/');
        format!("{prefix}{target}")
    }

    /// The host, and the port unless it is the scheme's own, as the `Host` header has it.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.secure { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    /// The server without a path. Tokens are kept for each of these.
    pub fn server(&self) -> String {
        format!("{}://{}", if self.secure { "wss" } else { "ws" }, self.authority())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_or_without_its_scheme_port_and_path() {
        for (text, shown, rooms) in [
            ("ws://127.0.0.1:8080/ws", "ws://127.0.0.1:8080/ws", "ws://127.0.0.1:8080/ws?v=1"),
            ("https://chat.example.org", "wss://chat.example.org/", "wss://chat.example.org/ws?v=1"),
            ("localhost:9000", "ws://localhost:9000/", "ws://localhost:9000/ws?v=1"),
            ("http://[::1]:80/a/b?c=d", "ws://[::1]/a/b?c=d", "ws://[::1]/a/b?v=1"),
            ("wss://example.org:443?q", "wss://example.org/?q", "wss://example.org/ws?v=1"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.versioned().to_string().as_str()),
                (shown, rooms)
            );
        }
    }

    #[test]
    fn other_resources_are_beside_the_websocket() {
        for (address, target) in [
            ("ws://host", "/api/rooms"),
            ("ws://host/ws", "/api/rooms"),
            ("https://host/chat/ws?v=1", "/chat/api/rooms"),
            ("https://host/chat/", "/chat/api/rooms"),
        ] {
            assert_eq!(address.parse::<Address>().unwrap().with_path("/api/rooms"), target, "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_one_is() {
        for bad in ["", "ftp://example.org", "ws://", "ws://a b", "ws://:80", "ws://host:99999"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        assert!("ws://me:secret@host".parse::<Address>().unwrap_err().to_string().contains("leave it out"));
    }
}
