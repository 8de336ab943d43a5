//! Pairing: who meets whom, as pure code. No store, no actor, no clock, no I/O: time and randomness are arguments.
//!
//! [`Pool`] holds the waiting tickets and pairs them tick by tick; [`Demand`] says what a spread means in waiting time;
//! [`exact`] holds the exact matcher that the pool is measured against;
//! [`shadow`] does so beside a queue at work, [`mod@bench`] measures it, and [`simulation`] runs recorded or drawn arrivals through it.

pub mod bench;
mod demand;
mod entry;
pub mod exact;
mod links;
mod order;
pub mod pace;
pub mod points;
mod pool;
pub mod random;
pub mod shadow;
pub mod simulation;
mod sort;
pub mod trace;
pub mod widening;
mod window;

pub use demand::Demand;
pub use links::Reason;
pub use pool::{FamilyNo, NewTicket, PlayerNo, Pool, Rules, TicketNo, Waiting};
