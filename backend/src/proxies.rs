//! Where a client is: the address of its connection, or what a trusted proxy says of it.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::http::{HeaderMap, HeaderName, header};

/// The header in which proxies write whom they speak for, each behind the one before it.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Others by which a proxy is known (RFC 7239, RFC 9110 §7.6.3, and what nginx's guides write).
const OTHER_TRACES: [HeaderName; 3] = [header::FORWARDED, header::VIA, HeaderName::from_static("x-real-ip")];

/// The address of a connection's other side.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Where the client of a request is: on the other side of the proxies, if there are any.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

/// The proxies whose word about a client's address is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<Network>);

/// A network, as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadNetwork;

impl fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network is an address and perhaps a prefix, as 127.0.0.1 or 10.0.0.0/8")
    }
}

impl std::error::Error for BadNetwork {}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.trim().parse().map_err(|_| BadNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.trim().parse().map_err(|_| BadNetwork))?;
        if prefix > longest { Err(BadNetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl Network {
    /// Whether an address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let ((own, width), (other, other_width)) = (bits(self.address), bits(address.to_canonical()));
        let host = width - u32::from(self.prefix);
        width == other_width && own.checked_shr(host).unwrap_or(0) == other.checked_shr(host).unwrap_or(0)
    }
}

impl Proxies {
    /// These networks' proxies are believed.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether a proxy has passed a request on, and none is known.
    pub fn is_unknown_proxy(&self, headers: &HeaderMap) -> bool {
        let is_proxied =
            || OTHER_TRACES.iter().chain([&FORWARDED_FOR]).any(|name| headers.contains_key(name));
        self.0.is_empty() && is_proxied()
    }

    /// Where a client is: the last address in `X-Forwarded-For` that is no trusted proxy's. What stands before it, anybody
    /// could have written.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let is_trusted = |address: IpAddr| self.0.iter().any(|network| network.contains(address));
        let mut client = peer.to_canonical();
        // Anybody may have written anything before what the proxy has added: it must not make that unreadable.
        let lines = headers.get_all(FORWARDED_FOR);
        let words: Vec<&[u8]> =
            lines.iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
        for word in words.into_iter().rev() {
            if !is_trusted(client) {
                break;
            }
            let Some(before) = std::str::from_utf8(word).ok().and_then(address) else { break };
            client = before.to_canonical();
        }
        client
    }
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(word: &str) -> Option<IpAddr> {
    let word = word.trim();
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    bare.parse().ok().or_else(|| word.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::new(trusted.iter().map(|network| network.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_whom_it_speaks_for() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client(&["192.0.2.0/24"], "192.0.2.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&["192.0.2.0/24"], "192.0.2.1", &["203.0.113.9, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client(&["192.0.2.1", "10.0.0.0/8"], "192.0.2.1", &["203.0.113.9", "10.1.2.3"]),
            "203.0.113.9"
        );
        assert_eq!(client(&["192.0.2.1"], "192.0.2.1", &["rubbish"]), "192.0.2.1");
        assert_eq!(client(&["192.0.2.1"], "::ffff:192.0.2.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(&["0.0.0.0/0"], "192.0.2.1", &[]), "192.0.2.1");
        for written in
            ["é, 198.51.100.7", "198.51.100.7:555", "[::ffff:198.51.100.7]", "[::ffff:198.51.100.7]:80"]
        {
            assert_eq!(client(&["192.0.2.1"], "192.0.2.1", &[written]), "198.51.100.7", "{written}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "example.org", "10.0.0.0/-1", "10.0.0.0/x"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }
}
