//! Which addresses webhooks may reach: those of the public internet, unless a setting says otherwise.
//!
//! Owners choose the addresses of webhooks, and the server calls them from inside its network. Without this check an
//! owner could reach what only that network can (RFC 1918 machines, the cloud's metadata, the server itself).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use client::Address;
use thiserror::Error;
use tokio::{net::lookup_host, time::timeout};

/// The time for a host's name to be resolved.
const RESOLVE_TIME: Duration = Duration::from_secs(5);

/// Which addresses webhooks may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Addresses of the public internet.
    #[default]
    Public,
    /// Every address: the setting `--webhooks-to-private`.
    Anywhere,
}

/// Why an address of a webhook is not called.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadAddress {
    /// It cannot be read.
    #[error(
        "a webhook's address is https://HOST/PATH or http://HOST:PORT/PATH, without a name or a password"
    )]
    Unreadable,
    /// The host looks like a number, and is no IP address in its usual form.
    #[error("{0} is no host: an IP address is written as 192.0.2.7 or [2001:db8::7]")]
    OddNumber(String),
    /// The host cannot be resolved.
    #[error("no host of the name {0} was found")]
    Unknown(String),
    /// The host is in a private network, or is this machine.
    #[error(
        "{0} is not an address of the public internet; the setting --webhooks-to-private of the server allows \
         webhooks to private addresses"
    )]
    Private(String),
}

impl Reach {
    /// Reads the address of a webhook, and refuses it if it names a refused IP address. The name of a host is resolved
    /// and checked at each call.
    pub fn check(self, url: &str) -> Result<Address, BadAddress> {
        let is_http = url.starts_with("https://") || url.starts_with("http://");
        let address: Address = url.parse().map_err(|_| BadAddress::Unreadable)?;
        if !is_http {
            return Err(BadAddress::Unreadable);
        }
        let host = address.host.as_str();
        let is_refused = match literal(host)? {
            Some(ip) => !self.may_reach(ip),
            None => self == Self::Public && is_localhost(host),
        };
        if is_refused { Err(BadAddress::Private(host.to_owned())) } else { Ok(address) }
    }

    /// Resolves the host of an address. The connection must go to what is returned, and not be resolved again: the
    /// second answer of a name server may be another one.
    pub async fn resolve(self, address: &Address) -> Result<Vec<SocketAddr>, BadAddress> {
        let host = address.host.as_str();
        if let Some(ip) = literal(host)? {
            return self.checked(host, vec![SocketAddr::new(ip, address.port)]);
        }
        let unknown = || BadAddress::Unknown(host.to_owned());
        let found = timeout(RESOLVE_TIME, lookup_host((host, address.port))).await;
        let found: Vec<_> = found.map_err(|_| unknown())?.map_err(|_| unknown())?.collect();
        if found.is_empty() {
            return Err(unknown());
        }
        self.checked(host, found)
    }

    /// Refuses a host if one of its addresses is refused.
    fn checked(self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, BadAddress> {
        if found.iter().all(|address| self.may_reach(address.ip())) {
            Ok(found)
        } else {
            Err(BadAddress::Private(host.to_owned()))
        }
    }

    fn may_reach(self, address: IpAddr) -> bool {
        self == Self::Anywhere || is_public(address)
    }
}

/// The IP address that a host is. Resolvers take `2130706433`, `0x7f.1` and `0177.0.0.1` for IP addresses, too: a host
/// whose last part is a number is one in the usual form, or is refused (as WHATWG URL §3.5 knows numbers).
fn literal(host: &str) -> Result<Option<IpAddr>, BadAddress> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Ok(ip) = host.parse() {
        return Ok(Some(ip));
    }
    let last = host.rsplit('.').next().unwrap_or(host);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .or_else(|| last.strip_prefix("0X"))
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_number || host.contains([':', '%']) {
        return Err(BadAddress::OddNumber(host.to_owned()));
    }
    Ok(None)
}

/// Names that mean this machine (RFC 6761 §6.3).
fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether an address is one of the public internet (the IANA special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The networks of IPv4 that are not the public internet's.
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    // Private (RFC 1918).
    ([10, 0, 0, 0], 8),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    // Behind the address translation of providers (RFC 6598).
    ([100, 64, 0, 0], 10),
    // Loopback and link-local, where clouds have their metadata.
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    // Protocols (RFC 6890), retired relays of 6to4 (RFC 7526), benchmarks (RFC 2544).
    ([192, 0, 0, 0], 24),
    ([192, 88, 99, 0], 24),
    ([198, 18, 0, 0], 15),
    // Documentation (RFC 5737).
    ([192, 0, 2, 0], 24),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved and broadcast.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_in =
        |network: Ipv4Addr, prefix: u32| (address.to_bits() ^ network.to_bits()) >> (32 - prefix) == 0;
    !SPECIAL_V4.iter().any(|(network, prefix)| is_in(Ipv4Addr::from(*network), *prefix))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // IPv4-mapped, and NAT64 (RFC 6052), through which machines without IPv4 reach all of it.
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => embedded(high, low),
        // Teredo, other protocols (RFC 2928) and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xDB8 => false,
        // 6to4 carries any IPv4 address (RFC 3056); 3fff::/20 is documentation (RFC 9637).
        [0x2002, ..] => false,
        [0x3FFF, second, ..] if second < 0x1000 => false,
        // Global unicast (RFC 4291). What is outside is loopback, link-local, unique-local, multicast or not assigned.
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:200::1",
            "2001:4860:4860::8888",
            "3ffe::1",
            "3fff:1000::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.7",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:0:53aa:64c:0:1:f5ff:fffe",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:101:101::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_ip_address_in_a_webhooks_address_is_checked_when_it_is_added() {
        let ok = |url: &str| Reach::Public.check(url).unwrap();
        assert_eq!(ok("https://ci.example.org/hook?x=1").target, "/hook?x=1");
        assert_eq!(ok("http://1.1.1.1:8080").port, 8080);
        assert_eq!(ok("http://[2606:4700:4700::1111]:81/").host, "2606:4700:4700::1111");
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1:9/",
            "http://127.0.0.1./",
            "https://10.1.2.3/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::127.0.0.1]/",
            "http://localhost:8080/",
            "http://LOCALHOST./",
            "http://a.localhost/",
        ] {
            let refused = Reach::Public.check(url).unwrap_err();
            assert!(matches!(refused, BadAddress::Private(_)), "{url}: {refused}");
            assert!(refused.to_string().contains("--webhooks-to-private"), "{refused}");
            assert!(Reach::Anywhere.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn odd_forms_of_ip_addresses_are_refused() {
        for url in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0X7F.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://127.0.1/",
            "http://0177.0.0.1/",
            "http://127.0.0.01/",
            "http://127.0.0.0x1/",
            "http://127.0.0.1.2/",
            "http://256.0.0.1/",
            "http://0/",
            "http://a.0x/",
            "http://[fe80::1%25eth0]/",
        ] {
            for reach in [Reach::Public, Reach::Anywhere] {
                let refused = reach.check(url).unwrap_err();
                assert!(
                    matches!(refused, BadAddress::OddNumber(_) | BadAddress::Unreadable),
                    "{url}: {refused}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_address_of_a_receiver_is_refused() {
        for url in [
            "",
            "ftp://ci.example.org/",
            "ws://ci.example.org/",
            "ci.example.org/hook",
            "http://",
            "http:///hook",
            "https://user:password@ci.example.org/",
            "http://ci.example.org@127.0.0.1/",
            "http://ci.example.org:99999/",
            "http://ci.example.org\\@127.0.0.1/",
            "http://127.0.0.1 /",
        ] {
            assert_eq!(Reach::Anywhere.check(url), Err(BadAddress::Unreadable), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused_at_the_call() {
        let address: Address = "http://localhost:80/".parse().unwrap();
        assert!(matches!(Reach::Public.resolve(&address).await, Err(BadAddress::Private(_))));
        let found = Reach::Anywhere.resolve(&address).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }

    #[test]
    fn a_host_with_one_private_address_among_public_ones_is_refused() {
        let found: Vec<SocketAddr> = ["1.1.1.1:80", "10.0.0.1:80"].map(|text| text.parse().unwrap()).into();
        let refused = Reach::Public.checked("ci.example.org", found.clone());
        assert_eq!(refused, Err(BadAddress::Private("ci.example.org".into())));
        assert_eq!(Reach::Public.checked("ci.example.org", found[..1].to_vec()), Ok(found[..1].to_vec()));
    }
}
