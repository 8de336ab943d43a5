//! The bounded pool of connections, and a held connection that goes back only when it is known to be idle.

use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, QueueMode, RecyclingMethod,
    Runtime, TimeoutType, Timeouts,
};
use tiltyard_db::{Result, StoreError};
use tokio_postgres::{NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::link::Options;
use crate::link::fault::{Fault, STORE};
use crate::link::meters;
use crate::params::Param;
use crate::tls;

/// Time a connection has to be made, TLS and authentication included: a frozen server accepts and then says nothing.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Time sent bytes may stay unacknowledged: a black hole is noticed before a call's time is over.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(4);
/// Time the server is given to hear that a statement is not wanted any more.
const CANCEL_LIMIT: Duration = Duration::from_millis(250);

/// The pool, and what is needed to cancel a statement.
pub(crate) struct Connections {
    pool: Pool,
    tls: Option<MakeRustlsConnect>,
    /// Whether a transaction pooler stands between, behind which a session's prepared statements are another's.
    pooled: bool,
}

impl Connections {
    /// Prepares the pool; connects to nothing yet.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let tls = tls::connector(&options.address.protection).map_err(|error| StoreError::unavailable(STORE, error))?;
        let config = configured(options);
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match &tls {
            Some(tls) => Manager::from_config(config, tls.clone(), manager),
            None => Manager::from_config(config, NoTls, manager),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections_max)
            // The one used last has its plans, and what they read, at hand.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .post_create(Hook::sync_fn(|_client, _metrics| {
                meters::opened();
                Ok::<(), HookError>(())
            }))
            .build()
            .map_err(|error| StoreError::unavailable(STORE, error))?;
        let pooled = options.address.pooled;
        Ok(Self { pool, tls, pooled })
    }

    /// Takes a connection, waiting at most `left` for a free one.
    pub(crate) async fn take(&self, left: Duration) -> Result<Held, Fault> {
        let timeouts = Timeouts {
            wait: Some(left),
            create: Some(CONNECT_LIMIT.min(left)),
            recycle: Some(CONNECT_LIMIT.min(left)),
        };
        let taken = self.pool.timeout_get(&timeouts).await;
        meters::connections(&self.pool.status());
        match taken {
            Ok(object) => Ok(Held {
                object: Some(object),
                pool: self.pool.clone(),
            }),
            Err(PoolError::Timeout(TimeoutType::Wait)) => Err(Fault::Slow),
            Err(PoolError::Timeout(_)) => Err(Fault::Lost("connecting took too long".into())),
            Err(PoolError::Backend(error)) => Err(Fault::of_connecting(error)),
            Err(closed @ (PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_))) => {
                Err(Fault::Final(StoreError::unavailable(STORE, closed)))
            }
        }
    }

    /// Runs one statement on `held`.
    ///
    /// It is prepared at a connection's first use of it, which halves the server's time for a short read or better; behind a
    /// transaction pooler it is parsed and planned each time.
    pub(crate) async fn run(&self, held: &Held, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Fault> {
        let client = held.client()?;
        let rows = if self.pooled {
            client.query_typed(sql, params).await
        } else {
            let (values, types): (Vec<_>, Vec<_>) = params.iter().cloned().unzip();
            match client.prepare_typed_cached(sql, &types).await {
                Ok(prepared) => client.query(&prepared, &values).await,
                Err(error) => Err(error),
            }
        };
        rows.map_err(Fault::of_statement)
    }

    /// Throws `held` away and asks the server to give up what it was doing on it.
    pub(crate) async fn abandon(&self, held: Held) {
        let Some(token) = held.object.as_ref().map(|object| object.cancel_token()) else {
            return;
        };
        drop(held);
        let cancelled = async {
            match &self.tls {
                Some(tls) => token.cancel_query(tls.clone()).await,
                None => token.cancel_query(NoTls).await,
            }
        };
        match tokio::time::timeout(CANCEL_LIMIT, cancelled).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "could not cancel an abandoned statement; its time-out ends it"),
            Err(_elapsed) => tracing::debug!("could not cancel an abandoned statement in time; its time-out ends it"),
        }
    }

    /// Time that [`Connections::abandon`] may take.
    pub(crate) const fn abandon_limit() -> Duration {
        CANCEL_LIMIT
    }

    /// Refuses later calls and closes every connection that is idle.
    pub(crate) fn close(&self) {
        self.pool.close();
    }

    /// Connections that are open, in use or idle.
    pub(crate) fn open(&self) -> usize {
        self.pool.status().size
    }
}

/// A connection in use. Dropped, it is closed: a caller that went away may have left a statement running on it.
pub(crate) struct Held {
    object: Option<Object>,
    pool: Pool,
}

impl Held {
    /// The connection.
    ///
    /// # Errors
    /// None in practice: it is there until it is released.
    pub(crate) fn client(&self) -> Result<&ClientWrapper, Fault> {
        match &self.object {
            Some(object) => Ok(object),
            None => Err(Fault::Lost("the connection was released".into())),
        }
    }

    /// Gives the connection, idle again, back to the pool.
    pub(crate) fn release(mut self) {
        drop(self.object.take());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
        meters::connections(&self.pool.status());
    }
}

fn configured(options: &Options) -> tokio_postgres::Config {
    let mut config = options.address.config.clone();
    config
        .application_name(&options.application)
        .connect_timeout(CONNECT_LIMIT)
        .tcp_user_timeout(UNACKNOWLEDGED_LIMIT)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(3))
        .keepalives_retries(3);
    if !options.address.pooled {
        config.options(crate::link::session_options(options.address.config.get_options()));
    }
    config
}
