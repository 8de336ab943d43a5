//! Where the server is and how it is reached, parsed once from a URL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use fred::types::config::{Config, TlsConfig, TlsHostMapping};

use crate::tls;

/// Schemes, and how the client library is to read them. TLS is set up here, since the library would read the system's
/// authorities even where the URL names another one.
const SCHEMES: [(&str, &str, bool); 3] = [
    ("redis", "redis", false),
    ("rediss", "redis", true),
    ("redis+unix", "redis+unix", false),
];
const PREFIX_DEFAULT: &str = "tiltyard";
const PREFIX_CHARS_MAX: usize = 64;

/// What is wrong with a URL. It never repeats the part that may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Redis URL {0}")]
pub struct InvalidAddress(String);

/// A server and what is needed to talk to it.
///
/// `redis://[[user]:password@]host[:port]`, `rediss://` for TLS, or `redis+unix://[[user]:password@]/path/of/socket`, each with
/// `?prefix=NAME` (1 to 64 of `A-Z a-z 0-9 . _ : -`, default `tiltyard`), which every key and channel begins with, so that several
/// environments share a server, and `rediss://` with `?ca=FILE`, PEM, the authorities to trust instead of the system's.
/// A user name or password is percent-encoded. A database number is refused: it would not keep the channels apart, a prefix does.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) prefix: String,
    shown: String,
}

/// Prints scheme, host and port or path; no user, password or parameter.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self}, prefix {})", self.prefix)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(url: &str) -> Result<Self, InvalidAddress> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| unknown_scheme(""))?;
        let known = SCHEMES.iter().find(|(name, _, _)| *name == scheme);
        let (_, library, is_tls) = *known.ok_or_else(|| unknown_scheme(scheme))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parameters = Parameters::parse(query)?;
        // A password with an unencoded `@` or `/` ends here as well: nothing of it may be shown.
        let (user, server) = place.rsplit_once('@').unwrap_or(("", place));
        let shown = format!("{scheme}://{server}");
        let is_unix = library == "redis+unix";
        if is_unix && !server.starts_with('/') {
            return Err(InvalidAddress(
                "must have an absolute path after redis+unix://".to_owned(),
            ));
        }
        if !is_unix && server.split_once('/').is_some_and(|(_, path)| !path.is_empty()) {
            let what = "names a database after the host; leave it out and use ?prefix=NAME";
            return Err(InvalidAddress(what.to_owned()));
        }
        // A user needs a host beside him, and a socket has none.
        let place = match (is_unix, user) {
            (true, "") => server.to_owned(),
            (true, _) => format!("{user}@localhost{server}"),
            (false, _) => place.trim_end_matches('/').to_owned(),
        };
        let parsed = Config::from_url(&format!("{library}://{place}"));
        let mut config = parsed.map_err(|_the_url_is_in_it| {
            InvalidAddress("must be redis://, rediss:// or redis+unix:// with a host or a path".to_owned())
        })?;
        config.tls = tls_config(is_tls, parameters.authorities.as_ref())?;
        Ok(Self {
            config,
            prefix: parameters.prefix,
            shown,
        })
    }
}

/// What follows the question mark.
struct Parameters {
    prefix: String,
    authorities: Option<PathBuf>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, InvalidAddress> {
        let mut parameters = Self {
            prefix: PREFIX_DEFAULT.to_owned(),
            authorities: None,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("prefix", prefix)) if is_prefix(prefix) => prefix.clone_into(&mut parameters.prefix),
                Some(("prefix", _)) => {
                    let what = "must have a prefix of 1 to 64 of A-Z a-z 0-9 . _ : -";
                    return Err(InvalidAddress(what.to_owned()));
                }
                Some(("ca", path)) if !path.is_empty() => parameters.authorities = Some(path.into()),
                _ => {
                    return Err(InvalidAddress(
                        "may have only the parameters prefix=NAME and ca=FILE".to_owned(),
                    ));
                }
            }
        }
        Ok(parameters)
    }
}

/// Braces are left out: in a key they say what is hashed in a cluster.
fn is_prefix(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    (1..=PREFIX_CHARS_MAX).contains(&text.len()) && text.chars().all(good)
}

fn unknown_scheme(scheme: &str) -> InvalidAddress {
    InvalidAddress(format!(
        "must begin with redis://, rediss:// or redis+unix://, not {scheme:?}"
    ))
}

fn tls_config(is_tls: bool, authorities: Option<&PathBuf>) -> Result<Option<TlsConfig>, InvalidAddress> {
    if !is_tls {
        let plain = "has ca=FILE, which belongs to rediss://".to_owned();
        return authorities.map_or(Ok(None), |_| Err(InvalidAddress(plain)));
    }
    let client = tls::client_config(authorities.map(PathBuf::as_path)).map_err(InvalidAddress)?;
    Ok(Some(TlsConfig {
        connector: client.into(),
        hostnames: TlsHostMapping::None,
    }))
}

#[cfg(test)]
mod tests {
    use fred::types::config::{Server, ServerConfig};

    use super::*;

    fn parse(url: &str) -> Address {
        url.parse().unwrap()
    }

    fn refused(url: &str) -> String {
        url.parse::<Address>().unwrap_err().to_string()
    }

    #[test]
    fn hosts_sockets_and_credentials_are_read() {
        let host = parse("redis://user:p%40ss@example.org:7000/?prefix=tests:1");
        let server = ServerConfig::Centralized {
            server: Server::new("example.org", 7_000),
        };
        assert_eq!((host.config.server, host.prefix.as_str()), (server, "tests:1"));
        assert_eq!(host.config.username.as_deref(), Some("user"));
        assert_eq!(host.config.password.as_deref(), Some("p@ss"));
        let socket = parse("redis+unix:///run/redis/redis.sock");
        let server = ServerConfig::Unix {
            path: "/run/redis/redis.sock".into(),
        };
        assert_eq!((socket.config.server, socket.prefix.as_str()), (server, "tiltyard"));
        let guarded = parse("redis+unix://:p%40ss@/run/redis.sock");
        let server = ServerConfig::Unix {
            path: "/run/redis.sock".into(),
        };
        assert_eq!(
            (guarded.config.server, guarded.config.password.as_deref()),
            (server, Some("p@ss"))
        );
        assert!(parse("redis://localhost").config.tls.is_none());
    }

    #[test]
    fn no_secret_is_shown() {
        for url in [
            "redis://:hunter2@db:1/",
            "redis+unix://u:hunter2@/x",
            "redis://:hun@ter2@db",
        ] {
            let Ok(address) = url.parse::<Address>() else {
                assert!(!refused(url).contains("ter2"));
                continue;
            };
            let shown = format!("{address} {address:?}");
            assert!(!shown.contains("ter2"), "{shown}");
        }
        assert!(!refused("redis://:hunter2@db/1").contains("hunter2"));
        assert!(!refused("redis://:hunter2@db:port").contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused("redis://localhost/3").contains("prefix=NAME"));
        assert!(refused("redis-cluster://localhost").contains("redis-cluster"));
        assert!(refused("localhost:6379").contains("must begin with"));
        assert!(refused("redis+unix://socket").contains("absolute path"));
        assert!(refused("redis://localhost?prefix={a}").contains("prefix"));
        assert!(refused("redis://localhost?db=1").contains("only the parameters"));
        assert!(refused("redis://localhost?ca=/x").contains("rediss://"));
        assert!(refused("rediss://localhost?ca=/no/such/file").contains("/no/such/file"));
    }
}
