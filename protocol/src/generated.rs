//! The `FlatBuffers` messages: code generated from `protocol/schema/*.fbs` by `protocol/schema/generate`.
//!
//! Consumers name the message modules (`generated::replay::Replay`); how flatc nests its output stays in here.
//! Nothing in these modules checks meaning: `tiltyard-sim-wire` is the only reader and writer.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction,
    elided_lifetimes_in_paths,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_imports,
    unused_lifetimes,
    unused_qualifications,
    rustdoc::all,
    reason = "generated code follows flatc's habits"
)]

#[rustfmt::skip]
mod common_generated;
#[rustfmt::skip]
mod match_request_generated;
#[rustfmt::skip]
mod match_result_generated;
#[rustfmt::skip]
mod replay_generated;

/// Types that several messages share.
pub mod common {
    pub use super::common_generated::tiltyard::*;
}

/// What a simulation worker is asked to play.
pub mod match_request {
    pub use super::match_request_generated::tiltyard::*;
}

/// What came out of a fight.
pub mod match_result {
    pub use super::match_result_generated::tiltyard::*;
}

/// The recording of a fight.
pub mod replay {
    pub use super::replay_generated::tiltyard::*;
}

/// What a generated file finds under the name of a file it includes: the types, without flatc's namespace module.
mod includes {
    pub(in crate::generated) mod common_generated {
        pub use crate::generated::common_generated::tiltyard::*;
    }
}
