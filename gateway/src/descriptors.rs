//! File descriptors: as many as this process may have, and no more connections than fit.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Descriptors for everything but connections: the stores' files, listeners, the runtime.
const RESERVE: u64 = 128;

/// Raises the process's limit as far as it may, and lowers the cap on connections to what is left of it.
pub(crate) fn fit(mut config: Config) -> Config {
    let wanted = config.http.connections_max;
    let Some(limit) = raised() else { return config };
    config.http.connections_max = fitting(wanted, limit);
    if config.http.connections_max < wanted {
        let connections_max = config.http.connections_max;
        tracing::warn!(
            limit,
            wanted,
            connections_max,
            "http.connections_max is lowered to what the limit on open files (ulimit -n) allows"
        );
    }
    config
}

/// Raises the soft limit to the hard one; returns the limit then in force, `None` if there is none.
fn raised() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit on open files stays as it is");
    }
    getrlimit(Resource::Nofile).current
}

/// Returns how many connections fit, at least one.
fn fitting(wanted: usize, limit: u64) -> usize {
    let room = usize::try_from(limit.saturating_sub(RESERVE)).unwrap_or(usize::MAX);
    wanted.min(room).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        assert_eq!(fitting(10_000, 1 << 20), 10_000);
        assert_eq!(fitting(10_000, 1_024), 896);
        assert_eq!(fitting(10_000, 10), 1);
    }
}
