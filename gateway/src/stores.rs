//! The stores behind three URLs. [`Plan::of`] is the one place that looks at a scheme; nothing else asks which store it has.

mod open;

use std::path::{Path, PathBuf};

use tiltyard_db_objects::BucketUrl;
use tiltyard_db_postgres as postgres;
use tiltyard_db_redis as redis;

use crate::config::{Config, StoreUrl};
use crate::exit::Fatal;
use crate::lock::DataLock;

pub(crate) use open::{Audited, Stores};

/// Which stores the URLs name.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pair: Pair,
    replays: Objects,
}

/// The durable and the live store: those of one process, or those that any number of nodes share.
#[derive(Clone, Debug)]
enum Pair {
    Embedded {
        sqlite: PathBuf,
    },
    Shared {
        postgres: Box<postgres::Address>,
        redis: Box<redis::Address>,
    },
}

/// Where replays are.
#[derive(Clone, Debug)]
enum Objects {
    Folder(PathBuf),
    Bucket(BucketUrl),
}

impl Plan {
    /// Chooses the stores.
    pub(crate) fn of(config: &Config) -> Result<Self, String> {
        let pair = pair(&config.database_url(), &config.redis_url)?;
        if matches!(pair, Pair::Shared { .. }) && config.replay_url.is_none() {
            let what =
                "replay_url: several nodes share their replays; name s3://bucket/prefix or a file:PATH they all see";
            return Err(what.to_owned());
        }
        let replays = objects(&config.replay_url())?;
        Ok(Self { pair, replays })
    }

    /// Takes what is one process's own.
    pub(crate) fn lock(&self, data_dir: &Path) -> Result<Option<DataLock>, Fatal> {
        match &self.pair {
            Pair::Embedded { sqlite } => DataLock::take(data_dir, sqlite).map(Some),
            Pair::Shared { .. } => Ok(None),
        }
    }
}

fn pair(database: &StoreUrl, live: &StoreUrl) -> Result<Pair, String> {
    match (database.split().0, live.split()) {
        ("sqlite", ("memory", "")) => Ok(Pair::Embedded {
            sqlite: path_of("database_url", "sqlite", database)?,
        }),
        ("postgresql" | "postgres", ("redis" | "rediss" | "redis+unix", _)) => Ok(Pair::Shared {
            postgres: Box::new(parsed("database_url", database)?),
            redis: Box::new(parsed("redis_url", live)?),
        }),
        ("sqlite" | "postgresql" | "postgres", ("memory", "") | ("redis" | "rediss" | "redis+unix", _)) => Err(
            "database_url, redis_url: PostgreSQL and Redis come together or not at all; \
             use sqlite:PATH with memory:, or postgresql:// with redis://, rediss:// or redis+unix://"
                .to_owned(),
        ),
        ("sqlite" | "postgresql" | "postgres", _) => Err(unknown(
            "redis_url",
            live,
            "memory:, redis://, rediss:// or redis+unix://",
        )),
        _ => Err(unknown("database_url", database, "sqlite:PATH or postgresql://")),
    }
}

fn objects(url: &StoreUrl) -> Result<Objects, String> {
    match url.split().0 {
        "file" => path_of("replay_url", "file", url).map(Objects::Folder),
        "s3" => BucketUrl::parse(url.whole())
            .map(Objects::Bucket)
            .map_err(|error| format!("replay_url: {error}")),
        _ => Err(unknown("replay_url", url, "file:PATH or s3://")),
    }
}

fn parsed<T: std::str::FromStr<Err: std::error::Error>>(key: &str, url: &StoreUrl) -> Result<T, String> {
    url.whole()
        .parse()
        .map_err(|error: T::Err| format!("{key}: {}", crate::exit::chain(&error)))
}

fn path_of(key: &str, scheme: &str, url: &StoreUrl) -> Result<PathBuf, String> {
    // `sqlite:///a` and `sqlite:/a` are the same file.
    let (_, path) = url.split();
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        Err(format!("{key}: {scheme}: needs a path"))
    } else {
        Ok(PathBuf::from(path))
    }
}

fn unknown(key: &str, url: &StoreUrl, known: &str) -> String {
    format!("{key}: {url} names no store; use {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(database: &str, live: &str, replays: &str) -> Result<Plan, String> {
        Plan::of(&Config {
            database_url: Some(StoreUrl::new(database)),
            redis_url: StoreUrl::new(live),
            replay_url: Some(StoreUrl::new(replays)),
            ..Config::default()
        })
    }

    #[test]
    fn the_scheme_chooses_the_store() {
        for (url, path) in [("sqlite:/a/b.db", "/a/b.db"), ("sqlite:///a/b.db", "/a/b.db")] {
            let Plan { pair, replays } = plan(url, "memory:", "file:c").unwrap();
            assert!(matches!(pair, Pair::Embedded { sqlite } if sqlite == Path::new(path)));
            assert!(matches!(replays, Objects::Folder(folder) if folder == Path::new("c")));
        }
        let bucket = "s3://bucket/x?endpoint=http://127.0.0.1:9000&region=eu";
        for live in ["redis://h", "rediss://h", "redis+unix:///run/redis.sock"] {
            let Plan { pair, replays } = plan("postgresql://u:p@localhost/d", live, bucket).unwrap();
            assert!(matches!(pair, Pair::Shared { .. }));
            assert!(matches!(replays, Objects::Bucket(_)));
        }
        let default = Plan::of(&Config::default()).unwrap();
        assert!(matches!(default.pair, Pair::Embedded { sqlite } if sqlite == Path::new("./data/tiltyard.db")));
    }

    #[test]
    fn what_names_no_store_is_refused_with_what_does() {
        let cases = [
            plan("postgresql://u:secret@h/d", "memory:", "file:c"),
            plan("sqlite:a", "redis://:secret@h", "file:c"),
            plan("mysql://u:secret@h/d", "memory:", "file:c"),
            plan("sqlite:a", "memcached://:secret@h", "file:c"),
            plan("sqlite:", "memory:", "file:c"),
            plan("sqlite:a", "", "file:c"),
            plan("sqlite:a", "memory:", "ftp://u:secret@h/c"),
            plan("postgresql://u:secret@h", "redis://h", "file:c"),
            plan("mysql:u:secret@h", "memory:", "file:c"),
            plan("postgresql://u:secret@h/d", "redis://h?what=secret", "file:c"),
        ];
        for case in cases {
            let problem = case.unwrap_err();
            assert!(problem.contains("_url"), "{problem}");
            assert!(
                !problem.contains("u:secret") && !problem.contains(":secret@"),
                "{problem}"
            );
        }
    }
}
