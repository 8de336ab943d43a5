//! Connections for blocking reads. One is used by one caller at a time, kept for the next if all went well, and closed
//! otherwise: also when the caller gives up, so that the server does not deliver a job to nobody.

use std::sync::{Mutex, PoisonError};

use fred::clients::Client;
use tiltyard_db::{Result, StoreError};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::address::Address;
use crate::bounds::{WAITING_IDLE_MAX, WAITING_MAX};
use crate::connection::{Connection, Purpose};
use crate::{STORE, fault};

/// The connections.
pub(crate) struct Waiters {
    address: Address,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

/// A connection in use.
pub(super) struct Waiter<'a> {
    waiters: &'a Waiters,
    connection: Connection,
    _place: SemaphorePermit<'a>,
}

impl Waiters {
    pub(crate) fn new(address: Address) -> Self {
        Self {
            address,
            idle: Mutex::default(),
            places: Semaphore::new(WAITING_MAX),
        }
    }

    /// Closes what is kept.
    pub(crate) fn close(&self) {
        self.places.close();
        self.lock().clear();
    }

    /// Gets a connection that nobody uses, or makes one.
    pub(super) async fn waiter(&self) -> Result<Waiter<'_>> {
        let place = self.places.try_acquire().map_err(|_none| {
            let what = format!("{WAITING_MAX} calls wait for jobs already, or the store was closed");
            StoreError::unavailable(STORE, what)
        })?;
        let kept = {
            let mut idle = self.lock();
            idle.retain(|connection| !connection.is_over());
            idle.pop()
        };
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let opened = Connection::open(&self.address, Purpose::Waiting).await;
                opened.map_err(|error| fault::store_error(&error))?
            }
        };
        Ok(Waiter {
            waiters: self,
            connection,
            _place: place,
        })
    }

    /// A poisoned list is as good as any: what is in it is checked before it is used.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter<'_> {
    pub(super) const fn client(&self) -> &Client {
        &self.connection.client
    }

    /// Keeps the connection for the next caller.
    pub(super) fn keep(self) {
        let mut idle = self.waiters.lock();
        if idle.len() < WAITING_IDLE_MAX && !self.waiters.places.is_closed() {
            idle.push(self.connection);
        }
    }
}
