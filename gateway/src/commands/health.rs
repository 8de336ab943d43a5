//! `healthcheck`: asks the operators' listener of this machine for `/readyz`; for containers without curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::print;
use crate::config::Config;
use crate::exit::Fatal;

/// Time to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: u64 = 4 * 1024;

/// Asks.
pub(super) fn run(config: &Config) -> Result<(), Fatal> {
    let address = reachable(config.ops_listen);
    match ask(address) {
        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => print("ready"),
        Ok(answer) => {
            let said = answer.split("\r\n\r\n").nth(1).unwrap_or("").trim();
            Err(Fatal::new(Fatal::CHECK, format!("{address} is not ready: {said}")))
        }
        Err(error) => Err(Fatal::new(Fatal::CHECK, format!("{address}: {error}"))),
    }
}

/// A listener on every address is reached on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
