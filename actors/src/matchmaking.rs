//! Matchmaking: who leads, who meets whom, what becomes of a match that was made, and what was missed.

pub(crate) mod dispatcher;
pub(crate) mod leader;
pub(crate) mod lease_keeper;
pub(crate) mod matchmaker;
mod pairing;
pub(crate) mod sweeper;
