//! The closed sets as the small integers that the tables hold. A code is never given to another meaning.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use tiltyard_db::durable::content::Origin;
use tiltyard_db::durable::ratings::Score;
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{EndReason, Side};

/// A closed set with a stored code per member.
pub(crate) trait Stored: Copy + Sized + 'static {
    /// The members with their codes.
    const CODES: &'static [(Self, i64)];
    /// Returns the member's code.
    fn code(self) -> i64;
}

/// A member of a closed set on its way into or out of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code<T>(pub(crate) T);

impl<T: Stored> ToSql for Code<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.code()))
    }
}

impl<T: Stored> FromSql for Code<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let code = value.as_i64()?;
        T::CODES
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(member, _)| Self(*member))
            .ok_or(FromSqlError::OutOfRange(code))
    }
}

/// State of a match as its row holds it; what belongs to a state stands in other tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// No result.
    Pending,
    /// Has a row in `match_results`.
    Done,
    /// Has a row in `dead_letters`.
    DeadLettered,
}

// The match makes a member without a code a compile error; the slice is what reading searches.
macro_rules! codes {
    ($($set:ident { $($member:ident = $code:literal),+ $(,)? })+) => {$(
        impl Stored for $set {
            const CODES: &'static [(Self, i64)] = &[$((Self::$member, $code)),+];

            fn code(self) -> i64 {
                match self { $(Self::$member => $code),+ }
            }
        }
    )+};
}

codes! {
    TicketState { Queued = 0, Matched = 1, Finished = 2, Cancelled = 3, Expired = 4, Returned = 5 }
    Progress { Pending = 0, Done = 1, DeadLettered = 2 }
    Mode { Ranked = 0, Practice = 1 }
    EndReason { Elimination = 0, MutualKill = 1, TimeLimit = 2 }
    Side { Left = 0, Right = 1 }
    Origin { Builtin = 0, Operator = 1 }
    Score { Win = 0, Loss = 1, Draw = 2 }
}
