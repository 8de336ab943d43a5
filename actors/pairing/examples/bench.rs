//! Prints what pairing costs and how good it is: `cargo run --release -p tiltyard-pairing --example bench -- [tickets]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tiltyard_pairing::bench::{Plan, run};

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = time.tv_nsec.try_into().unwrap_or(0);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), nanos)
}

fn main() -> Result<(), serde_json::Error> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let plan = Plan {
        tickets: argument.parse().unwrap_or(1_000_000),
        ..Plan::default()
    };
    let figures = run(plan, cpu, |what| eprintln!("{what} ..."));
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
