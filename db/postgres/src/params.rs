//! Parameters of statements, each sent with its type: nothing is prepared, so that a transaction pooler may stand between.

use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// One parameter.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// A Rust type with the PostgreSQL type that it is sent as.
pub(crate) trait Typed: ToSql + Sync {
    /// Its type.
    const TYPE: Type;
    /// The type of an array of it.
    const ARRAY: Type;
}

/// Returns `value` with its type.
pub(crate) fn param<T: Typed>(value: &T) -> Param<'_> {
    (value, T::TYPE)
}

/// Lists parameters by reference, with their types.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::params::param(&$value)),*] };
}
pub(crate) use params;

macro_rules! typed {
    ($($rust:ty = $sql:ident, $array:ident;)+) => {$(
        impl Typed for $rust {
            const TYPE: Type = Type::$sql;
            const ARRAY: Type = Type::$array;
        }
    )+};
}

typed! {
    Uuid = UUID, UUID_ARRAY;
    &str = TEXT, TEXT_ARRAY;
    String = TEXT, TEXT_ARRAY;
    &[u8] = BYTEA, BYTEA_ARRAY;
    i16 = INT2, INT2_ARRAY;
    i32 = INT4, INT4_ARRAY;
    i64 = INT8, INT8_ARRAY;
    f64 = FLOAT8, FLOAT8_ARRAY;
    bool = BOOL, BOOL_ARRAY;
}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;
    const ARRAY: Type = T::ARRAY;
}

impl<T: Typed> Typed for Vec<T> {
    const TYPE: Type = T::ARRAY;
    const ARRAY: Type = T::ARRAY;
}

/// An id or hash as it is sent.
pub(crate) trait Id {
    /// Returns the UUID with the id's bytes.
    fn uuid(&self) -> Uuid;
}

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl Id for tiltyard_protocol::$id {
            fn uuid(&self) -> Uuid {
                Uuid::from_bytes(*self.as_bytes())
            }
        }
    )+};
}

ids!(BootId, MatchId, NodeId, PlayerId, TeamId, TicketId);

/// Returns what ids are sent as.
pub(crate) fn uuids<'a, T: Id + 'a>(ids: impl IntoIterator<Item = &'a T>) -> Vec<Uuid> {
    ids.into_iter().map(Id::uuid).collect()
}

/// Turns a limit into what SQL takes.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
