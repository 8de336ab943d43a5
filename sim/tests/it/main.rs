//! What the crate promises, tested from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

mod auditor;
mod content;
mod editor;
mod fairness;
mod golden;
mod golden_cases;
mod properties;
mod validation;
