//! Leases in memory. With one process there is one candidate, yet a restarted leader inside it has to wait its turn as well.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Lease;
use tiltyard_db::live::lease::{FIRST_REFUSAL, Hold};
use tiltyard_protocol::BootId;
use tokio::time::Instant;

use crate::expiring::{Expiring, Full};
use crate::sync::{after, lock};
use crate::{LocalStore, bounds};

/// The leases, and who is next in those that were not renewed in time.
pub(crate) struct Leases {
    holders: Expiring<Box<str>, BootId>,
    next: Expiring<Box<str>, BootId>,
}

impl Default for Leases {
    fn default() -> Self {
        Self {
            holders: Expiring::new(bounds::LEASES_MAX),
            next: Expiring::new(bounds::LEASES_MAX),
        }
    }
}

impl Leases {
    fn hold(&mut self, name: &str, who: BootId, ttl: Duration, now: Instant) -> Result<Hold, Full> {
        let holder = self.holders.get_mut(name, now).map(|(holder, end)| (*holder, end));
        let is_promised = self.next.get(name, now).is_some_and(|next| *next != who);
        match holder {
            Some((holder, end)) if holder != who => {
                let left = end.duration_since(now);
                if is_promised || left * 2 > ttl {
                    return Ok(Hold::Others);
                }
                let kept = after(now, left + ttl / FIRST_REFUSAL);
                self.next.put(name.into(), who, kept, now).map(|()| Hold::Next)
            }
            None if is_promised => Ok(Hold::Others),
            Some(_) | None => {
                self.next.remove(name);
                self.holders
                    .put(name.into(), who, after(now, ttl), now)
                    .map(|()| Hold::Mine)
            }
        }
    }

    fn release(&mut self, name: &str, holder: BootId, now: Instant) {
        if self.holders.get(name, now) == Some(&holder) {
            self.holders.remove(name);
            self.next.remove(name);
        }
    }
}

#[async_trait]
impl Lease for LocalStore {
    async fn hold(&self, name: &str, who: BootId, ttl: Duration) -> Result<Hold> {
        let held = lock(&self.leases).hold(name, who, ttl, Instant::now());
        held.map_err(|_full| bounds::full("leases"))
    }

    async fn release(&self, name: &str, holder: BootId) -> Result<()> {
        lock(&self.leases).release(name, holder, Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(2);

    #[test]
    fn once_ended_it_is_kept_for_a_while_for_who_is_next() {
        let [one, next, other] = [1, 2, 3].map(|n| BootId::from_bytes([n; 16]));
        let start = Instant::now();
        let taken = |who, after_ms| {
            let mut leases = Leases::default();
            assert_eq!(leases.hold("queue", one, TTL, start), Ok(Hold::Mine));
            let late = start + TTL / 2;
            assert_eq!(leases.hold("queue", next, TTL, late), Ok(Hold::Next));
            let end = start + TTL + Duration::from_millis(after_ms);
            leases.hold("queue", who, TTL, end)
        };
        assert_eq!(taken(next, 0), Ok(Hold::Mine));
        assert_eq!((taken(other, 0), taken(one, 0)), (Ok(Hold::Others), Ok(Hold::Others)));
        assert_eq!(taken(other, 199), Ok(Hold::Others));
        assert_eq!(taken(other, 200), Ok(Hold::Mine));
    }
}
