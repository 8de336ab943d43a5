//! Opening what a plan names, and closing it.

use std::path::Path;
use std::sync::Arc;

use tiltyard_db::StoreError;
use tiltyard_db::durable::Durable;
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;
use tiltyard_db_objects::{ObjectReplays, keys_in};
use tiltyard_db_postgres::{Address, Options, PostgresStore, migrate, migrate_if_behind};
use tiltyard_db_redis::RedisStore;
use tiltyard_db_sqlite::SqliteStore;

use super::{Objects, Pair, Plan};
use crate::config::Config;
use crate::exit::Fatal;
use crate::private;
use crate::shared::Replays;

/// An object that nobody stores.
const NO_REPLAY: &str = "start";

/// Open stores.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) durable: Durable,
    pub(crate) live: Live,
    pub(crate) replays: Replays,
    closing: Closing,
}

/// The durable store, open to be written beside working servers.
#[derive(Debug)]
pub(crate) struct Operated {
    pub(crate) durable: Durable,
    database: Database,
}

/// Stores open to be read beside working servers.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) durable: Durable,
    pub(crate) replays: Replays,
    database: Database,
}

/// What must be closed.
#[derive(Debug)]
struct Closing {
    database: Database,
    redis: Option<Arc<RedisStore>>,
}

#[derive(Debug)]
enum Database {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

impl Plan {
    /// Opens the stores, making and migrating what is not there; the lock on embedded ones has made their folders.
    pub(crate) async fn open(&self, config: &Config) -> Result<Stores, Fatal> {
        let replays = self.replays(config)?;
        let roles = config.roles.roles();
        if roles.gateway || roles.sim {
            // A bucket that is not there, or a key that is not its own, is told at once and not at the first replay.
            replays.0.get(NO_REPLAY).await.map_err(|error| failed(&error))?;
        }
        let database = self.database(config).await?;
        let (live, redis) = match &self.pair {
            Pair::Embedded { .. } => (Live::of(LocalStore::new()), None),
            Pair::Shared { redis, .. } => {
                let store = RedisStore::open(redis).await.map_err(|error| failed(&error))?;
                (Live::of(Arc::clone(&store)), Some(store))
            }
        };
        Ok(Stores {
            durable: database.durable(),
            live,
            replays,
            closing: Closing { database, redis },
        })
    }

    /// Makes and migrates the durable store.
    pub(crate) async fn migrate(&self, config: &Config) -> Result<(), Fatal> {
        match &self.pair {
            Pair::Embedded { sqlite } => Database::sqlite(sqlite)?.close().await,
            Pair::Shared { postgres, .. } => migrate(&options(postgres, config))
                .await
                .map(drop)
                .map_err(|error| failed(&error)),
        }
    }

    /// Opens the durable store for an operator's command beside working servers; takes no lock and makes no schema.
    pub(crate) async fn open_to_operate(&self, config: &Config) -> Result<Operated, Fatal> {
        let database = match &self.pair {
            Pair::Embedded { sqlite } => SqliteStore::open_beside(sqlite)
                .map_err(|error| sqlite_failed(sqlite, &error))
                .map(Database::Sqlite),
            Pair::Shared { postgres, .. } => Database::postgres(&options(postgres, config)).await,
        }?;
        Ok(Operated {
            durable: database.durable(),
            database,
        })
    }

    /// Opens the stores to be read beside working servers; takes no lock and changes nothing.
    pub(crate) async fn open_to_audit(&self, config: &Config) -> Result<Audited, Fatal> {
        let database = match &self.pair {
            Pair::Embedded { sqlite } => SqliteStore::open_read_only(sqlite)
                .map_err(|error| sqlite_failed(sqlite, &error))
                .map(Database::Sqlite),
            Pair::Shared { postgres, .. } => Database::postgres(&options(postgres, config)).await,
        }?;
        Ok(Audited {
            durable: database.durable(),
            replays: self.replays(config)?,
            database,
        })
    }

    /// Opens the live store that nodes share, to be read; there is none where it is in the server's process.
    pub(crate) async fn open_live(&self) -> Result<Option<Arc<RedisStore>>, StoreError> {
        match &self.pair {
            Pair::Embedded { .. } => Ok(None),
            Pair::Shared { redis, .. } => RedisStore::open(redis).await.map(Some),
        }
    }

    async fn database(&self, config: &Config) -> Result<Database, Fatal> {
        match &self.pair {
            Pair::Embedded { sqlite } => Database::sqlite(sqlite),
            Pair::Shared { postgres, .. } => {
                let options = options(postgres, config);
                migrate_if_behind(&options).await.map_err(|error| failed(&error))?;
                Database::postgres(&options).await
            }
        }
    }

    fn replays(&self, config: &Config) -> Result<Replays, Fatal> {
        let replays = match &self.replays {
            Objects::Folder(folder) => ObjectReplays::file(folder),
            Objects::Bucket(url) => ObjectReplays::s3(url, bucket_keys(config)?),
        };
        replays
            .map(|replays| Replays(Arc::new(replays)))
            .map_err(|error| failed(&error))
    }
}

impl Database {
    fn sqlite(path: &Path) -> Result<Self, Fatal> {
        private::database(path).map_err(|error| Fatal::resource(&format!("database {}", path.display()), &error))?;
        SqliteStore::open(path)
            .map_err(|error| sqlite_failed(path, &error))
            .map(Self::Sqlite)
    }

    async fn postgres(options: &Options) -> Result<Self, Fatal> {
        let store = PostgresStore::open(options).await;
        store.map(Self::Postgres).map_err(|error| failed(&error))
    }

    fn durable(&self) -> Durable {
        match self {
            Self::Sqlite(store) => Durable::of(Arc::clone(store)),
            Self::Postgres(store) => Durable::of(Arc::clone(store)),
        }
    }

    async fn close(&self) -> Result<(), Fatal> {
        match self {
            Self::Sqlite(store) => {
                let closed = store.close().await;
                closed.map_err(|error| Fatal::resource("closing the database", &error))
            }
            Self::Postgres(store) => {
                store.close().await;
                Ok(())
            }
        }
    }
}

impl Stores {
    /// Closes what needs closing.
    pub(crate) async fn close(&self) -> Result<(), Fatal> {
        if let Some(redis) = &self.closing.redis {
            redis.close().await;
        }
        self.closing.database.close().await
    }
}

impl Operated {
    /// Closes what needs closing.
    pub(crate) async fn close(&self) -> Result<(), Fatal> {
        self.database.close().await
    }
}

impl Audited {
    /// Closes what needs closing.
    pub(crate) async fn close(&self) -> Result<(), Fatal> {
        self.database.close().await
    }
}

fn options(address: &Address, config: &Config) -> Options {
    Options {
        connections_max: config.database.connections_max,
        ..Options::new(address.clone())
    }
}

/// Returns the bucket's keys, from the key file or else the environment.
fn bucket_keys(config: &Config) -> Result<Vec<(String, String)>, Fatal> {
    let Some(path) = &config.replays.key_file else {
        return Ok(crate::config::bucket_keys());
    };
    let what = format!("replays.key_file {}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| Fatal::resource(&what, &error))?;
    keys_in(&text).map_err(|error| Fatal::new(Fatal::CONFIG, format!("{what}: {error}")))
}

fn sqlite_failed(path: &Path, error: &StoreError) -> Fatal {
    Fatal::resource(&format!("database {}", path.display()), error)
}

/// The stores name themselves.
fn failed(error: &StoreError) -> Fatal {
    Fatal::resource("starting", error)
}
