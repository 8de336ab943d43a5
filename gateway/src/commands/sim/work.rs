//! Many fights over many threads: a counter hands out numbers, the parts are put together at the end.
//!
//! Which thread fights which fight is left to chance, so whatever is reported must not depend on it: parts are sums, or
//! lists that are sorted.

use std::io::IsTerminal as _;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::SimSampleArgs;
use crate::exit::Fatal;

/// Threads, and what their progress is shown on.
#[derive(Debug)]
pub(super) struct Workers {
    threads: usize,
    bar: ProgressBar,
}

impl Workers {
    /// Gets ready for so many fights in all.
    pub(super) fn new(sample: &SimSampleArgs, fights: u64) -> Self {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(fights), target);
        // A template that does not parse leaves the standard bar.
        let style = ProgressStyle::with_template("{msg:11} {bar:30} {pos}/{len} ({per_sec}) {eta} left");
        Self {
            threads: sample.threads.map_or_else(cores, usize::from),
            bar: match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            },
        }
    }

    /// Returns the number of threads.
    pub(super) const fn threads(&self) -> usize {
        self.threads
    }

    /// Does so many items, each by its number, and returns each thread's part, in no particular order.
    ///
    /// # Errors
    /// The first failure of an item, after which no further ones are begun.
    pub(super) fn share<P: Send>(
        &self,
        what: &'static str,
        items: u64,
        new: impl Fn() -> P + Sync,
        add: impl Fn(&mut P, u64) -> Result<(), Fatal> + Sync,
    ) -> Result<Vec<P>, Fatal> {
        self.bar.set_message(what);
        let next = AtomicU64::new(0);
        let work = || {
            let mut part = new();
            loop {
                let item = next.fetch_add(1, Ordering::Relaxed);
                if item >= items {
                    return Ok(part);
                }
                if let Err(failure) = add(&mut part, item) {
                    next.store(items, Ordering::Relaxed);
                    return Err(failure);
                }
                self.bar.inc(1);
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads).map(|_| scope.spawn(work)).collect();
            let parts = threads.into_iter().map(|thread| match thread.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            // All are joined before the first failure is returned.
            parts.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// Takes the bar off the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(threads: u16) -> Workers {
        let sample = SimSampleArgs {
            seed: 0,
            threads: Some(threads),
            json: true,
        };
        Workers::new(&sample, 100)
    }

    #[test]
    fn every_item_is_done_once_by_any_number_of_threads() {
        for threads in [1, 3, 8] {
            let parts = workers(threads)
                .share("test", 100, Vec::new, |part, item| {
                    part.push(item);
                    Ok(())
                })
                .unwrap();
            assert_eq!(parts.len(), usize::from(threads));
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_failure_ends_the_work() {
        let done = AtomicU64::new(0);
        let failed = workers(2).share(
            "test",
            u64::MAX / 2,
            || (),
            |(), item| {
                done.fetch_add(1, Ordering::Relaxed);
                if item == 10 {
                    Err(Fatal::new(Fatal::CHECK, "ten"))
                } else {
                    Ok(())
                }
            },
        );
        assert_eq!(failed.unwrap_err().to_string(), "ten");
    }
}
