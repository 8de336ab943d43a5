//! One attempt at a fight: what a worker does with a job, and `sim repro` with a match that no worker could fight.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tiltyard_sim::Content;
use tiltyard_sim_wire::{SimulateError, Simulated, simulate};

/// Why an attempt gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The simulation did not take the request.
    #[error(transparent)]
    Refused(#[from] SimulateError),
    /// The simulation panicked, with this message.
    #[error("the simulation panicked: {0}")]
    Panicked(String),
}

/// Simulates a request on the calling thread, which outlives a panic of the simulation.
///
/// # Errors
/// A request that is refused, and a panic: both count against the match.
pub fn attempt(request_bytes: &[u8], content: &Content) -> Result<Simulated, AttemptError> {
    let simulated = catch_unwind(AssertUnwindSafe(|| {
        fail::fail_point!("simulating");
        simulate(request_bytes, content)
    }));
    match simulated {
        Ok(simulated) => Ok(simulated?),
        Err(panic) => Err(AttemptError::Panicked(text_of(panic.as_ref()).to_owned())),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
