//! The servers of one deployment: each session stays at one, moves to the next when that one is away, and with each
//! stream it opens to whichever is due, as a load balancer would have it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;

use super::ClientError;

/// The addresses, at least one.
#[derive(Debug)]
pub(super) struct Servers {
    bases: Vec<Url>,
    next: AtomicUsize,
}

/// Where a session is at home; clones move together.
#[derive(Clone, Debug)]
pub(super) struct Home(Arc<AtomicUsize>);

impl Servers {
    /// Parses addresses as `http://127.0.0.1:8080`.
    pub(super) fn parse<S: AsRef<str>>(bases: &[S]) -> Result<Self, ClientError> {
        let parse = |base: &S| {
            let base = base.as_ref();
            Url::parse(base).map_err(|error| ClientError::Invalid(format!("address {base:?}: {error}")))
        };
        let bases = bases.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if bases.is_empty() {
            return Err(ClientError::Invalid("no address".to_owned()));
        }
        Ok(Self {
            bases,
            next: AtomicUsize::new(0),
        })
    }

    /// Chooses a home, each server in turn.
    pub(super) fn home(&self) -> Home {
        Home(Arc::new(AtomicUsize::new(self.next.fetch_add(1, Ordering::Relaxed))))
    }

    /// Moves a home to the next server in turn, so that one that was away gets its share again.
    pub(super) fn land(&self, home: &Home) {
        home.0
            .store(self.next.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Returns where `home` is, and its address.
    pub(super) fn at(&self, home: &Home) -> (usize, &Url) {
        let place = home.0.load(Ordering::Relaxed);
        (place, &self.bases[place % self.bases.len()])
    }

    /// Moves on from `place`, unless somebody else has already.
    pub(super) fn leave(&self, home: &Home, place: usize) {
        let moved = home
            .0
            .compare_exchange(place, place.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed);
        if moved.is_err() {
            tracing::trace!("another request of this session has moved on before");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_take_turns_and_move_on_once_together() {
        let servers = Servers::parse(&["http://a:1", "http://b:2"]).unwrap();
        let (one, two) = (servers.home(), servers.home());
        let host = |home: &Home| servers.at(home).1.host_str().unwrap().to_owned();
        assert_eq!((host(&one), host(&two)), ("a".to_owned(), "b".to_owned()));
        let (place, _) = servers.at(&one);
        servers.leave(&one, place);
        servers.leave(&one.clone(), place);
        assert_eq!((host(&one), host(&two)), ("b".to_owned(), "b".to_owned()));
    }

    #[test]
    fn who_lands_anew_is_spread_again() {
        let servers = Servers::parse(&["http://a:1", "http://b:2"]).unwrap();
        let homes = [servers.home(), servers.home()];
        let host = |home: &Home| servers.at(home).1.host_str().unwrap().to_owned();
        let (place, _) = servers.at(&homes[0]);
        servers.leave(&homes[0], place);
        assert_eq!(homes.each_ref().map(host), ["b", "b"]);
        homes.iter().for_each(|home| servers.land(home));
        assert_eq!(homes.each_ref().map(host), ["a", "b"]);
    }

    #[test]
    fn no_address_and_a_wrong_one_are_refused() {
        assert!(Servers::parse::<&str>(&[]).is_err());
        assert!(Servers::parse(&["http://"]).is_err());
    }
}
