//! When to try again: jittered, doubling delays up to a deadline, for errors that may pass.
//!
//! Every request of this client is safe to repeat: ticket and team ids are made by the client, a sign-in names its
//! account, and the rest reads.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::ClientError;
use crate::random::SharedRandom;

/// 2^16 times any first delay is beyond every cap in use.
const DOUBLINGS_MAX: u32 = 16;

/// How long and how often a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Delay before the second attempt, before jitter.
    pub first_delay: Duration,
    /// Longest delay between two attempts.
    pub delay_max: Duration,
    /// Time after which no further attempt begins.
    pub deadline: Duration,
}

impl RetryPolicy {
    /// One attempt only.
    pub const NONE: Self = Self {
        first_delay: Duration::ZERO,
        delay_max: Duration::ZERO,
        deadline: Duration::ZERO,
    };

    /// Returns the delay after `failures` failures (at least one): doubled each time, half of it jitter.
    #[must_use]
    pub fn delay(&self, failures: u32, random: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(DOUBLINGS_MAX);
        let full = self.first_delay.saturating_mul(1 << doublings).min(self.delay_max);
        let half_micros = u64::try_from(full.as_micros() / 2).unwrap_or(u64::MAX - 1);
        full - Duration::from_micros(random % (half_micros + 1))
    }

    /// Returns the delay after an error, or `None` if no further attempt may begin.
    fn next_delay(&self, error: &ClientError, failures: u32, random: u64, spent: Duration) -> Option<Duration> {
        if !error.is_transient() {
            return None;
        }
        let asked = error.retry_after().unwrap_or_default().min(self.delay_max);
        let delay = self.delay(failures, random).max(asked);
        (spent + delay < self.deadline).then_some(delay)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(20),
            delay_max: Duration::from_secs(2),
            deadline: Duration::from_secs(20),
        }
    }
}

/// Repeats `attempt` as the policy says; `on_retry` hears of each repetition.
pub(super) async fn retry<T, F>(
    policy: RetryPolicy,
    random: &SharedRandom,
    mut on_retry: impl FnMut(),
    mut attempt: impl FnMut() -> F,
) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, ClientError>>,
{
    let began = Instant::now();
    let mut failures = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        failures += 1;
        match policy.next_delay(&error, failures, random.next_u64(), began.elapsed()) {
            Some(delay) => sleep(delay).await,
            None => return Err(error),
        }
        on_retry();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tiltyard_protocol::{Problem, ProblemCode};

    const POLICY: RetryPolicy = RetryPolicy {
        first_delay: Duration::from_millis(100),
        delay_max: Duration::from_secs(1),
        deadline: Duration::from_secs(10),
    };

    fn refused() -> ClientError {
        ClientError::Transport("connection refused".to_owned())
    }

    fn problem(code: ProblemCode) -> ClientError {
        ClientError::Problem(Box::new(Problem::new(code, "")))
    }

    /// Runs attempts that fail with `error` until the `good`th; returns the result, attempts and retries.
    async fn run(error: ClientError, good: u32) -> (Result<u32, ClientError>, u32, u32) {
        let (attempts, retries) = (Cell::new(0), Cell::new(0));
        let random = SharedRandom::new(3);
        let attempt = || {
            attempts.set(attempts.get() + 1);
            let result = if attempts.get() == good {
                Ok(good)
            } else {
                Err(error.clone())
            };
            std::future::ready(result)
        };
        let result = retry(POLICY, &random, || retries.set(retries.get() + 1), attempt).await;
        (result, attempts.get(), retries.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_comes_back_is_waited_for() {
        let began = Instant::now();
        assert_eq!(run(refused(), 5).await, (Ok(5), 5, 4));
        // 100 + 200 + 400 + 800 ms, each between half and full.
        let took = began.elapsed();
        assert!(
            took >= Duration::from_millis(750) && took <= Duration::from_millis(1_510),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn retries_end_at_the_deadline() {
        let began = Instant::now();
        let (result, attempts, _) = run(refused(), 1_000).await;
        assert_eq!(result, Err(refused()));
        assert!(began.elapsed() < POLICY.deadline && attempts > 10, "{attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_pass_is_repeated() {
        for code in [
            ProblemCode::RateLimited,
            ProblemCode::Unavailable,
            ProblemCode::TimedOut,
        ] {
            assert_eq!(run(problem(code), 2).await.0, Ok(2), "{code:?}");
        }
        for code in [ProblemCode::TicketMatched, ProblemCode::Internal, ProblemCode::NotFound] {
            assert_eq!(run(problem(code), 2).await, (Err(problem(code)), 1, 0));
        }
        let plain = ClientError::Unexpected {
            status: 503,
            detail: String::new(),
        };
        assert_eq!(run(plain, 2).await.0, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_that_the_server_asks_for_is_kept_up_to_the_cap() {
        let document = Problem::new(ProblemCode::RateLimited, "").retry_after(60);
        let began = Instant::now();
        assert_eq!(run(ClientError::Problem(Box::new(document)), 2).await.0, Ok(2));
        assert_eq!(began.elapsed(), POLICY.delay_max);
    }

    #[tokio::test(start_paused = true)]
    async fn no_policy_means_one_attempt() {
        let random = SharedRandom::new(0);
        let attempt = || std::future::ready(Err::<(), _>(refused()));
        assert_eq!(retry(RetryPolicy::NONE, &random, || (), attempt).await, Err(refused()));
    }
}
