//! Simulation messages on the wire: requests, results and replays, `FlatBuffers` on one side and
//! `tiltyard_sim`'s types on the other.
//!
//! [`simulate`] is the one door through which bytes from outside become a fight. Every reader goes the same way:
//! byte cap, then the verifier with limits made for that message, then meaning (counts, numbers, ranges); nothing
//! is read from bytes that the verifier has not passed.

#![forbid(unsafe_code)]

mod error;
mod message;
mod pack;
pub mod replay;
mod request;
mod result;
mod simulate;
mod versions;

pub use crate::error::{Meaning, WireError};
pub use crate::replay::{Replay, ReplayRecorder};
pub use crate::request::{MatchRequest, decode_request, encode_request};
pub use crate::result::{MatchResult, decode_result, encode_result};
pub use crate::simulate::{SimulateError, Simulated, simulate};
pub use crate::versions::{Versions, rules_version};
