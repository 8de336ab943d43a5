//! Where the database is: a `postgresql://` URL, its TLS demands and whether a transaction pooler stands in between.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::config::{Host, SslMode};

/// What is wrong with a database URL. Never repeats the URL: it holds a password.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// It does not begin like a PostgreSQL URL.
    #[error("a PostgreSQL URL begins with postgresql:// or postgres://")]
    Scheme,
    /// The driver cannot read it.
    #[error("the PostgreSQL URL cannot be read")]
    Unreadable(#[source] tokio_postgres::Error),
    /// It names no host.
    #[error(
        "the PostgreSQL URL names no host; a socket folder is percent-encoded: postgresql://user@%2Frun%2Fpostgresql/database"
    )]
    NoHost,
    /// It names no database.
    #[error("the PostgreSQL URL names no database: postgresql://user@host/database")]
    NoDatabase,
    /// A parameter has a value that is not accepted.
    #[error("{parameter}={value} is not accepted in the PostgreSQL URL: {remedy}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What to write.
        remedy: &'static str,
    },
    /// Text in a parameter is not percent-encoded UTF-8.
    #[error("{0} in the PostgreSQL URL is not percent-encoded UTF-8")]
    Encoding(&'static str),
    /// The password holds an `@` that cuts it in two; nothing of it is shown.
    #[error("the password holds an `@`: write it as %40")]
    PasswordNotEncoded,
    /// TLS was asked for on a Unix socket.
    #[error("sslmode=verify-full makes no sense on a socket folder: leave it out")]
    TlsOnSocket,
}

/// What protects the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Nothing: a Unix socket, loopback, or a network that the operator trusts (`sslmode=disable`).
    Plain,
    /// TLS to a server whose certificate carries the host's name and comes from a known authority.
    Verified {
        /// The provider's authority (PEM); the system's authorities if none.
        authority: Option<PathBuf>,
    },
}

/// A read database URL. Its `Debug` and `Display` forms hold no password.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) protection: Protection,
    /// Whether a transaction pooler (`PgBouncer` and its like) answers at this address.
    pub(crate) pooled: bool,
}

impl FromStr for Address {
    type Err = UrlError;

    /// Reads `postgresql://user:password@host:port/database?sslmode=..&sslrootcert=FILE&pooler=transaction`.
    ///
    /// `sslmode` is `verify-full` (also what `require` and `verify-ca` are read as: never weaker than asked) or `disable`.
    /// Without it a Unix socket and loopback are plain and any other host is verified.
    fn from_str(url: &str) -> Result<Self, UrlError> {
        if !(url.starts_with("postgresql://") || url.starts_with("postgres://")) {
            return Err(UrlError::Scheme);
        }
        let (base, own) = split_parameters(url)?;
        let mut config: tokio_postgres::Config = base.parse().map_err(UrlError::Unreadable)?;
        if config.get_hosts().is_empty() {
            return Err(UrlError::NoHost);
        }
        let is_cut = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        if config.get_hosts().iter().any(is_cut) {
            return Err(UrlError::PasswordNotEncoded);
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(UrlError::NoDatabase);
        }
        let protection = own.protection(config.get_hosts())?;
        config.ssl_mode(match protection {
            Protection::Plain => SslMode::Disable,
            Protection::Verified { .. } => SslMode::Require,
        });
        let pooled = own.pooled()?;
        Ok(Self {
            config,
            protection,
            pooled,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database {:?} at ", self.config.get_dbname().unwrap_or_default())?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let ports = self.config.get_ports();
            let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
            let comma = if index > 0 { ", " } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                Host::Unix(folder) => write!(f, "{comma}{}/.s.PGSQL.{port}", folder.display())?,
            }
        }
        write!(f, " as {:?}", self.config.get_user().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self}, {:?}, pooled: {})", self.protection, self.pooled)
    }
}

/// The parameters of the URL that are read here and not by the driver.
#[derive(Default)]
struct Own {
    sslmode: Option<String>,
    sslrootcert: Option<String>,
    pooler: Option<String>,
}

impl Own {
    fn protection(&self, hosts: &[Host]) -> Result<Protection, UrlError> {
        let authority = self.sslrootcert.as_ref().map(PathBuf::from);
        let verified = Protection::Verified { authority };
        let socket = hosts.iter().any(|host| matches!(host, Host::Unix(_)));
        match self.sslmode.as_deref() {
            Some("disable") => Ok(Protection::Plain),
            Some("verify-full" | "verify-ca" | "require") if socket => Err(UrlError::TlsOnSocket),
            Some("verify-full" | "verify-ca" | "require") => Ok(verified),
            None if self.sslrootcert.is_none() && hosts.iter().all(is_near) => Ok(Protection::Plain),
            None => Ok(verified),
            Some(other) => Err(UrlError::Parameter {
                parameter: "sslmode",
                value: other.to_owned(),
                remedy: "write verify-full, or disable on a network that you trust",
            }),
        }
    }

    fn pooled(&self) -> Result<bool, UrlError> {
        match self.pooler.as_deref() {
            None | Some("none") => Ok(false),
            Some("transaction") => Ok(true),
            Some(other) => Err(UrlError::Parameter {
                parameter: "pooler",
                value: other.to_owned(),
                remedy: "write transaction if a transaction pooler answers there, else leave it out",
            }),
        }
    }
}

/// Says whether traffic to `host` stays on this machine.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
    }
}

/// Takes the parameters of [`Own`] out of the URL; the driver would refuse them.
fn split_parameters(url: &str) -> Result<(String, Own), UrlError> {
    let mut own = Own::default();
    let Some((base, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), own));
    };
    let mut left = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match key {
            "sslmode" => own.sslmode = Some(decoded("sslmode", value)?),
            "sslrootcert" => own.sslrootcert = Some(decoded("sslrootcert", value)?),
            "pooler" => own.pooler = Some(decoded("pooler", value)?),
            _ => left.push(pair),
        }
    }
    let base = if left.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", left.join("&"))
    };
    Ok((base, own))
}

/// Undoes percent-encoding.
fn decoded(name: &'static str, text: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.unwrap_or(b'?')).to_digit(16));
        let [Some(high), Some(low)] = digits else {
            return Err(UrlError::Encoding(name));
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_two_digits| UrlError::Encoding(name))?);
    }
    String::from_utf8(bytes).map_err(|_not_text| UrlError::Encoding(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Address {
        url.parse().unwrap()
    }

    fn refusal(url: &str) -> String {
        let error: UrlError = url.parse::<Address>().unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
        text
    }

    const SYSTEM: Protection = Protection::Verified { authority: None };

    #[test]
    fn what_stays_on_this_machine_is_plain_and_the_rest_verified() {
        for near in ["localhost", "127.0.0.1", "%2Frun%2Fpostgresql", "[::1]:5433"] {
            assert_eq!(
                read(&format!("postgresql://a@{near}/b")).protection,
                Protection::Plain,
                "{near}"
            );
        }
        for far in ["db.example.com", "10.0.0.7:6432", "localhost,db.example.com"] {
            assert_eq!(read(&format!("postgres://a@{far}/b")).protection, SYSTEM, "{far}");
            let trusted = format!("postgres://a@{far}/b?sslmode=disable");
            assert_eq!(read(&trusted).protection, Protection::Plain, "{far}");
        }
    }

    #[test]
    fn no_mode_is_weaker_than_its_name() {
        for mode in ["verify-full", "verify-ca", "require"] {
            assert_eq!(
                read(&format!("postgresql://a@localhost/b?sslmode={mode}")).protection,
                SYSTEM
            );
        }
        for mode in ["prefer", "allow", "VERIFY-FULL", ""] {
            let why = refusal(&format!("postgresql://a:hunter2@localhost/b?sslmode={mode}"));
            assert!(why.contains("verify-full"), "{why}");
        }
    }

    #[test]
    fn a_providers_authority_is_taken_from_a_file() {
        let address =
            read("postgresql://a@db/b?sslrootcert=%2Fetc%2Fmy%20ca.pem&sslmode=verify-full&connect_timeout=3");
        let authority = Some(PathBuf::from("/etc/my ca.pem"));
        assert_eq!(address.protection, Protection::Verified { authority });
        assert!(refusal("postgresql://a:hunter2@db/b?sslrootcert=%2").contains("percent-encoded"));
        assert!(refusal("postgresql://a:hunter2@db/b?sslrootcert=%+1").contains("percent-encoded"));
        assert!(refusal("postgresql://a:hunter2@db/b?sslrootcert=%ff").contains("percent-encoded"));
        assert!(refusal("postgresql://a:hunter2@%2Ftmp/b?sslmode=require").contains("socket"));
    }

    #[test]
    fn a_pooler_is_said_to_be_one() {
        assert!(!read("postgresql://a@localhost/b").pooled);
        assert!(read("postgresql://a@localhost/b?pooler=transaction").pooled);
        assert!(refusal("postgresql://a:hunter2@localhost/b?pooler=session").contains("transaction"));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(refusal("mysql://a:hunter2@b/c").contains("postgresql://"));
        assert!(refusal("postgresql://a:hunter2@/b").contains("no host"));
        assert!(refusal("postgresql://a:hunter2@b").contains("no database"));
        assert!(refusal("postgresql://a:hunter2@b/").contains("no database"));
        assert!(refusal("postgresql://a:hunter2@b:port/c").contains("cannot be read"));
        assert!(refusal("postgresql://a:hunter2@b/c?colour=red").contains("cannot be read"));
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = read("postgresql://a:hunter2@one:1,%2Ftmp:2/b");
        assert_eq!(address.to_string(), "database \"b\" at one:1, /tmp/.s.PGSQL.2 as \"a\"");
        assert!(!format!("{address:?}").contains("hunter2"));
    }
}
