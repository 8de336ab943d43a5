//! The wall clock as an argument, so that tests can hold time still and replay it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Tells the time. Cheap to copy; hand it to whoever needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    System,
    Following { start_micros: i64, origin: Instant },
}

impl Clock {
    /// Reads the clock of the machine.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// Starts at `micros` since the Unix epoch and moves with tokio's time, which a test can pause and advance.
    pub fn starting_at(micros: i64) -> Self {
        Self {
            source: Source::Following {
                start_micros: micros,
                origin: Instant::now(),
            },
        }
    }

    /// Gives the microseconds since the Unix epoch, UTC; negative before it.
    pub fn now_micros(&self) -> i64 {
        match self.source {
            Source::System => system_micros(),
            Source::Following { start_micros, origin } => start_micros.saturating_add(micros(origin.elapsed())),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock; everybody else is given a Clock"
)]
fn system_micros() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
