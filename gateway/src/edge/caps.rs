//! Caps on open connections, in total and per source.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::address::Source;

/// Which cap is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Total,
    Source,
}

impl Full {
    /// Returns the cap's name in the metric.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Source => "source",
        }
    }
}

/// Counts open connections.
#[derive(Clone, Debug)]
pub(super) struct Caps {
    total_max: usize,
    per_source_max: usize,
    loopback_exempt: bool,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_source: HashMap<Source, usize>,
}

impl Caps {
    pub(super) fn new(total_max: usize, per_source_max: usize, loopback_exempt: bool) -> Self {
        Self {
            total_max,
            per_source_max,
            loopback_exempt,
            open: Arc::default(),
        }
    }

    /// Counts a connection until its permit is dropped.
    pub(super) fn admit(&self, ip: IpAddr) -> Result<Permit, Full> {
        let source = Source::of(ip);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= self.total_max {
            return Err(Full::Total);
        }
        let exempt = self.loopback_exempt && ip.is_loopback();
        let from_source = open.by_source.get(&source).copied().unwrap_or(0);
        if from_source >= self.per_source_max && !exempt {
            return Err(Full::Source);
        }
        open.by_source.insert(source, from_source + 1);
        open.total += 1;
        metrics::gauge!("tiltyard_connections").increment(1.0);
        Ok(Permit {
            caps: self.clone(),
            source,
        })
    }
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Permit {
    caps: Caps,
    source: Source,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.caps.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        match open.by_source.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                open.by_source.remove(&self.source);
            }
        }
        metrics::gauge!("tiltyard_connections").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn a_source_and_the_total_are_capped_and_given_back() {
        let caps = Caps::new(4, 2, true);
        let away: Vec<_> = (0..2).map(|_| caps.admit(AWAY).unwrap()).collect();
        assert_eq!(caps.admit(AWAY).unwrap_err(), Full::Source);
        let home: Vec<_> = (0..2).map(|_| caps.admit(HOME).unwrap()).collect();
        assert_eq!(caps.admit(HOME).unwrap_err(), Full::Total);
        drop((away, home));
        assert!(caps.admit(AWAY).is_ok());
        assert!(caps.open.lock().unwrap().by_source.is_empty());
    }

    #[test]
    fn loopback_is_exempt_only_if_asked() {
        let exempt = Caps::new(9, 1, true);
        let held = [exempt.admit(HOME), exempt.admit(HOME)];
        assert!(held.iter().all(Result::is_ok));
        let strict = Caps::new(9, 1, false);
        let held = [strict.admit(HOME), strict.admit(HOME)];
        assert!(held[0].is_ok() && held[1].is_err());
    }
}
