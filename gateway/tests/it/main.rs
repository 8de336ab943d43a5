//! Tests of the real binary: each starts its own process on free ports with its own data folder.
//!
//! Most sign in through the development endpoint; what is shipped has none, and is tested for exactly that.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

#[cfg(feature = "dev-endpoints")]
mod auditing;
#[cfg(feature = "dev-endpoints")]
mod commands;
#[cfg(feature = "dev-endpoints")]
mod connections;
#[cfg(feature = "dev-endpoints")]
mod content;
#[cfg(all(feature = "dev-endpoints", feature = "fail-points"))]
mod crash_points;
#[cfg(feature = "dev-endpoints")]
mod deployment;
mod healthcheck;
#[cfg(feature = "dev-endpoints")]
mod nodes;
#[cfg(feature = "dev-endpoints")]
mod outages;
#[cfg(feature = "dev-endpoints")]
mod play;
#[cfg(feature = "dev-endpoints")]
mod queues;
#[cfg(feature = "dev-endpoints")]
mod readme;
#[cfg(all(feature = "dev-endpoints", feature = "fail-points"))]
mod rolling;
#[cfg(feature = "dev-endpoints")]
mod seasons;
#[cfg(not(feature = "dev-endpoints"))]
mod shipped;
#[cfg(feature = "dev-endpoints")]
mod sign_in;
#[cfg(feature = "dev-endpoints")]
mod sim_commands;
#[cfg(all(feature = "dev-endpoints", feature = "fail-points"))]
mod sim_repro;
#[cfg(feature = "dev-endpoints")]
mod sim_verify;
#[cfg(all(feature = "dev-endpoints", feature = "fail-points", feature = "slow-tests"))]
mod slow;
#[cfg(feature = "dev-endpoints")]
mod streams;
#[cfg_attr(
    not(feature = "dev-endpoints"),
    expect(dead_code, reason = "what is shipped has no sign-in to test with")
)]
mod support;
#[cfg(feature = "dev-endpoints")]
mod table;
#[cfg(feature = "dev-endpoints")]
mod takeover;
