//! Leases: who tries to lead. Being wrong costs a refused commit, since the epoch in the database decides.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_protocol::BootId;

use crate::Result;

/// Whose a lease is, as told to one who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Theirs, for its life from this moment.
    Mine,
    /// Another's, who has not renewed it for half its life; they have it next if it ends, and may get ready.
    Next,
    /// Another's, or promised to another.
    Others,
}

impl Hold {
    /// Says whether who asked has the lease.
    #[must_use]
    pub const fn is_mine(self) -> bool {
        matches!(self, Self::Mine)
    }
}

/// The part of a lease's life, from its end on, in which it is free only for who is next: one in so many.
/// `db/redis/scripts/lease_hold.lua` has the same number.
pub const FIRST_REFUSAL: u32 = 10;

/// The leases.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Takes the lease `name` for `ttl` if it is free, or renews it if `who` has it; says whose it is.
    ///
    /// The first to ask for a lease with half its `ttl` left or less is next, until it is renewed or released. Once it has ended it is kept
    /// for them for a tenth of its life, and is free for anybody thereafter.
    async fn hold(&self, name: &str, who: BootId, ttl: Duration) -> Result<Hold>;

    /// Frees the lease for anybody if `holder` has it.
    async fn release(&self, name: &str, holder: BootId) -> Result<()>;
}
