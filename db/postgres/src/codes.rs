//! The closed sets as the small integers that the tables hold. A code is never given to another meaning.

use tiltyard_db::Result;
use tiltyard_db::durable::content::Origin;
use tiltyard_db::durable::ratings::Score;
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{EndReason, Side};

use crate::rows::corrupt;

/// A closed set with a stored code per member.
pub(crate) trait Stored: Copy + Sized + 'static {
    /// The members with their codes.
    const CODES: &'static [(Self, i16)];
    /// Returns the member's code.
    fn code(self) -> i16;

    /// Returns the member of a stored code.
    ///
    /// # Errors
    /// `Corrupt` if there is none.
    fn of_code(code: i16) -> Result<Self> {
        let found = Self::CODES.iter().find(|(_, known)| *known == code);
        let found = found.map(|(member, _)| *member);
        found.ok_or_else(|| corrupt(format!("{code} is no {}", std::any::type_name::<Self>())))
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
            const CODES: &'static [(Self, i16)] = &[$((Self::$member, $code)),+];

            fn code(self) -> i16 {
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
