//! Types of single configuration values, each parsed once into something that cannot be wrong.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tiltyard_actors::Roles;

/// Which promises the process holds its configuration to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// One machine, loopback listeners only, development endpoints where compiled in.
    Development,
    /// As development, but listeners may be reached from other machines; development endpoints answer on loopback only.
    Load,
    /// Needs a key file and a build without development endpoints.
    Production,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Load => "load",
            Self::Production => "production",
        })
    }
}

/// Importance of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures that need a person.
    Error,
    /// What may become one.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What a developer wants to know.
    Debug,
}

impl LogLevel {
    /// Returns the level's name in a log filter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// One part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// HTTP, sessions, ticket writer.
    Gateway,
    /// Leases, matchmakers, dispatcher, sweeper.
    Matchmaker,
    /// Job intake, simulation, result writer.
    Sim,
}

/// What a process does: at least one role, in a file a list, in the environment separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSet(Vec<Role>);

impl RoleSet {
    /// Returns every role.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![Role::Gateway, Role::Matchmaker, Role::Sim])
    }

    /// Makes a set of at least one role.
    #[must_use]
    pub fn new(roles: Vec<Role>) -> Option<Self> {
        if roles.is_empty() { None } else { Some(Self(roles)) }
    }

    /// Returns the set as the actors take it.
    #[must_use]
    pub fn roles(&self) -> Roles {
        let has = |role| self.0.contains(&role);
        Roles {
            gateway: has(Role::Gateway),
            matchmaker: has(Role::Matchmaker),
            sim: has(Role::Sim),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::Matchmaker => "matchmaker",
            Self::Sim => "sim",
        })
    }
}

impl fmt::Display for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, role) in self.0.iter().enumerate() {
            write!(f, "{}{role}", if n == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for RoleSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut roles = Vec::new();
        for name in text.split(',') {
            roles.push(match name.trim() {
                "gateway" => Role::Gateway,
                "matchmaker" => Role::Matchmaker,
                "sim" => Role::Sim,
                other => return Err(format!("`{other}` is none of gateway, matchmaker, sim")),
            });
        }
        Ok(Self(roles))
    }
}

impl Serialize for RoleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RoleSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            List(Vec<String>),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Text(text) => text,
            Form::List(names) => names.join(","),
        };
        text.parse().map_err(de::Error::custom)
    }
}

/// The URL of a store. It may carry a password, so it shows itself without.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// Wraps a URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// Makes a URL of a path.
    #[must_use]
    pub fn of_path(scheme: &str, path: &Path) -> Self {
        Self(format!("{scheme}:{}", path.display()))
    }

    /// Returns all of it, the password included.
    #[must_use]
    pub fn whole(&self) -> &str {
        &self.0
    }

    /// Returns what stands before and after the first colon; without one, all of it is the scheme.
    #[must_use]
    pub fn split(&self) -> (&str, &str) {
        self.0.split_once(':').unwrap_or((&self.0, ""))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.split();
        if matches!(scheme, "sqlite" | "file" | "memory") {
            return f.write_str(&self.0);
        }
        // A password may stand before the last `@`, or be a parameter.
        let (hidden, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, host)| ("***@", host));
        let place = rest.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{hidden}{}", place.trim_start_matches("//"))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
