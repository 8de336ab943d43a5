//! Faults of PostgreSQL, Redis and the object store themselves.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tiltyard_db_testkit::S3Mood;
use tokio::time::{Instant, sleep, sleep_until};

use super::{EFFECT_TIMEOUT, Evidence, Notes, failed, until};
use crate::chaos::cluster::{Cluster, blocking};
use crate::chaos::kind::Kind;
use crate::chaos::observe::SQL_TIMEOUT;
use crate::chaos::services::DATABASE_ROLE;

/// Time after which a database that does not answer counts as away.
const AWAY_AFTER: Duration = Duration::from_millis(500);
/// Time for a killed store to serve again.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// How slow a slow object store is: slower than the server waits before it spools a replay.
const SLOW: Duration = Duration::from_millis(600);
/// Deletes the leases of all queues.
const FORGET_LEASES: &str =
    "local n = 0; for _, k in ipairs(redis.call('KEYS', ARGV[1])) do n = n + redis.call('DEL', k) end; return n";

/// Does a fault to Redis.
pub(super) async fn redis(cluster: &Cluster, kind: Kind, length: Duration, notes: &mut Notes) -> Evidence {
    match kind {
        Kind::RedisRestart => {
            ask(cluster, &["SAVE"]).await?;
            restart_redis(cluster, length, notes).await
        }
        Kind::RedisEmptyRestart => {
            cluster.services.redis.forget().map_err(failed)?;
            restart_redis(cluster, length, notes).await
        }
        Kind::RedisFlush => {
            let keys = ask(cluster, &["DBSIZE"]).await?;
            ask(cluster, &["FLUSHALL"]).await?;
            some(&keys, "keys forgotten")
        }
        Kind::RedisStall => {
            let end = Instant::now() + length;
            cluster.services.redis.pause();
            notes.began_ms = Some(cluster.now_ms());
            let silent = ask(cluster, &["PING"]).await.is_err();
            sleep_until(end).await;
            cluster.services.redis.resume();
            seen(
                silent,
                "no answer to PING while it stood still",
                "it answered while it stood still",
            )
        }
        Kind::RedisReadOnly => {
            let (set, lift) = (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]);
            refusing(cluster, &set, &lift, "READONLY", length).await
        }
        Kind::RedisOutOfMemory => {
            let set = ["CONFIG", "SET", "maxmemory", "1"];
            let lift = ["CONFIG", "SET", "maxmemory", "0"];
            refusing(cluster, &set, &lift, "OOM", length).await
        }
        Kind::LeaseLost => {
            let lost = ask(cluster, &["EVAL", FORGET_LEASES, "0", "*:{lease:queue:*}:*"]).await?;
            some(&lost, "leases lost")
        }
        other => Err(format!("{} is not done to Redis", other.name())),
    }
}

async fn restart_redis(cluster: &Cluster, away: Duration, notes: &mut Notes) -> Evidence {
    let services = Arc::clone(&cluster.services);
    notes.began_ms = Some(cluster.now_ms());
    blocking(move || services.redis.kill()).await.map_err(failed)?;
    let silent = ask(cluster, &["PING"]).await.is_err();
    sleep(away).await;
    let services = Arc::clone(&cluster.services);
    let restarted = blocking(move || services.redis.restart()).await.map_err(failed)?;
    restarted.map_err(failed)?;
    let keys = ask(cluster, &["DBSIZE"]).await?;
    let came_back = format!("no answer to PING; {keys} keys right after it came back");
    seen(silent, &came_back, "it answered after it was killed")
}

/// Makes Redis refuse writes with a word for a while.
async fn refusing(cluster: &Cluster, set: &[&str], lift: &[&str], word: &str, length: Duration) -> Evidence {
    ask(cluster, set).await?;
    let written = ask(cluster, &["SET", "chaos", "1"]).await;
    sleep(length).await;
    // It must not stay so: the server is asked until it says that it does not.
    let lifted = until(RECOVERY_TIMEOUT, async || ask(cluster, lift).await.is_ok()).await;
    match written {
        _ if !lifted => Err(format!("{} was refused", lift.join(" "))),
        Err(why) if why.contains(word) => Ok(why),
        other => Err(format!("a write was answered otherwise than with {word}: {other:?}")),
    }
}

async fn ask(cluster: &Cluster, words: &[&str]) -> Result<String, String> {
    let services = Arc::clone(&cluster.services);
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    let asked = blocking(move || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        services.redis.command(&words)
    });
    asked.await.map_err(failed)?.map_err(|error| error.to_string())
}

/// Does a fault to PostgreSQL.
pub(super) async fn postgres(
    cluster: &Cluster,
    kind: Kind,
    length: Duration,
    pick: u64,
    notes: &mut Notes,
) -> Evidence {
    match kind {
        Kind::PostgresCrash => crash(cluster, length, notes).await,
        Kind::PostgresFreeze => {
            let end = Instant::now() + length;
            cluster.services.postgres.pause();
            notes.began_ms = Some(cluster.now_ms());
            let silent = cluster.sql("SELECT 1", AWAY_AFTER).await.is_err();
            sleep_until(end).await;
            cluster.services.postgres.resume();
            seen(
                silent,
                "no answer while it stood still",
                "it answered while it stood still",
            )
        }
        Kind::BackendEnded => {
            let backend = backend(cluster, pick).await?;
            let ended = cluster
                .sql(&format!("SELECT pg_terminate_backend({backend})"), SQL_TIMEOUT)
                .await?;
            seen(ended == "t", "a connection was ended", "the connection was gone before")
        }
        Kind::BackendKilled => kill_backend(cluster, pick).await,
        Kind::TablesLocked => lock(cluster, length).await,
        Kind::ConnectionsExhausted => exhaust(cluster, length).await,
        other => Err(format!("{} is not done to PostgreSQL", other.name())),
    }
}

async fn crash(cluster: &Cluster, away: Duration, notes: &mut Notes) -> Evidence {
    let services = Arc::clone(&cluster.services);
    notes.began_ms = Some(cluster.now_ms());
    blocking(move || services.postgres.kill()).await.map_err(failed)?;
    let gone = cluster.sql("SELECT 1", AWAY_AFTER).await.is_err();
    sleep(away).await;
    let services = Arc::clone(&cluster.services);
    let restarted = blocking(move || services.postgres.restart()).await.map_err(failed)?;
    restarted.map_err(failed)?;
    seen(
        gone,
        "no connection until it had recovered",
        "it answered after it was killed",
    )
}

/// Chooses one of the processes that serve the nodes.
async fn backend(cluster: &Cluster, pick: u64) -> Result<String, String> {
    let sql = format!("SELECT pid FROM pg_stat_activity WHERE usename = '{DATABASE_ROLE}' ORDER BY pid");
    let pids = cluster.sql(&sql, SQL_TIMEOUT).await?;
    let pids: Vec<&str> = pids.lines().collect();
    let at = pick.checked_rem(pids.len() as u64).unwrap_or_default();
    let pid = pids.get(usize::try_from(at).unwrap_or_default());
    pid.map(ToString::to_string)
        .ok_or_else(|| "no node was connected".to_owned())
}

async fn kill_backend(cluster: &Cluster, pick: u64) -> Evidence {
    let backend = backend(cluster, pick).await?;
    let pid = backend.parse().ok().and_then(Pid::from_raw).ok_or("not a process")?;
    kill_process(pid, Signal::KILL).map_err(failed)?;
    let answered = async || cluster.sql("SELECT 1", AWAY_AFTER).await.is_ok();
    let others = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}");
    let recovered = until(RECOVERY_TIMEOUT, answered).await;
    let left = cluster.sql(&others, SQL_TIMEOUT).await?;
    seen(
        recovered && left == "0",
        "a killed process took all connections with it",
        "the server did not recover",
    )
}

/// Locks what every commit needs, as a careless operator would.
async fn lock(cluster: &Cluster, length: Duration) -> Evidence {
    let seconds = length.as_secs_f64();
    let sql =
        format!("BEGIN; LOCK TABLE tickets, matches IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({seconds}); COMMIT");
    let within = length + SQL_TIMEOUT;
    let waiters = async {
        let mut most = 0;
        let look = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let deadline = Instant::now() + length;
        while Instant::now() < deadline {
            let count = cluster.sql(look, SQL_TIMEOUT).await;
            most = most.max(count.ok().and_then(|count| count.parse().ok()).unwrap_or(0));
            sleep(Duration::from_millis(100)).await;
        }
        most
    };
    let (locked, waiters): (_, u64) = tokio::join!(cluster.sql(&sql, within), waiters);
    locked?;
    seen(
        waiters > 0,
        &format!("{waiters} statements waited for a lock"),
        "nobody waited for the lock",
    )
}

/// Ends the nodes' connections and refuses new ones, with the code of a server that is full.
async fn exhaust(cluster: &Cluster, length: Duration) -> Evidence {
    let limit = |connections: &str| format!("ALTER ROLE {DATABASE_ROLE} CONNECTION LIMIT {connections}");
    let end =
        format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{DATABASE_ROLE}'");
    cluster.sql(&limit("0"), SQL_TIMEOUT).await?;
    let ended = cluster.sql(&end, SQL_TIMEOUT).await;
    let refused = cluster.sql_as_node("SELECT 1", EFFECT_TIMEOUT).await;
    sleep(length).await;
    let lifted = until(RECOVERY_TIMEOUT, async || {
        cluster.sql(&limit("-1"), SQL_TIMEOUT).await.is_ok()
    })
    .await;
    match refused {
        _ if !lifted => Err("the limit could not be lifted".to_owned()),
        Err(why) if why.contains("too many connections") => Ok(format!(
            "{} connections ended, new ones refused",
            ended.unwrap_or_default()
        )),
        other => Err(format!("a connection was not refused: {other:?}")),
    }
}

/// Does a fault to the object store.
pub(super) async fn bucket(cluster: &Cluster, kind: Kind, length: Duration) -> Evidence {
    let mood = match kind {
        Kind::BucketErrors => S3Mood::Refusing,
        Kind::BucketSilent => S3Mood::Silent,
        Kind::BucketSlow => S3Mood::Slow(SLOW),
        Kind::BucketLoses => S3Mood::Losing,
        other => return Err(format!("{} is not done to the object store", other.name())),
    };
    let s3 = &cluster.services.s3;
    let before = s3.troubled();
    s3.set_mood(mood);
    sleep(length).await;
    s3.set_mood(S3Mood::Well);
    let troubled = s3.troubled() - before;
    seen(
        troubled > 0,
        &format!("{troubled} requests met it"),
        "no request came meanwhile",
    )
}

fn some(count: &str, what: &str) -> Evidence {
    seen(count != "0", &format!("{count} {what}"), "there were none")
}

fn seen(so: bool, evidence: &str, otherwise: &str) -> Evidence {
    if so {
        Ok(evidence.to_owned())
    } else {
        Err(otherwise.to_owned())
    }
}
