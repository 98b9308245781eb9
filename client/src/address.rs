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

/// A text that is no address: one sentence that says what one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError(String);

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddressError {}

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
    /// The rooms of the Parlor server at this address: `/ws` where no path is given, in the protocol's version.
    pub(crate) fn of_rooms(&self) -> Self {
        let path = self.target.split('?').next().unwrap_or("/");
        let path = if path == "/" { "/ws" } else { path };
        Self { target: format!("{path}?v={}", limits::VERSION), ..self.clone() }
    }

    /// The host, and the port unless it is the scheme's own, as the `Host` header has it.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.secure { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    /// The server without a path: what a token belongs to.
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
                (address.to_string().as_str(), address.of_rooms().to_string().as_str()),
                (shown, rooms)
            );
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
