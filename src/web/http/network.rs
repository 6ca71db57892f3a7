//! The network that a request comes from: what passwords and votes are limited by.
//!
//! Behind proxies the client's address stands in a header that anybody can begin: each proxy adds the address that it
//! was called from at the end. So it is counted from the end, one entry a trusted proxy.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Once,
};

use rocket::{
    Request,
    outcome::Outcome,
    request::{self, FromRequest},
};

use crate::config::Limits;

/// Headers by which a proxy that the settings don't name is recognised.
const OF_PROXIES: [&str; 3] = ["X-Forwarded-For", "Forwarded", "X-Real-IP"];

/// Where a request comes from: an address of IPv4, or a network of IPv6 of 64 bits. `None` where all clients would be
/// one: behind a proxy that the settings don't name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(pub Option<IpAddr>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Network {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        let peer = req.remote().map(|remote| remote.ip().to_canonical());
        let Some(header) = req.rocket().config().ip_header.as_ref() else {
            let hidden = peer.is_some_and(is_private) && OF_PROXIES.iter().any(|name| req.headers().contains(*name));
            if hidden {
                warn_once();
            }
            return Outcome::Success(Self(peer.filter(|_| !hidden).map(network)));
        };
        let proxies = req.rocket().state::<Limits>().map_or(1, |limits| limits.proxies);
        let entries = req.headers().get(header.as_str()).flat_map(|line| line.split(','));
        let client = if header.as_str().eq_ignore_ascii_case("Forwarded") {
            nth_from_end(entries.map(forwarded_for), proxies)
        } else {
            nth_from_end(entries.map(str::trim), proxies)
        };
        Outcome::Success(Self(client.and_then(address).or(peer).map(network)))
    }
}

fn warn_once() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::warn!(
            "requests come through a proxy, and ROCKET_IP_HEADER does not name its header: clients can’t be told \
             apart, so votes and failed sign-ins are not limited by network"
        );
    });
}

/// The entry that the outermost trusted proxy added; the first one where there are fewer.
fn nth_from_end<'h>(entries: impl Iterator<Item = &'h str>, n: usize) -> Option<&'h str> {
    let entries: Vec<&str> = entries.filter(|entry| !entry.is_empty()).collect();
    entries.get(entries.len().saturating_sub(n)).copied()
}

/// What an entry of `Forwarded` (RFC 7239) says of the client.
fn forwarded_for(entry: &str) -> &str {
    let pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut client = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    // Without one the entry still counts as a proxy's.
    client.next().unwrap_or("unknown").trim_matches('"')
}

/// An address as proxies write it, also with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse::<IpAddr>().or_else(|_| with_port()).ok().map(|address| address.to_canonical())
}

/// Whoever has one address of IPv6 has the whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Whether it is this machine or one of the same private network.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared(v4.octets()),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// 100.64.0.0/10 (RFC 6598), which platforms use inside.
fn is_shared([first, second, ..]: [u8; 4]) -> bool {
    first == 100 && second & 0xc0 == 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_is_its_network() {
        let of = |text: &str| network(address(text).unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (entry, ip) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.7:4711", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:443", Some("2001:db8::7")),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
            ("192.0.2", None),
        ] {
            assert_eq!(address(entry).map(|ip| ip.to_string()).as_deref(), ip, "{entry}");
        }
        for (entry, client) in [
            ("for=192.0.2.7;proto=http", "192.0.2.7"),
            ("proto=https; For=\"[2001:db8::7]:4711\"", "[2001:db8::7]:4711"),
            ("by=203.0.113.43", "unknown"),
        ] {
            assert_eq!(forwarded_for(entry), client);
        }
    }

    #[test]
    fn entries_are_counted_from_the_end() {
        let of = |n| nth_from_end("forged, 192.0.2.7, 10.0.0.2".split(", "), n);
        assert_eq!((of(1), of(2), of(3), of(9)), (Some("10.0.0.2"), Some("192.0.2.7"), Some("forged"), Some("forged")));
        assert_eq!(nth_from_end([""].into_iter(), 1), None);
    }
}
