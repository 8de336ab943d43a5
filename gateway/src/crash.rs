//! `TILTYARD_CRASH_AT`: ends or freezes this process, or panics, at a named point, for tests that need a real process to fail there.
//! `TILTYARD_RULES_VERSION`: has this program claim another version of the rules than it has, for tests of a rolling change.
//!
//! Compiled in with the feature `fail-points` only.

use crate::exit::Fatal;

/// Does nothing: this build has no crash points.
#[cfg(not(feature = "fail-points"))]
#[expect(clippy::unnecessary_wraps, reason = "the other build can fail")]
pub(crate) const fn arm() -> Result<(), Fatal> {
    Ok(())
}

/// Does nothing: this build has the rules it has.
#[cfg(not(feature = "fail-points"))]
#[expect(clippy::unnecessary_wraps, reason = "the other build can fail")]
pub(crate) const fn claim_rules() -> Result<(), Fatal> {
    Ok(())
}

/// Claims the version of the rules that a test wants.
#[cfg(feature = "fail-points")]
pub(crate) fn claim_rules() -> Result<(), Fatal> {
    let Some(version) = crate::config::test_variable("rules_version") else {
        return Ok(());
    };
    let invalid = |why: String| Fatal::new(Fatal::CONFIG, format!("TILTYARD_RULES_VERSION: {why}"));
    let version: u32 = version.parse().map_err(|error| invalid(format!("{error}")))?;
    fail::cfg("rules-version", &format!("return({version})")).map_err(invalid)
}

/// Reads `name`, `name:n` or `freeze:name:n`: at the n-th hit of the point the process aborts, or stops until SIGCONT; and
/// `panic:name`: the thread panics at each hit.
#[cfg(feature = "fail-points")]
pub(crate) fn arm() -> Result<(), Fatal> {
    let Some(text) = crate::config::test_variable("crash_at") else {
        return Ok(());
    };
    let unarmed = |problem: String| Fatal::new(Fatal::CONFIG, format!("TILTYARD_CRASH_AT: {problem}"));
    if let Some(name) = text.strip_prefix("panic:") {
        return fail::cfg(name, "panic(as a test asked for)").map_err(unarmed);
    }
    let point = armed::Point::parse(&text)
        .ok_or_else(|| Fatal::new(Fatal::CONFIG, "TILTYARD_CRASH_AT: [freeze:]NAME[:N] or panic:NAME"))?;
    tracing::warn!(?point, "this process will crash");
    point.arm().map_err(unarmed)
}

#[cfg(feature = "fail-points")]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    /// Where and how.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct Point {
        pub(super) name: String,
        pub(super) hit: u32,
        pub(super) freeze: bool,
    }

    impl Point {
        pub(super) fn parse(text: &str) -> Option<Self> {
            let (freeze, rest) = text.strip_prefix("freeze:").map_or((false, text), |rest| (true, rest));
            let (name, hit) = match rest.rsplit_once(':') {
                Some((name, hit)) => (name, hit.parse().ok().filter(|hit| *hit > 0)?),
                None => (rest, 1),
            };
            if name.is_empty() {
                None
            } else {
                Some(Self {
                    name: name.to_owned(),
                    hit,
                    freeze,
                })
            }
        }

        pub(super) fn arm(self) -> Result<(), String> {
            let hits = AtomicU32::new(0);
            let Self { name, hit, freeze } = self;
            fail::cfg_callback(name, move || {
                if hits.fetch_add(1, Ordering::SeqCst) + 1 == hit {
                    fire(freeze);
                }
            })
        }
    }

    /// Acts on the whole process, as a power cut or a scheduler would.
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread is to stand still: the process is stopped meanwhile"
    )]
    fn fire(freeze: bool) {
        if !freeze {
            std::process::abort();
        }
        if let Err(error) = kill_process(getpid(), Signal::STOP) {
            tracing::error!(%error, "the process could not be stopped");
        }
        // Another thread may take the signal, and this one run on until all are stopped.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn points_parse() {
            let point = |name: &str, hit, freeze| {
                Some(Point {
                    name: name.to_owned(),
                    hit,
                    freeze,
                })
            };
            assert_eq!(Point::parse("a-b"), point("a-b", 1, false));
            assert_eq!(Point::parse("a:3"), point("a", 3, false));
            assert_eq!(Point::parse("freeze:a:2"), point("a", 2, true));
            for text in ["", "a:0", "a:x", ":1", "freeze:"] {
                assert_eq!(Point::parse(text), None, "{text}");
            }
        }
    }
}
