//! Secrets made once.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Secrets;

use crate::fault::{Fault, Work};
use crate::queries;
use crate::sql::{first, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Secrets for SqliteStore {
    async fn secret(&self, name: &str, candidate: Bytes) -> Result<Bytes> {
        let name = name.to_owned();
        self.write(Purpose::Other, 1, move |on| {
            run(on, queries::SECRET_PUT, params![name, candidate.as_ref()])?;
            stored(on, &name)
        })
        .await
    }
}

fn stored(on: &Connection, name: &str) -> Work<Bytes> {
    let secret = first(on, queries::SECRET_GET, [name], |row| {
        Ok(Bytes::from(row.get::<_, Vec<u8>>(0)?))
    })?;
    secret.ok_or_else(|| Fault::Unreadable(format!("secret {name} was not stored")))
}
