//! The simulation: specs components fetched once a fight, and plain functions over their slices.
//!
//! Start reading at `schedule.rs`, where the whole tick stands on one page.

mod act;
mod arena;
mod arrivals;
mod conditions;
mod decide;
mod derive;
mod effects;
mod endings;
mod harm;
mod hash;
mod hooks;
mod lineup;
mod movement;
mod parts;
mod pending;
mod places;
mod schedule;
mod select;
mod slots;
mod snapshot;
mod squares;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use self::schedule::run;
