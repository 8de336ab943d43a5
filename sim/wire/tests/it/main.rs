//! What the simulation's messages promise: round trips, refusals, exact health, small and repeatable bytes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod comparing;
mod dictionary;
mod golden;
mod golden_files;
mod hostile;
mod python;
mod replays;
mod requests;
mod schema;
mod support;
