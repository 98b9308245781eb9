//! Whose requests a server takes: which hosts are its own, and which other sites' pages may connect.
//!
//! Both defend a browser's user. A page of another site sends that site's `Origin`. A page whose own name was pointed
//! at this address (DNS rebinding) sends an `Origin` that equals its `Host`, but a host that is not the server's.
//! Programs send any headers they like, so neither is a defence against them.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderValue, Uri, header, uri::Authority};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sites {
    /// The hosts that are the server's own.
    pub hosts: OwnHosts,
    /// The origin of the address at which people find the app, if it is stated. It is the server's own, whatever `Host` a proxy
    /// makes of it.
    pub page: Option<PageOrigin>,
    /// The other origins that a browser may come from.
    pub origins: AllowedOrigins,
}

/// The hosts that are the server's own, beside every IP address, `localhost` and `*.localhost`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnHosts {
    /// Any at all: no defence against DNS rebinding.
    Any,
    /// These.
    These(Vec<Host>),
}

/// The origins, beside the server's own, that a browser may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Any at all.
    Any,
    /// These.
    These(Vec<HeaderValue>),
}

impl Default for OwnHosts {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// What a `Host` header or `--host` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// In lower case, without a final dot.
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Reads `name`, `name:port`, or an IP address in place of the name.
    pub fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        let name = authority.host();
        // A user's name before the host is no part of a `Host`.
        let port = match authority.as_str().strip_prefix(name)? {
            "" | ":" => None,
            port => Some(port.strip_prefix(':')?.parse().ok()?),
        };
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        (!name.is_empty()).then_some(Self { name, port })
    }

    /// The name without the port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name with its port, which is `port` if none was given.
    pub fn with_port(&self, port: Option<u16>) -> String {
        let name = &self.name;
        self.port.or(port).map_or_else(|| name.clone(), |port| format!("{name}:{port}"))
    }

    /// Whether no other site can have this name: nobody points an IP address or `localhost` elsewhere.
    fn is_local(&self) -> bool {
        let v6 = self.name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.name == "localhost"
            || self.name.ends_with(".localhost")
            || self.name.parse::<Ipv4Addr>().is_ok()
            || v6.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
    }
}

/// The origin of a page, as a browser says it: without the port that its scheme has anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOrigin {
    is_secure: bool,
    host: Host,
}

impl PageOrigin {
    /// Reads `https://chat.example.org`, perhaps with a port and a slash at its end.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let host = Host::parse(rest.strip_suffix('/').unwrap_or(rest))?;
        let default = if is_secure { 443 } else { 80 };
        Some(Self { is_secure, host: Host { port: host.port.filter(|port| *port != default), ..host } })
    }

    /// Its host, at any port: a proxy may pass the name on without the port.
    pub fn bare_host(&self) -> Host {
        Host { port: None, ..self.host.clone() }
    }
}

/// Where a request comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// A program, or the server's own page.
    Own,
    /// Another site, which is allowed.
    Allowed(HeaderValue),
    /// Another site.
    Foreign,
}

/// Why a request is not for this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadHost {
    /// It names no host, several, or something that is none.
    Malformed,
    /// It names a host that is not the server's.
    Foreign(Host),
}

impl Sites {
    /// Checks the host that a request is for: the one in its target (RFC 9112 §3.2.2), or else in its `Host` header.
    pub fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), BadHost> {
        let mut fields = headers.get_all(header::HOST).iter();
        let field = fields.next().and_then(|field| field.to_str().ok());
        if fields.next().is_some() {
            return Err(BadHost::Malformed);
        }
        let text = uri.authority().map(Authority::as_str).or(field).ok_or(BadHost::Malformed)?;
        let host = Host::parse(text).ok_or(BadHost::Malformed)?;
        if self.owns(&host) { Ok(()) } else { Err(BadHost::Foreign(host)) }
    }

    /// Whether names are given under which others reach the server.
    pub fn is_named(&self) -> bool {
        match &self.hosts {
            OwnHosts::Any => true,
            OwnHosts::These(hosts) => hosts.iter().any(|host| !host.is_local()),
        }
    }

    /// The first host that was given.
    pub fn first_host(&self) -> Option<&Host> {
        let OwnHosts::These(hosts) = &self.hosts else { return None };
        hosts.first()
    }

    fn owns(&self, host: &Host) -> bool {
        host.is_local()
            || match &self.hosts {
                OwnHosts::Any => true,
                OwnHosts::These(these) => these
                    .iter()
                    .any(|own| own.name == host.name && (own.port.is_none() || own.port == host.port)),
            }
    }

    /// Where a request comes from, by its `Origin`.
    pub fn origin(&self, headers: &HeaderMap) -> Origin {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return Origin::Own };
        if origins.next().is_some() {
            return Origin::Foreign;
        }
        if self.is_own(origin, headers) {
            return Origin::Own;
        }
        // Browsers say `null` or `file://` for a page that was opened from a file.
        let is = |allowed: &HeaderValue| allowed == origin || (allowed == "null" && origin == "file://");
        match &self.origins {
            AllowedOrigins::These(these) if !these.iter().any(is) => Origin::Foreign,
            _ => Origin::Allowed(origin.clone()),
        }
    }

    /// Whether an absolute address is of a page on one of the server's hosts, or of an allowed site. `None`: it names no
    /// host.
    pub fn knows_page(&self, page: &Uri) -> Option<bool> {
        let (scheme, authority) = (page.scheme()?, page.authority()?);
        let host = Host::parse(authority.as_str())?;
        let origin = format!("{scheme}://{authority}");
        let is_allowed = match &self.origins {
            AllowedOrigins::Any => true,
            AllowedOrigins::These(these) => {
                these.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
            }
        };
        Some(is_allowed || self.owns(&host))
    }

    /// Whether an origin is the stated one, or the host that was asked for, and that host is the server's.
    fn is_own(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        if self.page.is_some() && PageOrigin::parse(origin) == self.page {
            return true;
        }
        let Some(Ok(host)) = headers.get(header::HOST).map(HeaderValue::to_str) else { return false };
        let site = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        site.is_some_and(|site| site.eq_ignore_ascii_case(host))
            && Host::parse(host).is_some_and(|host| self.owns(&host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    fn of(hosts: &[&str], origins: &[&'static str]) -> Sites {
        Sites {
            hosts: OwnHosts::These(hosts.iter().map(|host| Host::parse(host).unwrap()).collect()),
            page: None,
            origins: AllowedOrigins::These(origins.iter().map(|o| HeaderValue::from_static(o)).collect()),
        }
    }

    fn checked(sites: &Sites, host: &'static str) -> Result<(), BadHost> {
        sites.check_host(&Uri::from_static("/ws"), &headers(&[("host", host)]))
    }

    #[test]
    fn addresses_localhost_and_named_hosts_are_the_servers_own() {
        let sites = of(&["Chat.example.org", "other.example:8443"], &[]);
        for own in [
            "127.0.0.1:8080",
            "192.168.1.5",
            "[::1]:8080",
            "[fe80::1]",
            "localhost",
            "LOCALHOST:1",
            "a.localhost:9",
            "localhost.",
            "chat.example.org",
            "CHAT.example.org:8080",
            "chat.example.org.",
            "other.example:8443",
        ] {
            assert_eq!(checked(&sites, own), Ok(()), "{own}");
        }
        for foreign in [
            "evil.example",
            "chat.example.org.evil.example",
            "other.example",
            "other.example:80",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8080",
            "0x7f.1",
        ] {
            assert!(matches!(checked(&sites, foreign), Err(BadHost::Foreign(_))), "{foreign}");
        }
        for malformed in
            ["", "a b", "user@localhost", "localhost:port", "localhost:99999", "http://localhost", "a/b"]
        {
            assert_eq!(checked(&sites, malformed), Err(BadHost::Malformed), "{malformed}");
        }
        assert_eq!(checked(&Sites { hosts: OwnHosts::Any, ..Sites::default() }, "evil.example"), Ok(()));
    }

    #[test]
    fn a_request_names_one_host_and_the_targets_counts() {
        let sites = Sites::default();
        let (own, path) = (headers(&[("host", "localhost")]), Uri::from_static("/ws"));
        assert_eq!(sites.check_host(&path, &HeaderMap::new()), Err(BadHost::Malformed));
        let two = headers(&[("host", "localhost"), ("host", "evil.example")]);
        assert_eq!(sites.check_host(&path, &two), Err(BadHost::Malformed));
        let absolute = Uri::from_static("http://evil.example/ws");
        assert!(matches!(sites.check_host(&absolute, &own), Err(BadHost::Foreign(_))));
    }

    #[test]
    fn only_the_own_page_allowed_sites_and_programs_are_let_in() {
        let sites = of(&["parlor.example"], &["http://friend.example"]);
        let host = ("host", "parlor.example:8080");
        assert_eq!(sites.origin(&headers(&[host])), Origin::Own);
        for own in ["http://parlor.example:8080", "https://Parlor.example:8080"] {
            assert_eq!(sites.origin(&headers(&[host, ("origin", own)])), Origin::Own, "{own}");
        }
        for foreign in [
            "http://evil.example",
            "http://parlor.example",
            "null",
            "file://",
            "http://parlor.example:8080.evil",
        ] {
            assert_eq!(sites.origin(&headers(&[host, ("origin", foreign)])), Origin::Foreign, "{foreign}");
        }
        let friend = "http://friend.example";
        let allowed = Origin::Allowed(HeaderValue::from_static(friend));
        assert_eq!(sites.origin(&headers(&[host, ("origin", friend)])), allowed);
    }

    #[test]
    fn the_page_at_the_stated_address_is_the_own_one_whatever_host_a_proxy_passes_on() {
        let at = |url: &str| {
            let page = PageOrigin::parse(url);
            let hosts = OwnHosts::These(page.iter().map(PageOrigin::bare_host).collect());
            Sites { hosts, page, ..Sites::default() }
        };
        let sites = at("https://Chat.example.org:8443/");
        for host in ["chat.example.org", "chat.example.org:8443", "chat.example.org:8080"] {
            assert_eq!(checked(&sites, host), Ok(()), "{host}");
        }
        for (host, origin, expected) in [
            ("chat.example.org", "https://chat.example.org:8443", Origin::Own),
            ("127.0.0.1:8080", "https://chat.example.org:8443", Origin::Own),
            ("127.0.0.1:8080", "https://chat.example.org", Origin::Foreign),
            ("127.0.0.1:8080", "http://chat.example.org:8443", Origin::Foreign),
            ("127.0.0.1:8080", "https://chat.example.org:8443.evil.example", Origin::Foreign),
            ("127.0.0.1:8080", "null", Origin::Foreign),
        ] {
            assert_eq!(sites.origin(&headers(&[("host", host), ("origin", origin)])), expected, "{origin}");
        }
        // A browser leaves out the port that the scheme has anyway.
        let from = headers(&[("host", "127.0.0.1:8080"), ("origin", "https://chat.example.org")]);
        assert_eq!(at("https://chat.example.org:443").origin(&from), Origin::Own);
    }

    #[test]
    fn a_page_is_known_by_its_host_or_as_an_allowed_site() {
        let sites = of(&["parlor.example"], &["https://friend.example:8443"]);
        let known = |page: &'static str| sites.knows_page(&Uri::from_static(page));
        for page in [
            "https://parlor.example/",
            "http://Parlor.example:8080/rooms",
            "https://Friend.example:8443/chat/",
        ] {
            assert_eq!(known(page), Some(true), "{page}");
        }
        for page in [
            "https://evil.example/",
            "https://friend.example/",
            "http://friend.example:8443/",
            "http://x.parlor.example/",
        ] {
            assert_eq!(known(page), Some(false), "{page}");
        }
        for page in ["/rooms", "https://ann@parlor.example/"] {
            assert_eq!(known(page), None, "{page}");
        }
        let any = Sites { origins: AllowedOrigins::Any, ..Sites::default() };
        assert_eq!(any.knows_page(&Uri::from_static("https://evil.example/")), Some(true));
    }

    #[test]
    fn a_page_on_a_host_that_is_not_ours_is_not_our_own() {
        let rebound = [("host", "evil.example:8080"), ("origin", "http://evil.example:8080")];
        assert_eq!(Sites::default().origin(&headers(&rebound)), Origin::Foreign);
    }

    #[test]
    fn pages_from_a_file_are_one_site() {
        let sites = of(&[], &["null"]);
        for origin in ["null", "file://"] {
            let from = headers(&[("host", "localhost"), ("origin", origin)]);
            assert_eq!(sites.origin(&from), Origin::Allowed(HeaderValue::from_static(origin)), "{origin}");
        }
    }

    #[test]
    fn a_second_origin_is_not_overlooked() {
        let own = ("origin", "http://localhost");
        let fields = [("host", "localhost"), own, ("origin", "http://evil.example")];
        let any = Sites { origins: AllowedOrigins::Any, ..Sites::default() };
        assert_eq!(any.origin(&headers(&fields)), Origin::Foreign);
    }
}
