//! Reads columns. What does not decode is stored data that this version cannot read.

use bytes::Bytes;
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::{BuildHash, ContentHash, EventSeq, MatchId, PlayerId, TeamId, TicketId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::codes::Stored;
use crate::link::STORE;

/// A type that a column can be read as.
pub(crate) trait Column: Sized {
    /// What the driver reads.
    type Raw<'a>: FromSql<'a>;
    /// Makes the value of what was read.
    ///
    /// # Errors
    /// `Corrupt` if it is none.
    fn of(raw: Self::Raw<'_>) -> Result<Self>;
}

/// Reads column `index` of `row`.
///
/// # Errors
/// `Corrupt` if it is no `T`.
pub(crate) fn get<T: Column>(row: &Row, index: usize) -> Result<T> {
    let raw = row.try_get::<_, T::Raw<'_>>(index);
    T::of(raw.map_err(|error| undecoded(&error))?)
}

/// Reads column `index` of `row`, which may be NULL.
///
/// # Errors
/// `Corrupt` if it is no `T`.
pub(crate) fn get_option<T: Column>(row: &Row, index: usize) -> Result<Option<T>> {
    let raw = row.try_get::<_, Option<T::Raw<'_>>>(index);
    raw.map_err(|error| undecoded(&error))?.map(T::of).transpose()
}

/// Reads a member of a closed set.
///
/// # Errors
/// `Corrupt` if the code has no meaning.
pub(crate) fn get_code<T: Stored>(row: &Row, index: usize) -> Result<T> {
    T::of_code(get(row, index)?)
}

/// Returns the only row of an answer.
///
/// # Errors
/// `Corrupt` if there is none.
pub(crate) fn only(rows: &[Row]) -> Result<&Row> {
    rows.first()
        .ok_or_else(|| corrupt("a statement answered no row".to_owned()))
}

/// Returns what a broken row is reported as.
pub(crate) fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { store: STORE, what }
}

fn undecoded(error: &tokio_postgres::Error) -> StoreError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    corrupt(format!("{error}{}", cause.unwrap_or_default()))
}

macro_rules! plain {
    ($($rust:ty),+) => {$(
        impl Column for $rust {
            type Raw<'a> = Self;
            fn of(raw: Self) -> Result<Self> {
                Ok(raw)
            }
        }
    )+};
}

plain!(
    bool,
    i16,
    i32,
    i64,
    f64,
    String,
    Vec<i16>,
    Vec<i64>,
    Vec<Option<i64>>,
    Vec<Uuid>
);

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl Column for $id {
            type Raw<'a> = Uuid;
            fn of(raw: Uuid) -> Result<Self> {
                Ok(Self::from_bytes(raw.into_bytes()))
            }
        }
    )+};
}

ids!(MatchId, PlayerId, TeamId, TicketId);

macro_rules! hashes {
    ($($hash:ident),+) => {$(
        impl Column for $hash {
            type Raw<'a> = &'a [u8];
            fn of(raw: &[u8]) -> Result<Self> {
                Ok(Self::from_bytes(exact(raw)?))
            }
        }
    )+};
}

hashes!(BuildHash, ContentHash);

impl<const N: usize> Column for [u8; N] {
    type Raw<'a> = &'a [u8];
    fn of(raw: &[u8]) -> Result<Self> {
        exact(raw)
    }
}

impl Column for Bytes {
    type Raw<'a> = &'a [u8];
    fn of(raw: &[u8]) -> Result<Self> {
        Ok(Self::copy_from_slice(raw))
    }
}

impl Column for Timestamp {
    type Raw<'a> = i64;
    fn of(raw: i64) -> Result<Self> {
        Ok(Self::from_micros(raw))
    }
}

impl Column for EventSeq {
    type Raw<'a> = i64;
    fn of(raw: i64) -> Result<Self> {
        Ok(Self(raw))
    }
}

impl Column for u16 {
    type Raw<'a> = i32;
    fn of(raw: i32) -> Result<Self> {
        whole(raw)
    }
}

impl Column for u32 {
    type Raw<'a> = i64;
    fn of(raw: i64) -> Result<Self> {
        whole(raw)
    }
}

fn exact<const N: usize>(raw: &[u8]) -> Result<[u8; N]> {
    raw.try_into()
        .map_err(|_error| corrupt(format!("{} bytes are where {N} belong", raw.len())))
}

fn whole<T, U: TryFrom<T>>(raw: T) -> Result<U>
where
    T: std::fmt::Display + Copy,
{
    U::try_from(raw).map_err(|_error| corrupt(format!("{raw} is out of range")))
}
