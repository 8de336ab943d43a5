//! The services that a cluster runs on, for real and private to the run.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use tiltyard_db_testkit::{Postgres, Redis, S3};
use tokio::process::Command;
use tokio::time::timeout;

use super::ChaosError;
use super::kind::Peer;

/// The database and the bucket.
pub(crate) const NAME: &str = "tiltyard";
/// Whom nodes connect as: a superuser would get a connection where others get none.
pub(crate) const DATABASE_ROLE: &str = "nodes";
/// Whom the harness connects as.
pub(crate) const SUPERUSER: &str = "tiltyard";
/// Time to make roles and databases.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(30);

/// The services.
#[derive(Debug)]
pub(crate) struct Services {
    /// PostgreSQL.
    pub(crate) postgres: Postgres,
    /// Redis.
    pub(crate) redis: Redis,
    /// The object store.
    pub(crate) s3: S3,
}

impl Services {
    /// Starts them, and waits until they answer.
    pub(crate) fn start() -> Result<Self, ChaosError> {
        let postgres = Postgres::options().tcp().start()?;
        let redis = Redis::options().tcp().start()?;
        let s3 = S3::start()?;
        s3.create_bucket(NAME)?;
        Ok(Self { postgres, redis, s3 })
    }

    /// Returns where a service is, for a proxy; clients have no place of their own.
    pub(crate) fn address(&self, peer: Peer) -> Option<SocketAddr> {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        match peer {
            Peer::Postgres => self.postgres.tcp_port().map(at),
            Peer::Redis => self.redis.tcp_port().map(at),
            Peer::Bucket => Some(self.s3.address()),
            Peer::Clients => None,
        }
    }
}

/// Makes the nodes' role and database.
pub(crate) async fn prepare(services: &Services) -> Result<(), ChaosError> {
    for sql in [
        format!("CREATE ROLE {DATABASE_ROLE} LOGIN"),
        format!("CREATE DATABASE {NAME} OWNER {DATABASE_ROLE}"),
    ] {
        let made = sql_at(&services.postgres, ("postgres", SUPERUSER), &sql, PREPARE_TIMEOUT).await;
        made.map_err(|why| ChaosError::Harness(format!("{sql}: {why}")))?;
    }
    Ok(())
}

/// Runs SQL on the server's socket in a database as a user; returns rows as psql prints them, columns between bars.
pub(crate) async fn sql_at(
    postgres: &Postgres,
    (database, user): (&str, &str),
    sql: &str,
    within: Duration,
) -> Result<String, String> {
    let mut command = Command::new(postgres.programs().join("psql"));
    command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-c", sql]);
    command.arg("-h").arg(postgres.folder());
    command.args(["-p", &postgres.port().to_string()]);
    command.env("PGOPTIONS", "").stdin(Stdio::null()).kill_on_drop(true);
    let output = match timeout(within, command.output()).await {
        Err(_elapsed) => return Err(format!("no answer in {} ms", within.as_millis())),
        Ok(output) => output.map_err(|error| format!("psql: {error}"))?,
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}
