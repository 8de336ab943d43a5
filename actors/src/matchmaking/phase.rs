//! How far a node is on its way to lead a queue: it reads the queue and asks for an epoch, and leads once it has both.

use tiltyard_db::durable::leader::Leadership;

/// How far a node is. What it does not await, it ignores.
#[derive(Debug, Default)]
pub(super) enum Phase {
    /// Nothing of the queue is held.
    #[default]
    Standby,
    /// The queue is followed, and being read unless it is loaded.
    Active { is_loaded: bool, right: Right },
}

/// The right to make matches.
#[derive(Debug)]
pub(super) enum Right {
    /// The lease is another's as yet.
    Unasked,
    Asked,
    Given(Leadership),
}

impl Phase {
    /// Leaves standby; says whether it was left just now, so that reading is to begin.
    pub(super) fn get_ready(&mut self) -> bool {
        let begins = !self.is_active();
        if begins {
            *self = Self::Active {
                is_loaded: false,
                right: Right::Unasked,
            };
        }
        begins
    }

    /// Says whether an epoch is to be asked for, which then counts as asked.
    pub(super) fn ask(&mut self) -> bool {
        match self {
            Self::Active {
                right: right @ Right::Unasked,
                ..
            } => {
                *right = Right::Asked;
                true
            }
            Self::Active { .. } | Self::Standby => false,
        }
    }

    pub(super) const fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }

    pub(super) const fn is_loading(&self) -> bool {
        matches!(self, Self::Active { is_loaded: false, .. })
    }

    pub(super) const fn awaits_epoch(&self) -> bool {
        matches!(
            self,
            Self::Active {
                right: Right::Asked,
                ..
            }
        )
    }

    /// Takes in that the whole queue was read.
    pub(super) const fn loaded(&mut self) {
        if let Self::Active { is_loaded, .. } = self {
            *is_loaded = true;
        }
    }

    /// Takes in the epoch that was minted.
    pub(super) fn minted(&mut self, leadership: Leadership) {
        if let Self::Active { right, .. } = self {
            *right = Right::Given(leadership);
        }
    }

    /// Returns the right to make matches of who holds the whole queue.
    pub(super) const fn leadership(&self) -> Option<&Leadership> {
        match self {
            Self::Active {
                is_loaded: true,
                right: Right::Given(leadership),
            } => Some(leadership),
            Self::Active { .. } | Self::Standby => None,
        }
    }
}
