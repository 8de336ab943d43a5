//! The stores behind three URLs. [`Plan::of`] is the one place that looks at a scheme; nothing else asks which store it has.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tiltyard_db::durable::Durable;
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;
use tiltyard_db_objects::ObjectReplays;
use tiltyard_db_sqlite::SqliteStore;

use crate::config::{Config, StoreUrl};
use crate::exit::Fatal;
use crate::private;
use crate::shared::Replays;

/// Which stores the URLs name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    database: PathBuf,
    replays: PathBuf,
}

/// Open stores.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) durable: Durable,
    pub(crate) live: Live,
    pub(crate) replays: Replays,
    sqlite: Arc<SqliteStore>,
}

impl Plan {
    /// Chooses the stores.
    pub(crate) fn of(config: &Config) -> Result<Self, String> {
        let database = config.database_url();
        let database = match database.split() {
            ("sqlite", path) => path_of("database_url", "sqlite", path)?,
            ("postgresql" | "postgres", _) => return Err(not_yet("database_url", "PostgreSQL", "sqlite:PATH")),
            _ => return Err(unknown("database_url", &database, "sqlite:PATH")),
        };
        match config.redis_url.split() {
            ("memory", "") => {}
            ("redis" | "rediss" | "redis+unix", _) => return Err(not_yet("redis_url", "Redis", "memory:")),
            _ => return Err(unknown("redis_url", &config.redis_url, "memory:")),
        }
        let replays = config.replay_url();
        let replays = match replays.split() {
            ("file", path) => path_of("replay_url", "file", path)?,
            ("s3", _) => return Err(not_yet("replay_url", "S3", "file:PATH")),
            _ => return Err(unknown("replay_url", &replays, "file:PATH")),
        };
        Ok(Self { database, replays })
    }

    /// Returns the database's file.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// Opens the stores, making and migrating what is not there; the lock on them has made their folders. Blocks as long as
    /// that takes.
    pub(crate) fn open(&self) -> Result<Stores, Fatal> {
        private::database(&self.database)
            .map_err(|error| Fatal::resource(&format!("database {}", self.database.display()), &error))?;
        let sqlite = SqliteStore::open(&self.database).map_err(|error| self.database_failed(&error))?;
        let replays = ObjectReplays::file(&self.replays).map_err(|error| Fatal::resource("replay store", &error))?;
        Ok(Stores {
            durable: Durable::of(Arc::clone(&sqlite)),
            live: Live::of(LocalStore::new()),
            replays: Replays(Arc::new(replays)),
            sqlite,
        })
    }

    /// Opens the stores to read beside a working server; takes no lock and changes nothing.
    pub(crate) fn open_read_only(&self) -> Result<Stores, Fatal> {
        let sqlite = SqliteStore::open_read_only(&self.database).map_err(|error| self.database_failed(&error))?;
        let replays = ObjectReplays::file(&self.replays).map_err(|error| Fatal::resource("replay store", &error))?;
        Ok(Stores {
            durable: Durable::of(Arc::clone(&sqlite)),
            live: Live::of(LocalStore::new()),
            replays: Replays(Arc::new(replays)),
            sqlite,
        })
    }

    fn database_failed(&self, error: &tiltyard_db::StoreError) -> Fatal {
        Fatal::resource(&format!("database {}", self.database.display()), error)
    }
}

impl Stores {
    /// Closes what needs closing.
    pub(crate) async fn close(&self) -> Result<(), Fatal> {
        self.sqlite
            .close()
            .await
            .map_err(|error| Fatal::resource("closing the database", &error))
    }
}

fn path_of(key: &str, scheme: &str, path: &str) -> Result<PathBuf, String> {
    // `sqlite:///a` and `sqlite:/a` are the same file.
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        Err(format!("{key}: {scheme}: needs a path"))
    } else {
        Ok(PathBuf::from(path))
    }
}

fn not_yet(key: &str, what: &str, instead: &str) -> String {
    format!("{key}: this build has no {what} store; use {instead}")
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
        let expected = Plan {
            database: "/a/b.db".into(),
            replays: "c".into(),
        };
        assert_eq!(plan("sqlite:/a/b.db", "memory:", "file:c"), Ok(expected.clone()));
        assert_eq!(plan("sqlite:///a/b.db", "memory:", "file:c"), Ok(expected));
        assert_eq!(
            Plan::of(&Config::default()).unwrap().database,
            Path::new("./data/tiltyard.db")
        );
    }

    #[test]
    fn stores_that_are_not_here_are_named_with_what_is() {
        let cases = [
            plan("postgresql://u:secret@h/d", "memory:", "file:c"),
            plan("sqlite:a", "redis://h", "file:c"),
            plan("sqlite:a", "memory:", "s3://bucket/x"),
            plan("mysql://u:secret@h/d", "memory:", "file:c"),
            plan("sqlite:", "memory:", "file:c"),
            plan("sqlite:a", "", "file:c"),
        ];
        for case in cases {
            let problem = case.unwrap_err();
            assert!(
                problem.contains("use ") || problem.contains("needs a path"),
                "{problem}"
            );
            assert!(!problem.contains("secret"), "{problem}");
        }
    }
}
