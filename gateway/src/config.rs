//! The configuration: a typed tree whose doc comments are the manual. Defaults < file < environment < flags.
//!
//! The only file that reads the process environment. Unknown keys are refused everywhere.

mod lint;
mod queues;
mod values;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use tiltyard_protocol::{QueueName, limits};

pub use queues::{Queue, QueueMode};
pub use values::{Environment, LogLevel, Role, RoleSet, StoreUrl};

/// The defaults as a commented file; a test holds it against [`Config::default`].
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");
/// Prefix of environment variables; `__` separates the levels of the tree.
const ENV_PREFIX: &str = "TILTYARD_";

/// Everything an operator may set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Which promises the process holds its configuration to.
    pub environment: Environment,
    /// Where players connect; port 0 takes a free one and prints it.
    pub listen: SocketAddr,
    /// Where operators and `/metrics` are; keep it private.
    pub ops_listen: SocketAddr,
    /// Folder of everything that is stored on this machine.
    pub data_dir: PathBuf,
    /// Durable store: `sqlite:PATH` or `postgresql://..`. Default: `tiltyard.db` in the data folder.
    pub database_url: Option<StoreUrl>,
    /// Live store: `memory:` beside SQLite; `redis://..`, `rediss://..` or `redis+unix:///PATH` beside PostgreSQL.
    pub redis_url: StoreUrl,
    /// Replays: `file:PATH` or `s3://bucket/prefix?endpoint=..&region=..`. Default: `replays` in the data folder.
    pub replay_url: Option<StoreUrl>,
    /// Folder of content files that takes the place of the content this program was built with, while nobody has published
    /// any; read at start. For development: what is to stay is published with `tiltyard content publish DIR`.
    pub content: Option<PathBuf>,
    /// Connections to PostgreSQL.
    pub database: Database,
    /// The bucket of replays.
    pub replays: Replays,
    /// What this process does.
    pub roles: RoleSet,
    /// Logging.
    pub log: Log,
    /// Access tokens.
    pub auth: Auth,
    /// The HTTP edge.
    pub http: Http,
    /// Event streams.
    pub events: Events,
    /// Rate limits.
    pub limits: Limits,
    /// The queues, at least one; the first is the one of a ticket that names none.
    pub queues: Vec<Queue>,
    /// Matchmaking.
    pub matchmaking: Matchmaking,
    /// Simulation.
    pub sim: Sim,
    /// Shutting down.
    pub drain: Drain,
}

/// Logging, as JSON lines on the standard error output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Least important level that is written.
    pub level: LogLevel,
}

/// Access tokens.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// File of 1 to 4 signing seeds, 64 hexadecimal digits a line; the first signs, all verify.
    /// Without one a key is made once and kept in the durable store.
    pub key_file: Option<PathBuf>,
}

/// Connections to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Connections that this process may have open; those of all nodes together must be fewer than the server allows.
    pub connections_max: usize,
}

/// The bucket of replays.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Replays {
    /// File of the bucket's keys, lines such as `AWS_ACCESS_KEY_ID = ..`. Without one they come from the environment, under
    /// those names.
    pub key_file: Option<PathBuf>,
}

/// The HTTP edge: each bound is for one connection or one request unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Time for a request head to arrive, from the first byte expected on.
    pub header_timeout_ms: u64,
    /// Time for a body to arrive.
    pub body_timeout_ms: u64,
    /// Time for a handler to answer.
    pub handler_timeout_ms: u64,
    /// Time a peer may take no byte of an answer before it is cut.
    pub write_stall_timeout_ms: u64,
    /// Open connections of a listener.
    pub connections_max: usize,
    /// Open connections of one address (IPv6: one /64).
    pub connections_per_ip_max: usize,
    /// Bytes the kernel buffers for a peer that does not read.
    pub send_buffer_bytes: usize,
}

/// Event streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// Silence after which a heartbeat is sent, +- 20 %.
    pub heartbeat_ms: u64,
    /// Longest life of a stream's connection, 80 to 100 % of it.
    pub life_ms: u64,
}

/// Rate limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Sign-ins of one address (IPv6: one /64) a minute.
    pub sign_ins_per_ip_max: u32,
    /// Whether loopback is exempt from limits per address: a reverse proxy and the load test live there.
    pub loopback_exempt: bool,
}

/// Matchmaking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matchmaking {
    /// Life of the leader's lease: how long a dead leader is waited for.
    pub lease_ttl_ms: u64,
    /// Queues that this node may lead; all of them if absent.
    pub leads: Option<Vec<QueueName>>,
    /// Folder in which leaders record what arrives, under pseudonyms; nowhere if absent.
    pub record_dir: Option<PathBuf>,
    /// Size at which a recording is ended and another begun, in bytes.
    pub record_file_bytes: u64,
    /// Recordings of a queue that are kept; the oldest gives way.
    pub record_files: usize,
}

/// Simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sim {
    /// Simulation threads; 0 takes one less than the machine has, at least one.
    pub workers: usize,
}

/// Shutting down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drain {
    /// Time in which `/readyz` answers 503 and requests are still taken: one interval of the load balancer's probe.
    pub probe_interval_ms: u64,
    /// Time for connections to end by themselves once nothing is accepted any more.
    pub connections_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        let loopback = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        Self {
            environment: Environment::Development,
            listen: loopback(8080),
            ops_listen: loopback(9090),
            data_dir: PathBuf::from("./data"),
            database_url: None,
            redis_url: StoreUrl::new("memory:"),
            replay_url: None,
            content: None,
            database: Database::default(),
            replays: Replays::default(),
            roles: RoleSet::all(),
            log: Log::default(),
            auth: Auth::default(),
            http: Http::default(),
            events: Events::default(),
            limits: Limits::default(),
            queues: vec![Queue::default()],
            matchmaking: Matchmaking::default(),
            sim: Sim::default(),
            drain: Drain::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            connections_max: tiltyard_db_postgres::CONNECTIONS_MAX,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            header_timeout_ms: millis(limits::HEADER_TIMEOUT),
            body_timeout_ms: millis(limits::BODY_TIMEOUT),
            handler_timeout_ms: millis(limits::HANDLER_TIMEOUT),
            write_stall_timeout_ms: millis(limits::WRITE_STALL_TIMEOUT),
            connections_max: limits::CONNECTIONS_MAX,
            connections_per_ip_max: limits::CONNECTIONS_PER_IP_MAX,
            send_buffer_bytes: 64 * 1024,
        }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self {
            heartbeat_ms: millis(limits::STREAM_HEARTBEAT),
            life_ms: millis(limits::STREAM_LIFE),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_ins_per_ip_max: limits::SIGN_INS_PER_IP_MAX,
            loopback_exempt: true,
        }
    }
}

impl Default for Matchmaking {
    fn default() -> Self {
        Self {
            lease_ttl_ms: 3_000,
            leads: None,
            record_dir: None,
            record_file_bytes: 64 * 1024 * 1024,
            record_files: 16,
        }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            probe_interval_ms: 0,
            connections_ms: 5_000,
        }
    }
}

impl Config {
    /// Puts the layers together and holds the result to the rules of its environment.
    ///
    /// # Errors
    /// Every problem, each with the key it is about.
    pub fn load(file: Option<&Path>, flags: &impl Serialize) -> Result<Self, Vec<String>> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            layers = layers.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed(ENV_PREFIX)
            .ignore(&["crash_at", "rules_version"])
            .split("__");
        let layers = layers.merge(environment).merge(Serialized::defaults(flags));
        let config: Self = layers
            .extract()
            .map_err(|error| error.into_iter().map(|e| e.to_string()).collect::<Vec<_>>())?;
        let problems = config.problems();
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Returns the durable store's URL.
    #[must_use]
    pub fn database_url(&self) -> StoreUrl {
        let default = || StoreUrl::of_path("sqlite", &self.data_dir.join("tiltyard.db"));
        self.database_url.clone().unwrap_or_else(default)
    }

    /// Returns the replay store's URL.
    #[must_use]
    pub fn replay_url(&self) -> StoreUrl {
        let default = || StoreUrl::of_path("file", &self.data_dir.join("replays"));
        self.replay_url.clone().unwrap_or_else(default)
    }

    /// Says whether nobody outside this machine reaches a listener.
    #[must_use]
    pub const fn is_loopback_only(&self) -> bool {
        self.listen.ip().is_loopback() && self.ops_listen.ip().is_loopback()
    }

    /// Says whether development endpoints answer: compiled in, a trusting environment, and loopback only.
    #[must_use]
    pub fn serves_dev_endpoints(&self) -> bool {
        cfg!(feature = "dev-endpoints") && self.environment != Environment::Production && self.is_loopback_only()
    }
}

/// Returns the variables by which AWS's tools are told their keys.
#[must_use]
pub fn bucket_keys() -> Vec<(String, String)> {
    // A variable that is not Unicode is none of those that are looked for.
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("AWS_"))
        .collect()
}

/// Returns what a test wants of this process: where it crashes or freezes, or which rules it claims.
#[cfg(feature = "fail-points")]
#[must_use]
pub fn test_variable(name: &str) -> Option<String> {
    Env::prefixed(ENV_PREFIX)
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
