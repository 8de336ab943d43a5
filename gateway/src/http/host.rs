//! The host that a request names: what a page of another site cannot choose, even if its name leads to this machine.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;
use http::header::HOST;
use http::uri::Authority;

/// Says whether the request names this machine as such. A browser that was led here by a name of somebody else's
/// (DNS rebinding) says that name.
pub(super) fn is_loopback(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(names_loopback),
        _ => false,
    }
}

fn names_loopback(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let ip = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => host.parse(),
    };
    !text.contains('@') && (host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        let one = |host: &str| is_loopback(&HeaderMap::from_iter([(HOST, host.parse().unwrap())]));
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(one(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "evil@localhost",
            "192.168.0.1:8080",
            "0.0.0.0",
            "[::]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!one(host), "{host}");
        }
        assert!(!is_loopback(&HeaderMap::new()));
        let mut two = HeaderMap::from_iter([(HOST, "localhost".parse().unwrap())]);
        two.append(HOST, "evil.example".parse().unwrap());
        assert!(!is_loopback(&two));
    }
}
