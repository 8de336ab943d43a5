//! Limits on calls: writes and questions in flight per player on this node, and sign-ins per address across nodes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tiltyard_db::live::limits::{Allowance, Limits};
use tiltyard_protocol::limits::SIGN_IN_WINDOW;
use tiltyard_protocol::{PlayerId, Problem, ProblemCode};

use crate::address::Source;
use crate::config;

/// Calls of one kind under way, by player. It holds only players who are calling.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    max: usize,
    calls: Arc<Mutex<HashMap<PlayerId, usize>>>,
}

impl InFlight {
    /// Allows `max` calls of a player at a time.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            calls: Arc::default(),
        }
    }

    /// Counts a call until the guard is dropped.
    pub(crate) fn enter(&self, player: PlayerId) -> Result<InFlightGuard, Problem> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.entry(player).or_default();
        if *count >= self.max {
            let detail = format!("at most {} such calls of a player at a time", self.max);
            return Err(Problem::new(ProblemCode::RateLimited, detail).retry_after(1));
        }
        *count += 1;
        Ok(InFlightGuard {
            of: self.clone(),
            player,
        })
    }

    fn leave(&self, player: PlayerId) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        match calls.get_mut(&player) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                calls.remove(&player);
            }
        }
    }
}

/// One call under way.
#[derive(Debug)]
pub(crate) struct InFlightGuard {
    of: InFlight,
    player: PlayerId,
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.of.leave(self.player);
    }
}

/// Limits that all nodes share.
pub(crate) struct RateLimits {
    store: Arc<dyn Limits>,
    sign_ins_per_ip_max: u32,
    loopback_exempt: bool,
}

impl RateLimits {
    /// Takes the figures of the configuration.
    pub(crate) fn new(store: Arc<dyn Limits>, config: &config::Limits) -> Self {
        Self {
            store,
            sign_ins_per_ip_max: config.sign_ins_per_ip_max,
            loopback_exempt: config.loopback_exempt,
        }
    }

    /// Counts a sign-in. Without the live store nobody new signs in: a limit that can be switched off by an outage
    /// is none, and who has a token is not concerned.
    pub(crate) async fn sign_in(&self, ip: IpAddr) -> Result<(), Problem> {
        if self.loopback_exempt && ip.is_loopback() {
            return Ok(());
        }
        let key = format!("sign-in:{}", Source::of(ip));
        match self.store.allow(&key, self.sign_ins_per_ip_max, SIGN_IN_WINDOW).await {
            Ok(Allowance::Allowed) => Ok(()),
            Ok(Allowance::Denied { retry_after }) => {
                let seconds = u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX);
                let detail = "too many sign-ins from this address";
                Err(Problem::new(ProblemCode::RateLimited, detail).retry_after(seconds.saturating_add(1)))
            }
            Err(error) => Err(crate::routes::store_problem(&error)),
        }
    }
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_db_local::LocalStore;

    #[test]
    fn writes_in_flight_are_counted_per_player_and_given_back() {
        let in_flight = InFlight::new(2);
        let (one, two) = (PlayerId::from_bytes([1; 16]), PlayerId::from_bytes([2; 16]));
        let guards = [in_flight.enter(one).unwrap(), in_flight.enter(one).unwrap()];
        assert_eq!(in_flight.enter(one).unwrap_err().status, 429);
        drop(in_flight.enter(two).unwrap());
        drop(guards);
        assert!(in_flight.calls.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn sign_ins_are_limited_by_address_and_loopback_only_if_asked() {
        let config = config::Limits {
            sign_ins_per_ip_max: 2,
            loopback_exempt: true,
        };
        let limits = RateLimits::new(LocalStore::new(), &config);
        let (home, away) = ([127, 0, 0, 1].into(), [192, 0, 2, 1].into());
        for _ in 0..10 {
            assert!(limits.sign_in(home).await.is_ok());
        }
        assert!(limits.sign_in(away).await.is_ok() && limits.sign_in(away).await.is_ok());
        let problem = limits.sign_in(away).await.unwrap_err();
        assert_eq!((problem.status, problem.retry_after_s.is_some()), (429, true));

        let strict = config::Limits {
            loopback_exempt: false,
            ..config
        };
        let limits = RateLimits::new(LocalStore::new(), &strict);
        assert!(limits.sign_in(home).await.is_ok() && limits.sign_in(home).await.is_ok());
        assert!(limits.sign_in(home).await.is_err());
    }
}
