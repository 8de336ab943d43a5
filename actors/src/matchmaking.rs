//! Matchmaking: who leads, who meets whom, what becomes of a match that was made, and what was missed.

pub(crate) mod asking;
mod committing;
mod departed;
pub(crate) mod dispatcher;
pub(crate) mod events;
mod journal;
pub(crate) mod leader;
pub(crate) mod lease_keeper;
pub(crate) mod matchmaker;
mod meters;
pub(crate) mod notes;
mod phase;
mod programs;
mod reading;
mod recorder;
mod restamping;
mod roster;
pub(crate) mod sweeper;
