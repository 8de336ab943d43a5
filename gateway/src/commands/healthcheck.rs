//! `healthcheck`: asks the operators' listener of this machine how the server is; for containers without curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{print, runtime};
use crate::cli::HealthcheckArgs;
use crate::config::Config;
use crate::exit::Fatal;

/// Time for all of it: to connect, to ask, and to be answered.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: u64 = 4 * 1024;

/// Asks.
pub(super) fn run(config: &Config, args: HealthcheckArgs) -> Result<(), Fatal> {
    let (path, well) = if args.live {
        ("/livez", "alive")
    } else {
        ("/readyz", "ready")
    };
    let address = reachable(config.ops_listen);
    // One time-out around all of it, since one for each step would let a peer drip for ever.
    let asked = runtime()?.block_on(async { timeout(PATIENCE, ask(address, path)).await });
    let verdict = match asked {
        Ok(Ok(answer)) => judge(&answer),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_elapsed) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    match verdict {
        Ok(()) => print(well),
        Err(why) => Err(Fatal::new(Fatal::CHECK, format!("{address}{path} is not well: {why}"))),
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

/// Returns the beginning of the answer.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    // HTTP/1.0, so that the answer comes in one piece and the connection ends with it.
    let request = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Says whether an answer is 200; otherwise what it is, on one line.
fn judge(answer: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(answer);
    let mut words = text.split_whitespace();
    let (protocol, status) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    if !protocol.starts_with("HTTP/1.") {
        return Err("what listens there does not speak HTTP/1".to_owned());
    }
    if status == "200" {
        return Ok(());
    }
    let said = text.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim());
    Err(format!("{status} {said}")
        .escape_debug()
        .to_string()
        .replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_200_is_well() {
        assert_eq!(judge(b"HTTP/1.0 200 OK\r\n\r\nready\n"), Ok(()));
        assert_eq!(judge(b"HTTP/1.1 200 OK\r\n\r\n"), Ok(()));
        for sick in [
            &b"HTTP/1.0 503 Service Unavailable\r\n\r\n200"[..],
            b"HTTP/1.0 2000 OK\r\n\r\n",
            b"HTTP/1.0\r\n\r\n",
            b"SSH-2.0-x 200\r\n",
            b"\xff\xfe",
            b"",
        ] {
            assert!(judge(sick).is_err(), "{}", String::from_utf8_lossy(sick));
        }
    }

    #[test]
    fn what_was_said_is_one_line_without_control_characters() {
        let answer = b"HTTP/1.0 503 x\r\na: b\r\n\r\n{\"detail\":\"sick\"}\n\x1b[2Jmore\r\n";
        assert_eq!(
            judge(answer),
            Err("503 {\"detail\":\"sick\"}\\n\\u{1b}[2Jmore".to_owned())
        );
    }

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        let asked = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:9090"), "127.0.0.1:9090");
        assert_eq!(asked("[::]:9090"), "[::1]:9090");
        assert_eq!(asked("10.0.0.7:9090"), "10.0.0.7:9090");
    }
}
