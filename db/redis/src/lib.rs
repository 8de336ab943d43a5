//! The live store in Redis (7 or newer), for several nodes: leases, jobs, wake-ups, limits, presence and notes.
//!
//! **Nothing here is the truth.** Redis may restart empty, be flushed, stalled, read-only or full at any moment; what was in it
//! is made again from the database by those who use it, and every key and group that is needed is made where it is missed.
//! A flush also forgets the limits' counters and the leases: a window begins anew, and two leaders may try until the
//! database refuses one. While Redis is away every call fails within a second as `Unavailable` or `TimedOut`, and whether
//! a limit then holds or gives way is its caller's decision.
//!
//! **Jobs** are a stream a rules version with one consumer group, beside a hash that knows which match is which entry, so that
//! a repeated submission is dropped; all changes of both are single scripts. **Wake-ups** are pub/sub, not capped streams: the
//! trait wants every reader to get each hint, none to be kept for nobody, and a loss to be told rather than avoided, and that
//! is what pub/sub does for the price of a message; a stream would keep hints for inboxes that are gone, need a cursor a
//! reader and a blocking connection an inbox. One connection carries all inboxes of a node; whenever it was lost, every reader
//! is told [`Notice::Lagged`](tiltyard_db::live::wakeups::Notice::Lagged) after the subscriptions stand again.
//!
//! **Connections**: one for the commands of all callers, one for all subscriptions, and one for each `take` that waits, since
//! a blocking read holds up what is behind it. A command is sent at most once. Each connection is asked every half second
//! whether it answers; if not within 1.5 s, it is dropped with all that was under way, and made again for ever.
//!
//! **Cluster**: all keys of a script share a slot, and nothing else is assumed of keys. What keeps a cluster out is only that
//! the address names one server; pub/sub is not sharded, so in a cluster each message would visit every node.

mod address;
mod board;
mod bounds;
mod connection;
mod fault;
mod jobs;
mod keys;
mod lease;
mod limits;
mod link;
mod metrics;
mod presence;
mod scripts;
mod tls;
mod wakeups;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fred::error::Error;
use fred::types::Value;
use fred::types::scripts::Script;
use tiltyard_db::{Result, StoreError};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

pub use self::address::{Address, InvalidAddress};
use self::connection::{Connection, Purpose};
use self::jobs::Waiters;
use self::keys::Keys;
use self::link::{Asked, Link};
pub use self::metrics::{METRICS, describe_metrics};
use self::wakeups::{Inboxes, Listening};

const STORE: &str = "Redis";

/// The live store of one node. All its work ends when it is closed or dropped.
pub struct RedisStore {
    address: Address,
    keys: Keys,
    commands: Arc<Link>,
    subscriptions: Arc<Link>,
    inboxes: Arc<Inboxes>,
    /// Held while the set of subscribed channels changes.
    subscribing: Mutex<()>,
    waiters: Waiters,
    calls: Semaphore,
    tasks: Mutex<JoinSet<()>>,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisStore({:?})", self.address)
    }
}

impl RedisStore {
    /// Connects to a server. It takes a few seconds at most.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the server cannot be reached, refuses the user or the certificate, or is too old.
    pub async fn open(address: &Address) -> Result<Arc<Self>> {
        let named = |what: String| StoreError::unavailable(STORE, format!("{address}: {what}"));
        let first = Connection::open(address, Purpose::Commands).await;
        let first = first.map_err(|error| named(fault::said(&error)))?;
        let commands = Link::new("commands", Purpose::Commands, address.clone());
        let subscriptions = Link::new("inboxes", Purpose::Inboxes, address.clone());
        let inboxes = Arc::new(Inboxes::default());
        let listening = Listening::new(Arc::clone(&inboxes));
        let mut tasks = JoinSet::new();
        let (asking, hearing) = (Arc::clone(&commands), Arc::clone(&subscriptions));
        tasks.spawn(async move {
            asking.keep(Some(first), Asked).await;
        });
        tasks.spawn(async move {
            hearing.keep(None, listening).await;
        });
        let both = async { tokio::join!(commands.up(), subscriptions.up()) };
        if timeout(2 * bounds::CONNECT_TIMEOUT, both).await.is_err() {
            commands.client()?;
            subscriptions.client()?;
            return Err(named("it could not be connected to twice".to_owned()));
        }
        Ok(Arc::new(Self {
            keys: Keys::new(address.prefix.clone()),
            waiters: Waiters::new(address.clone()),
            address: address.clone(),
            commands,
            subscriptions,
            inboxes,
            subscribing: Mutex::default(),
            calls: Semaphore::new(bounds::CALLS_MAX),
            tasks: Mutex::new(tasks),
        }))
    }

    /// Ends all connections and readers. Calls made afterwards fail.
    pub async fn close(&self) {
        self.tasks.lock().await.shutdown().await;
        self.commands.close();
        self.subscriptions.close();
        self.waiters.close();
        self.inboxes.close();
    }

    /// Asks the server something that changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::TimedOut`] if it does not answer.
    pub async fn ping(&self) -> Result<()> {
        let ping = async {
            let settled = connection::settled(&self.commands.client()?).await;
            settled.map_err(|error| self.failed(&error))
        };
        self.call("ping", ping).await
    }

    /// Makes one call: refused if too many are under way, and measured.
    async fn call<T>(&self, operation: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let begun = Instant::now();
        let result = match self.calls.try_acquire() {
            Ok(_permit) => work.await,
            Err(_full) => {
                metrics::refused();
                let what = format!("{} calls are under way already", bounds::CALLS_MAX);
                Err(StoreError::unavailable(STORE, what))
            }
        };
        metrics::called(operation, begun.elapsed(), &result);
        result
    }

    /// Runs a script, as part of a call; at once an error if there is no connection.
    async fn run(&self, script: &Script, keys: Vec<String>, arguments: Vec<Value>) -> Result<Value> {
        let client = connection::once(&self.commands.client()?, Duration::ZERO);
        let answer = scripts::run(script, &client, keys, arguments).await;
        answer.map_err(|error| self.failed(&error))
    }

    /// Turns a command's error into the store's. A server that takes no writes is left: its name may lead to another one.
    fn failed(&self, error: &Error) -> StoreError {
        if fault::is_demoted(error) {
            self.commands.renew();
        }
        fault::store_error(error)
    }
}
