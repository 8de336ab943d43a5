//! The two clocks of a benchmark: a thread's own processor time, which other load does not lengthen, and the wall's.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Returns the processor time of this thread in nanoseconds.
pub(super) fn thread_cpu_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::ThreadCPUTime))
}

/// Returns a time in nanoseconds that only moves forward.
pub(super) fn wall_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// Neither clock is ever negative.
fn nanoseconds(time: Timespec) -> u64 {
    let part = |value: i64| u64::try_from(value).unwrap_or(0);
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_costs_no_processor_time() {
        let (cpu, wall) = (thread_cpu_ns(), wall_ns());
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let waited = receiver.recv_timeout(std::time::Duration::from_millis(20));
        drop(sender);
        assert!(waited.is_err());
        let (cpu, wall) = (thread_cpu_ns() - cpu, wall_ns() - wall);
        assert!(wall >= 20_000_000 && cpu < wall, "{cpu} {wall}");
    }
}
