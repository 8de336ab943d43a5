//! The chain of a player's ratings: each `before` is the `after` of the one before bit for bit, and numbers have no gap.

use tiltyard_protocol::EventSeq;
use tiltyard_protocol::event::RatingDelta;
use tiltyard_protocol::http::players::RatingView;

use crate::breach::{Breach, Check};

/// The last rating that is known, if one is.
#[derive(Debug, Default)]
pub(super) struct Chain {
    last: Option<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    rating: f64,
    number: i64,
}

impl Chain {
    /// Starts at the player's record.
    pub(super) const fn begin(&mut self, view: &RatingView) {
        self.last = Some(link_of(view));
    }

    /// Takes the next rating as it comes, because events may have been missed.
    pub(super) const fn forget(&mut self) {
        self.last = None;
    }

    /// Adds the change that an event told.
    pub(super) fn follow(&mut self, seq: EventSeq, delta: RatingDelta) -> Result<(), Breach> {
        let before = self.last.replace(Link {
            rating: delta.after,
            number: delta.number,
        });
        match before {
            Some(before) if !continues(before, delta) => {
                let Link { rating, number } = before;
                let detail = format!("event {}: {delta:?} does not follow number {number} at {rating}", seq.0);
                Err(Breach::new(Check::RatingChain, detail))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Compares the player's record with the last link.
    pub(super) fn ends_at(&self, view: &RatingView) -> Result<(), Breach> {
        let found = link_of(view);
        match self.last {
            Some(last) if last.rating.to_bits() != found.rating.to_bits() || last.number != found.number => {
                let detail = format!("the player's record has {found:?}, the last event {last:?}");
                Err(Breach::new(Check::RatingChain, detail))
            }
            Some(_) | None => Ok(()),
        }
    }
}

const fn continues(before: Link, delta: RatingDelta) -> bool {
    before.rating.to_bits() == delta.before.to_bits() && delta.number == before.number + 1
}

const fn link_of(view: &RatingView) -> Link {
    Link {
        rating: view.rating,
        number: view.number,
    }
}
