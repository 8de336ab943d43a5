//! A deployment on PostgreSQL, Redis and S3, real ones and private to the test: what its nodes share.

use std::sync::atomic::{AtomicU32, Ordering};

use tiltyard_db_testkit::{Postgres, Redis, S3};

use crate::support::{Environment, Server};

/// What the nodes of one deployment share.
pub(crate) struct Deployment {
    environment: Environment,
}

/// Servers that belong to one test, to be killed and frozen.
pub(crate) struct Services {
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    pub(crate) s3: S3,
}

impl Deployment {
    /// Makes an empty one on the servers that all tests share.
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("deployment_{}", MADE.fetch_add(1, Ordering::Relaxed));
        let (postgres, redis) = (Postgres::shared(), Redis::shared());
        postgres.create_database(&name, None).unwrap();
        let live = format!("{}?prefix={name}", redis.url());
        Self::at(&postgres.url(&name), &live, S3::shared(), &name.replace('_', "-"))
    }

    fn at(database: &str, live: &str, s3: &S3, bucket: &str) -> Self {
        s3.create_bucket(bucket).unwrap();
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            environment: vec![
                variable("TILTYARD_DATABASE_URL", database),
                variable("TILTYARD_REDIS_URL", live),
                variable("TILTYARD_REPLAY_URL", &s3.url(&format!("{bucket}/replays"))),
                variable("AWS_ACCESS_KEY_ID", s3.access_key()),
                variable("AWS_SECRET_ACCESS_KEY", s3.secret_key()),
            ],
        }
    }

    /// Returns the variables by which its nodes find the stores.
    pub(crate) fn environment(&self) -> Environment {
        self.environment.clone()
    }

    /// Returns the same deployment with another value of a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a node with these roles.
    pub(crate) fn node(&self, roles: &str) -> Server {
        self.node_with(&format!("roles = \"{roles}\"\n"))
    }

    /// Starts a node with a configuration file of this text.
    pub(crate) fn node_with(&self, config: &str) -> Server {
        Server::start_at(config, self.environment())
    }
}

impl Services {
    /// Starts them.
    pub(crate) fn start() -> Self {
        Self {
            postgres: Postgres::start().unwrap(),
            redis: Redis::start().unwrap(),
            s3: S3::start().unwrap(),
        }
    }

    /// Makes the deployment on them.
    pub(crate) fn deployment(&self) -> Deployment {
        Deployment::at(&self.postgres.url("postgres"), &self.redis.url(), &self.s3, "replays")
    }
}
