//! The Redis store against real servers: the conformance suite, and what a server does that a suite cannot ask for.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

mod common;
mod conformance;
mod faults;
mod jobs;
mod loss;
mod refusals;
mod tls;
