//! The stores as the rest of Tiltyard sees them: a trait per aggregate, record types, and one conformance suite per trait.
//!
//! **Durable** stores keep what a player must never lose; **live** stores keep what can be rebuilt from them.
//! The contract of every batch is *an outcome per item*, in the order of the items, sent only after the commit;
//! an `Err` means that nothing is known about any item, and the same call may be made again: each item is idempotent by its id.
//! A behaviour that is not in the conformance suite does not exist.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod durable;
mod error;
pub mod live;
pub mod objects;

pub use error::{Result, StoreError};
