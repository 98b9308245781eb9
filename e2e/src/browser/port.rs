//! The ports of `ChromeDriver`.
//!
//! It cannot choose one itself: with `--port=0` it takes a free port of IPv6 and then ends if the same port of IPv4 is in use,
//! which the tests' own connections often are. So it is given a port that nothing else gets by chance: one below the
//! range from which systems choose (32,768 and above on Linux, 49,152 elsewhere, RFC 6335 §6).

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// How many ports were tried by this process.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// A port that is free on both loopback addresses, and that this process has not returned before.
#[track_caller]
pub(super) fn reserve() -> u16 {
    // Test binaries that run at the same time begin at different ports.
    let start = process::id() % u32::from(COUNT);
    for _ in 0..COUNT {
        let tried = u32::from(TRIED.fetch_add(1, Ordering::Relaxed));
        let offset = u16::try_from((start + tried) % u32::from(COUNT)).expect("a remainder of a u16 is one");
        if is_free(FIRST + offset) {
            return FIRST + offset;
        }
    }
    panic!("no port from {FIRST} to {} is free", FIRST + COUNT - 1);
}

fn is_free(port: u16) -> bool {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    // A machine without IPv6 has no such address, and then the port is free there.
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
    v4.is_ok() && !v6.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_in_use_on_either_address_is_not_free() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().expect("a bound socket has an address").port();
            assert!(!is_free(port), "{address}");
        }
    }

    #[test]
    fn no_port_is_reserved_twice() {
        let ports: Vec<_> = (0..50).map(|_| reserve()).collect();
        let mut apart = ports.clone();
        apart.sort_unstable();
        apart.dedup();
        assert_eq!(apart.len(), ports.len());
    }
}
