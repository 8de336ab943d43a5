//! One suite per trait, run by every implementation.

pub mod durable;
pub mod live;
